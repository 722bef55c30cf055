"""Turns what git says of the changes of many commits into the versions of each file, file by file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agentguard_secrets._record import Record
from agentguard_secrets.errors import SourceError

_REGULAR = b"100"
_LINK = b"120000"
_SUBMODULE = b"160000"
_GONE = b"000000"
# So many that starting git for them costs little, so few that all workers end at about the same time.
_SLICE = 2000


class Versions(Record):
    """Some files with all their versions, older ones first. Of each version there are two object ids of `width` bytes
    in a row: its own, and that of what was there before, zeros where all of it may be new."""

    width: int
    files: tuple[tuple[bytes, bytes], ...]

    def __len__(self) -> int:
        return sum(len(ids) for _, ids in self.files) // (2 * self.width)

    def pairs(self) -> Iterator[tuple[bytes, str, str]]:
        """Yield path, object id and the id of what was there before, empty where there is none."""
        width = self.width
        for path, ids in self.files:
            for place in range(0, len(ids), 2 * width):
                old = ids[place + width : place + 2 * width]
                yield path, ids[place : place + width].hex(), old.hex() if any(old) else ""


def slices_of(tokens: Iterable[bytes], *, width: int) -> list[Versions]:
    """Return all versions that the parts of git's raw output name, each once, where it is named first.

    Links and submodules are left out. What a merge names may be new as a whole.
    """
    found: dict[bytes, bytearray] = {}
    seen = set[bytes]()
    parts = iter(tokens)
    for part in parts:
        if part.startswith(b":"):
            path = next(parts, None)
            if path is None:
                raise SourceError("git: expected a path behind a change, got the end")
            _add(found, seen, part.split(b" "), path)
    return list(_sliced(found, width))


def _add(found: dict[bytes, bytearray], seen: set[bytes], fields: list[bytes], path: bytes) -> None:
    parents = len(fields[0]) - len(fields[0].lstrip(b":"))
    mode = fields[parents]
    if mode in (_GONE, _SUBMODULE, _LINK):
        return
    new = bytes.fromhex(fields[-2].decode("ascii"))
    if new in seen:
        return
    seen.add(new)
    is_change = parents == 1 and fields[0].startswith(_REGULAR, 1)
    old = bytes.fromhex(fields[2].decode("ascii")) if is_change else bytes(len(new))
    found.setdefault(path, bytearray()).extend(new + old)


def _sliced(found: dict[bytes, bytearray], width: int) -> Iterator[Versions]:
    files: list[tuple[bytes, bytes]] = []
    count = 0
    for path, ids in found.items():
        files.append((path, bytes(ids)))
        count += len(ids) // (2 * width)
        if count >= _SLICE:
            yield Versions(width, tuple(files))
            files, count = [], 0
    if files:
        yield Versions(width, tuple(files))
