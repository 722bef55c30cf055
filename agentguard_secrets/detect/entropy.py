"""Turns a string into how much its characters surprise."""

from __future__ import annotations

from collections import Counter
from math import log2


def shannon(text: str) -> float:
    """Return the Shannon entropy of `text` in bits per character; 0.0 for the empty string."""
    length = len(text)
    return -sum(count / length * log2(count / length) for count in Counter(text).values())
