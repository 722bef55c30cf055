"""Turns the values of a machine's credentials into the places of a text where they stand, however they are written.

A look for four characters of each value decides whether anything more is done: that costs little in each text. Whether
a value is worth looking for, and what it looks like in every form, is worked out only where it probably stands.
"""

from __future__ import annotations

from agentguard_secrets._record import Record
from agentguard_secrets.detect.prefilter import GRAM, PLAIN_APART, quads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from agentguard_secrets.detect.engine import Observer
    from agentguard_secrets.detect.matches import Match

    # The name of a setting, words about where it is, and the file it is kept in, if any.
    Holder = tuple[str, str, str]

RULE_ID = "known-secret"
# In characters: of what may be worth looking for.
SHORTEST = 8

# In a shorter word no four characters are in the middle.
_LEAST_WORD = 7
_PIECE = 6
# A word that no text has, for a value without a word.
_NO_WORD = b"\xff" * 8
_SMALL_DIGITS = b"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789+/"
# Of two octal digits, read as if they were hexadecimal, the digit of base64 in lower case.
_OF_OCTAL = b"".join([_SMALL_DIGITS[place : place + 8] + bytes(8) for place in range(0, 64, 8)]) + bytes(128)


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

    def __init__(self, secrets: Iterable[Known] = (), *, held: Mapping[str, Sequence[Holder]] | None = None) -> None:
        """`secrets` are looked for as they are; of values that are `held` somewhere, those that are worth it."""
        self._judged: dict[str, Known | None] = {}
        for each in secrets:
            self._judged.setdefault(each.value, each)
        self._held = held or {}
        self._values = (*self._judged, *(value for value in self._held if len(value) >= SHORTEST))
        self._quads: list[int] = []
        self._short: list[int] = []
        self._pieces: dict[int, frozenset[str]] = {}

    def __reduce__(self) -> tuple[type[Watchlist], tuple[list[Known]]]:
        return Watchlist, (self._secrets(),)

    def is_home(self, path: str) -> bool:
        """Say whether one of the values is kept in the file `path`."""
        return any(each.path == path for each in self._secrets())

    def outside(self, path: str) -> Watchlist:
        """Return the values that are not kept in the file `path`: there they are where they belong."""
        return Watchlist(each for each in self._secrets() if each.path != path)

    def matches(
        self, text: str, lowered: str, *, grams: set[int] | None = None, observer: Observer | None = None
    ) -> Iterator[Match]:
        """Yield each place of `text`, of which `lowered` is the lower case, where one of the values stands.

        `grams` are those of `lowered`, if somebody has made them: of most values none of the pieces is tried then.
        """
        for number in range(len(self._values)) if grams is None else self._begun(grams):
            if number not in self._pieces:
                self._pieces[number] = _pieces(self._values[number])
            if not any(map(lowered.__contains__, self._pieces[number])):
                continue
            secret = self._secret(self._values[number])
            if secret is None:
                continue
            from agentguard_secrets.detect.spellings import matches_of

            for match in matches_of(secret, RULE_ID, text):
                if observer is not None:
                    observer(match.rule, text, None, match, None)
                yield match

    def _begun(self, grams: set[int]) -> Sequence[int]:
        """Return the numbers of the values of which a piece may stand in the text of `grams`."""
        if not self._quads:
            self._quads, self._short = _quads_of(self._values)
        if grams.isdisjoint(self._quads):
            return self._short
        places = [place for place, quad in enumerate(self._quads) if quad in grams]
        return sorted({*self._short, *(place % len(self._values) for place in places)})

    def _secret(self, value: str) -> Known | None:
        """Return the value with whose it is, None when it is not worth looking for."""
        if value not in self._judged:
            from agentguard_secrets.detect.worth import is_worth

            held = (Known(home, value, path) for name, home, path in self._held[value] if is_worth(name, value))
            self._judged[value] = next(held, None)
        return self._judged[value]

    def _secrets(self) -> list[Known]:
        return [secret for value in self._values if (secret := self._secret(value)) is not None]


def _quads_of(values: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the first quads of the pieces of all values, and the numbers of values that are too short for that.

    One quad of each value follows the other, again and again.
    """
    raws = [value.encode("utf-8", "surrogatepass") for value in values]
    words = [_words(raw) for raw in raws]
    short = [number for number, (_first, _last, longest) in enumerate(words) if len(longest) < _LEAST_WORD]
    for number in short:
        words[number] = (_NO_WORD,) * 3
    plain = [first[:GRAM] for first, _last, _longest in words]
    plain += [last[-_PIECE:][:GRAM] for _first, last, _longest in words]
    plain += [longest[len(longest) // 2 :][:GRAM] for _first, _last, longest in words]
    plain += [_inmost(raw, longest)[:GRAM] for raw, (_first, _last, longest) in zip(raws, words, strict=True)]
    plain += [longest[:_PIECE][: -GRAM - 1 : -1] for _first, _last, longest in words]
    digits = b"".join([first[: GRAM // 2] for first, _last, _longest in words]).hex()
    # What stands in base64 behind no, two and one other bytes: groups of which each byte is the value's own.
    coded = _in_base64(b"".join([raw[place : place + 3] for place in range(3) for raw in raws]))
    return quads(b"".join(plain).lower() + digits.encode() + coded + _of_urls(coded)), short


def _words(raw: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the first, the last and the longest word of letters and digits: no way of writing changes these."""
    if raw.isalnum():
        return raw, raw, raw
    words = [word for word in raw.translate(PLAIN_APART).split() if len(word) >= _PIECE]
    return (words[0], words[-1], max(words, key=len)) if words else (b"",) * 3


def _inmost(raw: bytes, word: bytes) -> bytes:
    """Return the piece of a word of the value that is nearest to the value's middle: lines may break near its ends."""
    first = max(0, raw.find(word))
    last = first + max(0, len(word) - _PIECE)
    start = min(max(first, (len(raw) - _PIECE) // 2), last)
    return word[start - first :][:_PIECE]


def _pieces(value: str) -> frozenset[str]:
    """Return pieces of what `value` looks like in lower case, one of which stands where it does."""
    raw = value.encode("utf-8", "surrogatepass")
    first, last, longest = _words(raw)
    if not longest:
        first = last = longest = max(raw.translate(PLAIN_APART).split(), key=len, default=b"")
    middle = len(longest) // 2
    coded = [_in_base64(raw[place : place + 6]) for place in range(3)]
    pieces = {
        *(first[:_PIECE], last[-_PIECE:], longest[middle : middle + _PIECE], longest[:_PIECE][::-1]),
        *(_inmost(raw, longest), first[:_PIECE].hex().encode(), *coded, *map(_of_urls, coded)),
    }
    return frozenset(piece.decode().lower() for piece in pieces)


def _in_base64(raw: bytes) -> bytes:
    """Return the base64 of whole groups, in lower case: to load what encodes costs a hook more than to count."""
    size = len(raw) // 3 * 3
    if not size:
        return b""
    return bytes.fromhex(f"{int.from_bytes(raw[:size], 'big'):0{size * 8 // 3}o}").translate(_OF_OCTAL)


def _of_urls(digits: bytes) -> bytes:
    """Return what base64 for URLs has instead."""
    return digits.replace(b"+", b"-").replace(b"/", b"_")
