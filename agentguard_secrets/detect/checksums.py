"""Turns a token with a checksum of its own into whether that checksum holds.

Each test returns True when it holds, False when it fails, None when the token has another form than the one
that the checksum is defined for.
"""

from __future__ import annotations

import binascii
import re
from base64 import b32decode, b64encode
from zlib import crc32

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE62_LOWER = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def in_base(number: int, digits: str, width: int) -> str:
    """Return `number` written with `digits`, left-padded with the zero digit to `width`."""
    written = ""
    while number:
        number, digit = divmod(number, len(digits))
        written = digits[digit] + written
    return written.rjust(width, digits[0])


def _is_crc62(body: str, tail: str) -> bool:
    return in_base(crc32(body.encode()), BASE62, 6) == tail


def _body_of(token: str, length: int) -> str | None:
    body = token[-length:]
    return body if len(token) > length and token[-length - 1] == "_" and body.isascii() else None


def is_crc62_of_30(token: str) -> bool | None:
    """GitHub and npm: the last 6 of 36 are the base-62 CRC-32 of the 30 before. Source: GitHub blog, April 2021."""
    body = _body_of(token, 36)
    return None if body is None else _is_crc62(body[:30], body[30:])


def is_crc62_of_37(token: str) -> bool | None:
    """Polar: the last 6 of 43 are the base-62 CRC-32 of the 37 before. Source: polarsource/polar kit/crypto.py."""
    body = _body_of(token, 43)
    return None if body is None else _is_crc62(body[:37], body[37:])


def is_crc62_of_50(token: str) -> bool | None:
    """Vercel: the last 6 of 56 are the base-62 CRC-32 of the 50 before. Source: formats of February 2026."""
    body = token[-56:]
    return _is_crc62(body[:50], body[50:]) if len(token) == 60 and token.isascii() else None


def is_gitlab_routable(token: str) -> bool | None:
    """GitLab routable token: length in two and CRC-32 in seven base-36 digits. Source: gitlabhq routable_token.rb."""
    found = re.fullmatch(r"(?:[a-z]+-)+?([A-Za-z0-9_-]{20,300})\.01\.([0-9a-z]{2})([0-9a-z]{7})", token)
    if found is None:
        return None
    payload = found[1]
    return int(found[2], 36) == len(payload) and in_base(crc32(token[:-7].encode()), _BASE36, 7) == found[3]


def is_confluent(token: str) -> bool | None:
    """Confluent: the last 6 of 64 are base64 of the little-endian CRC-32 of the 54 after `cflt`."""
    if len(token) != 64 or not token.isascii():
        return None
    return b64encode(crc32(token[4:58].encode()).to_bytes(4, "little")).decode().rstrip("=") == token[58:]


def is_zuplo(token: str) -> bool | None:
    """Zuplo: 8 hex digits that are the CRC-32 of the 32 characters before the underscore."""
    found = re.fullmatch(r"zpka_([0-9a-z]{32})_([0-9a-f]{8})", token)
    return None if found is None else f"{crc32(found[1].encode()):08x}" == found[2]


def is_apify(token: str) -> bool | None:
    """Apify: the last 6 are the base-62 CRC-32, lower-case letters first, of all before.

    Seen in keys that were published, not said by the vendor: one that fails says nothing. So it is with the next four.
    """
    return (token.isascii() and in_base(crc32(token[:-6].encode()), _BASE62_LOWER, 6) == token[-6:]) or None


def is_cashfree(token: str) -> bool | None:
    """Cashfree: 8 hex digits that are the CRC-32 of the 32 characters before the underscore."""
    return (token.isascii() and f"{crc32(token[-41:-9].encode()):08x}" == token[-8:]) or None


def is_africastalking(token: str) -> bool | None:
    """Africa's Talking: the last 8 are the hex CRC-32 of the 64 characters before."""
    return (token.isascii() and f"{crc32(token[-72:-8].encode()):08x}" == token[-8:]) or None


def is_cfxre(token: str) -> bool | None:
    """Cfx.re: the base-62 CRC-32, unpadded, of all before the last underscore."""
    body, _, tail = token.rpartition("_")
    return (token.isascii() and in_base(crc32(body.encode()), BASE62, 1) == tail) or None


def is_smartcaptcha(token: str) -> bool | None:
    """Yandex SmartCaptcha: the last 8 are the hex CRC-32 of all before."""
    return (token.isascii() and f"{crc32(token[:-8].encode()):08x}" == token[-8:]) or None


