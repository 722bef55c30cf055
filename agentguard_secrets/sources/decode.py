"""Turns the bytes of a file into text that can be scanned, with the reason when that text is not the whole truth."""

from __future__ import annotations

import codecs
import re

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 4096
# What no text in Latin-1 holds: control characters, and three letters beyond ASCII in a row.
_NOT_LATIN = rb"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]|[\x80-\xff]{3}"
# Text of another width than the file around it has or claims: strings in a program, a mark in front of plain text.
_WIDE_RUNS = (rb"(?:[\t\n\r -~]\0\0\0){8,}", rb"(?:[\t\n\r -~]\0){8,}")
# The same eight characters where each one is an a, each zero a 0 and every other byte something else.
_SKETCHED = bytes(48 if byte == 0 else 97 if byte in b"\t\n\r" or 32 <= byte < 127 else 255 for byte in range(256))
_WIDE_SKETCHES = (b"a000" * 8, b"a0" * 8)
# Shorter runs stand in real UTF-16, where two bytes of a Chinese character may look like two letters.
_PLAIN_RUN = rb"[\w+/=-]{20}"

# In bytes. What is larger is not read but reported as unread.
MAX_SIZE = 32 * 1024 * 1024


def decode(data: bytes) -> tuple[str, str | None]:
    """Return the text of `data` and, when some of it may have been lost, why.

    A byte order mark is honoured and left out, UTF-16 without one is recognised by its zero bytes. Anything else
    is UTF-8; bytes that are not, and binary content, are read as Latin-1, so that plain text inside is still seen,
    whether its characters take one byte each or, with zeros between them, two or four. Text whose lines end in
    carriage returns alone gets line feeds, one for one.
    """
    encoding, skipped = encoding_of(data)
    try:
        text = data[skipped:].decode(encoding)
        if "\0" in text:
            reason = "binary"
        elif encoding in ("utf-16-le", "utf-16-be") and (re.search(_PLAIN_RUN, data) or _is_plain(data[skipped:])):
            reason = f"not only {encoding.upper()}"
        else:
            return _with_line_feeds(text), None
    except UnicodeDecodeError:
        if encoding == "utf-8" and re.search(_NOT_LATIN, data) is None:
            return _with_line_feeds(data.decode("latin-1")), None
        reason = "binary" if encoding == "utf-8" and b"\0" in data else f"not valid {encoding.upper()}"
    return _narrowed(data).decode("latin-1"), f"{reason}: only its plain text was scanned"


def _is_plain(data: bytes) -> bool:
    """Say whether these are bytes of UTF-8: in UTF-16 each blank and each line's end has a zero."""
    try:
        return b"\0" not in data and bool(data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _with_line_feeds(text: str) -> str:
    return text.replace("\r", "\n") if "\r" in text and "\n" not in text else text


def _narrowed(data: bytes) -> bytes:
    """Return `data` without the zeros between the characters of wide text; line feeds stay as many as they were."""
    for run, sketched in zip(_WIDE_RUNS, _WIDE_SKETCHES, strict=True):
        # In most programs and pictures there is none, and a sketch is searched at twenty times the speed.
        if sketched in data.translate(_SKETCHED):
            data = re.sub(run, lambda found: found[0].replace(b"\0", b""), data)
    return data


def encoding_of(data: bytes) -> tuple[str, int]:
    """Return the encoding `data` claims or seems to have, and the length of its byte order mark."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, len(mark)
    return _guessed(data[:_SAMPLE]), 0


def is_wide(data: bytes) -> bool:
    """Say whether git's lines are not those of `data`: it is wide, or it has no line feed."""
    return encoding_of(data)[0] != "utf-8" or (b"\r" in data and b"\n" not in data)


def _guessed(start: bytes) -> str:
    """Take text for UTF-16 when nearly every second byte is zero and hardly any of the others is; UTF-32 alike."""
    pairs = len(start) // 2
    if pairs < 2 or b"\0" not in start:
        return "utf-8"
    zeros = [start[place::4].count(0) for place in range(4)]
    if min(zeros[1:]) >= 0.9 * (len(start) // 4) and zeros[0] == 0:
        return "utf-32-le"
    if min(zeros[:3]) >= 0.9 * (len(start) // 4) and zeros[3] == 0:
        return "utf-32-be"
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if odd >= 0.9 * pairs and even <= 0.02 * pairs:
        return "utf-16-le"
    if even >= 0.9 * pairs and odd <= 0.02 * pairs:
        return "utf-16-be"
    return "utf-8"
