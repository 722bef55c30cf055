"""Turns an armoured private key into whether what it encloses is one."""

from __future__ import annotations

import re
from base64 import b64decode

_MAGIC = b"openssh-key-v1\0"
_HEADER = re.compile(r"^[A-Za-z-]+:\s.*$", re.M)
_RSA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
_PUTTY = (
    r"PuTTY-User-Key-File-([23]): (\S+)\s+Encryption: (\S+)\s+Comment: ([^\n]*)\n\s*Public-Lines: \d+\s+"
    r"([A-Za-z0-9+/=\s]+?)\s*(?:Key-Derivation:.{0,600}?)?Private-Lines: \d+\s+([A-Za-z0-9+/=\s]+?)\s*"
    r"Private-MAC: ([0-9a-f]{40,64})"
)
_PUTTY_SALT = b"putty-private-key-file-mac-key"


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
    """PKCS#1, SEC 1 or PKCS#8 in PEM: all lengths fit, and an RSA key's modulus is the product of its primes.

    None for a key with `Proc-Type` (its body is encrypted). Source: RFC 7468, RFC 8017, X.690 section 8.1.
    """
    if "Proc-Type" in armour:
        return None
    raw = _decoded(_body(armour)[0])
    if raw is None or len(raw) < 16 or raw[0] != 0x30:
        return False
    parts = _der_parts(raw)
    if parts is None:
        return False
    if len(parts) > 2 and _RSA in parts[1]:
        parts = _der_parts(parts[2]) or []
    return not _is_rsa(parts) or _is_product(parts)


def _der_parts(raw: bytes) -> list[bytes] | None:
    """Return the contents of the elements of the sequence that `raw` is, None where a length does not fit."""
    start, end = _der_element(raw, 0)
    if end != len(raw):
        return None
    parts = []
    while start < end:
        contents, start = _der_element(raw, start)
        parts.append(raw[contents:start])
    return parts if start == end else None


def _is_rsa(parts: list[bytes]) -> bool:
    """Say whether these are the nine numbers of an RSA key of two primes: version, modulus, exponents, primes, …"""
    return len(parts) == 9 and parts[0] == b"\0"


def _is_product(parts: list[bytes]) -> bool:
    modulus, first, second = (int.from_bytes(parts[place], "big") for place in (1, 4, 5))
    return modulus == first * second


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


def is_putty_key(key: str) -> bool | None:
    """PuTTY: `Private-MAC` is the HMAC over names, comment and both halves; None for a key with a passphrase.

    Version 2 uses SHA-1 and a key of its own, version 3 SHA-256 and none. Source: PuTTY documentation, appendix C.
    """
    found = re.search(_PUTTY, re.sub(r"(?:\\r)?\\n|\r\n?", "\n", key), re.S)
    if found is None or found[3] != "none":
        return None
    import hmac
    from hashlib import sha1

    halves = [_decoded(re.sub(r"\s", "", half)) for half in found.group(5, 6)]
    if None in halves:
        return False
    names = [name.encode("utf-8", "replace") for name in found.group(2, 3, 4)]
    signed = b"".join(len(part).to_bytes(4, "big") + part for part in [*names, *filter(None, halves)])
    salt, digest = (sha1(_PUTTY_SALT).digest(), "sha1") if found[1] == "2" else (b"", "sha256")  # noqa: S324
    return hmac.new(salt, signed, digest).hexdigest() == found[7]


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
