"""Turns an output, and words about it, into what may be shown: each value gives way to its tag."""

from __future__ import annotations

from agentguard_secrets._record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    Values = tuple[tuple[str, str], ...]

# Cleaned already, or words that the client compares.
_FIXED = frozenset({"updatedToolOutput", "hookEventName", "permissionDecision", "decision"})
# A shorter value is a word that may stand elsewhere by itself.
_SHORTEST_VALUE = 8


class Masks(Record):
    """How an output looks without its credentials.

    `texts` maps the keys of a field to its cleaned text; `values` are pairs of a value and the tag that replaces it
    wherever else it stands.
    """

    texts: Mapping[tuple[str | int, ...], str]
    values: tuple[tuple[str, str], ...]

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("values",)


def replacements(found: Iterable[tuple[str, str]]) -> Values:
    """Return pairs of a value and its tag, the longest first, for Masks.values from every value that was found.

    A value of several lines may be shown line by line, as in a list or a patch: each line is a value, too.
    """
    tags: dict[str, str] = {}
    for value, tag in found:
        for part in (value, *(line.strip() for line in value.split("\n"))):
            if len(part) >= _SHORTEST_VALUE:
                tags.setdefault(part, tag)
    return tuple(sorted(tags.items(), key=lambda pair: -len(pair[0])))


def masked_words(document: Any, values: Values) -> Any:
    """Mask values in the words of an answer, too: they name paths and keys of the event, which may hold one."""
    if isinstance(document, dict):
        return {key: value if key in _FIXED else masked_words(value, values) for key, value in document.items()}
    return masked_text(document, values) if isinstance(document, str) else document


def cleaned_output(value: Any, keys: tuple[str | int, ...], masks: Masks) -> Any:
    """Return `value` with every string cleaned; types, keys, order and lengths of lists are what they were."""
    if isinstance(value, str):
        return masked_text(masks.texts.get(keys, value), masks.values)
    if isinstance(value, dict):
        return {key: cleaned_output(item, (*keys, key), masks) for key, item in value.items()}
    if isinstance(value, list):
        return [cleaned_output(item, (*keys, number), masks) for number, item in enumerate(value)]
    return value


def masked_text(text: str, values: Values) -> str:
    """Return `text` with each value replaced by its tag."""
    for value, tag in values:
        text = text.replace(value, tag)
    return text


def names_hold(cleaned: Any, values: Values) -> bool:
    """Say whether a value stands in the name of a key, where it has to stay: the names are the tool's shape."""
    if isinstance(cleaned, dict):
        is_held = any(value in key for key in cleaned for value, _tag in values)
        return is_held or any(names_hold(item, values) for item in cleaned.values())
    return isinstance(cleaned, list) and any(names_hold(item, values) for item in cleaned)
