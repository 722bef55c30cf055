"""Turns offsets into the bytes of a text into offsets into its characters."""

from __future__ import annotations

from array import array
from bisect import bisect_left

# In bytes of one character.
WIDEST = 4
# The bytes with which no character begins.
_CONTINUING = bytes(range(0x80, 0xC0))
_SHOWN = bytes(byte in _CONTINUING for byte in range(256))
# With more of them it is cheaper to count those before each place.
_FEW = 4096


class Offsets:
    """Remembers of the last text where its bytes are more than its characters: it is asked several times about one."""

    def __init__(self) -> None:
        self._of: tuple[bytes, list[int]] = b"", []

    def in_characters(self, places: array[int], text: str, raw: bytes) -> array[int]:
        """Return rising offsets into `raw` as offsets into `text`; one within a character is that of its end."""
        if not places or text.isascii():
            return places
        if len(raw) - len(text) > _FEW:
            return _counted(places, raw)
        if self._of[0] is not raw:
            self._of = raw, _continuing_in(raw)
        continuing = self._of[1]
        return array("q", [place - bisect_left(continuing, place) for place in places])


def _counted(places: array[int], raw: bytes) -> array[int]:
    found = array("q")
    characters = before = 0
    for place in places:
        characters += len(raw[before:place].translate(None, _CONTINUING))
        before = place
        found.append(characters)
    return found


def _continuing_in(raw: bytes) -> list[int]:
    shown, found = raw.translate(_SHOWN), []
    place = shown.find(1)
    while place >= 0:
        found.append(place)
        place = shown.find(1, place + 1)
    return found
