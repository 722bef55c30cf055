"""Turns words into the answer whether one of them stands in a text, at the speed of memory where Hyperscan is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial


def finder_of(words: Iterable[str]) -> Callable[[bytes], bool]:
    """Return what says whether one of `words`, which are ASCII, stands in UTF-8, in small or in capital letters."""
    wanted = tuple(word.encode("ascii") for word in words)
    try:
        import hyperscan
    except ImportError:
        return partial(_is_any_in, wanted)
    if not wanted:
        return partial(_is_any_in, wanted)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH
    database.compile(expressions=[re.escape(word) for word in wanted], ids=range(len(wanted)), flags=flags)
    scratch = hyperscan.Scratch(database)
    found: list[int] = []

    def is_any_in(text: bytes) -> bool:
        found.clear()
        database.scan(text, match_event_handler=lambda number, *_: found.append(number), scratch=scratch)
        return bool(found)

    return is_any_in


def _is_any_in(words: tuple[bytes, ...], text: bytes) -> bool:
    return any(map(text.lower().__contains__, words))
