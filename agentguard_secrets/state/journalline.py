"""Turns values into sealed lines, and sealed lines into values."""

from __future__ import annotations

from agentguard_secrets._digest import signer_with
from agentguard_secrets._plainjson import parsed, written
from agentguard_secrets._record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentguard_secrets._digest import Sign

FIRST_PREVIOUS = "0" * 64
_DIGEST_MARK = b',"digest":"'
_TAIL = 64 + len(b'"}')


class End(Record):
    """Number and digest of the last line: what the next one follows."""

    sequence: int
    digest: str


START = End(0, FIRST_PREVIOUS)


def signer() -> Sign:
    """A function from bytes to the digest that only this user can compute. Raises StateError without a key."""
    from agentguard_secrets.state.key import user_key

    # Derived, so that no line ever is a fingerprint of something.
    return signer_with(bytes.fromhex(signer_with(user_key())(b"agentguard-secrets journal")))


def key_name(sign: Sign) -> str:
    """Which key a line was sealed with, so that another user's line is told from a changed one."""
    return sign(b"name of this key")[:8]


def sealed_line(values: dict[str, Any], sign: Sign) -> bytes:
    """The values as one line of JSON without its end, closed by their digest."""
    body = written(values).encode("ascii")[:-1]
    return body + _DIGEST_MARK + sign(body).encode("ascii") + b'"}'


def opened_line(line: bytes, sign: Sign) -> dict[str, Any] | None:
    """The values of a line that was written by this user and not changed since, with `digest`; None for any other."""
    body, mark, digest = line.rpartition(_DIGEST_MARK)
    if not mark or digest != sign(body).encode("ascii") + b'"}':
        return None
    values: dict[str, Any] = parsed(line.decode("ascii"))
    return values


def digest_of(line: bytes) -> str:
    """The digest with which a sealed line ends."""
    return line[-_TAIL:-2].decode("ascii")


def sealed_head(end: End, sign: Sign) -> bytes:
    """The journal's end as the one line of its head."""
    return sealed_line({"sequence": end.sequence, "last": end.digest}, _head_signer(sign)) + b"\n"


def opened_head(raw: bytes, sign: Sign) -> End | None:
    """The end that a genuine head tells, None for any other text."""
    values = opened_line(raw.rstrip(b"\n"), _head_signer(sign))
    return End(values["sequence"], values["last"]) if values else None


def _head_signer(sign: Sign) -> Sign:
    # No line of the journal passes for a head, and no head for a line.
    return lambda raw: sign(b"head " + raw)
