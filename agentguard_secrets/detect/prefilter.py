"""Turns a text into the rules whose keyword stands in it, at a cost that does not grow with the number of rules."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Postings = tuple[tuple[str, tuple[int, ...]], ...]

GRAM = 4


def candidates(lowered: str, anchors: Mapping[str, Postings], short: Postings) -> dict[int, list[str]]:
    """Return rule number -> its keywords that stand in `lowered`, for a text that was lower-cased.

    `anchors` maps one 4-gram of each keyword to (keyword, rule numbers); `short` holds keywords of three characters.
    One set of 4-grams costs less than looking for every keyword from about twenty keywords on.
    """
    grams = {lowered[start : start + GRAM] for start in range(len(lowered) - GRAM + 1)}
    found: dict[int, list[str]] = {}
    for gram in anchors.keys() & grams:
        _collect(lowered, anchors[gram], found)
    _collect(lowered, short, found)
    return found


def _collect(lowered: str, postings: Postings, found: dict[int, list[str]]) -> None:
    for keyword, rules in postings:
        if keyword in lowered:
            for rule in rules:
                found.setdefault(rule, []).append(keyword)
