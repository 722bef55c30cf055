"""Turns the sieve that one run built into a file from which every later run has it in two milliseconds.

The file lies among the byte code of this very package, and is as trusted as that: who can write there can replace the
program itself, and nobody else is believed. Nothing is kept anywhere else, least of all in a folder of caches.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys

from agentguard_secrets.detect import engine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.detect.bulk import Packed, Sieve

# What a sieve is made of: when one of these is another, so is the sieve.
_SOURCES = ("bulk.py", "escapes.py", "outline.py", "outlines.py", "spots.py", "table.py", "unwrap.py")
_NAME = f"sieve.{sys.implementation.cache_tag}.bin"
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def kept_sieve(*, others: int = 0, folder: str = "") -> Sieve | None:
    """Return the sieve of the built-in rules as it was kept, None when there is none for this very program.

    `others` rules follow the built-in ones. `folder` is the package's own if it is not named.
    """
    from agentguard_secrets.detect.bulk import unpacked
    from agentguard_secrets.detect.native import library

    place = folder or _folder()
    stamp = _stamp(place, library())
    packed = _read(_path(place), place, stamp) if stamp else None
    if packed is None:
        return None
    try:
        return unpacked(packed, others=others)
    except (ImportError, ValueError):
        return None


def keep(sieve: Sieve, *, folder: str = "") -> bool:
    """Keep the sieve of the built-in rules for later runs; say whether it could be written."""
    from agentguard_secrets.detect.native import library
    from agentguard_secrets.errors import StateError
    from agentguard_secrets.state.atomic import write_atomically

    place = folder or _folder()
    stamp = _stamp(place, library())
    if not stamp:
        return False
    try:
        os.makedirs(os.path.dirname(_path(place)), exist_ok=True)
        write_atomically(_path(place), marshal.dumps((stamp, *sieve.packed())), mode=0o644)
    except (OSError, StateError):
        return False
    return True


def make_ready() -> bool:
    """Build and keep the sieve if there is none that can be used; say whether there is one now."""
    from agentguard_secrets.detect.bulk import built_sieve, is_available
    from agentguard_secrets.detect.table import RULES

    return kept_sieve() is not None or (is_available() and keep(built_sieve(RULES)))


def _folder() -> str:
    return os.path.dirname(os.path.abspath(engine.__file__))


def _path(folder: str) -> str:
    return os.path.join(folder, "__pycache__", _NAME)


def _stamp(folder: str, library: str | None) -> tuple[tuple[int, int], ...]:
    """Return time and size of everything a sieve is made of, as byte code tells that it is old; () where it is not."""
    if library is None:
        return ()
    try:
        found = [os.stat(path) for path in (library, *(os.path.join(folder, name) for name in _SOURCES))]
    except OSError:
        return ()
    return tuple((each.st_mtime_ns, each.st_size) for each in found)


def _read(path: str, folder: str, stamp: tuple[tuple[int, int], ...]) -> Packed | None:
    try:
        number = os.open(path, _OPEN)
    except OSError:
        return None
    try:
        status = os.fstat(number)
        is_trusted = _is_trusted(status, os.stat(os.path.join(folder, _SOURCES[0])))
        raw = os.read(number, status.st_size) if is_trusted else b""
        written, *packed = marshal.loads(raw)  # noqa: S302 - as with byte code, see above
    except (OSError, EOFError, ValueError, TypeError):
        return None
    finally:
        os.close(number)
    return (packed[0], packed[1], packed[2]) if written == stamp and len(packed) == 3 else None


def _is_trusted(kept: os.stat_result, source: os.stat_result) -> bool:
    """Say whether nobody could write the file who cannot write the program as well."""
    if not stat.S_ISREG(kept.st_mode):
        return False
    if sys.platform == "win32":
        return True
    more = kept.st_mode & ~source.st_mode & _WRITABLE_BY_OTHERS
    return kept.st_uid in (source.st_uid, 0) and not more
