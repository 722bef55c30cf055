"""Turns a text in which the sieve saw something into the places where it may be.

The sieve says only that an outline holds. Where names such as `token` stand all over, or a long text holds one run of
digits, most of the time would go into looking for the place: Hyperscan tells it at once, with a database for each of
the few outlines that need it. Positions are told in characters, and every answer is what the plain engine comes to.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right

from agentguard_secrets._patterns import pattern
from agentguard_secrets.detect.begun import search_within
from agentguard_secrets.detect.native import built, hyperscan, loaded
from agentguard_secrets.detect.offsets import WIDEST, Offsets
from agentguard_secrets.detect.prefilter import WINDOWED_FROM
from agentguard_secrets.detect.runs import DIGIT, LINE_END, RUN
from agentguard_secrets.detect.unwrap import LETTERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from agentguard_secrets.detect.prefilter import Search
    from agentguard_secrets.model import Rule

# How often the last thing of an outline may stand is not asked, only how often it must.
_LAST_REPEAT = pattern(r"\{([0-9]+),(?:[0-9]+)?\}\Z|\+\Z")
# Compressed bytes have a short beginning: a run has more digits beside it, or is the next line of a long one.
_MAGIC = "(?:H4sI|eJ)"
MAGIC_SEEN = f"{DIGIT}{{8}}{_MAGIC}|{_MAGIC}{DIGIT}{{8}}|{DIGIT}{{40}}{LINE_END}{DIGIT}{{0,7}}{_MAGIC}"
# What is left is so many digits long at the least.
WORDS_SEEN = LETTERS.partition("|H4sI")[0]
LONG_RUN = f"{DIGIT}{{16}}"
LETTERS_SEEN = f"{WORDS_SEEN}|{MAGIC_SEEN}"
_RUNS = "runs"
_RUN = pattern(RUN)
_JOINED = pattern(rf"{DIGIT}{{40}}{LINE_END}\Z")
# So many characters hold the digits and the line's end that join one line of a run with the next.
_JOINED_WITHIN = 96
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_STEP = 256
# Of the keywords of generic rules those that stand in most texts.
_FREQUENT = ("passw", "secret", "token", "cred")


class Spotter:
    """Tells the places of the outlines of some rules, of their keywords and of runs."""

    def __init__(self, databases: Mapping[str, bytes]) -> None:
        """`databases` are those of `built_spots`; most texts call for few of them, so each is loaded when it is."""
        self._databases = databases
        self._loaded: dict[str, Any] = {}
        self._met: tuple[bytes, tuple[str, ...], array[int], array[int], int] = b"", (), array("q"), array("q"), 0
        self._offsets = Offsets()

    def knows(self, rule: Rule) -> bool:
        """Say whether this is one of the rules."""
        return rule.pattern in self._databases

    def windows(
        self, rule: Rule, pattern: Any, ends: array[int], texts: tuple[str, bytes]
    ) -> Iterator[tuple[int, int, Search]]:
        """Yield each of `prefilter.windows` of a rule in which its outline holds, and what finds `pattern` there.

        `texts` are a text that ends with a line feed, and its bytes; `ends` are where in those the outline was met.
        """
        text, raw = texts
        if not self._holds_any(rule.keywords, raw):
            return
        # Of a text that is full of a rule's outlines it is cheaper to ask for its keywords first.
        is_dense = len(ends) >= _dense_from(rule.reach, len(text))
        windows = self._keyword_windows(rule, text, raw, is_dense=True) if is_dense else []
        if is_dense and not windows:
            return
        spots = _Spots()
        reach = (rule.reach or 0) * (1 if text.isascii() else WIDEST)
        for start, end in _before(ends, reach, len(raw)):
            spots.offset = start
            self.scan(rule.pattern, raw[start:end], spots.add)
        in_characters = self._offsets.in_characters
        starts, ends = in_characters(spots.starts, text, raw), in_characters(spots.ends, text, raw)
        if not starts:
            return
        for start, end in windows or self._keyword_windows(rule, text, raw, is_dense=False):
            held = slice(bisect_right(ends, start), bisect_left(starts, end))
            first, last = starts[held], ends[held]
            if first and not rule.starts:
                yield start, end, pattern.search
            elif first:
                first[0], last[-1] = max(start, first[0]), min(end, last[-1])
                yield start, end, search_within(zip(first, last, strict=True), pattern, rule.starts)

    def runs(self, text: str, raw: bytes) -> Iterator[re.Match[str]]:
        """Yield each run of `unwrap` in `text` that may hold what text becomes when it is encoded."""
        ends = array("q")

        def add(_number: int, _start: int, end: int, *_: object) -> None:
            if not ends or end != ends[-1]:
                ends.append(end)

        self.scan(_RUNS, raw, add)
        yield from _runs_at(self._offsets.in_characters(ends, text, raw), text)

    def _holds_any(self, words: tuple[str, ...], raw: bytes) -> bool:
        """Say whether one of the words stands in a text: outlines say so of names that are not among them, too."""
        found: list[int] = []
        self.scan(_any_of(words), raw, lambda number, *_: found.append(number))
        return bool(found)

    def _keyword_windows(self, rule: Rule, text: str, raw: bytes, *, is_dense: bool) -> list[tuple[int, int]]:
        words, size = rule.keywords, len(text)
        least = _dense_from(rule.reach, size)
        # Most often a few of the words are enough: to be told the place of each costs twenty times as much.
        if is_dense and _count(words, raw) >= least:
            return [(0, size)]
        # Several rules have the same keywords.
        if self._met[0] is not raw or self._met[1] != words:
            self._met = raw, words, *self._places_of(words, raw)
        numbers, ends, count = self._met[2:]
        if not count or count >= least:
            return [(0, size)] if count else []
        places = zip(numbers, self._offsets.in_characters(ends, text, raw), strict=True)
        return _around(sorted((end - len(words[number]), end) for number, end in places), rule.reach or 0, size)

    def _places_of(self, words: tuple[str, ...], raw: bytes) -> tuple[array[int], array[int], int]:
        """Return which of the words stand where, told by their ends, and how many str.count would count."""
        numbers, ends, last, count = array("q"), array("q"), [0] * len(words), 0

        def add(number: int, _start: int, end: int, *_: object) -> None:
            nonlocal count
            numbers.append(number)
            ends.append(end)
            if end - len(words[number]) >= last[number]:
                last[number] = end
                count += 1

        self.scan("\n".join(words), raw, add)
        return numbers, ends, count

    def scan(self, name: str, raw: bytes, told: Callable[..., None]) -> None:
        """Search `raw` with the database of this name, and tell of what is met: number, start, end."""
        if name not in self._loaded:
            self._loaded[name] = loaded(self._databases[name])
        database, scratch = self._loaded[name]
        database.scan(raw, match_event_handler=told, scratch=scratch)


def ended(outline: str) -> str:
    """Return an outline that is met at fewer places, and in no other texts."""
    return _LAST_REPEAT.sub(lambda repeat: f"{{{repeat[1] or 1}}}", outline)


def _before(ends: array[int], reach: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield the parts that end at one of the places and begin `reach` before it (0: at the start), joined."""
    start, last = 0, -1
    for end in ends:
        if last >= 0 and reach and end - reach > last:
            yield start, last
            last = -1
        if last < 0:
            start = max(0, end - reach) if reach else 0
        last = end
    if last >= 0:
        yield start, min(last, size)


