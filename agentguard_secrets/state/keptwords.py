"""Turns the words that speak to a model into what finds all of them in one look, as one run built and kept it."""

from __future__ import annotations

from agentguard_secrets._patterns import package_folder, stamp_of
from agentguard_secrets.acts.addressing import WORDS
from agentguard_secrets.detect.native import built, hyperscan, library, loaded
from agentguard_secrets.state.kept import keep_values, read_kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_NAME = "words"


def kept_words(*, folder: str = "") -> Callable[[bytes], set[int]] | None:
    """Return what says which of the WORDS stand in bytes, by number; None when nothing was kept for this program."""
    values = read_kept(_NAME, folder or package_folder(), _stamp())
    if values is None or len(values) != 2 or values[1] != WORDS:
        return None
    try:
        database, scratch = loaded(values[0])
    except (ImportError, ValueError):
        return None

    def met(raw: bytes) -> set[int]:
        numbers: set[int] = set()
        # Of what stands at the very end the library may miss something.
        database.scan(raw + b"\n", match_event_handler=lambda number, *_: numbers.add(number), scratch=scratch)
        return numbers

    return met


def keep_words(*, folder: str = "") -> bool:
    """Keep that for later runs; say whether it is kept now."""
    if kept_words(folder=folder) is not None:
        return True
    from re import escape

    if library() is None:
        return False
    module = hyperscan()
    patterns = [escape(word.decode()) for word in WORDS]
    found = built(patterns, range(len(WORDS)), module.HS_FLAG_CASELESS | module.HS_FLAG_SINGLEMATCH)
    return keep_values(_NAME, folder or package_folder(), _stamp(), values=(found, WORDS))


def _stamp() -> tuple[Any, ...]:
    found = library()
    return () if found is None else stamp_of((found,))
