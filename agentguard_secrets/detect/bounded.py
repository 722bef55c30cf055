"""Turns a pattern into one that gives up when a single search takes too long."""

from __future__ import annotations

from typing import Any

import regex

from agentguard_secrets.errors import DeadlineError


class BoundedPattern:
    """A pattern of the `regex` library whose `search` raises DeadlineError after `seconds`."""

    def __init__(self, pattern: str, *, seconds: float = 5.0) -> None:
        self._pattern = regex.compile(pattern)
        self._seconds = seconds

    def search(self, text: str, start: int, end: int) -> Any:
        """Return the first match in `text[start:end]`, or None."""
        try:
            return self._pattern.search(text, start, end, timeout=self._seconds)
        except TimeoutError as error:
            raise DeadlineError(f"a search took longer than {self._seconds:g} s") from error
