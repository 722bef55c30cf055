"""Turns an armoured private key into whether what it encloses is one."""

from __future__ import annotations

import re
from base64 import b64decode

_MAGIC = b"openssh-key-v1\0"
_HEADER = re.compile(r"^[A-Za-z-]+:\s.*$", re.M)


def _body(armour: str) -> tuple[str, str]:
    """Return what stands between the armour lines, escapes of line ends undone, and the checksum line's value."""
    inner = re.sub(r"\\r|\\n|\\t", "\n", armour)
    inner = re.sub(r"-----[^-\n]{5,60}-----", "\n", inner)
    inner = _HEADER.sub("", inner)
    checksum = re.search(r"^\s*=([A-Za-z0-9+/]{4})\s*$", inner, re.M)
    inner = re.sub(r"^\s*=[A-Za-z0-9+/]{4}\s*$", "", inner, flags=re.M)
    return re.sub(r"[^A-Za-z0-9+/=]", "", inner), checksum[1] if checksum else ""


def _decoded(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None


def is_der_key(armour: str) -> bool | None:
    """PKCS#1, SEC 1 or PKCS#8 in PEM: the outer DER sequence and each element in it have lengths that fit.

    None for a key with `Proc-Type` (its body is encrypted). Source: RFC 7468, X.690 section 8.1.
    """
    if "Proc-Type" in armour:
        return None
    raw = _decoded(_body(armour)[0])
    if raw is None or len(raw) < 16 or raw[0] != 0x30:
        return False
    start, end = _der_element(raw, 0)
    if end != len(raw):
        return False
    while start < end:
        start = _der_element(raw, start)[1]
    return start == end


def _der_element(raw: bytes, start: int) -> tuple[int, int]:
    """Return where the contents of the element at `start` begin and end; the end lies outside when it does not fit."""
    if start + 2 > len(raw):
        return start, len(raw) + 1
    length, contents = raw[start + 1], start + 2
    if length & 0x80:
        count = length & 0x7F
        length = int.from_bytes(raw[contents : contents + count], "big") if 0 < count <= 4 else len(raw)
        contents += count
    return contents, contents + length


def is_openssh_key(armour: str) -> bool | None:
    """OpenSSH: the lengths fit and, unencrypted, the private part starts with the same 32 bits twice. PROTOCOL.key."""
    raw = _decoded(_body(armour)[0])
    if raw is None or not raw.startswith(_MAGIC):
        return False
    position, parts = len(_MAGIC), []
    for _ in range(3):
        part, position = _string(raw, position)
        parts.append(part)
    position += 4
    _public, position = _string(raw, position)
    private, position = _string(raw, position)
    if position > len(raw) or len(private) < 8:
        return False
    return private[:4] == private[4:8] if parts[0] == b"none" else True


def _string(raw: bytes, position: int) -> tuple[bytes, int]:
    length = int.from_bytes(raw[position : position + 4], "big")
    return raw[position + 4 : position + 4 + length], position + 4 + length


def is_pgp_armour(armour: str) -> bool | None:
    """PGP: the CRC-24 of the body is the one written after it. RFC 4880 section 6.1; None without a checksum."""
    body, checksum = _body(armour)
    raw, held = _decoded(body), _decoded(checksum)
    if raw is None or not held:
        return None
    crc = 0xB704CE
    for byte in raw:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            crc ^= 0x1864CFB if crc & 0x1000000 else 0
    return crc == int.from_bytes(held, "big")
