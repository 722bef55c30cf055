"""Turns a text into a file that is either the old one or the new one, never half of each."""

from __future__ import annotations

import os

from agentguard_secrets._record import Record
from agentguard_secrets.errors import StateError


class FileChange(Record):
    """What an installation would do to one file. None stands for "no such file"; `mode` is the new file's."""

    path: str
    before: str | None
    after: str | None
    mode: int = 0o644


def write_atomically(path: str | os.PathLike[str], content: str | bytes, *, mode: int = 0o600) -> None:
    """Replace `path` by a file of this content and mode; text is written as UTF-8 with its line ends kept.

    A symbolic link is followed, so that a settings file kept elsewhere stays where it is kept. The content is
    on the disk before it gets the name. Raises StateError when the folder cannot be written, or when `path` is there
    and no file: root may replace a device, and a machine does not work without its /dev/null.
    """
    target = os.path.realpath(path)
    if os.path.exists(target) and not os.path.isfile(target):
        raise StateError(f"{target}: cannot be written: expected a file, found a folder, a device or a pipe")
    raw = content.encode("utf-8") if isinstance(content, str) else content
    draft = f"{target}.{os.getpid()}.{os.urandom(4).hex()}.tmp"
    try:
        _write_new(draft, raw, mode=mode)
        os.replace(draft, target)
    except OSError as error:
        _remove(draft)
        raise StateError(f"{target}: cannot be written: {error.strerror or error}") from error


def apply_change(change: FileChange) -> None:
    """Write or remove the file. Raises StateError when the file is no longer what the change was made for."""
    now = read_text(change.path)
    if now != change.before:
        raise StateError(f"{change.path}: changed while this change was prepared; nothing was written, run it again")
    if change.after is None:
        _remove(change.path)
    else:
        write_atomically(change.path, change.after, mode=change.mode)


def read_text(path: str | os.PathLike[str]) -> str | None:
    """The file's text with its line ends kept, None when there is no such file. Raises StateError otherwise."""
    try:
        with open(path, encoding="utf-8", newline="") as stream:
            return stream.read()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise StateError(f"{os.fspath(path)}: expected UTF-8 text: byte {error.start} is not") from error
    except OSError as error:
        raise StateError(f"{os.fspath(path)}: cannot be read: {error.strerror or error}") from error


def _write_new(path: str, raw: bytes, *, mode: int) -> None:
    # O_EXCL: a name that somebody else prepared, a link among them, is an error and not a target.
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with open(number, "wb") as stream:
        stream.write(raw)
        stream.flush()
        os.fsync(stream.fileno())
    os.chmod(path, mode)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StateError(f"{path}: cannot be removed: {error.strerror or error}") from error
