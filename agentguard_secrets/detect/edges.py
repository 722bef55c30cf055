"""Turns what stands beside a match into whether it is only a part of something longer."""

from __future__ import annotations

from agentguard_secrets._patterns import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
# Characters that may not touch a credential, by the name a rule gives in `edge`: before it, behind it.
# An equals sign before a value is an assignment; behind it, it is padding.
EDGES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "none": (frozenset(), frozenset()),
    "word": (_WORD, _WORD),
    "token": (_WORD | {"-"}, _WORD | {"-"}),
    "base64": (_WORD | frozenset("+/-"), _WORD | frozenset("+/=-")),
}

# A letter before the credential that ends an escape is no part of a word: \n, \u0022, %3D, a terminal colour. Nor is
# the hyphen behind the word for it: `vendor-key-…`.
_ESCAPE = pattern(
    r"(?:\\[nrtbfv0]|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|%[0-9a-fA-F]{2}|\x1b\[[0-9;]{0,12}m"
    r"|(?i:key|token|secret|access|private)-)\Z"
)
_LONGEST_ESCAPE = 16
# A beginning as long as this, with a sign in it, is no part of a word by chance: one letter slipped in before it.
_LONG_MARK = 6
_SIGNS = frozenset("-_.")


def touches(text: str, first: int, last: int, edge: tuple[frozenset[str], frozenset[str]]) -> bool:
    """Say whether a character that may not stand beside `text[first:last]` does."""
    before, behind = edge
    if last < len(text) and text[last] in behind:
        return True
    # Padding belongs to what stands before it; a comparison has a quote or a blank there.
    if behind and text.startswith("==", last):
        return True
    if first == 0 or text[first - 1] not in before:
        return False
    return _ESCAPE.search(text[max(0, first - _LONGEST_ESCAPE) : first]) is None


def is_behind_one_letter(
    text: str, first: int, last: int, *, edge: tuple[frozenset[str], frozenset[str]], mark: str
) -> bool:
    """Say whether all that touches `text[first:last]` is one letter before it, and it begins with a long `mark`."""
    if len(mark) < _LONG_MARK or _SIGNS.isdisjoint(mark) or first == 0 or not text[first - 1].isalpha():
        return False
    is_first = first == 1 or text[first - 2] not in edge[0]
    return is_first and not touches(text, first, last, (frozenset(), edge[1]))


def next_start(text: str, found: Any, edge: frozenset[str], kind: str) -> int:
    """Return where to go on after a match that touches its neighbour, so that no run of characters is tried twice."""
    begin: int = found.start()
    first: int = found.start(1)
    if kind != "token":
        return max(first, begin + 1)
    while first < found.end(1) and text[first] in edge:
        first += 1
    return max(first, begin) + 1
