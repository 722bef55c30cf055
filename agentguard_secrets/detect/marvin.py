"""Turns a Microsoft key into whether the Marvin-32 checksum inside it holds.

Source of forms and algorithm: microsoft/security-utilities (MIT), IdentifiableMetadata, IdentifiableSecrets, Marvin.
"""

from __future__ import annotations

import re
from base64 import b64decode

from agentguard_secrets.detect.checksums import BASE62, in_base

_MASK = 0xFFFFFFFF
_SEEDS = tuple(
    int.from_bytes(kind.encode(), "big")
    for kind in (
        "Default0 AbAcct00 Access00 MastRW00 MastRO00 Query000 PAdmin00 SAdmin00 Functi00 Master00 System00 Send0000"
        " Listen00 Manage00 ACRDflt0 Classic0 IoTHub00 DpsKey00 Device00 Tenant00 StdAcct0 PremAct0 Primary0 Second00"
    ).split()
)
_ENTRA_SEED = int.from_bytes(b"AadPwd00", "big")
_DEFAULT_SEED = int.from_bytes(b"Default0", "big")
_BASE66 = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~"


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> 32 - bits) & _MASK


def _mixed(low: int, high: int) -> tuple[int, int]:
    high ^= low
    low = _rotated(low, 20)
    low = low + high & _MASK
    high = _rotated(high, 9)
    high ^= low
    low = _rotated(low, 27)
    low = low + high & _MASK
    return low, _rotated(high, 19)


def marvin32(data: bytes, seed: int) -> int:
    """Return Marvin-32 of `data` under a 64-bit `seed`: the two halves of the state folded by exclusive or."""
    low, high = seed & _MASK, seed >> 32
    whole = len(data) // 4 * 4
    for start in range(0, whole, 4):
        low, high = _mixed(low + int.from_bytes(data[start : start + 4], "little") & _MASK, high)
    last = int.from_bytes(data[whole:] + b"\x80", "little")
    low, high = _mixed(low + last & _MASK, high)
    low, high = _mixed(low, high)
    return low ^ high


def is_identifiable_key(key: str) -> bool | None:
    """Base64 key of 32, 39, 40 or 64 bytes with a signature: the last 4 bytes are Marvin-32 of those before."""
    try:
        plain = key.replace("-", "+").replace("_", "/")
        raw = b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        return None
    if len(raw) not in (32, 33, 39, 40, 64):
        return None
    held = int.from_bytes(raw[-4:], "little")
    return any(marvin32(raw[:-4], seed) == held for seed in _SEEDS)


def is_annotated_key(key: str) -> bool | None:
    """84 or 88 base-62 digits with JQQJ99 at offset 52: the tail writes Marvin-32 of the 60 bytes in base 62."""
    if len(key) not in (84, 88) or key[52:58] != "JQQJ99" or re.fullmatch(r"[0-9A-Za-z]+", key) is None:
        return None
    checksum = marvin32(b64decode(key[:80]), _DEFAULT_SEED).to_bytes(4, "little")
    written = in_base(int.from_bytes(checksum, "big"), BASE62, 1).ljust(6, "0")
    return True if key[80:84] == written[:4] else None


def is_entra_secret(secret: str) -> bool | None:
    """Entra client secret `???8Q~…`: the last 3 are the first 3 base-66 digits of Marvin-32 of all before."""
    if len(secret) not in (39, 40) or secret[3:6] != "8Q~" or not secret.isascii():
        return None
    number = marvin32(secret[:-3].encode(), _ENTRA_SEED)
    return in_base(number, _BASE66, 6)[:3] == secret[-3:]
