"""Turns the sieve that one run built into one that every later run has in two milliseconds."""

from __future__ import annotations

import os

from agentguard_secrets.state.kept import keep_values, package_folder, read_kept, stamp_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentguard_secrets.detect.bulk import Sieve

_NAME = "sieve"
# What a sieve is made of: when one of these is another, so is the sieve.
_SOURCES = ("bulk.py", "escapes.py", "outline.py", "outlines.py", "native.py", "spots.py", "table.py", "unwrap.py")


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


def make_ready() -> bool:
    """Build and keep the sieve if there is none that can be used; say whether there is one now."""
    from agentguard_secrets.detect.bulk import built_sieve, is_available
    from agentguard_secrets.detect.table import RULES

    return kept_sieve() is not None or (is_available() and keep(built_sieve(RULES)))


def _stamp(folder: str) -> tuple[Any, ...]:
    from agentguard_secrets.detect.native import library

    found = library()
    return () if found is None else stamp_of((found, *(os.path.join(folder, name) for name in _SOURCES)))
