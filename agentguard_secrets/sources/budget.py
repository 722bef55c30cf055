"""Turns what one file may cost into refusals of whatever costs more."""

from __future__ import annotations

import time

from agentguard_secrets.errors import LimitError

# A file may be in an archive that is in an archive, and so on.
DEEPEST = 6
MOST_FILES = 10_000
# In bytes: one file in a container, and all of them together.
LARGEST = 32 * 1024 * 1024
MOST_BYTES = 128 * 1024 * 1024
# How often something may be larger than it was; below `_FREE` bytes nobody asks.
_MOST_GROWTH = 100
_FREE = 4 * 1024 * 1024
# In seconds, from the moment at which a file is opened until the last of what is in it was scanned.
LONGEST = 60.0


class Budget:
    """What is left of the bytes, files and seconds that one outermost file of `size` bytes may cost."""

    def __init__(self, size: int) -> None:
        self._most = min(MOST_BYTES, max(_FREE, size * _MOST_GROWTH))
        self._bytes = self._most
        self._files = MOST_FILES
        self._end = time.monotonic() + LONGEST

    def allowed(self) -> int:
        """Return how many bytes the next file may have. Raises LimitError when no time or no file is left."""
        if self.is_late():
            raise LimitError(f"not all was scanned: it took longer than {LONGEST:g} seconds")
        self._files -= 1
        if self._files < 0:
            raise LimitError(f"not all was scanned: it holds more than {MOST_FILES} files")
        return min(LARGEST, self._bytes)

    def spend(self, content: bytes) -> bytes:
        """Return `content`, which was read with one byte more than allowed. Raises LimitError when it is that large."""
        if len(content) > self._bytes:
            self._files = 0
            raise LimitError(f"not scanned: all that is in the file is larger than {self._most} bytes")
        if len(content) > LARGEST:
            raise LimitError(f"not scanned: larger than {LARGEST} bytes")
        self._bytes -= len(content)
        return content

    def is_spent(self) -> bool:
        """Say whether nothing more can be opened."""
        return self._files <= 0 or self.is_late()

    def is_late(self) -> bool:
        """Say whether the time is over."""
        return time.monotonic() > self._end