class _Spots:
    """Parts of a text, joined where they overlap. Told by their ends; in arrays, because there may be millions."""

    def __init__(self) -> None:
        self.starts = array("q")
        self.ends = array("q")
        self.offset = 0
        self._last = -1

    def add(self, _number: int, start: int, end: int, *_: object) -> None:
        """Add a part that begins and ends so far behind `offset`."""
        start += self.offset
        end += self.offset
        if start <= self._last:
            while self.ends and start <= self.ends[-1]:
                start = min(start, self.starts.pop())
                self.ends.pop()
        self.starts.append(start)
        self.ends.append(end)
        self._last = end


def built_spots(rules: Sequence[str], outlines: Sequence[str]) -> dict[str, bytes]:
    """Return the databases of the built-in generic rules among `rules`, rows of the table: their names stand in half of
    all files. An own one may be too large for that."""
    from re import escape

    from agentguard_secrets.detect.engine import rule_of
    from agentguard_secrets.detect.table import RULES

    module = hyperscan()
    found = {_RUNS: built([LETTERS_SEEN], [0], 0)}
    own = frozenset(RULES)
    for row, outline in zip(rules, outlines, strict=True):
        rule = rule_of(row) if row in own and '"generic"' in row else None
        if rule is None or rule.kind != "generic":
            continue
        found[rule.pattern] = built([ended(outline)], [0], module.HS_FLAG_SOM_LEFTMOST)
        words = "\n".join(rule.keywords)
        if words not in found:
            each, numbers = [escape(word) for word in rule.keywords], range(len(rule.keywords))
            found[words] = built(each, numbers, module.HS_FLAG_CASELESS)
            once = module.HS_FLAG_CASELESS | module.HS_FLAG_SINGLEMATCH
            found[_any_of(rule.keywords)] = built(["|".join(each)], [0], once)
    return found


