"""Turns chance into keys of Microsoft's forms with the checksum that belongs into them.

Source of forms and algorithm: microsoft/security-utilities and microsoft/cask (MIT).
"""

from __future__ import annotations

import binascii
import string
from base64 import b32decode, b32encode, b64decode, b64encode, urlsafe_b64encode
from collections.abc import Mapping
from random import Random
from typing import TYPE_CHECKING

from agentguard_secrets.errors import RuleError
from agentguard_secrets.rulebook.chance import random_text
from agentguard_secrets.rulebook.sample_crc import BASE62, in_digits

if TYPE_CHECKING:
    from agentguard_secrets.rulebook.samples import Maker

# Signature -> (bytes of the key, kind that seeds its checksum).
_IDENTIFIABLE = {
    "+ASt": (64, "Default0"),
    "+ABa": (64, "AbAcct00"),
    "+AMC": (64, "Classic0"),
    "ACDb": (64, "MastRW00"),
    "APIM": (64, "Tenant00"),
    "AzCa": (32, "Access00"),
    "AzSe": (39, "PAdmin00"),
    "AzFu": (40, "Functi00"),
    "+ASb": (32, "Manage00"),
    "+AEh": (32, "Listen00"),
    "+ARm": (32, "Send0000"),
    "+ACR": (39, "ACRDflt0"),
    "AIoT": (32, "IoTHub00"),
    "AZEG": (32, "Default0"),
}
_BASE66 = string.ascii_lowercase + string.ascii_uppercase + "1234567890.-_~"
# Letter that names the size -> bytes of the secret.
_CASK_SIZES = {"B": 16, "C": 32, "D": 48, "E": 64}
_AZDO_PLACES = (22, 8, 7, 2)
_AZDO_USER = 0xE0B9692D


def identifiable_key(signature: str, dice: Random) -> str:
    """Return a base64 key with `signature` before its checksum, e.g. +ASt for storage."""
    if signature not in _IDENTIFIABLE:
        raise RuleError(f"<azure_identifiable:{signature}>: expected one of {', '.join(_IDENTIFIABLE)}")
    size, kind = _IDENTIFIABLE[signature]
    digits = -(-size * 8 // 6)
    text = random_text("alnum", digits, dice)
    # The bits between signature and checksum are zero: the letter after the signature is one of the first.
    text = text[: digits - 10] + signature + "A" * 6
    raw = b64decode(text + "=" * (-digits % 4))[:-4]
    whole = raw + _marvin(raw, kind).to_bytes(4, "little")
    # Keys of functions stand in addresses.
    return (urlsafe_b64encode if signature == "AzFu" else b64encode)(whole).decode()


def annotated_key(signature: str, dice: Random) -> str:
    """Return a key of 84 base-62 digits with JQQJ99 in its middle and a provider's `signature` at 76, e.g. AZDO."""
    dated = random_text("alnum", 52, dice) + "JQQJ99" + dice.choice("BCDE") + dice.choice("ABCDEFGHIJKL")
    text = dated + "AC" + "A" * 5 + random_text("alnum", 5, dice) + "A" * 4 + (signature or "AZDO")
    number = int.from_bytes(_marvin(b64decode(text), "Default0").to_bytes(4, "little"), "big")
    digits = in_digits(number, BASE62, width=6).lstrip("0")
    return text + digits.ljust(6, "0")[:4]


def cask_secret(size: str, dice: Random) -> str:
    """Return a secret of the second generation of CASK with 32 bytes (B to E name others) and one optional field."""
    if (size or "C") not in _CASK_SIZES:
        raise RuleError(f"<cask:{size}>: expected one of {', '.join(_CASK_SIZES)}")
    secret = dice.randbytes(_CASK_SIZES[size or "C"])
    text = urlsafe_b64encode(secret + bytes(-len(secret) % 3)).decode()
    text += f"QJJQA{size or 'C'}BA" + random_text("alnum", 4, dice) + random_text("alnum", 4, dice) + "AA"
    return text + "".join(map(dice.choice, ("BCDEF", "ABCDEFGHIJKL", "ABCDEFGHabcde", "ABCDEFGHIJKLMX", "Aa7", "Zz0")))


def entra_secret(_argument: str, dice: Random) -> str:
    """Return a client secret of Entra: three characters, 8Q~, 31 characters, three of the checksum."""
    text = random_text("alnum", 3, dice) + "8Q~" + random_text("base64url", 31, dice)
    return text + in_digits(_marvin(text.encode(), "AadPwd00"), _BASE66, width=6)[:3]


def azdo_pat(_argument: str, dice: Random) -> str:
    """Return an Azure DevOps token of the old form: 52 base-32 digits with a checksum in four of the 32 bytes."""
    raw = bytearray(b32decode(random_text("base32", 51, dice) + "A===="))
    body = bytes(byte for place, byte in enumerate(raw) if place not in _AZDO_PLACES)
    checksum = (binascii.crc32(body) ^ _AZDO_USER).to_bytes(4, "big")
    for place, byte in zip(_AZDO_PLACES, checksum, strict=True):
        raw[place] = byte
    return b32encode(bytes(raw)).decode().rstrip("=").lower()


def _marvin(content: bytes, kind: str) -> int:
    """Return Marvin-32 of `content`, seeded with the eight letters of `kind`."""
    mask = 0xFFFFFFFF
    seed = int.from_bytes(kind.encode(), "big")
    state = [seed & mask, seed >> 32]
    padded = content + b"\x80" + bytes(3 - len(content) % 4)
    blocks = [int.from_bytes(padded[start : start + 4], "little") for start in range(0, len(padded), 4)]
    for block in [*blocks, 0]:
        low, high = (state[0] + block) & mask, state[1]
        high ^= low
        low = (_turned(low, 20) + high) & mask
        high = _turned(high, 9) ^ low
        low = (_turned(low, 27) + high) & mask
        state = [low, _turned(high, 19)]
    return state[0] ^ state[1]


def _turned(word: int, bits: int) -> int:
    return (word << bits | word >> (32 - bits)) & 0xFFFFFFFF


MAKERS: Mapping[str, Maker] = {
    "azure_identifiable": identifiable_key,
    "azure_annotated": annotated_key,
    "cask": cask_secret,
    "entra": entra_secret,
    "azdo_pat": azdo_pat,
}