def is_cloudflare(token: str) -> bool | None:
    """Cloudflare: 8 hex digits that are the CRC-32 of the 40 characters after the prefix.

    The vendor says that there is a checksum, not which: one that fails says nothing.
    """
    found = re.fullmatch(r"cf(?:ut|at|k)_([0-9A-Za-z]{40})([0-9a-f]{8})", token)
    return True if found is not None and f"{crc32(found[1].encode()):08x}" == found[2] else None


def is_grafana_service_account(token: str) -> bool | None:
    """Grafana: 8 hex digits of the little-endian bytes of the CRC-32 of what stands before the last underscore."""
    found = re.fullmatch(r"(glsa_[0-9A-Za-z]{32})_([0-9A-Fa-f]{8})", token)
    return None if found is None else crc32(found[1].encode()).to_bytes(4, "little").hex() == found[2].lower()


def is_atlassian(token: str) -> bool | None:
    """Atlassian and Bitbucket: the last 8 are the upper-case hex CRC-32 of all before, the equals sign included."""
    plain = token.replace("%3D", "=").replace("\\=", "=")
    if len(plain) < 20 or not plain.isascii() or not re.fullmatch(r"[0-9A-F]{8}", plain[-8:]):
        return None
    return f"{crc32(plain[:-8].encode()):08X}" == plain[-8:]


def is_age(token: str) -> bool | None:
    """age identity: the bech32 checksum over the lower-cased text. Source: C2SP age specification, BIP 173."""
    prefix, _, body = token.lower().rpartition("1")
    return _is_bech32(prefix, body) if prefix == "age-secret-key-" else None


def is_nostr_key(token: str) -> bool | None:
    """Nostr private key: the bech32 checksum of `nsec1`. Source: NIP-19, BIP 173."""
    prefix, _, body = token.rpartition("1")
    return _is_bech32(prefix, body) if prefix == "nsec" else None


def _is_bech32(prefix: str, body: str) -> bool | None:
    if any(letter not in _BECH32 for letter in body):
        return None
    expanded = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    return _bech32_polymod([*expanded, *map(_BECH32.index, body)]) == 1


def _bech32_polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check


def is_nats_seed(token: str) -> bool | None:
    """NATS seed: the last two bytes are the little-endian CRC-16/XMODEM of the 34 before. Source: nats-io nkeys."""
    try:
        raw = b32decode(token + "=" * (-len(token) % 8))
    except ValueError:
        return None
    return None if len(raw) != 36 else int.from_bytes(raw[34:], "little") == binascii.crc_hqx(raw[:34], 0)


def is_stellar_seed(token: str) -> bool | None:
    """Stellar seed: a version byte, 32 bytes and their little-endian CRC-16/XMODEM in base 32. Source: SEP-23."""
    try:
        raw = b32decode(token)
    except ValueError:
        return None
    if len(raw) != 35 or raw[0] != 18 << 3:
        return None
    return int.from_bytes(raw[33:], "little") == binascii.crc_hqx(raw[:33], 0)


def is_base58_checked(token: str) -> bool | None:
    """Bitcoin's keys (WIF, extended): the last 4 bytes begin SHA-256 of SHA-256 of all before. Source: BIP 32."""
    if not 40 < len(token) < 120 or any(letter not in _BASE58 for letter in token):
        return None
    from hashlib import sha256

    number = 0
    for letter in token:
        number = number * 58 + _BASE58.index(letter)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return sha256(sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


_AZDO_PLACES = (2, 7, 8, 22)
_AZDO_XOR = (0xE0B9692D, 0x1019F92E)


def is_azdo_pat(token: str) -> bool | None:
    """Azure DevOps PAT of 52 base-32 digits: CRC-32 of 28 bytes stands in four places of the 32, reversed and xored.

    Source: microsoft/security-utilities, SEC101_102_AdoPat.cs.
    """
    if len(token) != 52:
        return None
    try:
        raw = b32decode(token.upper() + "====")
    except ValueError:
        return None
    body = bytes(byte for place, byte in enumerate(raw) if place not in _AZDO_PLACES)
    held = int.from_bytes(bytes(raw[place] for place in reversed(_AZDO_PLACES)), "big")
    computed = crc32(body)
    return any(computed ^ mask == held for mask in _AZDO_XOR)
