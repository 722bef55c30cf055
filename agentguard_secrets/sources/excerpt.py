"""Turns two versions of a file into the part of the newer one in which everything that it adds can be found."""

from __future__ import annotations

import re

from agentguard_secrets._record import Record

# In bytes, before and behind what is new: most rules look no further than the first, few further than the second.
NEAR, WIDE = 900, 2400
_STEP = 4096
_LINE_FEED = 10
# A line that goes on in the next one, or is one of many that make up one encoded text.
_RUN = re.compile(rb"[A-Za-z0-9+/_=-]{40}[\"'+\\,; \t\r]*\Z|0x[0-9A-Fa-f]{2}[\s,;\\\"'+]*\Z|\\\r?\Z")


class Excerpt(Record):
    """Part of a file, whole lines of it: `start` and `end` are offsets into its bytes, `first` and `last` the numbers,
    counted in the part, of the lines that may be new."""

    start: int
    end: int
    first: int
    last: int


def changed_part(new: bytes, old: bytes) -> tuple[int, int] | None:
    """Return where in `new` the lines stand that a comparison with `old` can call new; None when there are none.

    A comparison leaves common lines at both ends out, and may then move a group of lines by lines equal to its own.
    """
    start = _common_start(new, old)
    end = _common_end(new, old, start)
    if start >= end:
        return None
    return _moved(new, start, end)


def excerpt(new: bytes, start: int, end: int, margin: int) -> Excerpt:
    """Return the lines between `start` and `end` with what stands around them."""
    first = new.rfind(b"\n", 0, max(0, start - margin)) + 1
    while first > 0 and _goes_on(new, first):
        first = new.rfind(b"\n", 0, first - 1) + 1
    last = (new.find(b"\n", end + margin) + 1 or len(new)) if end + margin < len(new) else len(new)
    while last < len(new) and _goes_on(new, last):
        last = new.find(b"\n", last) + 1 or len(new)
    above = new.count(b"\n", first, start)
    return Excerpt(first, last, above + 1, above + 1 + new.count(b"\n", start, end))


def _common_start(new: bytes, old: bytes) -> int:
    """Return how long the lines are, together, that both begin with."""
    size = min(len(new), len(old))
    low = 0
    while low < size and new[low : low + _STEP] == old[low : low + _STEP]:
        low += _STEP
    low, high = min(low, size), min(low + _STEP, size)
    # The first `low` bytes are the same, the first `high + 1` are not, or there are no more.
    while low < high:
        middle = (low + high + 1) // 2
        if new[low:middle] == old[low:middle]:
            low = middle
        else:
            high = middle - 1
    if low == len(new) == len(old):
        return low
    return new.rfind(b"\n", 0, low) + 1


def _common_end(new: bytes, old: bytes, start: int) -> int:
    """Return where in `new` the lines begin that both end with, not before `start`."""
    room = min(len(new), len(old)) - start
    low = 0
    while low + _STEP <= room and new[-low - _STEP : len(new) - low] == old[-low - _STEP : len(old) - low]:
        low += _STEP
    high = min(low + _STEP, room)
    while low < high:
        middle = (low + high + 1) // 2
        if new[len(new) - middle : len(new) - low] == old[len(old) - middle : len(old) - low]:
            low = middle
        else:
            high = middle - 1
    end = len(new) - low
    if _begins_line(new, end) and _begins_line(old, len(old) - low):
        return end
    return new.find(b"\n", end) + 1 or len(new)


def _begins_line(content: bytes, place: int) -> bool:
    return place == 0 or content[place - 1] == _LINE_FEED


def _moved(new: bytes, start: int, end: int) -> tuple[int, int]:
    lines = set(new[start:end].split(b"\n"))
    while end < len(new):
        after = new.find(b"\n", end) + 1 or len(new)
        if new[end:after].rstrip(b"\n") not in lines:
            break
        end = after
    while start > 0:
        before = new.rfind(b"\n", 0, start - 1) + 1
        if new[before : start - 1] not in lines:
            break
        start = before
    return start, end


def _goes_on(new: bytes, place: int) -> bool:
    """Say whether the line that ends at `place` may be one of several that are read as one."""
    return _RUN.search(new, max(0, place - 1 - 120), place - 1) is not None
