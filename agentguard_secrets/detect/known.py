"""Turns the values of a machine's credentials into the places of a text where they stand, however they are written.

A look for a few characters of each value decides whether anything more is done: that costs little in each text, and all
the forms of a value are worked out only where it probably stands. Escapes are undone by detect/unwrap.py.
"""

from __future__ import annotations

import re

from agentguard_secrets._record import Record
from agentguard_secrets.detect.prefilter import GRAM, PLAIN_BYTES
from agentguard_secrets.model import Rule, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentguard_secrets.detect.engine import Observer
    from agentguard_secrets.detect.matches import Match

RULE_ID = "known-secret"

# In characters: how much of a value, and of its base64, is looked for first.
_ANCHOR = 6
_ANCHOR_BASE64 = 8
# Where a value may go on in the next line: quotes, a sign that joins or continues, a comment's sign.
_BREAK = r"(?:[\"'`]?[ \t]{0,8}[+\\]?[ \t]{0,8}(?:\r?\n|\\r\\n|\\n)[ \t]{0,32}(?:[#>*|]|//)?[ \t]{0,8}[\"'`]?)?"
# The first eight bits of a byte are in the first two of these places, and so on.
_FIRST_WHOLE = (0, 2, 3)
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TO_URL = str.maketrans("+/", "-_")
_APART = bytes(byte if byte in PLAIN_BYTES else 32 for byte in range(256))


class Known(Record):
    """One value that must not leave this machine. `home` says whose it is, `path` the file it is kept in, if any."""

    home: str
    value: str
    path: str = ""

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("value",)


class Watchlist:
    """The values to look for. It has no representation: what it holds is in memory only."""

    def __init__(self, secrets: Iterable[Known]) -> None:
        self._secrets = tuple(secrets)
        self._anchors = tuple(_anchors(each.value) for each in self._secrets)
        # A gram of the prefilter -> whose piece begins with it; and those with a piece that has none.
        self._by_gram: dict[int, list[int]] = {}
        self._always: set[int] = set()
        for number, (exact, lower) in enumerate(self._anchors):
            for piece in (*exact, *lower):
                begin = piece[:GRAM].lower().encode("utf-8", "surrogatepass")
                if len(begin) == GRAM and begin.isascii() and begin.split() == [begin]:
                    self._by_gram.setdefault(int.from_bytes(begin, "little"), []).append(number)
                else:
                    self._always.add(number)

    def __len__(self) -> int:
        return len(self._secrets)

    def __reduce__(self) -> tuple[type[Watchlist], tuple[tuple[Known, ...]]]:
        return Watchlist, (self._secrets,)

    def is_home(self, path: str) -> bool:
        """Say whether one of the values is kept in the file `path`."""
        return any(each.path == path for each in self._secrets)

    def outside(self, path: str) -> Watchlist:
        """Return the values that are not kept in the file `path`: there they are where they belong."""
        return Watchlist(each for each in self._secrets if each.path != path)

    def matches(
        self, text: str, lowered: str, *, grams: set[int] | None = None, observer: Observer | None = None
    ) -> Iterator[Match]:
        """Yield each place of `text`, of which `lowered` is the lower case, where one of the values stands.

        `grams` are those of `lowered`, if somebody has made them: of most values none of the pieces is tried then.
        """
        for number in range(len(self._secrets)) if grams is None else self._begun(grams):
            exact, lower = self._anchors[number]
            if any(map(text.__contains__, exact)) or any(map(lowered.__contains__, lower)):
                for match in _matches(self._secrets[number], text):
                    if observer is not None:
                        observer(match.rule, text, None, match, None)
                    yield match

    def _begun(self, grams: set[int]) -> list[int]:
        begun = [self._by_gram[gram] for gram in self._by_gram.keys() & grams]
        return sorted(self._always.union(*begun))


def _anchors(value: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return pieces of what `value` looks like, one of which stands where it does: as written, and in lower case."""
    plain_words = value.encode("utf-8", "surrogatepass").translate(_APART).decode().split()
    runs = [word for word in plain_words if len(word) >= _ANCHOR] or [max(plain_words, key=len, default=value)]
    longest = max(runs, key=len)
    middle = len(longest) // 2
    plain = {runs[0][:_ANCHOR], runs[-1][-_ANCHOR:], longest[middle : middle + _ANCHOR]}
    backwards = longest[:_ANCHOR][::-1]
    coded = _begun_in_base64(value)
    # In both alphabets: the one of URLs has other last digits.
    exact = {*plain, backwards, *coded, *(digits.translate(_TO_URL) for digits in coded)}
    return tuple(exact), (runs[0][:_ANCHOR].encode("utf-8", "surrogatepass").hex(),)


def _begun_in_base64(value: str) -> list[str]:
    """Return the first digits of what `_base64_of` does: to load what encodes costs a hook more than to count them."""
    raw = value[:_ANCHOR_BASE64].encode("utf-8", "surrogatepass")[:_ANCHOR_BASE64]
    found = []
    for before, first in enumerate(_FIRST_WHOLE):
        bits = int.from_bytes(b"\0" * before + raw + bytes(9 - len(raw)), "big")
        size = (9 + before) * 8
        whole = min((before + len(raw)) * 8 // 6, first + _ANCHOR_BASE64)
        found.append("".join([_DIGITS[bits >> (size - 6 * place - 6) & 63] for place in range(first, whole)]))
    return found


def _base64_of(value: str) -> Iterator[tuple[int, str]]:
    """Yield the base64 of `value` behind no, one and two other bytes, as far as nothing beside it changes it."""
    from binascii import b2a_base64

    raw = value.encode("utf-8", "surrogatepass")
    for before in range(3):
        digits = b2a_base64(b"\0" * before + raw, newline=False).decode()
        whole = (before + len(raw)) * 8 // 6
        yield before, digits[_FIRST_WHOLE[before] : whole]


def _matches(secret: Known, text: str) -> Iterator[Match]:
    from agentguard_secrets.detect.matches import Match
    from agentguard_secrets.detect.unwrap import Layer

    title = f"Value of {secret.home}"
    rule = Rule(RULE_ID, title, "this machine", "critical", "high", "token", (), "")
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
