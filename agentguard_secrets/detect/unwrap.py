"""Turns a text into the texts that are encoded in it, each with the way back to where it stands.

A *run* of base64 or hexadecimal digits is a text of its own; *escapes* are undone in the lines that hold them.
"""

from __future__ import annotations

from agentguard_secrets._patterns import pattern
from agentguard_secrets._record import Record
from agentguard_secrets.detect.escapes import Pieces, text_without_escapes, without_escapes
from agentguard_secrets.detect.runs import DIGIT, runs_in
from agentguard_secrets.model import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Container, Iterable, Iterator

    from agentguard_secrets.detect.bulk import Sieve, Sifted
    from agentguard_secrets.detect.escapes import Quotes

# Nobody wraps by accident this deep.
DEEPEST = 8
# In characters of base64. No credential that can be told from other text is shorter than fifteen bytes.
SHORTEST = 20
_SAMPLE = 256

# An array of bytes as programs write it.
DUMP = r"0x[0-9A-Fa-f]{2}(?:[\s,;]{1,12}0x[0-9A-Fa-f]{2}(?![0-9A-Za-z])){9,}+"
# What twelve characters of ASCII become in base64, and eight in hex, and how compressed bytes begin: names and paths
# hold none of it. Fifteen characters hold four such groups, wherever the run begins.
_GROUP = "[A-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]"
LETTERS = rf"(?:{_GROUP}){{4}}|(?:[2-7][0-9A-Fa-f]){{8}}|H4sI|eJ"
# Two bytes of plain text that were taken for one character: what a program shows of a file that begins with a byte
# order mark and is no UTF-16. Such a file is so from its start on.
_PAIRS = pattern("[\u0909-\ud7ff\ue000-\ufffd]{8,}+")
_START = 4096
_BYTE = pattern(r"(?:0x)?([0-9A-Fa-f]{2})")
_ANY_DUMP, _ANY_LETTERS = pattern(DUMP), pattern(LETTERS)
_LINE, _PART = pattern(rf"{DIGIT}+=*"), pattern(rf"[A-Za-z0-9+/]{{{SHORTEST},}}+=*")
_HEX = pattern("[0-9a-fA-F]++")
_TO_STANDARD = str.maketrans("-_", "+/")
# Digits that are no part of the run may stand before it.
_SHIFTS = (0, 1, 2, 3)


class Layer(Record):
    """One text that was encoded. `part` maps a span of it to the outermost text, `whole` is the run that it fills."""

    text: str
    wrapping: str
    part: Callable[[Span], Span]
    whole: Span | None
    depth: int

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("text",)

    def cover(self, span: Span) -> Span:
        """Return the encoded run that holds `span`; for escapes, what stands for `span`."""
        return self.whole or self.part(span)


class _Search:
    """The runs that were looked into, and what could not be."""

    def __init__(self) -> None:
        self.seen: set[tuple[int, int, int]] = set()
        self.missed: list[Exception] = []


class _Decoded(Record):
    """The text of a run. `digits` maps offsets into it to offsets into the run's digits, None where nothing does."""

    text: str
    wrapping: str
    digits: Callable[[int, int], tuple[int, int]] | None

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("text",)


def layers(text: str, sieve: Sieve | None) -> Iterator[Layer]:
    """Yield every text that is encoded in `text`, also in one that was itself encoded, outer before inner.

    `sieve` says what may be in a text, None where nobody looks first.
    Raises LimitError after all of them when something is encoded more than `DEEPEST` times, or grows too large.
    """
    waiting = [Layer(text, "", lambda span: span, None, 0)]
    search = _Search()
    while waiting:
        outer = waiting.pop()
        for inner in _inside(outer, search, sieve=sieve):
            if inner.depth > DEEPEST:
                search.missed.append(
                    _over_the_limit()(f"text is encoded more than {DEEPEST} times over: not all was scanned")
                )
                break
            yield inner
            waiting.append(inner)
    if search.missed:
        raise search.missed[0]


