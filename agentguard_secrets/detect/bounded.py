"""Turns a pattern into one that gives up when a single search takes too long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import regex

from agentguard_secrets.errors import DeadlineError


class BoundedPattern:
    """A pattern of the `regex` library whose searches raise DeadlineError after `seconds`."""

    def __init__(self, pattern: str, *, seconds: float = 5.0) -> None:
        self._pattern = regex.compile(pattern)
        self._seconds = seconds

    def search(self, text: str, start: int, end: int) -> Any:
        """Return the first match in `text[start:end]`, or None."""
        return self._timed(self._pattern.search, text, (start, end))

    def match(self, text: str, start: int, end: int) -> Any:
        """Return the match that begins at `start` and ends at `end` or before, or None."""
        return self._timed(self._pattern.match, text, (start, end))

    def _timed(self, find: Callable[..., Any], text: str, window: tuple[int, int]) -> Any:
        try:
            return find(text, *window, timeout=self._seconds)
        except TimeoutError as error:
            raise DeadlineError(f"a search took longer than {self._seconds:g} s") from error
