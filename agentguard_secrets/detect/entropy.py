"""Turns a string into how much its characters surprise."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import log2

from agentguard_secrets.detect.letters import FOLLOWS


def shannon(text: str) -> float:
    """Return the Shannon entropy of `text` in bits per character; 0.0 for the empty string."""
    length = len(text)
    return -sum(count / length * log2(count / length) for count in Counter(text).values())


def surprise(letters: str) -> float:
    """Return how much, in bits and on average, each of two or more letters of a to z surprises after the one before."""
    lowered = letters.lower()
    bits = [int(FOLLOWS[first][ord(second) - ord("a")]) for first, second in pairwise(lowered)]
    return sum(bits) / len(bits)
