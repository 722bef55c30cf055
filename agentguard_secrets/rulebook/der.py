"""Turns numbers and bytes into DER and PEM, as far as private keys need them."""

from __future__ import annotations

import textwrap
from base64 import b64encode

_LINE = 64


def integer(number: int) -> bytes:
    """Return the DER of a number that is not negative."""
    return _element(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def sequence(*parts: bytes) -> bytes:
    """Return the DER sequence of elements that are DER already."""
    return _element(0x30, b"".join(parts))


def octets(content: bytes) -> bytes:
    """Return the DER octet string of `content`."""
    return _element(0x04, content)


def tagged(number: int, content: bytes) -> bytes:
    """Return `content`, which is DER, under the explicit context tag `number`."""
    return _element(0xA0 | number, content)


def identifier(*numbers: int) -> bytes:
    """Return the DER object identifier of `numbers`."""
    first, second, *rest = numbers
    return _element(0x06, bytes([first * 40 + second]) + b"".join(map(_base128, rest)))


NULL = bytes([0x05, 0x00])


def pem(label: str, content: bytes) -> str:
    """Return the armour of `content` in lines of 64, without a line feed at the end."""
    lines = textwrap.wrap(b64encode(content).decode(), _LINE)
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"])


def _element(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    written = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(written)]) + written + content


def _base128(number: int) -> bytes:
    places = [number & 0x7F]
    while number := number >> 7:
        places.append(number & 0x7F | 0x80)
    return bytes(reversed(places))
