"""Turns a table or a key of a TOML text into the line it stands on, which tomllib does not tell."""

from __future__ import annotations

import re

_RULE_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*([A-Za-z0-9_.-]+)[ \t]*\]\]", re.M)
_TABLE_HEADER = re.compile(r"^[ \t]*\[", re.M)


def table_lines(text: str, name: str) -> list[int]:
    """Return the line (from 1) of every `[[name]]` header in `text`, in order."""
    headers = (match for match in _RULE_HEADER.finditer(text) if match[1] == name)
    return [_line_of(text, match.start()) for match in headers]


def key_line(text: str, key: str, *, table_line: int) -> int:
    """Return the line of `key` in the table whose header is on `table_line`; that line itself when it is not there."""
    lines = text.split("\n")
    wanted = re.compile(rf"""[ \t]*["']?{re.escape(key)}["']?[ \t]*=""")
    for number in range(table_line, len(lines)):
        if wanted.match(lines[number]):
            return number + 1
        if _TABLE_HEADER.match(lines[number]):
            break
    return table_line


def _line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
