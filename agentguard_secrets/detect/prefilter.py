"""Turns a text into the rules whose keyword stands in it, at a cost that does not grow with the number of rules."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

GRAM = 4


def candidates(lowered: str, anchors: Mapping[str, str], short: str) -> dict[int, list[str]]:
    """Return rule number -> its keywords that stand in `lowered`, for a text that was lower-cased.

    `anchors` maps one 4-gram of each keyword to postings; `short` are the postings of keywords of three characters.
    Postings are lines of a keyword, a tab, and rule numbers with commas between them: strings load several times as
    fast as tuples, and only the few that are hit are ever read. One set of 4-grams costs less than looking for every
    keyword from about twenty keywords on.
    """
    grams = {lowered[start : start + GRAM] for start in range(len(lowered) - GRAM + 1)}
    found: dict[int, list[str]] = {}
    for gram in anchors.keys() & grams:
        _collect(lowered, anchors[gram], found)
    _collect(lowered, short, found)
    return found


def _collect(lowered: str, postings: str, found: dict[int, list[str]]) -> None:
    for posting in postings.split("\n"):
        keyword, _, numbers = posting.partition("\t")
        if keyword and keyword in lowered:
            for number in numbers.split(","):
                found.setdefault(int(number), []).append(keyword)
