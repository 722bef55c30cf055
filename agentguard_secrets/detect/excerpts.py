"""Turns many small texts into the few that may hold something on a line that is new, in one pass over all of them.

A text of its own costs the sieve some Python however small it is. Put together they cost one scan, which tells for each
rule every place where its outline ends.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right

from agentguard_secrets.detect.bulk import outlines_of
from agentguard_secrets.detect.native import built, hyperscan, loaded
from agentguard_secrets.detect.offsets import WIDEST
from agentguard_secrets.detect.outline import ends_in_value
from agentguard_secrets.detect.prefilter import unfolded_bytes
from agentguard_secrets.detect.signs import FIRST, sign_patterns
from agentguard_secrets.detect.spots import ended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from agentguard_secrets.detect.known import Watchlist

    # Where the outline of each rule ends, in bytes, and each sign of something encoded, which are numbered behind them.
    Seen = dict[int, array[int]]
    # The database of rules, for each number in it how far from the end of its outline a finding may be, and the
    # databases of runs and of escapes.
    Places = tuple[bytes, tuple[int, ...], bytes, bytes]

# Instead of a number of characters: on the very line, anywhere in the text.
_ON_THE_LINE, _ANYWHERE = -1, 1 << 40
# What an escape stands for is beside it.
_BESIDE_ESCAPE = 200
_NEW = ord("+")
_TAG = b"[REDACTED:"
# In bytes: where characters that are pairs of bytes would begin a file.
_BEGINNING = 256


class Panner:
    """Says which of many texts are worth a look, and at what. Workers share it by what it is made of."""

    def __init__(self, places: Places, known: Watchlist | None) -> None:
        """Raises ImportError without Hyperscan, ValueError where this Hyperscan or this processor did not build it."""
        self._rules, self._reaches = loaded(places[0]), places[1]
        self._runs, self._escapes = loaded(places[2]), loaded(places[3])
        self._known = known

    def pan(self, texts: Sequence[bytes], marks: Sequence[bytes]) -> dict[int, Seen | None]:
        """Return what a sieve would see in those of `texts` that may hold a finding on a new line, as far as it may
        matter; None where there is no telling.

        The texts are valid UTF-8; `marks` hold for each of them one byte for each of its lines, a plus where it is new.
        """
        seen = [*map(unfolded_bytes, texts)]
        many = _Many(seen, marks, self._reaches)
        _scan(self._rules, many.together, many.add)
        found: dict[int, Seen | None] = {**many.found}
        for number, text in enumerate(texts):
            if _is_beyond_telling(text):
                found[number] = None
            elif signs := self._signs(seen[number], marks[number]):
                found[number] = {**many.found.get(number, {}), **signs}
        for number in self._with_known(texts):
            found.setdefault(number, {})
        return found

    def _signs(self, text: bytes, marks: bytes) -> Seen:
        """Return the signs of something encoded: of runs, which are of many lines, anywhere; else beside new lines."""
        seen: Seen = {}

        def add(sign: int, _start: int, end: int, *_: object) -> None:
            seen[sign] = array("q", (end,))

        _scan(self._runs, text, add)
        _scan(self._escapes, _beside_new(text, marks), add)
        return seen

    def _with_known(self, texts: Sequence[bytes]) -> Iterator[int]:
        """Yield the numbers of the texts in which a value of this machine stands."""
        if self._known is not None:
            text, starts = b"\n".join(texts).decode("utf-8"), _starts(texts)
            for match in self._known.matches(text, text.lower(), observer=None):
                yield bisect_right(starts, len(text[: match.span.start].encode())) - 1


class _Many:
    """Many texts as one, and what was seen in which of them."""

    def __init__(self, texts: Sequence[bytes], marks: Sequence[bytes], reaches: tuple[int, ...]) -> None:
        self.together = b"\n".join((*texts, b""))
        self.found: dict[int, Seen] = {}
        self._texts, self._marks, self._reaches = texts, marks, reaches
        self._starts = _starts(texts)
        self._width = 1 if self.together.isascii() else WIDEST
        self._news: dict[int, tuple[list[int], list[int]]] = {}

    def add(self, rule: int, _start: int, end: int, *_: object) -> None:
        """Take down that the outline of a rule, or a sign, ends at a place, unless no new line is near enough."""
        number = bisect_right(self._starts, end - 1) - 1
        end -= self._starts[number]
        seen = self.found.get(number)
        reach = self._reaches[rule]
        if seen is not None and rule in seen:
            # Of most it is enough to know that they may hold.
            if reach == _ON_THE_LINE and self._is_near(number, end - 1, end):
                seen[rule].append(end)
        elif reach == _ON_THE_LINE:
            if self._is_near(number, end - 1, end):
                self.found.setdefault(number, {})[rule] = array("q", (end,))
        elif self._is_near(number, end - 1 - reach * self._width, end + reach * self._width):
            self.found.setdefault(number, {})[rule] = array("q", (end,))

    def _is_near(self, number: int, first: int, last: int) -> bool:
        """Say whether a new line is between two places of a text."""
        if number not in self._news:
            self._news[number] = _new_parts(self._texts[number], self._marks[number])
        begins, ends = self._news[number]
        nearest = bisect_left(begins, last) - 1
        return nearest >= 0 and ends[nearest] > first


def built_places(rules: Sequence[str]) -> Places:
    """Return what a panner of `rules`, rows of the table and perhaps of others, is made of; it takes a second."""
    from agentguard_secrets.detect.engine import rule_of

    found = [rule_of(row) for row in rules]
    patterns = [*map(ended, outlines_of(rules))]
    reaches = [_ON_THE_LINE if ends_in_value(rule.pattern, kind=rule.kind) else rule.reach for rule in found]
    # Signs are numbered behind the rules, as the sieve numbers them.
    count, signs, flag = len(patterns), sign_patterns(), hyperscan().HS_FLAG_SINGLEMATCH
    runs = built(signs[:FIRST], range(count, count + FIRST), flag)
    escapes = built(signs[FIRST:], range(count + FIRST, count + len(signs)), flag)
    every = tuple(_ANYWHERE if reach is None else reach for reach in reaches)
    return built(patterns, range(count), 0), every, runs, escapes


def _scan(loaded: tuple[Any, Any], text: bytes, told: Callable[..., None]) -> None:
    database, scratch = loaded
    database.scan(text, match_event_handler=told, scratch=scratch)


def _beside_new(text: bytes, marks: bytes) -> bytes:
    """Return the lines from the first to the last new one with what stands beside them."""
    above, below = marks.find(b"+"), len(marks) - 1 - marks.rfind(b"+")
    start = len(text) - len(text.split(b"\n", above)[-1])
    end = len(text.rsplit(b"\n", below)[0])
    return text[max(0, start - _BESIDE_ESCAPE) : end + _BESIDE_ESCAPE]


def _new_parts(text: bytes, marks: bytes) -> tuple[list[int], list[int]]:
    """Return where the new lines begin and end, with their line feeds; neighbours are one part."""
    if b" " not in marks:
        return [0], [len(text) + 1]
    begins: list[int] = []
    ends: list[int] = []
    place = 0
    for is_new, line in zip(marks, text.split(b"\n"), strict=True):
        after = place + len(line) + 1
        if is_new != _NEW:
            pass
        elif ends and ends[-1] == place:
            ends[-1] = after
        else:
            begins.append(place)
            ends.append(after)
        place = after
    return begins, ends


def _starts(texts: Sequence[bytes]) -> list[int]:
    starts = []
    start = 0
    for text in texts:
        starts.append(start)
        start += len(text) + 1
    return starts


def _is_beyond_telling(text: bytes) -> bool:
    """Say whether what is searched is not what stands there: a tag is left out, a character at the beginning may be
    two."""
    return _TAG in text or not text[:_BEGINNING].isascii()
