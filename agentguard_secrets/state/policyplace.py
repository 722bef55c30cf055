"""Turns the keys of a value in a TOML text into the line on which it stands."""

from __future__ import annotations

import tomllib
from typing import Any

Keys = tuple[str | int, ...]


def line_of(text: str, keys: Keys) -> int:
    """The line, from 1, on which the value (or the table) with these keys begins; 1 when it is not in the text.

    `tomllib` does not tell lines. But the value is in the document from one prefix of the text on, and that one is
    found by halving: this holds for inline tables, quoted keys and strings over several lines alike.
    """
    lines = text.split("\n")
    if not keys or not _has(_parse(lines, len(lines)), keys):
        return 1
    without, having = 0, len(lines)
    while having - without > 1:
        middle = (without + having) // 2
        prefix = _whole_prefix(lines, middle, above=without)
        if prefix > without and _has(_parse(lines, prefix), keys):
            having = prefix
        else:
            without = middle
    begin = _whole_prefix(lines, having - 1, above=0)
    return next((at + 1 for at in range(begin, having) if _says_something(lines[at])), having)


def _whole_prefix(lines: list[str], length: int, *, above: int) -> int:
    """The longest prefix of at most `length` lines that is TOML by itself, or `above` when none is longer."""
    while length > above and _parse(lines, length) is None:
        length -= 1
    return length


def _parse(lines: list[str], length: int) -> dict[str, Any] | None:
    try:
        return tomllib.loads("\n".join(lines[:length]) + "\n")
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _has(document: Any, keys: Keys) -> bool:
    for key in keys:
        try:
            document = document[key]
        except (LookupError, TypeError):
            return False
    return True


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")
