"""Turns what one run built of all outlines into what every later run has in two milliseconds: the sieve of texts, and
what finds the places in many excerpts."""

from __future__ import annotations

import os

from agentguard_secrets._patterns import package_folder, stamp_of
from agentguard_secrets.state.kept import keep_values, read_kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentguard_secrets.detect.bulk import Sieve
    from agentguard_secrets.detect.excerpts import Places

_NAME, _PLACES = "sieve", "places"
# What they are made of: when one of these is another, so are they.
_SOURCES = (
    *(
        "bulk.py",
        "bytesets.py",
        "escapes.py",
        "excerpts.py",
        "outline.py",
        "outlines.py",
        "native.py",
        "runs.py",
        "signs.py",
        "spots.py",
    ),
    *("table.py", "unwrap.py"),
)


def kept_sieve(*, others: int = 0, folder: str = "") -> Sieve | None:
    """Return the sieve of the built-in rules as it was kept, None when there is none for this very program.

    `others` rules follow the built-in ones. `folder` is the package's own if it is not named.
    """
    from agentguard_secrets.detect.bulk import unpacked

    place = folder or package_folder()
    values = read_kept(_NAME, place, _stamp(place))
    if values is None or len(values) != 3:
        return None
    try:
        return unpacked((values[0], values[1], values[2]), others=others)
    except (ImportError, ValueError):
        return None


def keep(sieve: Sieve, *, folder: str = "") -> bool:
    """Keep the sieve of the built-in rules for later runs; say whether it could be written."""
    place = folder or package_folder()
    return keep_values(_NAME, place, _stamp(place), values=sieve.packed())


def kept_places(*, folder: str = "") -> Places | None:
    """Return what a panner of the built-in rules is made of as it was kept, None as above."""
    place = folder or package_folder()
    values = read_kept(_PLACES, place, _stamp(place))
    if values is None or len(values) != 4:
        return None
    from agentguard_secrets.detect.native import loaded

    try:
        loaded(values[0])
    except (ImportError, ValueError):
        return None
    return values[0], values[1], values[2], values[3]


def keep_places(places: Places, *, folder: str = "") -> bool:
    """Keep what a panner of the built-in rules is made of for later runs; say whether it could be written."""
    place = folder or package_folder()
    return keep_values(_PLACES, place, _stamp(place), values=places)


def make_ready() -> bool:
    """Build and keep what looks at much text if there is none that can be used; say whether there is a sieve now."""
    from agentguard_secrets.detect.bulk import built_sieve, is_available
    from agentguard_secrets.detect.table import RULES
    from agentguard_secrets.state.keptwords import keep_words

    keep_words()
    return kept_sieve() is not None or (is_available() and keep(built_sieve(RULES)))


def _stamp(folder: str) -> tuple[Any, ...]:
    from agentguard_secrets.detect.native import library

    found = library()
    return () if found is None else stamp_of((found, *(os.path.join(folder, name) for name in _SOURCES)))
