"""Turns two versions of a file into the numbers of the lines that only the new one has."""

from __future__ import annotations

from functools import partial

from agentguard_secrets.protocol.patch import parse_patch
from agentguard_secrets.sources.decode import MAX_SIZE, decode, is_wide
from agentguard_secrets.sources.repository import PATCH, ObjectReader, run_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container

_EVERY_LINE = range(1, 1 << 62)
# A comparison in Python takes lines times lines in the worst case.
_MOST_COMPARISONS = 10_000_000
# Git takes content for binary that has a zero so near its start.
_BINARY_START = 8000


class LazyLines:
    """Line numbers that are worked out when the first one is asked for, by whichever process asks: most blobs hold
    nothing of interest. What works them out is a function of a module, so that it can be sent there."""

    def __init__(self, work_out: Callable[[], Container[int]]) -> None:
        self._work_out = work_out
        self._lines: Container[int] | None = None

    def __contains__(self, line: object) -> bool:
        return line in self.worked_out()

    def worked_out(self) -> Container[int]:
        """Return them, now that what they depend on is still there."""
        if self._lines is None:
            self._lines = self._work_out()
        return self._lines


def added_since(folder: str, new: tuple[str, bytes], olds: tuple[str, ...]) -> LazyLines | None:
    """Return the lines of `new` (object id, content) that none of the blobs `olds` has; None when it has no parent."""
    oid, content = new
    return LazyLines(partial(lines_beyond, folder, oid, olds, is_wide=is_wide(content))) if olds else None


def lines_beyond(folder: str, new: str, olds: tuple[str, ...], *, is_wide: bool) -> Container[int]:
    """Return the lines of the blob `new` that none of the blobs `olds` has."""
    if new in olds:
        return ()
    compare = _by_text if is_wide else _by_git
    return _InAll([compare(folder, new, old) for old in olds])


def is_binary(content: bytes) -> bool:
    """Say whether git would merge `content` as a whole instead of line by line."""
    return b"\0" in content[:_BINARY_START]


class _InAll:
    """The lines that are in each of several sets of lines."""

    def __init__(self, sets: list[Container[int]]) -> None:
        self._sets = sets

    def __contains__(self, line: object) -> bool:
        return all(line in lines for lines in self._sets)


def _by_git(folder: str, new: str, old: str) -> Container[int]:
    patch = run_git(folder, "diff", *PATCH, old, new, check=False)
    files = parse_patch(patch.decode("latin-1"))
    # A partial clone may lack the old blob: then nothing can be said to have been there before.
    return files[0].added if files else _EVERY_LINE


def _by_text(folder: str, new: str, old: str) -> Container[int]:
    """Compare the texts: git sees no lines, or wrong ones, where a character takes two bytes."""
    with ObjectReader(folder) as reader:
        before, after = reader.read(old, limit=MAX_SIZE), reader.read(new, limit=MAX_SIZE)
    if before is None or after is None or before.content is None or after.content is None:
        return _EVERY_LINE
    return lines_of_text_beyond(decode(after.content)[0], decode(before.content)[0])


def lines_of_text_beyond(new: str, old: str) -> set[int]:
    """Return the numbers of the lines of one text that another lacks; all of them where that would take too long."""
    old_lines, new_lines = old.split("\n"), new.split("\n")
    if len(old_lines) * len(new_lines) > _MOST_COMPARISONS:
        return set(range(1, len(new_lines) + 1)) if old != new else set()
    from difflib import SequenceMatcher

    changes = SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes()
    return {line + 1 for kind, _, _, start, end in changes if kind != "equal" for line in range(start, end)}