def _inside(outer: Layer, search: _Search, *, sieve: Sieve | None) -> Iterator[Layer]:
    sifted = None if sieve is None else sieve.sift(outer.text)
    for runs, decode in _runs(outer.text, sieve, sifted):
        for found in runs:
            span = outer.part(Span(*found.span()))
            # A line is read again for its escapes, not for what it holds beside them.
            place = span.start, span.end, len(found[0])
            if place not in search.seen:
                search.seen.add(place)
                yield from _run_layers(outer, found, decode=decode, missed=search.missed)
    if may_be_paired(outer.text):
        yield from _paired_layers(outer)
    signs, quotes = (None, None) if sifted is None else (sifted.signs, sifted.quotes)
    text = text_without_escapes(outer.text, signs, quotes)
    if text is not None:
        yield Layer(text, "escaped", _chain(outer, signs, quotes), None, outer.depth + 1)


def _over_the_limit() -> type[Exception]:
    # Loaded where it is needed: few texts are encoded, and of those few too often.
    from agentguard_secrets.errors import LimitError

    return LimitError


def may_be_paired(text: str) -> bool:
    """Say whether pairs of bytes may stand as characters in this text."""
    return not text.isascii() and _PAIRS.search(text[:_START]) is not None


def _paired_layers(outer: Layer) -> Iterator[Layer]:
    from agentguard_secrets.detect.textlike import text_of

    for found in _PAIRS.finditer(outer.text):
        for encoding in ("utf-16-le", "utf-16-be"):
            plain = text_of(found[0].encode(encoding))
            if plain is not None and plain[1] is not None:
                yield Layer(
                    plain[0], "two bytes a character", _halved(outer, found.start(), plain[1]), None, outer.depth + 1
                )