def _any_of(words: tuple[str, ...]) -> str:
    """Return the name of the database that is met by any of the words."""
    return "|".join(words)


def _around(places: list[tuple[int, int]], reach: int, size: int) -> list[tuple[int, int]]:
    """Return the parts of a text of `size` characters that are `reach` or less away from one of the places."""
    windows: list[tuple[int, int]] = []
    for first, last in places:
        start, end = max(0, first - reach), min(size, last + reach)
        if windows and start <= windows[-1][1]:
            windows[-1] = windows[-1][0], max(end, windows[-1][1])
        else:
            windows.append((start, end))
    return windows


def _dense_from(reach: int | None, size: int) -> int:
    """Return from how many keywords on all of a text of `size` characters is searched."""
    return 1 if reach is None or size < WINDOWED_FROM * reach else -(-size // reach)


def _count(words: tuple[str, ...], raw: bytes) -> int:
    """Return how many of the words stand in `raw` at the least, as str.count would count them."""
    lowered = raw.lower()
    return sum(lowered.count(word.encode()) for word in _FREQUENT if word in words)


def _runs_at(ends: array[int], text: str) -> Iterator[re.Match[str]]:
    """Yield each run in which one of the places is, as a search through the whole text would come by it."""
    done = 0
    run: re.Match[str] | None = None
    for end in ends:
        if end <= done:
            continue
        begin = max(done, _begin(text, end, least=done))
        if run is None or run.start() < begin:
            run = _RUN.search(text, begin)
        while run is not None and run.start() < end:
            yield run
            done = run.end()
            run = _RUN.search(text, done) if done < end else None
        if run is None and done < end:
            return


def _begin(text: str, end: int, *, least: int) -> int:
    """Return where the run begins that goes on to `end`, or some place before it that no run crosses."""
    begin = _first_digit(text, end, least)
    while begin > least:
        before = max(0, begin - _JOINED_WITHIN)
        # The n of an escaped line feed is a digit, too.
        joined = _JOINED.search(text[before:begin]) or _JOINED.search(text[before : begin + 1])
        if joined is None:
            return begin
        begin = _first_digit(text, before + joined.start() + 1, least)
    return begin


def _first_digit(text: str, end: int, least: int) -> int:
    """Return where the digits begin that stand before `end`."""
    while end > least:
        start = max(least, end - _STEP)
        kept = len(text[start:end].rstrip(_DIGITS))
        if kept:
            return start + kept
        end = start
    return end
