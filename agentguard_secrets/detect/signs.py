"""Turns the bytes of a text into what may be encoded in it: runs of digits, arrays of bytes, escapes by their sign.

All of these together in one database with the rules cost three times what each costs by itself: each begins with a
sign of its own, which most texts do not hold.
"""

from __future__ import annotations

from agentguard_secrets.detect.escapes import ESCAPES, QUOTES, UNSEEN
from agentguard_secrets.detect.native import built, hyperscan
from agentguard_secrets.detect.spots import LETTERS_SEEN, LONG_RUN, MAGIC_SEEN, WORDS_SEEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The UTF-8 of what `escapes` leaves out because nobody sees it, or reads as the plain letter that it looks like.
_UNSEEN = (
    r"\xc2\xad|\xe1\xa0\x8e|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xa4]|\xef\xb8[\x80-\x8f]|\xef\xbb\xbf"
    r"|\xef\xbc[\x81-\xbf]|\xef\xbd[\x80-\x9e]|\xf3\xa0[\x80\x81]"
)
# Four bytes of an array, as programs write it.
_DUMP_SEEN = r"0x[0-9A-Fa-f]{2}(?:[\s\x1c-\x1f\x80-\xff,;]+0x[0-9A-Fa-f]{2}){3}"
# As they are numbered: runs of digits and arrays come first.
SIGNS = (*ESCAPES, UNSEEN)
FIRST = 2
_RUNS, _ARRAYS = range(FIRST)
# Without one of these bytes there is none of it: a byte is found faster than a pattern, and a pattern faster than two
# bytes. What nobody sees is not ASCII.
_BYTES = (b"", *(sign.encode() for sign in ESCAPES))
# The two steps in which runs are looked for: a long run of digits stands in few texts, and is found at a fifth of the
# cost of one that is text. What is compressed begins with letters of its own.
_LONG, _WORDS, _MAGIC = "a long run", "a run of words", "a compressed run"


def sign_patterns() -> list[str]:
    """Return the outlines of what may be encoded: of runs and of arrays, the first `FIRST`, then of escapes."""
    from agentguard_secrets.detect.outline import outline

    return [LETTERS_SEEN, _DUMP_SEEN, *map(outline, ESCAPES.values()), _UNSEEN]


def built_signs() -> dict[str, bytes]:
    """Return a database for each sign, by the name that `signs_in` calls it, and by `quotes_name`."""
    from agentguard_secrets.detect.outline import outline

    once = hyperscan().HS_FLAG_SINGLEMATCH
    found = {_name(number): built([pattern], [0], once) for number, pattern in enumerate(sign_patterns()) if number}
    for name, pattern in ((_LONG, LONG_RUN), (_WORDS, WORDS_SEEN), (_MAGIC, MAGIC_SEEN)):
        found[name] = built([pattern], [0], once)
    for quote in QUOTES:
        found[quotes_name(quote)] = built([outline(ESCAPES[quote])], [0], 0)
    return found


def quotes_name(quote: str) -> str:
    """Return by which name the database goes that tells each place where two of these quotes meet."""
    return f"places of {quote}"


def signs_in(raw: bytes, scan: Callable[[str, bytes, Callable[..., None]], None]) -> Iterator[int]:
    """Yield the numbers of the signs that stand in `raw`, which ends with a line feed; `scan` searches it with one of
    the databases. Of two bytes at the very end of a text the library misses some.
    """

    def met(name: str) -> bool:
        found: list[int] = []
        scan(name, raw, lambda number, *_: found.append(number))
        return bool(found)

    if (met(_LONG) and met(_WORDS)) or met(_MAGIC):
        yield _RUNS
    for number, sign in enumerate(_BYTES, _ARRAYS):
        if sign in raw and met(_name(number)):
            yield number
    unseen = _ARRAYS + len(_BYTES)
    if not raw.isascii() and met(_name(unseen)):
        yield unseen


def _name(number: int) -> str:
    return f"sign {number}"
