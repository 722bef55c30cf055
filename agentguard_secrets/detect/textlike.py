"""Turns decoded bytes into the text that they are, if they are one."""

from __future__ import annotations

from agentguard_secrets._patterns import pattern
from agentguard_secrets.errors import LimitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# Control characters, and bytes that are no UTF-8.
_BAD = pattern("[\0-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f\udc80-\udcff]")
# Of a hundred characters. In random bytes sixty are; in a text whose first or last bytes are not its own, a few.
_MOST_BAD = 15
_FEWEST_BYTES = 10
_COMPRESSED = (b"\x1f\x8b\x08", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_GZIP_OR_ZLIB = 47
# In bytes, and how often a text may be larger than what it was compressed to.
_LARGEST = 8 * 1024 * 1024
_MOST_GROWTH = 100


def is_promising(start: bytes) -> bool:
    """Say whether bytes that begin like this may be a text."""
    return start.startswith(_COMPRESSED) or _plain(start, _encoding(start)) is not None


def text_of(raw: bytes) -> tuple[str, Callable[[int], int] | None] | None:
    """Return the text and what maps its offsets to those of `raw` (None where nothing does); None for no text.

    Raises LimitError for what is compressed and becomes too large.
    """
    if raw.startswith(_COMPRESSED):
        raw = _inflated(raw)
        text = _plain(raw, _encoding(raw))
        return None if text is None else (text, None)
    encoding = _encoding(raw)
    text = _plain(raw, encoding)
    if text is None:
        return None
    if encoding != "utf-8":
        return text, lambda offset: 2 * offset
    if text.isascii():
        return text, lambda offset: offset
    return text, lambda offset: len(text[:offset].encode("utf-8", "surrogateescape"))


def _plain(raw: bytes, encoding: str) -> str | None:
    if len(raw) < _FEWEST_BYTES:
        return None
    text = raw.decode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")
    bad = len(_BAD.findall(text))
    return text if bad * 100 <= len(text) * _MOST_BAD else None


def _encoding(raw: bytes) -> str:
    """Take for UTF-16 what has a zero in most pairs of bytes, always at the same place."""
    pairs = len(raw) // 2
    if b"\0" not in raw:
        return "utf-8"
    if raw[1::2].count(0) * 10 >= pairs * 8:
        return "utf-16-le"
    return "utf-16-be" if raw[0::2].count(0) * 10 >= pairs * 8 else "utf-8"


def _inflated(raw: bytes) -> bytes:
    import zlib

    inflating = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        content = inflating.decompress(raw, min(_LARGEST, len(raw) * _MOST_GROWTH))
    except zlib.error:
        return b""
    if inflating.unconsumed_tail:
        raise LimitError(f"{len(raw)} compressed bytes become more than {len(content)}: they were not scanned")
    return content
