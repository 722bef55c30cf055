"""Turns chance into private keys that parse: too small to protect anything, right in every length and field."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import textwrap
from base64 import b32encode, b64encode
from collections.abc import Callable, Mapping
from random import Random
from typing import TYPE_CHECKING

from agentguard_secrets.errors import RuleError
from agentguard_secrets.rulebook.der import NULL, identifier, integer, octets, pem, sequence, tagged

if TYPE_CHECKING:
    from agentguard_secrets.rulebook.samples import Maker

_HALF = 256  # bits of each prime
_EXPONENT = 65537
_RSA_OID = (1, 2, 840, 113549, 1, 1, 1)
_PBES2_OID = (1, 2, 840, 113549, 1, 5, 13)
_PBKDF2_OID = (1, 2, 840, 113549, 1, 5, 12)
_AES256_OID = (2, 16, 840, 1, 101, 3, 4, 1, 42)
_P256_OID = (1, 2, 840, 10045, 3, 1, 7)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
# Version -> the key of its MAC where there is no passphrase, and the hash.
_PPK_MACS = {"2": (hashlib.sha1(b"putty-private-key-file-mac-key").digest(), "sha1"), "3": (b"", "sha256")}  # noqa: S324
# The kind of holder that the second letter of a NATS seed names.
_NATS_KINDS = {"U": 20 << 3, "A": 0, "O": 14 << 3, "N": 13 << 3, "C": 2 << 3, "X": 23 << 3}


def pem_key(kind: str, dice: Random) -> str:
    """Return an armoured private key: RSA, EC, DSA, PKCS8, ENCRYPTED or OPENSSH."""
    if kind not in _PEM:
        raise RuleError(f"<pem:{kind}>: expected one of {', '.join(_PEM)}")
    label, write = _PEM[kind]
    return pem(label, write(dice))


def _rsa_numbers(dice: Random) -> tuple[int, int, int, int]:
    """Return modulus, private exponent and the two primes."""
    while True:
        first, second = _prime(_HALF, dice), _prime(_HALF, dice)
        order = (first - 1) * (second - 1)
        if first != second and order % _EXPONENT:
            return first * second, pow(_EXPONENT, -1, order), first, second


def _rsa(dice: Random) -> bytes:
    modulus, private, first, second = _rsa_numbers(dice)
    remainders = private % (first - 1), private % (second - 1), pow(second, -1, first)
    return sequence(*map(integer, (0, modulus, _EXPONENT, private, first, second, *remainders)))


def _ec(dice: Random) -> bytes:
    return sequence(integer(1), octets(dice.randbytes(32)), tagged(0, identifier(*_P256_OID)))


def _dsa(dice: Random) -> bytes:
    order = _prime(160, dice)
    modulus = order * (dice.getrandbits(352) | 1 << 351) + 1
    base, private = dice.randrange(2, modulus), dice.randrange(2, order)
    return sequence(*map(integer, (0, modulus, order, base, pow(base, private, modulus), private)))


def _pkcs8(dice: Random) -> bytes:
    return sequence(integer(0), sequence(identifier(*_RSA_OID), NULL), octets(_rsa(dice)))


def _encrypted(dice: Random) -> bytes:
    derivation = sequence(identifier(*_PBKDF2_OID), sequence(octets(dice.randbytes(8)), integer(2048)))
    cipher = sequence(identifier(*_AES256_OID), octets(dice.randbytes(16)))
    return sequence(sequence(identifier(*_PBES2_OID), sequence(derivation, cipher)), octets(dice.randbytes(352)))


def _openssh(dice: Random) -> bytes:
    name, public, check = b"ssh-ed25519", dice.randbytes(32), dice.randbytes(4)
    private = check * 2 + b"".join(map(_string, (name, public, dice.randbytes(32) + public, b"")))
    private += bytes(range(1, -len(private) % 8 + 1))
    holder = b"".join(map(_string, (b"none", b"none", b""))) + (1).to_bytes(4, "big")
    return b"openssh-key-v1\0" + holder + _string(_string(name) + _string(public)) + _string(private)


_PEM: Mapping[str, tuple[str, Callable[[Random], bytes]]] = {
    "RSA": ("RSA PRIVATE KEY", _rsa),
    "EC": ("EC PRIVATE KEY", _ec),
    "DSA": ("DSA PRIVATE KEY", _dsa),
    "PKCS8": ("PRIVATE KEY", _pkcs8),
    "ENCRYPTED": ("ENCRYPTED PRIVATE KEY", _encrypted),
    "OPENSSH": ("OPENSSH PRIVATE KEY", _openssh),
}


def pgp_key(_argument: str, dice: Random) -> str:
    """Return an armoured PGP secret key packet (version 4, RSA, no passphrase) with its CRC-24."""
    modulus, private, first, second = _rsa_numbers(dice)
    secret = b"".join(map(_mpi, (private, first, second, pow(first, -1, second))))
    packet = b"\x04" + dice.randbytes(4) + b"\x01" + _mpi(modulus) + _mpi(_EXPONENT)
    packet += b"\0" + secret + (sum(secret) & 0xFFFF).to_bytes(2, "big")
    raw = b"\x95" + len(packet).to_bytes(2, "big") + packet
    lines = textwrap.wrap(b64encode(raw).decode(), 64)
    checksum = b64encode(_crc24(raw).to_bytes(3, "big")).decode()
    label = "PGP PRIVATE KEY BLOCK"
    return "\n".join([f"-----BEGIN {label}-----", "", *lines, f"={checksum}", f"-----END {label}-----"])


def ppk_key(version: str, dice: Random) -> str:
    """Return a PuTTY key file (version 3 unless the argument says 2, no passphrase) with its MAC."""
    if version not in ("", *_PPK_MACS):
        raise RuleError(f"<ppk:{version}>: expected one of {', '.join(_PPK_MACS)}")
    modulus, private, first, second = _rsa_numbers(dice)
    public_part = _string(b"ssh-rsa") + _mpint(_EXPONENT) + _mpint(modulus)
    private_part = b"".join(map(_mpint, (private, first, second, pow(second, -1, first))))
    signed = b"".join(map(_string, (b"ssh-rsa", b"none", b"key", public_part, private_part)))
    salt, digest = _PPK_MACS[version or "3"]
    public_lines, private_lines = (textwrap.wrap(b64encode(part).decode(), 64) for part in (public_part, private_part))
    return "\n".join(
        [
            f"PuTTY-User-Key-File-{version or '3'}: ssh-rsa",
            "Encryption: none",
            "Comment: key",
            f"Public-Lines: {len(public_lines)}",
            *public_lines,
            f"Private-Lines: {len(private_lines)}",
            *private_lines,
            f"Private-MAC: {hmac.new(salt, signed, digest).hexdigest()}",
        ]
    )


def age_key(_argument: str, dice: Random) -> str:
    """Return an age identity: 32 bytes in bech32, upper-case."""
    return _bech32("age-secret-key-", dice).upper()


def nostr_key(_argument: str, dice: Random) -> str:
    """Return a Nostr private key: 32 bytes in bech32."""
    return _bech32("nsec", dice)


def _bech32(prefix: str, dice: Random) -> str:
    number = dice.getrandbits(256) << 4
    values = [number >> shift & 31 for shift in range(255, -1, -5)]
    expanded = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    check = _polymod([*expanded, *values, *[0] * 6]) ^ 1
    values += [check >> shift & 31 for shift in range(25, -1, -5)]
    return f"{prefix}1{''.join(_BECH32[value] for value in values)}"


def wallet_import_key(_argument: str, dice: Random) -> str:
    """Return a Bitcoin private key in the wallet import format, of a compressed public key."""
    return _base58_checked(b"\x80" + dice.randbytes(32) + b"\x01")


def extended_key(_argument: str, dice: Random) -> str:
    """Return a Bitcoin extended private key: the root of a wallet."""
    return _base58_checked(b"\x04\x88\xad\xe4" + bytes(9) + dice.randbytes(32) + b"\0" + dice.randbytes(32))


def _base58_checked(raw: bytes) -> str:
    raw += hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4]
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return text


def stellar_seed(_argument: str, dice: Random) -> str:
    """Return a Stellar seed."""
    raw = bytes([18 << 3]) + dice.randbytes(32)
    return b32encode(raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")).decode()


def nats_seed(kind: str, dice: Random) -> str:
    """Return a NATS seed: of a user, unless the argument says A, O, N, C or X."""
    if (kind or "U") not in _NATS_KINDS:
        raise RuleError(f"<nats:{kind}>: expected one of {', '.join(_NATS_KINDS)}")
    holder = _NATS_KINDS[kind or "U"]
    raw = bytes([18 << 3 | holder >> 5, (holder & 31) << 3]) + dice.randbytes(32)
    return b32encode(raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")).decode().rstrip("=")


def _prime(bits: int, dice: Random) -> int:
    while True:
        number = dice.getrandbits(bits) | 3 << (bits - 2) | 1
        if all(number % small for small in (3, 5, 7, 11, 13, 17, 19, 23)) and _is_probable_prime(number, dice):
            return number


def _is_probable_prime(number: int, dice: Random) -> bool:
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_is_witnessed(number, odd, twos=twos, base=dice.randrange(2, number - 1)) for _ in range(12))


def _is_witnessed(number: int, odd: int, *, twos: int, base: int) -> bool:
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return True
    return any((power := power * power % number) == number - 1 for _ in range(twos - 1))


def _string(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def _mpint(number: int) -> bytes:
    return _string(number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _mpi(number: int) -> bytes:
    bits = number.bit_length()
    return bits.to_bytes(2, "big") + number.to_bytes((bits + 7) // 8, "big")


def _crc24(content: bytes) -> int:
    check = 0xB704CE
    for byte in content:
        check ^= byte << 16
        for _ in range(8):
            check = check << 1 ^ (0x1864CFB if check & 0x800000 else 0)
    return check & 0xFFFFFF


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check


MAKERS: Mapping[str, Maker] = {
    "pem": pem_key,
    "pgp": pgp_key,
    "ppk": ppk_key,
    "age": age_key,
    "nostr": nostr_key,
    "wif": wallet_import_key,
    "xprv": extended_key,
    "stellar": stellar_seed,
    "nats": nats_seed,
}
