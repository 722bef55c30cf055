"""Turns the lines of a text that hold escapes into the same lines without them.

Escapes of escapes are undone in one go, as many as there are: a JSON string in a JSON string in a shell command.
"""

from __future__ import annotations

from agentguard_secrets._patterns import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Container, Iterator, Mapping, Sequence

    Quotes = Mapping[str, Sequence[tuple[int, int]]]

# Strings side by side, and what joins them: a credential that is written in two halves.
_JOINT = r"\s{0,32}[+.&]{0,2}\s{0,32}"
_INNER = r"[\w+/=-]"
# By the sign that each begins with: what begins with a sign is found fast, and most texts hold one or two of them.
_BEGUN = {
    "%": r"%(?:25)*(?P<percent>[2-7][0-9A-Fa-f]|0[9AaDd])",
    # A row of backslashes is read once, not once from each of them; a program that holds a file is one row of escapes.
    "\\": (
        r"\\(?<!\\\\)(?:(?P<twos>x[0-9A-Fa-f]{2}(?:\\x[0-9A-Fa-f]{2})++)|(?P<fours>u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})++)"
        r"|\\*+(?:\r?\n[ \t]*|u(?P<four>[0-9A-Fa-f]{4})|x(?P<two>[0-9A-Fa-f]{2})|u\{(?P<braced>[0-9A-Fa-f]{1,6})\}"
        r"|U000(?P<eight>[0-9A-Fa-f]{5})|(?P<octal>[0-3][0-7]{2})|(?P<line>[nrt])(?=\w)|(?P<sign>[^\w\s\\])))"
    ),
    "&": r"&(?:amp;)*(?:#(?P<decimal>[0-9]{1,7})|#[xX](?P<hex>[0-9A-Fa-f]{1,6})|(?P<entity>quot|apos|amp|lt|gt));",
    '"': rf'"(?<={_INNER}"){_JOINT}"(?={_INNER})',
    "'": rf"'(?<={_INNER}'){_JOINT}'(?={_INNER})",
    # UTF-16 and UTF-32 of which every zero became a character of its own.
    "\0": r"(?P<wide>(?:[\t\n\r -~]\0{1,3}){8,})",
}
# Where none of these is, `without_escapes` has nothing to do: the same as above, with what stands around it.
ESCAPES = {
    **_BEGUN,
    **{quote: f"{_INNER}{quote}{_JOINT}{quote}{_INNER}" for quote in "\"'"},
    "\0": r"(?:[\t\n\r -~]\0{1,3}){8}",
}
# Quotes stand all over, so for these it pays to be told where two of them meet: within so many characters.
QUOTES, QUOTES_WITHIN = "\"'", 70
# Stands beside the signs for what is not ASCII.
UNSEEN = "unseen"
# What a reader does not see between two letters, letters that only look wider, and letters written as tags.
_FULL, _TAGS = "\uff01-\uff5e", "\U000e0020-\U000e007e"
# One set of characters, because a search for one of several patterns takes six times as long.
_UNSEEN = f"(?P<unseen>[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff{_FULL}{_TAGS}])"
_FOUND = {sign: pattern(begun) for sign, begun in _BEGUN.items()}
_FOUND_UNSEEN, _WIDE = pattern(_UNSEEN), pattern(r"(?s)(.)\0*")
# A program or a picture holds escapes by chance, all over: of a hundred characters so many tell it from text.
_CONTROL = bytes((*range(1, 9), *range(14, 27), *range(28, 32), *range(127, 160)))
_MOST_CONTROL = 10
_SAMPLE = 4096
_ENTITIES = {"quot": '"', "apos": "'", "amp": "&", "lt": "<", "gt": ">"}
# Letters from the first to the last, and how far they are behind the plain ones.
_PLAIN = ((_FULL[0], _FULL[2], 0xFEE0), (_TAGS[0], _TAGS[2], 0xE0000))
_LINES = {"n": "\n", "r": "\n", "t": "\t"}
_BASES = {"percent": 16, "four": 16, "two": 16, "braced": 16, "eight": 16, "octal": 8, "decimal": 10, "hex": 16}
_LAST_CHARACTER = 0x10FFFF


