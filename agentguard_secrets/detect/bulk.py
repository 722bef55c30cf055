"""Turns the bytes of much text into the few rules that may hold there, at the speed of memory.

Hyperscan runs the outlines of all rules at once. Building them takes a second, which no hook waits for: what was built
once is kept by state/keptsieve.py, and loading it again takes two milliseconds.
"""

from __future__ import annotations

from array import array

from agentguard_secrets._record import Record
from agentguard_secrets.detect.begun import search_within
from agentguard_secrets.detect.escapes import QUOTES, QUOTES_WITHIN
from agentguard_secrets.detect.narrowing import Narrowing
from agentguard_secrets.detect.native import built, hyperscan, loaded
from agentguard_secrets.detect.offsets import Offsets
from agentguard_secrets.detect.prefilter import unfolded
from agentguard_secrets.detect.signs import FIRST, SIGNS, built_signs, quotes_name, signs_in
from agentguard_secrets.detect.spots import Spotter, built_spots, ended

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from agentguard_secrets.detect.prefilter import Search
    from agentguard_secrets.model import Rule

    Packed = tuple[bytes, int, dict[str, bytes]]


class Sifted(Record):
    """What may be in a text: rules by number, runs of digits that are text, arrays of bytes, signs of escapes; and of
    those that are quotes, the parts of the text in which two of them may meet."""

    rules: tuple[int, ...]
    has_runs: bool
    has_dumps: bool
    signs: frozenset[str]
    quotes: Mapping[str, list[tuple[int, int]]] = {}


class Sieve:
    """Says what may be in a text, and where. Workers share it by `packed`."""

    def __init__(self, packed: Packed, others: int = 0) -> None:
        """Of `others`, rules whose numbers follow, it says that each may hold.

        Raises ImportError without Hyperscan, ValueError where this Hyperscan or this processor did not build it.
        """
        self._packed = packed
        database, self._count, spots = packed
        self._database, self._scratch = loaded(database)
        self._others = range(self._count, self._count + others)
        self._spotter = Spotter(spots)
        # The engine asks several times about one text.
        self._last: tuple[str, bytes, Sifted] = "", b"\n", _NOTHING
        self._ends: dict[int, array[int]] = {}
        self._narrowing, self._offsets = Narrowing(self._scan), Offsets()

    def sift(self, text: str) -> Sifted:
        """Return what may be in `text`."""
        if self._last[0] is not text:
            raw = _raw(text)
            self._last = text, raw, self._sifted(text, raw)
        return self._last[2]

    def take(self, text: str, ends: dict[int, array[int]]) -> None:
        """Be told what there is to see in `text`: where the outlines of rules end, in bytes of the unfolded text, and
        signs behind those."""
        raw = _raw(text)
        self._last = text, raw, self._seen(ends, text, raw)

    def tells(self, rule: Rule) -> bool:
        """Say whether `windows` knows the rule."""
        return self._spotter.knows(rule)

    def windows(self, number: int, rule: Rule, pattern: Any, text: str) -> Iterator[tuple[int, int, Search]]:
        """Yield the parts of `text` and a line feed in which a rule may hold, and what finds it there."""
        raw = self._raw_of(text)
        return self._spotter.windows(rule, pattern, self._ends[number], (f"{text}\n", raw))

    def holds(self, number: int, rule: Rule, pattern: Any, text: str) -> bool:
        """Say whether a rule's `pattern` may match in `text` and a line feed: an outline lets much through."""
        if number in self._others:
            return True
        raw = self._raw_of(text)
        parts = self._narrowing.parts(number, rule.reach, raw, is_ascii=text.isascii())
        if parts is None:
            return True
        ended = f"{text}\n"
        starts, ends = (array("q", [part[each] for part in parts]) for each in (0, 1))
        in_characters = self._offsets.in_characters
        spans = zip(in_characters(starts, ended, raw), in_characters(ends, ended, raw), strict=True)
        if rule.starts:
            return search_within(spans, pattern, rule.starts)(ended, 0, len(ended)) is not None
        return any(pattern.search(ended, start, end) is not None for start, end in spans)

    def runs(self, text: str) -> Iterator[re.Match[str]]:
        """Yield the runs of digits in `text` that may be encoded text."""
        return self._spotter.runs(text, self._raw_of(text))

    def packed(self) -> Packed:
        """Return what `unpacked` makes the same sieve of, in another process of this machine."""
        return self._packed

    def _raw_of(self, text: str) -> bytes:
        self.sift(text)
        return self._last[1]

    def _sifted(self, text: str, raw: bytes) -> Sifted:
        ends: dict[int, array[int]] = {}

        def add(number: int, _start: int, end: int, *_: object) -> None:
            if number in ends:
                ends[number].append(end)
            else:
                ends[number] = array("q", (end,))

        self._scan(raw, add)
        for number in signs_in(raw, self._spotter.scan):
            add(self._count + number, 0, 0)
        return self._seen(ends, text, raw)

    def _scan(self, raw: bytes, told: Callable[..., None]) -> None:
        self._database.scan(raw, match_event_handler=told, scratch=self._scratch)

    def _seen(self, found: dict[int, array[int]], text: str, raw: bytes) -> Sifted:
        self._ends = found
        if not found and not self._others:
            return _NOTHING
        rules = (*sorted(number for number in found if number < self._count), *self._others)
        seen = {number - self._count for number in found if number >= self._count}
        signs = frozenset(sign for number, sign in enumerate(SIGNS, FIRST) if number in seen)
        quotes = {quote: self._quotes(quote, text, raw) for quote in QUOTES if quote in signs}
        return Sifted(rules, 0 in seen, 1 in seen, signs, quotes)

    def _quotes(self, quote: str, text: str, raw: bytes) -> list[tuple[int, int]]:
        ends = array("q")
        self._spotter.scan(quotes_name(quote), raw, lambda _number, _start, end, *_: ends.append(end))
        parts: list[tuple[int, int]] = []
        for end in self._offsets.in_characters(ends, text, raw):
            start = max(0, end - QUOTES_WITHIN)
            if parts and start <= parts[-1][1]:
                parts[-1] = parts[-1][0], end
            else:
                parts.append((start, end))
        return parts


