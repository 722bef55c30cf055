"""Turns the bytes of much text into the few rules that may hold there, at the speed of memory.

Hyperscan runs the outlines of all rules at once. Building them takes a second, so this is for trees and histories: a
hook never waits for it. What was built is not kept on the disk, where a program that is watched could put an emptier
one in its place.
"""

from __future__ import annotations

from agentguard_secrets.detect.outline import outline
from agentguard_secrets.detect.outlines import OUTLINES
from agentguard_secrets.detect.table import RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

# Beyond ASCII, but lower or upper case of i, k and s for Python or for `regex`: outlines do not know them.
_FOLDING = tuple(letter.encode() for letter in "\u0130\u0131\u017f\u212a")
_TAG = b"[REDACTED:"


class Sieve:
    """Says which rules may hold in a text; `None` where it cannot tell. Workers share it by `packed`."""

    def __init__(self, database: Any) -> None:
        import hyperscan

        self._database = database
        self._scratch = hyperscan.Scratch(database)
        self._found: list[int] = []

    def in_bytes(self, raw: bytes) -> list[int] | None:
        """Return the numbers of rules that may hold in text of which `raw` is the UTF-8."""
        if not raw.isascii() and any(letter in raw for letter in _FOLDING):
            return None
        found: list[int] = []
        # A line's end, as the engine adds one: an outline may ask for what follows a value.
        self._database.scan(
            raw + b"\n", match_event_handler=lambda number, *_: found.append(number), scratch=self._scratch
        )
        return found

    def in_text(self, text: str) -> list[int] | None:
        """Return the numbers of rules that may hold in `text`."""
        return self.in_bytes(text.encode("utf-8", "surrogatepass"))

    def is_clean(self, raw: bytes) -> bool:
        """Say whether nothing can be found in text of which `raw` is the UTF-8, whatever stands around it."""
        # The engine does not look at tags of ours, so what stands beside one may be found where it is not in `raw`.
        return _TAG not in raw and self.in_bytes(raw) == []

    def packed(self) -> bytes:
        """Return what `unpacked` makes the same sieve of, in another process of this machine."""
        import hyperscan

        return bytes(hyperscan.dumpb(self._database))


def is_available() -> bool:
    """Say whether Hyperscan is installed."""
    try:
        import hyperscan  # noqa: F401
    except ImportError:
        return False
    return True


def built_sieve(rules: Sequence[str]) -> Sieve:
    """Return the sieve of `rules`, rows of the table and perhaps of others; it takes a second."""
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    outlines = [text.encode() for text in _outlines(rules)]
    database.compile(expressions=outlines, ids=range(len(outlines)), flags=hyperscan.HS_FLAG_SINGLEMATCH)
    return Sieve(database)


def unpacked(packed: bytes) -> Sieve:
    """Return the sieve that `packed` was made of."""
    import hyperscan

    return Sieve(hyperscan.loadb(packed, hyperscan.HS_MODE_BLOCK))


def _outlines(rules: Sequence[str]) -> Iterator[str]:
    from agentguard_secrets.detect.engine import rule_of

    known = dict(zip(RULES, OUTLINES, strict=True))
    for row in rules:
        yield known[row] if row in known else outline(rule_of(row).pattern)
