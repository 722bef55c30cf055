"""Turns the pointer that git stores for a file of Git LFS into the content that a push sends beside it."""

from __future__ import annotations

import os
import re
from functools import partial

from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources.added import LazyLines, lines_of_text_beyond
from agentguard_secrets.sources.contents import chunks_of
from agentguard_secrets.sources.decode import MAX_SIZE
from agentguard_secrets.sources.repository import ObjectReader, run_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator

# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: keys in alphabetical order behind the version.
_POINTER = re.compile(
    rb"version https://(?:git-lfs|hawser)\.github\.com/spec/v1\r?\n"
    rb"(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\r?\nsize [0-9]+\r?\n?"
)
_LONGEST_POINTER = 1024


def is_pointer(content: bytes) -> bool:
    """Say whether `content` stands for a file of Git LFS."""
    return len(content) < _LONGEST_POINTER and _POINTER.fullmatch(content) is not None


def chunks_behind(folder: str, pointer: bytes, about: Chunk, *, olds: tuple[str, ...]) -> Iterator[Chunk | Unread]:
    """Yield the content that `pointer` stands for, if this machine has it: what it has not, it cannot send.

    `about` says where it comes from; lines count that the content behind none of the blobs `olds` has.
    """
    content = _content_behind(folder, pointer)
    if content is None:
        return
    if len(content) > MAX_SIZE:
        why = f"its LFS object is larger than {MAX_SIZE // 1024 // 1024} MiB: only its pointer was scanned"
        yield Unread(about.path, why, partly=True)
        return
    for each in chunks_of(content, about.path, origin=about.origin, commit=about.commit):
        if isinstance(each, Chunk) and olds:
            yield each._replace(added=LazyLines(partial(_beyond, folder, each, olds)))
        else:
            yield each


def _beyond(folder: str, chunk: Chunk, olds: tuple[str, ...]) -> Container[int]:
    """Return the lines of one text that the text of the same name lacks in every old version that is here."""
    lines = set(range(1, chunk.text.count("\n") + 2))
    with ObjectReader(folder) as reader:
        found = [reader.read(old, limit=_LONGEST_POINTER) for old in olds]
    pointers = [old.content for old in found if old is not None and old.content is not None and is_pointer(old.content)]
    for before in filter(None, (_content_behind(folder, pointer) for pointer in pointers)):
        for each in chunks_of(before, chunk.path.split("!", 1)[0]):
            if isinstance(each, Chunk) and each.path == chunk.path:
                lines &= lines_of_text_beyond(chunk.text, each.text)
    return lines


def _content_behind(folder: str, pointer: bytes) -> bytes | None:
    """Return the content, a little more than may be read of one that is too large, None when it is not here."""
    found = _POINTER.fullmatch(pointer)
    if found is None:
        return None
    oid = found[1].decode("ascii")
    common = os.path.join(folder, os.fsdecode(run_git(folder, "rev-parse", "--git-common-dir")).rstrip("\n"))  # noqa: PTH118
    storage = os.fsdecode(run_git(folder, "config", "--get", "lfs.storage", check=False)).rstrip("\n") or "lfs"
    path = os.path.join(common, storage, "objects", oid[:2], oid[2:4], oid)  # noqa: PTH118
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - pathlib would cost every commit its import
            return stream.read(MAX_SIZE + 1)
    except FileNotFoundError:
        return None