class Pieces:
    """A text put together from pieces of another one, and where in that each of them came from."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._starts: list[int] = []
        self._origins: list[tuple[int, int]] = []
        self._size = 0

    def add(self, text: str, start: int, end: int) -> None:
        """Append `text`, which stands for what is between `start` and `end`."""
        if start < end:
            self._texts.append(text)
            self._starts.append(self._size)
            self._origins.append((start, end))
            self._size += len(text)

    def text(self) -> str:
        """Return all pieces joined."""
        return "".join(self._texts)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return where the part of the joined text between two offsets came from; `start` is less than `end`."""
        from bisect import bisect_left, bisect_right

        first = bisect_right(self._starts, start) - 1
        last = bisect_left(self._starts, end) - 1
        return self._exact(first, start), self._exact(last, end)

    def _exact(self, number: int, offset: int) -> int:
        begin, stop = self._origins[number]
        # Each character of a piece stands for as many of what was there: for one where nothing was changed.
        return begin + (offset - self._starts[number]) * ((stop - begin) // len(self._texts[number]))


def without_escapes(text: str, signs: Container[str] | None = None, quotes: Quotes | None = None) -> Pieces | None:
    """Return the lines of `text` that hold escapes, without them; None when there are none, or when it is no text.

    `signs` are those of `ESCAPES`, and UNSEEN, of which the text may hold something; None where nobody looked. `quotes`
    are for each of the QUOTES the parts of the text in which two of them may meet, which rise.
    """
    found = _escapes(text, signs, quotes)
    if not found:
        return None
    pieces = Pieces()
    for written, start, end in _pieces(text, found):
        pieces.add(written, start, end)
    return pieces


def text_without_escapes(text: str, signs: Container[str] | None = None, quotes: Quotes | None = None) -> str | None:
    """Return only the text of what `without_escapes` returns: where each piece came from is seldom asked."""
    found = _escapes(text, signs, quotes)
    return "".join([written for written, _start, _end in _pieces(text, found)]) if found else None


def _pieces(text: str, found: list[re.Match[str]]) -> Iterator[tuple[str, int, int]]:
    """Yield the pieces of the lines that hold what was `found`, and what each of them stands for."""
    line_start = line_end = 0
    position = 0
    for escape in found:
        start, end = escape.span()
        if start < position:
            continue
        if start >= line_end:
            yield text[position:line_end], position, line_end
            position = line_start = text.rfind("\n", line_start, start) + 1
        yield text[position:start], position, start
        # Most often two strings meet, and nothing stands for what is between them.
        if escape.lastgroup is not None:
            yield from _meant(escape)
        position = end
        if end > line_end:
            line_end = text.find("\n", end) + 1 or len(text)
    yield text[position:line_end], position, line_end


def _escapes(text: str, signs: Container[str] | None, quotes: Quotes | None) -> list[re.Match[str]]:
    sample = text[:_SAMPLE].encode("latin-1", "replace")
    if (len(sample) - len(sample.translate(None, _CONTROL))) * 100 > len(sample) * _MOST_CONTROL:
        return []
    asked = [sign for sign in _FOUND if sign in text and (signs is None or sign in signs)]
    found = [escape for sign in asked for escape in _found(sign, text, quotes)]
    if not text.isascii() and (signs is None or UNSEEN in signs):
        asked.append(UNSEEN)
        found += _FOUND_UNSEEN.finditer(text)
    return found if len(asked) == 1 else sorted(found, key=lambda escape: escape.start())


def _found(sign: str, text: str, quotes: Quotes | None) -> Iterator[re.Match[str]]:
    if quotes is None or sign not in QUOTES:
        yield from _FOUND[sign].finditer(text)
    else:
        for start, end in quotes[sign]:
            yield from _FOUND[sign].finditer(text, start, end)


def _meant(escape: re.Match[str]) -> Iterator[tuple[str, int, int]]:
    """Yield what an escape stands for, and where: one character, or none."""
    start, end = escape.span()
    kind = escape.lastgroup
    written = escape[kind] if kind else ""
    if kind == "wide":
        for letter in _WIDE.finditer(written):
            yield letter[1], start + letter.start(), start + letter.end()
    elif kind in ("twos", "fours"):
        yield _characters(written), start, end
    else:
        yield _character(kind, written), start, end


def _characters(written: str) -> str:
    """Return what a row of escapes stands for, one character for each."""
    raw = bytes.fromhex(written.replace(f"\\{written[0]}", "")[1:])
    if written[0] == "x":
        return raw.decode("latin-1")
    return "".join([chr(high << 8 | low) for high, low in zip(raw[::2], raw[1::2], strict=True)])


def _character(kind: str | None, written: str) -> str:
    if kind in _BASES:
        number = int(written, _BASES[kind])
        return chr(number) if number <= _LAST_CHARACTER else "\ufffd"
    if kind == "line":
        return _LINES[written]
    if kind == "entity":
        return _ENTITIES[written]
    if kind == "unseen":
        return next((chr(ord(written) - base) for first, last, base in _PLAIN if first <= written <= last), "")
    return written if kind == "sign" else ""