_NOTHING = Sifted((), has_runs=False, has_dumps=False, signs=frozenset())


def _raw(text: str) -> bytes:
    """Return the bytes in which outlines are looked for. A line's end, as the engine adds one: an outline may ask for
    what follows a value."""
    return unfolded(text).encode("utf-8", "surrogatepass") + b"\n"


def is_available() -> bool:
    """Say whether Hyperscan is installed."""
    try:
        hyperscan()
    except ImportError:
        return False
    return True


def built_sieve(rules: Sequence[str]) -> Sieve:
    """Return the sieve of `rules`, rows of the table and perhaps of others; it takes a second."""
    from agentguard_secrets.detect.engine import rule_of

    outlines = list(outlines_of(rules))
    spots = built_spots(rules, outlines)
    patterns = list(outlines)
    flags = [hyperscan().HS_FLAG_SINGLEMATCH] * len(patterns)
    for number, row in enumerate(rules):
        # Of these every place is asked.
        if '"generic"' in row and rule_of(row).pattern in spots:
            patterns[number], flags[number] = ended(patterns[number]), 0
    return Sieve((built(patterns, range(len(patterns)), flags), len(rules), {**spots, **built_signs()}))


def unpacked(packed: Packed, *, others: int = 0) -> Sieve:
    """Return the sieve that `packed` was made of; `others` rules follow those that it knows.

    Raises ImportError without Hyperscan, ValueError where this Hyperscan or this processor did not build it.
    """
    return Sieve(packed, others)


def outlines_of(rules: Sequence[str]) -> Iterator[str]:
    """Yield the outline of each of `rules`, rows of the table and perhaps of others."""
    from agentguard_secrets.detect.engine import rule_of
    from agentguard_secrets.detect.outline import outline
    from agentguard_secrets.detect.outlines import OUTLINES
    from agentguard_secrets.detect.table import RULES

    known = dict(zip(RULES, OUTLINES, strict=True))
    for row in rules:
        rule = None if row in known else rule_of(row)
        yield known[row] if rule is None else outline(rule.pattern, kind=rule.kind)
