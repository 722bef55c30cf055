"""Turns the words that a rule's matches begin with, and parts of a text, into a search at the places of these words."""

from __future__ import annotations

from functools import cache

from agentguard_secrets._patterns import own_compiled
from agentguard_secrets.detect.prefilter import unfolded

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator
    from typing import Any

    from agentguard_secrets.detect.prefilter import Search


def search_within(parts: Iterator[tuple[int, int]], pattern: Any, starts: tuple[str, ...]) -> Search:
    """Return what tries `pattern` where one of the `starts` stands in one of the parts, asked from left to right.

    The parts rise and do not overlap.
    """
    begun, match = _beginnings(starts).search, pattern.match
    lowered, first, at = "", 0, 0

    def search_places(text: str, start: int, end: int) -> Any:
        nonlocal lowered, first, at
        while True:
            if at < start - first:
                at = start - first
            # Most often nothing begins in the few characters of the last value that belong to the part.
            if (word := begun(lowered, at)) is not None:
                at = word.start() + 1
                if (found := match(text, first + at - 1, end)) is not None:
                    return found
            elif (part := next(parts, None)) is not None:
                first, at = part[0], 0
                lowered = unfolded(text[first : part[1]]).lower()
            else:
                return None

    return search_places


def beginnings(words: tuple[str, ...]) -> str:
    """Return the pattern of one of these words."""
    # As `re.escape` does, which would load `re`.
    return "|".join(
        "".join(letter if letter.isalnum() or letter == "_" else f"\\{letter}" for letter in word) for word in words
    )


@cache
def _beginnings(words: tuple[str, ...]) -> re.Pattern[str]:
    return own_compiled(beginnings(words))
