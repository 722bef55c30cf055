"""Turns the characters that a pattern took for a value into those that are the value."""

from __future__ import annotations

from agentguard_secrets._patterns import pattern

_QUOTES = "\"'`"
_LONGEST = 400
# What ends an unquoted value: the next parameter of an address, a sentence's end, a template's.
_NEXT_PARAMETER = pattern(r"&(?:amp;)?[\w.\-]{1,40}=")
_ITEM = pattern(r"[0-9A-Za-z_+/=.\-]{16,}")


def settled(text: str, first: int, last: int) -> tuple[int, int]:
    """Return where the value that at `first` begins and ends: up to its closing quote, or its own last character.

    A value that is a small table in a string ("{\\"id\\": \\"…\\"}") is the longest item in it.
    """
    quote = text[first - 1 : first]
    if quote and quote in _QUOTES:
        last = _closing(text, first, quote=quote, otherwise=last)
        if text.startswith(("{\\", '{"'), first):
            return _longest_item(text, first, last)
        return first, last
    return first, _own_end(text, first, last)


def _closing(text: str, first: int, *, quote: str, otherwise: int) -> int:
    """Return where the quote closes on its line; what the pattern says if it does not."""
    place = otherwise
    escaped = text[first - 2 : first - 1] == "\\"
    while (place := text.find(quote, place, first + _LONGEST)) >= 0:
        if "\n" in text[otherwise:place]:
            return otherwise
        backslashes = len(text[first:place]) - len(text[first:place].rstrip("\\"))
        if escaped or backslashes % 2 == 0:
            return place - backslashes if escaped else place
        place += 1
    return otherwise


def _longest_item(text: str, first: int, last: int) -> tuple[int, int]:
    items = [found.span() for found in _ITEM.finditer(text[first:last])]
    start, end = max(items, key=lambda span: span[1] - span[0], default=(0, last - first))
    return first + start, first + end


def _own_end(text: str, first: int, last: int) -> int:
    value = text[first:last]
    if "&" in value:
        following = _NEXT_PARAMETER.search(value)
        value = value[: following.start()] if following else value
    return first + len(value.rstrip(".:"))
