"""Turns a pattern into a compiled one: of what was kept beside the byte code, or else as `re` does.

`re` takes a millisecond for each pattern, and two until it is loaded itself. What it makes of a pattern is kept by
state/keptpatterns.py, each to be read alone; that is the interpreter's own affair, and no other one's: it is kept for
this very interpreter, and only where it is equal to what `re` makes.

Where it is kept: who can write there can replace the program itself, and nobody else is believed. Nothing is kept
anywhere else, least of all in a folder of caches: a program that is watched could put something emptier there.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable
    from typing import Any

    # Flags, code, number of groups, their names by number and numbers by name, as `_sre` takes them.
    Made = tuple[int, bytes, int, dict[str, int], tuple[str | None, ...]]

NAME = "patterns"
# A prime: a pattern, read as one number, falls into the part of the file that its remainder says.
PARTS = 1021
_WORD = 4
# Where the parts begin stands after the stamp, before which its length stands; all of it is read at once.
_HEAD = 8192
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Kept:
    """The patterns that are kept in a folder; the file stays open as long as this lives."""

    def __init__(self, number: int, starts: memoryview) -> None:
        self._number = number
        self._starts = starts

    def made_of(self, pattern: str) -> Made | None:
        """Return what was kept of a pattern, None where nothing was. Raises what reading and `marshal` raise."""
        part = part_of(pattern)
        start, end = self._starts[part], self._starts[part + 1]
        if start == end:
            return None
        values: dict[str, Made] = marshal.loads(_read_at(self._number, start, end - start))  # noqa: S302 - as byte code
        return values.get(pattern)


if sys.platform == "win32":

    def _read_at(number: int, start: int, size: int) -> bytes:
        os.lseek(number, start, os.SEEK_SET)
        return os.read(number, size)

else:

    def _read_at(number: int, start: int, size: int) -> bytes:
        # A forked worker has the same open file: with a place to read on at, one would move the other's.
        return os.pread(number, size, start)


def part_of(pattern: str) -> int:
    """Return the part of the file in which a pattern is kept."""
    return int.from_bytes(pattern.encode("utf-8", "surrogatepass"), "little") % PARTS


def stamp(folder: str) -> tuple[Any, ...]:
    """Return what tells the table and the interpreter for which patterns are kept; () where it cannot be told."""
    return stamp_of((os.path.join(folder, "table.py"), os.path.join(os.path.dirname(os.__file__), "re", "__init__.py")))


def kept_in(folder: str) -> Kept | None:
    """Return the patterns that are kept in a folder for this very program; None when there are none to be trusted."""
    expected = stamp(folder)
    if not expected or (found := opened(NAME, folder)) is None:
        return None
    try:
        raw = os.read(found[0], _HEAD)
        first = 2 * _WORD + int.from_bytes(raw[:_WORD], "little")
        starts = memoryview(raw)[first : first + (PARTS + 1) * _WORD].cast("I")
        if marshal.loads(raw[2 * _WORD : first]) == expected and len(starts) == PARTS + 1:  # noqa: S302 - see above
            return Kept(found[0], starts)
    except (OSError, EOFError, ValueError, TypeError):
        pass
    os.close(found[0])
    return None


def compiled(pattern: str, kept: Kept | None) -> re.Pattern[str]:
    """Return what `re.compile` does, from what was kept where there is something."""
    try:
        made = None if kept is None else kept.made_of(pattern)
        if made is not None:
            return from_made(pattern, made)
    except (OSError, EOFError, ValueError, TypeError, LookupError, OverflowError, RuntimeError):
        pass
    from re import compile as compile_anew

    return compile_anew(pattern)


def from_made(pattern: str, made: Made) -> re.Pattern[str]:
    """Return the compiled pattern of which these are the parts. Raises what `_sre` raises where they do not fit."""
    if TYPE_CHECKING:
        _sre: Any = None
    else:
        import _sre
    flags, code, groups, named, names = made
    found: re.Pattern[str] = _sre.compile(pattern, flags, memoryview(code).cast("I").tolist(), groups, named, names)
    return found


class _Own:
    """The patterns that are kept in the package's own folder, looked for once."""

    kept: Kept | None = None
    is_known = False


def own_compiled(pattern: str) -> re.Pattern[str]:
    """Return what `re.compile` does, from what was kept of it in the package's own folder."""
    if not _Own.is_known:
        _Own.kept, _Own.is_known = kept_in(package_folder()), True
    return compiled(pattern, _Own.kept)


class Deferred:
    """A pattern that is compiled when it is first asked for something; then it has the same methods."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __getattr__(self, name: str) -> Any:
        # Found here once, and the next time without asking.
        value = self.__dict__[name] = getattr(own_compiled(self.text), name)
        return value


def pattern(text: str) -> re.Pattern[str]:
    """Return what `re.compile` does, but not before it is asked for something: most runs need few patterns."""
    found: Any = Deferred(text)
    return found  # type: ignore[no-any-return]


def package_folder() -> str:
    """Return the folder of the package's detect/, of whose modules something is made."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "detect")


def path_of(name: str, folder: str) -> str:
    """Return the path of the file in which this interpreter keeps what goes by this name."""
    return os.path.join(folder, "__pycache__", f"{name}.{sys.implementation.cache_tag}.bin")


def stamp_of(paths: Iterable[str]) -> tuple[Any, ...]:
    """Return the interpreter, and time and size of files, as byte code has them; () where one is missing."""
    try:
        found = [os.stat(path) for path in paths]
    except OSError:
        return ()
    return (sys.version, *((each.st_mtime_ns, each.st_size) for each in found))


def opened(name: str, folder: str) -> tuple[int, int] | None:
    """Return the open file that is kept under this name, and its size; None when there is none that can be trusted."""
    try:
        number = os.open(path_of(name, folder), _OPEN)
    except OSError:
        return None
    try:
        status = os.fstat(number)
        if _is_trusted(status, os.stat(os.path.join(folder, "table.py"))):
            return number, status.st_size
    except OSError:
        pass
    os.close(number)
    return None


def _is_trusted(kept: os.stat_result, source: os.stat_result) -> bool:
    """Say whether nobody could write the file who cannot write the program as well."""
    if not stat.S_ISREG(kept.st_mode):
        return False
    if sys.platform == "win32":
        return True
    more = kept.st_mode & ~source.st_mode & _WRITABLE_BY_OTHERS
    return kept.st_uid in (source.st_uid, 0) and not more
