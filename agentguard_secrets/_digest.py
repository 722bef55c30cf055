"""Turns bytes into their SHA-256, plain or with a key, by what is part of the interpreter.

`hashlib` and `hmac` load OpenSSL, which costs every decision of a hook that is journaled or refused 2 to 4 ms.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Sign = Callable[[bytes], str]

_BLOCK = 64


def sha256(raw: bytes = b"") -> Any:
    """Return what `hashlib.sha256` does; that itself where the interpreter was built without its own."""
    return _made()(raw)


def signer_with(key: bytes) -> Sign:
    """Return what tells the HMAC-SHA-256 (RFC 2104) of bytes with this key, in hex."""
    made = _made()
    block = (made(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = made(bytes(byte ^ 0x36 for byte in block)), made(bytes(byte ^ 0x5C for byte in block))

    def sign(raw: bytes) -> str:
        within, around = inner.copy(), outer.copy()
        within.update(raw)
        around.update(within.digest())
        digest: str = around.hexdigest()
        return digest

    return sign


def _made() -> Any:
    try:
        return __import__("_sha2" if sys.version_info >= (3, 12) else "_sha256").sha256
    except (ImportError, AttributeError):
        import hashlib

        return hashlib.sha256
