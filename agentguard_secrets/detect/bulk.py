"""Turns the bytes of much text into the few rules that may hold there, at the speed of memory.

Hyperscan runs the outlines of all rules at once. Building them takes a second, which no hook waits for: what was built
once is kept by state/keptsieve.py, and loading it again takes two milliseconds.
"""

from __future__ import annotations

import re
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

from agentguard_secrets._record import Record
from agentguard_secrets.detect.escapes import ESCAPES, UNSEEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from typing import Any

    Packed = tuple[bytes, int, tuple[str, ...]]

# Beyond ASCII, but lower or upper case of i, k and s for Python or for `regex`: outlines do not know them.
_FOLDING = tuple(letter.encode() for letter in "\u0130\u0131\u017f\u212a")
# The UTF-8 of what `escapes` leaves out because nobody sees it, or reads as the plain letter that it looks like.
_UNSEEN = (
    r"\xc2\xad|\xe1\xa0\x8e|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xa4]|\xef\xb8[\x80-\x8f]|\xef\xbb\xbf"
    r"|\xef\xbc[\x81-\xbf]|\xef\xbd[\x80-\x9e]|\xf3\xa0[\x80\x81]"
)

_SIGNS = (*ESCAPES, UNSEEN)
_EXTENSION = "hyperscan._hs_ext"


class Sifted(Record):
    """What may be in a text: the numbers of rules, runs of digits that are text, and the signs of escapes; and which
    keywords of generic rules are in it."""

    rules: tuple[int, ...]
    has_runs: bool
    signs: frozenset[str]
    words: frozenset[str] = frozenset()


class Sieve:
    """Says what may be in a text. Workers share it by `packed`.

    `count` is how many rules it knows; of `others`, whose numbers follow, it says that each may hold.
    """

    def __init__(self, database: Any, count: int, words: tuple[str, ...], others: int = 0) -> None:
        self._database = database
        self._others = range(count, count + others)
        self._scratch = _hyperscan().Scratch(database)
        self._count = count
        self._words = words
        self._last: tuple[str, Sifted | None] = "", None

    def sift(self, text: str) -> Sifted | None:
        """Return what may be in `text`; None where there is no telling."""
        # The engine asks several times about one text.
        if self._last[0] is not text:
            self._last = text, self._sifted(text)
        return self._last[1]

    def packed(self) -> Packed:
        """Return what `unpacked` makes the same sieve of, in another process of this machine."""
        return bytes(_hyperscan().dumpb(self._database)), self._count, self._words

    def _sifted(self, text: str) -> Sifted | None:
        raw = text.encode("utf-8", "surrogatepass")
        if not text.isascii() and any(letter in raw for letter in _FOLDING):
            return None
        found: set[int] = set()
        # A line's end, as the engine adds one: an outline may ask for what follows a value.
        self._database.scan(
            raw + b"\n", match_event_handler=lambda number, *_: found.add(number), scratch=self._scratch
        )
        if not found and not self._others:
            return _NOTHING
        rules = (*sorted(number for number in found if number < self._count), *self._others)
        signs = (sign for number, sign in enumerate(_SIGNS, self._count + 1) if number in found)
        first = self._count + 1 + len(_SIGNS)
        words = (self._words[number - first] for number in found if number >= first)
        return Sifted(rules, self._count in found, frozenset(signs), frozenset(words))


_NOTHING = Sifted((), has_runs=False, signs=frozenset())


def is_available() -> bool:
    """Say whether Hyperscan is installed."""
    try:
        _hyperscan()
    except ImportError:
        return False
    return True


def library() -> str | None:
    """Return where Hyperscan lies, without loading it; None where it is not installed."""
    spec = _spec()
    return spec.origin if spec else None


def _spec() -> ModuleSpec | None:
    package = PathFinder.find_spec("hyperscan")
    return package and PathFinder.find_spec(_EXTENSION, package.submodule_search_locations)


def _hyperscan() -> Any:
    """Return the part of the package that is Hyperscan itself. Raises ImportError.

    Beside it the package has one record, for which it imports `typing`: that alone takes six times as long.
    """
    if _EXTENSION in sys.modules:
        return sys.modules[_EXTENSION]
    spec = _spec()
    if spec is None or spec.loader is None:
        raise ImportError("hyperscan is not installed")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[_EXTENSION] = module
    return module


def built_sieve(rules: Sequence[str]) -> Sieve:
    """Return the sieve of `rules`, rows of the table and perhaps of others; it takes a second."""
    from agentguard_secrets.detect.outline import outline
    from agentguard_secrets.detect.unwrap import RUNS

    hyperscan = _hyperscan()
    numbered = [*enumerate(_outlines(rules))]
    numbered += [(len(rules), outline(pattern)) for pattern in RUNS]
    words = _generic_words(rules)
    others = *map(outline, ESCAPES.values()), _UNSEEN, *(f"(?i){re.escape(word)}" for word in words)
    numbered += enumerate(others, len(rules) + 1)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    numbers, outlines = zip(*numbered, strict=True)
    database.compile(expressions=[text.encode() for text in outlines], ids=numbers, flags=hyperscan.HS_FLAG_SINGLEMATCH)
    return Sieve(database, len(rules), words)


def unpacked(packed: Packed, *, others: int = 0) -> Sieve:
    """Return the sieve that `packed` was made of; `others` rules follow those that it knows.

    Raises ImportError without Hyperscan, ValueError where this Hyperscan or this processor did not build it.
    """
    database, count, words = packed
    hyperscan = _hyperscan()
    try:
        return Sieve(hyperscan.loadb(database, hyperscan.HS_MODE_BLOCK), count, words, others)
    except hyperscan.error as error:
        raise ValueError(f"no sieve of this machine's Hyperscan: {error}") from error


def _generic_words(rules: Sequence[str]) -> tuple[str, ...]:
    """Return the keywords of generic rules: dozens for each, looked for in half of all files."""
    from agentguard_secrets.detect.engine import rule_of

    generic = (rule for rule in map(rule_of, rules) if rule.kind == "generic")
    return tuple(dict.fromkeys(word for rule in generic for word in rule.keywords))


def _outlines(rules: Sequence[str]) -> Iterator[str]:
    from agentguard_secrets.detect.engine import rule_of
    from agentguard_secrets.detect.outline import outline
    from agentguard_secrets.detect.outlines import OUTLINES
    from agentguard_secrets.detect.table import RULES

    known = dict(zip(RULES, OUTLINES, strict=True))
    for row in rules:
        rule = None if row in known else rule_of(row)
        yield known[row] if rule is None else outline(rule.pattern, kind=rule.kind)