def _halved(outer: Layer, first: int, offset: Callable[[int], int]) -> Callable[[Span], Span]:
    return lambda span: outer.part(Span(first + offset(span.start) // 2, first - -offset(span.end) // 2))


def _runs(
    text: str, sieve: Sieve | None, sifted: Sifted | None
) -> Iterator[tuple[Iterable[re.Match[str]], Callable[[str], _Decoded | None]]]:
    """Yield the runs of `text` that may be encoded text, of each kind, with what decodes them."""
    if sieve is None or sifted is None or sifted.has_runs:
        runs = runs_in(text) if sieve is None or sifted is None else sieve.runs(text)
        yield (found for found in runs if _ANY_LETTERS.search(found[0]) is not None), _decoded_digits
    if sifted is None or sifted.has_dumps:
        yield _ANY_DUMP.finditer(text), _decoded_dump


def _chain(outer: Layer, signs: Container[str] | None, quotes: Quotes | None) -> Callable[[Span], Span]:
    # Worked out when something is found in a text, which is seldom.
    pieces: Pieces | None = None

    def part(span: Span) -> Span:
        nonlocal pieces
        pieces = pieces or without_escapes(outer.text, signs, quotes) or Pieces()
        return outer.part(Span(*pieces.origin(span.start, span.end)))

    return part


def _run_layers(
    outer: Layer, found: re.Match[str], *, decode: Callable[[str], _Decoded | None], missed: list[Exception]
) -> Iterator[Layer]:
    text = found.string
    for number, (lines, whole) in enumerate(_readings(found)):
        try:
            decoded = decode("".join([text[start:end] for start, end in lines]))
        except _over_the_limit() as problem:
            missed.append(problem)
            continue
        if decoded is not None:
            yield _layer(outer, decoded, lines, outer.part(Span(*whole)))
            if number == 0:
                return


def _layer(outer: Layer, decoded: _Decoded, lines: list[tuple[int, int]], whole: Span) -> Layer:
    digits = decoded.digits
    pieces: Pieces | None = None

    def part(span: Span) -> Span:
        nonlocal pieces
        if digits is None:
            return whole
        pieces = pieces or _joined(lines, outer.text)
        return outer.part(Span(*pieces.origin(*digits(span.start, span.end))))

    return Layer(decoded.text, f"in {decoded.wrapping}", part, whole, outer.depth + 1)


def _readings(found: re.Match[str]) -> Iterator[tuple[list[tuple[int, int]], tuple[int, int]]]:
    """Yield where the digits of a run stand, and all of it: all lines as one, those of one width, then other parts."""
    text, (first, last) = found.string, found.span()
    lines = [line.span() for line in _LINE.finditer(text, first, last)]
    yield lines, (first, last)
    blocks = _blocks(lines)
    if len(blocks) > 1:
        # What stands above or below may look like a line of the run: a long word, a path.
        for block in blocks:
            yield block, (block[0][0], block[-1][1])
    for part in _PART.finditer(text, first, last):
        if part.span() != (first, last):
            yield [part.span()], part.span()


def _joined(lines: list[tuple[int, int]], text: str) -> Pieces:
    pieces = Pieces()
    for start, end in lines:
        pieces.add(text[start:end], start, end)
    return pieces


def _blocks(lines: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Divide lines where their width changes; a shorter one is the last of its block."""
    blocks: list[list[tuple[int, int]]] = []
    width = ends = 0
    for line in lines:
        size = line[1] - line[0]
        if not blocks or ends or size > width:
            blocks.append([])
            width = size
        blocks[-1].append(line)
        ends = size < width
    return blocks


def _decoded_digits(run: str) -> _Decoded | None:
    digits = run.rstrip("=")
    if len(digits) % 2 == 0 and _HEX.fullmatch(digits):
        decoded = _decoded(bytes.fromhex(digits), "hex", lambda start, end: (start * 2, end * 2))
        if decoded is not None:
            return decoded
    digits = digits.translate(_TO_STANDARD)
    attempts = (_decoded_base64(digits[shift:], shift, size=len(run)) for shift in _SHIFTS)
    return next((decoded for decoded in attempts if decoded is not None), None)


def _decoded_base64(digits: str, shift: int, *, size: int) -> _Decoded | None:
    from agentguard_secrets.detect.textlike import is_promising

    used = len(digits) - (len(digits) % 4 == 1)
    # The first digits nearly always tell that this is something else.
    sample = used if used < _SAMPLE else _SAMPLE
    if used < SHORTEST - len(_SHIFTS) or not is_promising(_from_base64(digits[:sample])):
        return None
    raw = _from_base64(digits[:used])

    def places(start: int, end: int) -> tuple[int, int]:
        # What goes to the end takes the padding with it.
        return shift + start * 4 // 3, size if end >= len(raw) else shift - (-end * 4 // 3)

    return _decoded(raw, "base64", places)


def _from_base64(digits: str) -> bytes:
    from binascii import a2b_base64

    return a2b_base64(digits + "=" * (-len(digits) % 4))


def _decoded_dump(run: str) -> _Decoded | None:
    places: list[int] = []

    def digits(start: int, end: int) -> tuple[int, int]:
        # Worked out when something is found: most arrays are no text.
        if not places:
            places.extend(pair.start(1) for pair in _BYTE.finditer(run))
        return places[start], places[end - 1] + 2

    return _decoded(bytes.fromhex("".join(_BYTE.findall(run))), "hex", digits)


def _decoded(raw: bytes, wrapping: str, digits: Callable[[int, int], tuple[int, int]]) -> _Decoded | None:
    from agentguard_secrets.detect.textlike import text_of

    found = text_of(raw)
    if found is None:
        return None
    text, offset = found
    if offset is None:
        return _Decoded(text, f"compressed {wrapping}", None)
    return _Decoded(text, wrapping, lambda start, end: digits(offset(start), offset(end)))
