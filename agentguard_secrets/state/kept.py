"""Turns what one run worked out into a file beside the byte code of this package, as trusted as that is.

Who can write there can replace the program itself, and nobody else is believed. Nothing is kept anywhere else, least of
all in a folder of caches: a program that is watched could put something emptier there.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys

from agentguard_secrets.detect import engine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def package_folder() -> str:
    """Return the folder of the package's detect/, of whose modules something is made."""
    return os.path.dirname(os.path.abspath(engine.__file__))


def stamp_of(paths: Iterable[str]) -> tuple[Any, ...]:
    """Return the interpreter, and time and size of files, as byte code has them; () where one is missing."""
    try:
        found = [os.stat(path) for path in paths]
    except OSError:
        return ()
    return (sys.version, *((each.st_mtime_ns, each.st_size) for each in found))


def read_kept(name: str, folder: str, stamp: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Return the values that were kept under this name and stamp; None when there are none that can be trusted."""
    if not stamp:
        return None
    try:
        number = os.open(_path(name, folder), _OPEN)
    except OSError:
        return None
    try:
        status = os.fstat(number)
        is_trusted = _is_trusted(status, os.stat(os.path.join(folder, "table.py")))
        raw = os.read(number, status.st_size) if is_trusted else b""
        written, *values = marshal.loads(raw)  # noqa: S302 - as with byte code, see above
    except (OSError, EOFError, ValueError, TypeError):
        return None
    finally:
        os.close(number)
    return tuple(values) if written == stamp else None


def keep_values(name: str, folder: str, stamp: tuple[Any, ...], *, values: tuple[Any, ...]) -> bool:
    """Keep what `marshal` can write for later runs; say whether it could be written."""
    from agentguard_secrets.errors import StateError
    from agentguard_secrets.state.atomic import write_atomically

    if not stamp:
        return False
    path = _path(name, folder)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_atomically(path, marshal.dumps((stamp, *values)), mode=0o644)
    except (OSError, StateError):
        return False
    return True


def _path(name: str, folder: str) -> str:
    return os.path.join(folder, "__pycache__", f"{name}.{sys.implementation.cache_tag}.bin")


def _is_trusted(kept: os.stat_result, source: os.stat_result) -> bool:
    """Say whether nobody could write the file who cannot write the program as well."""
    if not stat.S_ISREG(kept.st_mode):
        return False
    if sys.platform == "win32":
        return True
    more = kept.st_mode & ~source.st_mode & _WRITABLE_BY_OTHERS
    return kept.st_uid in (source.st_uid, 0) and not more
