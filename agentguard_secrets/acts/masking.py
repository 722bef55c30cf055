"""Turns the text of a secret file into a copy that shows the names and none of the values."""

from __future__ import annotations

import re

MASK = "[masked]"

# What stands before a value: a name, a mark, and an opening quote.
_ASSIGNED = (
    r"^(?P<lead>\s*(?:\d+[\t→:|-]\s*)?(?:export\s+|set\s+|-\s+)?(?P<quote>[\"']?)[\w.\-\[\]/@]+(?P=quote)"
    r"\s*(?:=>|:=|=|:)\s*)(?P<value>\S.*)$"
)
_KEPT = r"^\s*(?:\d+[\t→:|-])?\s*(?:#.*|;.*|//.*|\[[\w.\- ]+\]|[{}\[\](),;]*|<\?xml.*\?>)\s*$"
_BOUNDARY = r"^\s*(?:\d+[\t→:|-])?\s*-----(?:BEGIN|END) [A-Z0-9 ]+-----\s*$"
_PAIR = r"""(["'])([\w.\-]+)\1(\s*:\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\w.+-]+)"""


def masked_copy(text: str) -> str:
    """The text line by line: comments, names and brackets as they are, every value and every other line masked."""
    return "\n".join(_masked(line) for line in text.split("\n"))


def _masked(line: str) -> str:
    if re.match(_KEPT, line) or re.match(_BOUNDARY, line):
        return line
    if line.count(":") > 1 and re.search(_PAIR, line):
        return re.sub(_PAIR, lambda match: f"{match[1]}{match[2]}{match[1]}{match[3]}{MASK}", line)
    match = re.match(_ASSIGNED, line)
    if match is None:
        return MASK
    if match["value"] in ("{", "[", "|", ">", "{}", "[]"):
        return line
    ending = "," if match["value"].rstrip().endswith(",") else ""
    return f"{match['lead']}{MASK}{ending}"
