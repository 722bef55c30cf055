"""Turns a credential into a keyed fingerprint that names it without telling it."""

from __future__ import annotations

from agentguard_secrets._digest import signer_with

_HEX_DIGITS = 32  # 128 bits: no two values of one machine will ever share a fingerprint


def fingerprint(secret: str, key: bytes) -> str:
    """Return 32 hex digits of HMAC-SHA-256 over the UTF-8 of `secret`; lone surrogates are encoded as they stand."""
    return signer_with(key)(secret.encode("utf-8", "surrogatepass"))[:_HEX_DIGITS]
