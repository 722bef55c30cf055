"""Turns a long text in which the outline of a rule holds somewhere into the parts of it where that may be.

To be told every place of every outline would cost all texts a tenth more. So a text in which a rule may hold is gone
through once more in pieces, each of which says for itself which rules may hold in it.
"""

from __future__ import annotations

from agentguard_secrets.detect.offsets import WIDEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# A piece is at least so many bytes long, and reaches so many characters into the next one, so that what a rule's
# pattern can span lies in one of them. The longest reaches are those of keys that fill a file: searched as they are.
_LEAST_PIECE = 4096
_OVERLAPS = (512, 4096)
# A text of fewer pieces is sooner searched.
_LEAST_PIECES = 8
# Of what ends where the text ends the library may miss some.
_MORE = 16


class Narrowing:
    """Says of the last text it was asked about where which rules may hold."""

    def __init__(self, scan: Callable[[bytes, Callable[..., None]], None]) -> None:
        """`scan` tells of each outline that is met in some bytes by its rule's number."""
        self._scan = scan
        self._of = b""
        self._starts: dict[int, dict[int, list[int]]] = {}

    def parts(self, number: int, reach: int | None, raw: bytes, *, is_ascii: bool) -> list[tuple[int, int]] | None:
        """Return the parts of `raw`, in bytes, outside of which no match of a rule that spans `reach` characters lies;
        None where it is not worth asking. They rise, and none meets another one."""
        overlap = next((each for each in _OVERLAPS if reach is not None and reach <= each), 0)
        overlap *= 1 if is_ascii else WIDEST
        piece = max(_LEAST_PIECE, overlap)
        if not overlap or len(raw) < _LEAST_PIECES * piece:
            return None
        if self._of is not raw:
            self._of, self._starts = raw, {}
        if overlap not in self._starts:
            self._starts[overlap] = self._starts_by_rule(raw, piece, overlap)
        starts = self._starts[overlap].get(number, [])
        return _joined(starts, piece + overlap, len(raw))

    def _starts_by_rule(self, raw: bytes, piece: int, overlap: int) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        start = 0

        def add(number: int, *_: object) -> None:
            starts = found.setdefault(number, [])
            if not starts or starts[-1] != start:
                starts.append(start)

        for start in range(0, len(raw), piece):
            self._scan(raw[start : start + piece + overlap + _MORE], add)
        return found


def _joined(starts: list[int], length: int, size: int) -> list[tuple[int, int]]:
    parts: list[tuple[int, int]] = []
    for start in starts:
        end = min(start + length, size)
        if parts and start <= parts[-1][1]:
            parts[-1] = parts[-1][0], end
        else:
            parts.append((start, end))
    return parts
