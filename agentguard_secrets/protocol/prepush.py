"""Turns the standard input of git's pre-push hook into the references that are about to change."""

from __future__ import annotations

from agentguard_secrets._record import Record
from agentguard_secrets.errors import ProtocolError

_HEX = frozenset("0123456789abcdef")
_LENGTHS = (40, 64)


class RefUpdate(Record):
    """One reference of a push: what is sent, by which name, and what the remote has there now.

    An object id of zeros only means that there is none: a new reference, or one to delete.
    """

    local_ref: str
    local_oid: str
    remote_ref: str
    remote_oid: str

    def deletes(self) -> bool:
        return is_zero(self.local_oid)


def is_zero(oid: str) -> bool:
    """Say whether an object id means "no object"."""
    return not oid.strip("0")


def parse_updates(text: str) -> list[RefUpdate]:
    """Return one update for each line; a line that is not four words raises ProtocolError."""
    return [_update(line, number) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _update(line: str, number: int) -> RefUpdate:
    # From the right: what was typed as the source of the push may contain spaces ("HEAD@{1 day ago}").
    words = line.rsplit(maxsplit=3)
    if len(words) != 4 or not (_is_oid(words[1]) and _is_oid(words[3])):
        raise ProtocolError(
            f"standard input, line {number}: expected <local ref> <object id> <remote ref> <object id>, "
            f"got {len(words)} words"
        )
    return RefUpdate(*words)


def _is_oid(word: str) -> bool:
    return len(word) in _LENGTHS and _HEX.issuperset(word)
