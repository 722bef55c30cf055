"""Turns repositories into one tree of a wanted size: their newest files, then older versions of them, none twice.

    python -m benchmarks.trees FOLDER REPOSITORY... [--megabytes 1000]

Folders of other people's code (vendor, node_modules) are left out, because some programs skip them and so would be
compared by what they do not read.
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterator
from itertools import chain, zip_longest
from pathlib import Path

_OTHERS = frozenset(("vendor", "node_modules", "bower_components", "third_party"))
# So many versions of each repository are looked at, from the newest to the oldest.
_VERSIONS = 40


def main() -> None:
    """Write the tree, and say how large it became."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("repositories", nargs="+", type=Path, metavar="REPOSITORY")
    parser.add_argument("--megabytes", type=int, default=1000)
    options = parser.parse_args()
    size = made(options.folder, options.repositories, wanted=options.megabytes * 1_000_000)
    print(f"{options.folder}: {size / 1e6:,.0f} MB")


def made(folder: Path, repositories: list[Path], *, wanted: int) -> int:
    """Write versions of all repositories in turn below `folder` until they have `wanted` bytes; return how many."""
    seen: set[str] = set()
    size = 0
    versions = zip_longest(*(_versions(repository) for repository in repositories))
    for repository, commit in filter(None, chain.from_iterable(versions)):
        for path, content in _files(repository, commit, seen):
            place = folder / f"{_name(repository)}-{commit[:12]}" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            size += len(content)
            if size >= wanted:
                return size
    return size


def _versions(repository: Path) -> Iterator[tuple[Path, str]]:
    commits = _git(repository, "rev-list", "--first-parent", "HEAD").decode().split()
    yield from ((repository, commit) for commit in commits[:: max(1, len(commits) // _VERSIONS)])


def _files(repository: Path, commit: str, seen: set[str]) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of each file that was not `seen` and that the repository has."""
    wanted: list[tuple[str, str]] = []
    for entry in _git(repository, "ls-tree", "-r", "-z", commit).decode("utf-8", "surrogateescape").split("\0")[:-1]:
        described, _, path = entry.partition("\t")
        mode, _kind, oid = described.split()
        if mode.startswith("100") and oid not in seen and _OTHERS.isdisjoint(path.split("/")):
            seen.add(oid)
            wanted.append((path, oid))
    # In portions: all of a large repository at once would not fit into memory.
    for first in range(0, len(wanted), 500):
        part = wanted[first : first + 500]
        asked = "".join(f"{oid}\n" for _, oid in part).encode()
        yield from _read(_git(repository, "cat-file", "--batch", given=asked), [path for path, _ in part])


def _read(told: bytes, paths: list[str]) -> Iterator[tuple[str, bytes]]:
    place = 0
    for path in paths:
        end = told.index(b"\n", place)
        words = told[place:end].split()
        place = end + 1
        if words[-1] == b"missing":
            continue
        size = int(words[2])
        yield path, told[place : place + size]
        place += size + 1


def _name(repository: Path) -> str:
    whole = repository.resolve()
    return (whole.parent if whole.name in ("repo", ".git") else whole).name


def _git(repository: Path, *words: str, given: bytes = b"") -> bytes:
    return subprocess.run(["git", "-C", repository, *words], input=given, capture_output=True, check=True).stdout


if __name__ == "__main__":
    main()
