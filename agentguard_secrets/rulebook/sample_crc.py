"""Turns the body of a made-up token into the checksum its vendor writes behind it. Sources: detect/checksums.py."""

from __future__ import annotations

import binascii
import string
from base64 import b64encode

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def crc32_base62(body: str) -> str:
    """Return the CRC-32 of `body` as six base-62 digits."""
    return in_digits(binascii.crc32(body.encode()), BASE62, width=6)


def crc32_hex(body: str) -> str:
    """Return the CRC-32 of `body` as eight lower-case hex digits."""
    return f"{binascii.crc32(body.encode()):08x}"


def crc32_base64(body: str) -> str:
    """Return the little-endian bytes of the CRC-32 of `body` in base64 without padding."""
    return b64encode(binascii.crc32(body.encode()).to_bytes(4, "little")).decode().rstrip("=")


def in_digits(number: int, digits: str, *, width: int) -> str:
    """Return the last `width` digits of `number` in the number system of `digits`."""
    places = []
    for _ in range(width):
        number, place = divmod(number, len(digits))
        places.append(digits[place])
    return "".join(reversed(places))
