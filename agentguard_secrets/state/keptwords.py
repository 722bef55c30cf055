"""Turns what speaks to a model into what finds all of it in one look, as one run built and kept it."""

from __future__ import annotations

from agentguard_secrets._patterns import package_folder, stamp_of
from agentguard_secrets.acts import addressing
from agentguard_secrets.acts.addressing import WORDS, Look, outlines
from agentguard_secrets.detect.native import built, hyperscan, library, loaded
from agentguard_secrets.state.kept import keep_values, read_kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_NAME = "words"


def kept_words(*, folder: str = "") -> Look | None:
    """Return what looks for all of them at once; None when nothing was kept for this program."""
    values = read_kept(_NAME, folder or package_folder(), _stamp())
    if values is None or len(values) != 3 or values[2] != WORDS:
        return None
    try:
        return Look(_finder(values[0]), _finder(values[1]))
    except (ImportError, ValueError):
        return None


def _finder(kept: bytes) -> Callable[[bytes], set[int]]:
    database, scratch = loaded(kept)

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
    flags = module.HS_FLAG_CASELESS | module.HS_FLAG_SINGLEMATCH
    words, phrases = [escape(word.decode()) for word in WORDS], outlines()
    found = (built(each, range(len(each)), flags) for each in (words, phrases))
    return keep_values(_NAME, folder or package_folder(), _stamp(), values=(*found, WORDS))


def _stamp() -> tuple[Any, ...]:
    found = library()
    return () if found is None else stamp_of((found, addressing.__file__))
