"""Turns paths and standard input into chunks to scan, and into what could not be read.

Below a folder everything is scanned that is there, except what lies in `.git`: a credential in a file that git ignores
is still on the disk, where every program and every agent can read it. Links to folders are not followed, so nothing is
scanned twice or for ever; a folder that is named itself is always entered.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from agentguard_secrets.errors import UsageError
from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources.contents import chunks_of
from agentguard_secrets.sources.decode import MAX_SIZE

STANDARD_INPUT = "-"

_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISDIR, "a folder"),
)
_PART = 1024 * 1024
# Without O_NONBLOCK, opening a pipe that nobody writes to waits for ever. Windows has neither the flag nor the pipes.
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


def from_paths(paths: Iterable[str | Path], *, max_size: int = MAX_SIZE) -> Iterator[Chunk | Unread]:
    """Yield what files hold and what folders hold below them, sorted within each folder.

    A file of more than `max_size` bytes is unread. A path that does not exist raises UsageError.
    """
    for entry in files_below(paths):
        if isinstance(entry, Unread):
            yield entry
        else:
            yield from read_file(entry, max_size=max_size)


def from_stdin(stream: BinaryIO, *, max_size: int = MAX_SIZE) -> Iterator[Chunk | Unread]:
    """Yield what `stream` holds, under the path `-`; more than `max_size` bytes are unread."""
    content = stream.read(max_size + 1)
    yield from _chunks_of(content, path=STANDARD_INPUT, origin="stdin", max_size=max_size)


def files_below(paths: Iterable[str | Path]) -> Iterator[str | Unread]:
    """Yield each file that `paths` name or hold once, in order; a path that does not exist raises UsageError."""
    named = [os.fspath(path) for path in paths]
    if len(named) == 1:
        # Nothing stands twice below one path, and of a large tree the names alone are megabytes.
        yield from _below(named[0])
        return
    for path in named:
        _mode(path)
    seen: set[str] = set()
    for path in named:
        for entry in _below(path):
            if isinstance(entry, Unread) or entry not in seen:
                yield entry
            if isinstance(entry, str):
                seen.add(entry)


def read_file(path: str, *, max_size: int = MAX_SIZE) -> Iterator[Chunk | Unread]:
    """Yield the text of one file, and an Unread if not all of it could be scanned."""
    try:
        descriptor = os.open(path, _OPEN)
        try:
            content = _content(descriptor, max_size)
        finally:
            os.close(descriptor)
    except OSError as error:
        yield Unread(path, _reason(path, error))
        return
    if isinstance(content, str):
        yield Unread(path, content)
    else:
        yield from _chunks_of(content, path=path, origin="file", max_size=max_size)


def _content(descriptor: int, max_size: int) -> bytes | str:
    """Return the bytes of an open file (one more than `max_size` at most), or why it is no file."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return _is_no_file(status.st_mode)
    # As much as it says, because a buffer of `max_size` costs a millisecond, and a file object several calls of the
    # system.
    content = os.read(descriptor, min(status.st_size, max_size) + 1)
    if len(content) == status.st_size:
        return content
    # Files of the system say 0 and hold something, and a read may end before the file does.
    parts = [content]
    left = max_size + 1 - len(content)
    while left > 0 and (part := os.read(descriptor, min(left, _PART))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _chunks_of(content: bytes, *, path: str, origin: str, max_size: int) -> Iterator[Chunk | Unread]:
    if len(content) > max_size:
        yield Unread(path, f"is larger than {max_size} bytes")
        return
    yield from chunks_of(content, path, origin=origin)


def _below(path: str) -> Iterator[str | Unread]:
    mode = _mode(path)
    if isinstance(mode, OSError):
        yield Unread(path, _reason(path, mode))
    elif stat.S_ISDIR(mode):
        yield from _walk(path)
    else:
        yield path


def _mode(path: str) -> int | OSError:
    """Return what kind of file a path leads to, or why that cannot be told; raises UsageError when to none."""
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - pathlib cannot name a path of undecodable bytes any better
    except FileNotFoundError as error:
        raise UsageError(f"{path or repr(path)}: there is no such file or folder") from error
    except OSError as error:
        return error


def _walk(folder: str) -> Iterator[str | Unread]:
    # A list of what is still to do, not recursion: a folder can be nested deeper than Python's stack.
    waiting = [(folder, True)]
    while waiting:
        path, is_folder = waiting.pop()
        if not is_folder:
            yield path
            continue
        try:
            waiting += reversed(_entries(path))
        except OSError as error:
            yield Unread(path, _reason(path, error))


def _leads_nowhere(path: str) -> bool:
    """Say whether `path` is a link that has nothing of its own to read: to a folder, to nothing, or to itself."""
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116
    except OSError:
        return os.path.islink(path)  # noqa: PTH114


def _entries(folder: str) -> list[tuple[str, bool]]:
    """Return what is in a folder, sorted, and whether to enter it: a link may lead back."""
    prefix = "" if folder in (".", "./") else folder
    found = []
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            path = os.path.join(prefix, entry.name)  # noqa: PTH118
            if entry.name != ".git" and not (entry.is_symlink() and _leads_nowhere(path)):
                found.append((path, entry.is_dir(follow_symlinks=False)))
    return found


def _is_no_file(mode: int) -> str:
    kinds = [name for is_kind, name in _KINDS if is_kind(mode)]
    return f"is {kinds[0] if kinds else 'something else'}, not a file"


def _reason(path: str, error: OSError) -> str:
    """Return why a path could not be opened; a socket says only ENXIO, which tells nobody anything."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
    except OSError:
        mode = stat.S_IFREG
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return f"cannot be read: {error.strerror}"
    return _is_no_file(mode)
