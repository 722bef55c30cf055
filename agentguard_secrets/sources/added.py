"""Turns two versions of a file into the numbers of the lines that only the new one has."""

from __future__ import annotations

from agentguard_secrets.protocol.patch import parse_patch
from agentguard_secrets.sources.decode import MAX_SIZE, decode, is_wide
from agentguard_secrets.sources.repository import PATCH, ObjectReader, run_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

_EVERY_LINE = range(1, 1 << 62)
# A comparison in Python takes lines times lines in the worst case.
_MOST_COMPARISONS = 10_000_000
# Git takes content for binary that has a zero so near its start.
_BINARY_START = 8000


def added_since(folder: str, new: tuple[str, bytes], olds: tuple[str, ...]) -> Container[int] | None:
    """Return the lines of `new` (object id, content) that none of the blobs `olds` has; None when it has no parent."""
    oid, content = new
    return LinesBeyond(folder, oid, olds, is_wide=is_wide(content)) if olds else None


def is_binary(content: bytes) -> bool:
    """Say whether git would merge `content` as a whole instead of line by line."""
    return b"\0" in content[:_BINARY_START]


class LinesBeyond:
    """The lines of one blob that none of others has, worked out when the first one is asked for, by whichever process
    asks: most blobs hold nothing of interest."""

    def __init__(self, folder: str, new: str, olds: tuple[str, ...], *, is_wide: bool) -> None:
        self._folder = folder
        self._new = new
        self._olds = olds
        self._is_wide = is_wide
        self._sets: list[Container[int]] | None = None

    def __contains__(self, line: object) -> bool:
        if self._sets is None:
            compare = _by_text if self._is_wide else _by_git
            self._sets = [compare(self._folder, self._new, old) for old in self._olds]
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
    old_lines, new_lines = (decode(each)[0].split("\n") for each in (before.content, after.content))
    if len(old_lines) * len(new_lines) > _MOST_COMPARISONS:
        return _EVERY_LINE
    from difflib import SequenceMatcher

    changes = SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes()
    return {line + 1 for kind, _, _, start, end in changes if kind != "equal" for line in range(start, end)}
