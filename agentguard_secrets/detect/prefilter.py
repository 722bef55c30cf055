"""Turns a text into the rules whose keyword stands in it, and a rule's keywords into the places where it can hold.

The first costs the same for any number of rules.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Search = Callable[[str, int, int], Any]

GRAM = 4
# What most tokens consist of, and how many such characters are a long word: few stand in what people write.
WORD_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
LONG_WORD = 20
# Between the number of a rule and the least length of a word: the keyword has to stand within one, or beside one, or
# beside one of nothing but letters and digits.
WITHIN, BESIDE, BESIDE_PLAIN = ":", "+", "#"
PLAIN_BYTES = WORD_BYTES[:62]
PLAIN_APART = bytes(byte if byte in PLAIN_BYTES else 32 for byte in range(256))
_APART = {WITHIN: bytes(byte if byte in WORD_BYTES else 32 for byte in range(256)), BESIDE_PLAIN: PLAIN_APART}
_APART[BESIDE] = _APART[WITHIN]
_THREE_BYTES = 0xFFFFFF
# In a text of so many characters most words stand more than once; of one that is longer still, a list of all words
# would take too much memory.
_MUCH, _TOO_MUCH = 1 << 16, 1 << 22
# Lower or upper case of letters of ASCII for Python or for `regex`, though they are none of these.
FOLDS = {"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"}
# A text of less than so many reaches is searched whole: windows would cover most of it anyway.
WINDOWED_FROM = 8


def unfolded(text: str) -> str:
    """Return `text`, each letter that folds into one of ASCII as that: nobody else has to know of them."""
    if not text.isascii():
        for letter, plain in FOLDS.items():
            text = text.replace(letter, plain)
    return text


def unfolded_bytes(text: bytes) -> bytes:
    """Return the same of UTF-8."""
    return text if text.isascii() else unfolded(text.decode()).encode()


def candidates(
    lowered: str,
    anchors: Mapping[int, str],
    short: Mapping[int, str],
    *,
    by_keyword: bool = False,
    seen: set[int] | None = None,
) -> dict[int, list[str]]:
    """Return rule number -> its keywords that stand in `lowered`, a text that ends with a line feed, unfolded and then
    lower-cased.

    `anchors` maps one 4-gram of each keyword to postings, `short` the keywords of three characters; a gram is a number,
    its bytes in UTF-8 read little-endian. Postings are lines of a keyword, a tab, rule numbers with commas between
    them, and behind another tab those of rules that ask for a long word, each with its least length: strings load
    several times as fast as tuples, and only the few that are hit are ever read. `by_keyword` asks for no long word.
    `seen` gets the grams of all words: whoever looks for something else need not make them again.
    """
    raw = lowered.encode("utf-8", "surrogatepass")
    texts = _Texts(lowered, raw, by_keyword=by_keyword)
    if _MUCH <= len(raw) <= _TOO_MUCH:
        # A gram without a blank stands in one of the words. Cutting at ASCII's blanks leaves each of them valid.
        raw = b"\n".join({*raw.split(), b"\n"})
        texts.words = raw.decode("utf-8", "surrogatepass")
    texts.grams = grams = _grams(raw)
    if seen is not None:
        seen |= grams
    hits = anchors.keys() & grams
    if texts.words is not lowered:
        hits.update(gram for gram in anchors if _has_blank(gram))
    found: dict[int, list[str]] = {}
    for gram in hits:
        _collect(texts, anchors[gram], found)
    hits = short.keys() & {gram & _THREE_BYTES for gram in grams}
    if texts.words is not lowered:
        hits.update(gram for gram in short if _has_blank(gram))
    for gram in hits:
        _collect(texts, short[gram], found)
    return found


def _has_blank(gram: int) -> bool:
    return len((b"." + gram.to_bytes(GRAM, "little") + b".").split()) > 1


class _Texts:
    """A text; its words, each at least once, which is shorter; their grams; and its long words, cut out when they are
    asked for."""

    def __init__(self, text: str, raw: bytes, *, by_keyword: bool) -> None:
        self.by_keyword = by_keyword
        self.text = self.words = text
        self.grams: set[int] = set()
        self._raw = raw
        self._long: dict[tuple[str, int], str] = {}

    def long(self, sign: str, least: int) -> str:
        """Return the words of at least so many characters, of the kind that the sign asks for."""
        if (sign, 0) not in self._long:
            words = self._raw.translate(_APART[sign]).decode().split()
            self._long[sign, 0] = " ".join([word for word in words if len(word) >= LONG_WORD])
        if (sign, least) not in self._long:
            words = self._long[sign, 0].split()
            self._long[sign, least] = " ".join([word for word in words if len(word) >= least])
        return self._long[sign, least]


def _collect(texts: _Texts, postings: str, found: dict[int, list[str]]) -> None:
    words, grams, is_whole = texts.words, texts.grams, texts.words is texts.text
    for posting in postings.split("\n"):
        keyword, _, numbers = posting.partition("\t")
        if is_whole or " " not in keyword:
            raw = keyword.encode()
            # Most keywords that share a gram with a text are told apart by another one, without a search.
            if len(raw) > GRAM and not (_gram(raw[:GRAM]) in grams and _gram(raw[-GRAM:]) in grams):
                continue
            if keyword not in words:
                continue
        elif not all(part in words for part in keyword.split()) or keyword not in texts.text:
            continue
        numbers, _, in_long = numbers.partition("\t")
        for number in numbers.split(",") if numbers else ():
            found.setdefault(int(number), []).append(keyword)
        for mark in in_long.split(",") if in_long else ():
            sign = next(sign for sign in _APART if sign in mark)
            number, _, least = mark.partition(sign)
            if texts.by_keyword or ((long := texts.long(sign, int(least))) and (sign != WITHIN or keyword in long)):
                found.setdefault(int(number), []).append(keyword)


def _gram(raw: bytes) -> int:
    return int.from_bytes(raw, "little")


def windows(text: str, lowered: str, keywords: Sequence[str], reach: int | None) -> list[tuple[int, int]]:
    """Return the parts of `text` that can hold a match: `reach` characters to both sides of each keyword."""
    size = len(text)
    if reach is None or size < WINDOWED_FROM * reach:
        return [(0, size)]
    # So dense that the windows would cover all of it: counting is a tenth of the price of placing.
    if sum(map(lowered.count, keywords)) * reach >= size:
        return [(0, size)]
    found: list[tuple[int, int]] = []
    for place, keyword in _places(lowered, keywords):
        start, end = max(0, place - reach), min(size, place + len(keyword) + reach)
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def search_from(starts: Sequence[str], pattern: Any, lowered: str) -> Search:
    """Return what finds the next match in the text of `lowered` as `pattern.search` does, asked from left to right.

    Where each match begins with one of `starts`, only their places are tried: several times as fast as the pattern's
    own way through names in capital and small letters.
    """
    # What bounds the time of a search has no `match`: many short ones would be bounded one by one.
    match = getattr(pattern, "match", None)
    if not starts or match is None:
        search: Search = pattern.search
        return search
    places = [place for place, _start in _places(lowered, starts)]
    at = 0

    def search_places(text: str, start: int, end: int) -> Any:
        nonlocal at
        while at < len(places) and places[at] < end:
            place = places[at]
            at += 1
            if place >= start and (found := match(text, place, end)) is not None:
                return found
        return None

    return search_places


def _places(lowered: str, words: Sequence[str]) -> list[tuple[int, str]]:
    places = []
    for word in words:
        place = lowered.find(word)
        while place >= 0:
            places.append((place, word))
            place = lowered.find(word, place + 1)
    return sorted(places)


if sys.byteorder == "little":

    def _grams(raw: bytes) -> set[int]:
        """Return all runs of four bytes. The memory is read as numbers: twice as fast as cutting strings out of it."""
        grams: set[int] = set()
        for offset in range(min(GRAM, len(raw))):
            whole = (len(raw) - offset) // GRAM * GRAM
            grams.update(memoryview(raw)[offset : offset + whole].cast("I"))
        return grams

    def quads(raw: bytes) -> list[int]:
        """Return each four bytes of `raw` as a gram of its own."""
        return memoryview(raw).cast("I").tolist()

else:

    def _grams(raw: bytes) -> set[int]:
        """Return all runs of four bytes."""
        return {int.from_bytes(raw[start : start + GRAM], "little") for start in range(len(raw) - GRAM + 1)}

    def quads(raw: bytes) -> list[int]:
        """Return each four bytes of `raw` as a gram of its own."""
        return [int.from_bytes(raw[start : start + GRAM], "little") for start in range(0, len(raw), GRAM)]
