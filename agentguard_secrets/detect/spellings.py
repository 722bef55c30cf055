"""Turns one value into the places of a text where it stands, however it is written.

Escapes are undone by detect/unwrap.py.
"""

from __future__ import annotations

import re
from binascii import b2a_base64

from agentguard_secrets.detect.matches import Match
from agentguard_secrets.detect.unwrap import Layer
from agentguard_secrets.model import Rule, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.detect.known import Known

# Where a value may go on in the next line: quotes, a sign that joins or continues, a comment's sign.
_BREAK = r"(?:[\"'`]?[ \t]{0,8}[+\\]?[ \t]{0,8}(?:\r?\n|\\r\\n|\\n)[ \t]{0,32}(?:[#>*|]|//)?[ \t]{0,8}[\"'`]?)?"
# The first eight bits of a byte are in the first two of these places, and so on.
_FIRST_WHOLE = (0, 2, 3)
_TO_URL = str.maketrans("+/", "-_")


def matches_of(secret: Known, rule_id: str, text: str) -> Iterator[Match]:
    """Yield each place of `text` where the value stands."""
    title = f"Value of {secret.home}"
    rule = Rule(rule_id, title, "this machine", "critical", "high", "token", (), "")
    for span, wrapping in _places(secret.value, text):
        if text[span.start : span.end] == secret.value:
            yield Match(rule, span, "high", "known")
            continue
        # As if it were a decoded text: what is told is told of the value, not of what stands for it.
        layer = Layer(secret.value, wrapping, lambda part: part, span, 1)
        yield Match(rule, span, "high", "known", layer, Span(0, len(secret.value)))


def _places(value: str, text: str) -> Iterator[tuple[Span, str]]:
    for form in dict.fromkeys((value, *_quoted(value))):
        yield from ((span, "quoted") for span in _all(form, text))
    if value not in text:
        broken = _BREAK.join(map(re.escape, value))
        yield from ((Span(*found.span()), "over lines") for found in re.finditer(broken, text))
    yield from ((span, "backwards") for span in _all(value[::-1], text))
    digits = value.encode("utf-8", "surrogatepass").hex()
    yield from ((Span(*found.span()), "in hex") for found in re.finditer(digits, text, re.IGNORECASE))
    for before, coded in _base64_of(value):
        for form in dict.fromkeys((coded, coded.translate(_TO_URL))):
            yield from ((_with_shared(span, text, before), "in base64") for span in _all(form, text))


def _base64_of(value: str) -> Iterator[tuple[int, str]]:
    """Yield the base64 of `value` behind no, one and two other bytes, as far as nothing beside it changes it."""
    raw = value.encode("utf-8", "surrogatepass")
    for before in range(3):
        digits = b2a_base64(b"\0" * before + raw, newline=False).decode()
        whole = (before + len(raw)) * 8 // 6
        yield before, digits[_FIRST_WHOLE[before] : whole]


def _quoted(value: str) -> Iterator[str]:
    """Yield the forms that are not put together of escapes of single characters."""
    if "'" in value:
        yield value.replace("'", "'\\''")
        yield value.replace("'", "'\"'\"'")
    if "\\" in value:
        # Where a backslash is part of the value, undoing all of them undoes too much.
        yield (string := value.replace("\\", "\\\\").replace('"', '\\"'))
        yield string.replace("\\", "\\\\").replace('"', '\\"')
        yield "".join(letter if letter.isalnum() else f"\\{letter}" for letter in value)
    if not value.isascii():
        raw = value.encode("utf-8", "surrogatepass")
        percent = "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"%{byte:02X}" for byte in raw)
        yield percent
        yield percent.lower() if value.islower() else percent.replace("%", "%25")


def _all(form: str, text: str) -> Iterator[Span]:
    place = text.find(form)
    while place >= 0:
        yield Span(place, place + len(form))
        place = text.find(form, place + len(form))


def _with_shared(span: Span, text: str, before: int) -> Span:
    """Return the span with the digits that hold bits of the value and of its neighbour, and with the padding."""
    start, end = span.start, span.end
    if before and start and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and end - span.end < 3 and (text[end] == "=" or (end == span.end and text[end].isalnum())):
        end += 1
    return Span(start, end)
