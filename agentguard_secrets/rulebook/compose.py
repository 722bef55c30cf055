"""Turns a provider's words and the form of its secret into one pattern: word, assignment, value."""

from __future__ import annotations

import re
from collections.abc import Sequence

# What may stand between a word and the operator: the rest of the name, or a few words of prose.
_NAME = r"[0-9A-Za-z_.\- \t]{0,40}"
# Quotes, brackets, operators, blank, a line's end: everything from = to ::= to `": "` to `</key><string>`.
_BETWEEN = r"""[\s"'`\\=:<>(){},\[\]|?!/$@&+]{1,24}"""
# Words that may follow the operator before the value does: a call, a scheme, the key of a nested table.
_HOP = (
    r"""(?:[0-9A-Za-z_.\-]{0,20}"""
    r"""(?i:key|token|secret|value|default|string|passw|pwd|auth|bearer|basic|sid|is)"""
    r"""[0-9A-Za-z_.\-]{0,12}[\s"'`\\=:<>(){},\[\]|?&]{1,24}){0,2}?"""
)
_SEPARATORS = re.compile(r"[ _.\-]+")
_LEAST_KEYWORD = 5


def composed(words: Sequence[str], value: str) -> str:
    """Return the pattern that finds `value` (a pattern without capturing groups) beside one of `words`."""
    names = "|".join(_word_pattern(word) for word in words)
    return f"(?i:{names}){_NAME}{_BETWEEN}{_HOP}({value})"


def keywords_of(words: Sequence[str]) -> tuple[str, ...]:
    """Return the lower-case keywords one of which stands in every text that holds one of `words`, however joined."""
    found: dict[str, None] = {}
    for word in words:
        parts = [part for part in _SEPARATORS.split(word.lower()) if part]
        longest = max(parts, key=len, default="")
        if len(parts) <= 1 or len(longest) >= _LEAST_KEYWORD:
            found[longest] = None
        else:
            found.update(dict.fromkeys(_joined(parts)))
    return tuple(found)


def _joined(parts: Sequence[str]) -> list[str]:
    joined = [parts[0]]
    for part in parts[1:]:
        joined = [f"{start}{separator}{part}" for start in joined for separator in ("", "_", "-", ".", " ")]
    return joined


def _word_pattern(word: str) -> str:
    parts = [re.escape(part) for part in _SEPARATORS.split(word.lower()) if part]
    return r"[_.\- ]?".join(parts)
