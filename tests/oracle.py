"""Turns a repository's raw objects into what each commit adds, without our code and without git's diff."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from git import Git

_WIDE = {".u16le": "utf-16-le", ".u16be": "utf-16-be", ".u16": "utf-16"}
_ENTRY = re.compile(rb"(\d+) ([^\0]+)\0", re.DOTALL)


class Place(NamedTuple):
    """One value on one line of one file, or in one message, of one commit."""

    commit: str
    path: str
    line: int
    value: str


class Commit(NamedTuple):
    """One commit as its object says it."""

    tree: str
    parents: tuple[str, ...]
    text: str


class Objects:
    """All objects of a repository, read once."""

    def __init__(self, folder: Path) -> None:
        self.contents: dict[str, tuple[str, bytes]] = {}
        words = ("--batch-all-objects", "--batch")
        answer = Git(folder).cat_file(*words, stdout_as_string=False, strip_newline_in_stdout=False)
        place = 0
        while place < len(answer):
            end = answer.index(b"\n", place)
            oid, kind, size = answer[place:end].decode().split()
            self.contents[oid] = kind, answer[end + 1 : end + 1 + int(size)]
            place = end + 2 + int(size)
        self._trees: dict[str, Mapping[str, tuple[str, str]]] = {}

    def commit(self, oid: str) -> Commit:
        header, _, message = self.contents[oid][1].partition(b"\n\n")
        lines = header.decode("utf-8", "replace").split("\n")
        parents = tuple(line[7:] for line in lines if line.startswith("parent "))
        return Commit(lines[0][5:], parents, header.decode("utf-8", "replace") + message.decode("utf-8", "replace"))

    def files(self, tree: str) -> Mapping[str, tuple[str, str]]:
        """Path -> mode and object id, without submodules."""
        if tree not in self._trees:
            self._trees[tree] = dict(self._entries(tree, ""))
        return self._trees[tree]

    def _entries(self, tree: str, prefix: str) -> Iterator[tuple[str, tuple[str, str]]]:
        raw, place = self.contents[tree][1], 0
        width = len(tree) // 2
        while place < len(raw):
            found = _ENTRY.match(raw, place)
            assert found is not None
            place = found.end() + width
            oid = raw[found.end() : place].hex()
            path = prefix + found[2].decode("utf-8", "surrogateescape")
            if found[1] == b"40000":
                yield from self._entries(oid, f"{path}/")
            elif found[1] != b"160000":
                yield path, (found[1].decode(), oid)

    def lines(self, path: str, oid: str) -> list[str]:
        """The lines of a file with their ends, as far as a diff would tell them apart."""
        raw = self.contents[oid][1]
        encoding = next((name for end, name in _WIDE.items() if path.endswith(end)), None)
        if encoding is not None:
            return raw.decode(encoding).split("\n")
        parts = raw.decode("latin-1").split("\n")
        return [*(f"{part}\n" for part in parts[:-1]), *filter(None, parts[-1:])]


def added(objects: Objects, oid: str, values: frozenset[str]) -> set[Place]:
    """Every value on a line that no parent has in the file of the same name; in a merge of two this is not all that
    can be asked for."""
    commit = objects.commit(oid)
    before = [objects.files(objects.commit(parent).tree) for parent in commit.parents]
    found = set()
    for path, (mode, blob) in objects.files(commit.tree).items():
        olds = [files[path] for files in before if path in files and files[path][0].startswith("100")]
        if any(blob == each[1] for files in before if (each := files.get(path))):
            continue
        seen = [set(objects.lines(path, old)) for _, old in olds] if mode != "120000" else []
        for number, line in enumerate(objects.lines(path, blob), 1):
            if not any(line in lines for lines in seen):
                found |= {Place(oid, path, number, value) for value in values_in(line, values)}
    return found


def is_repeated(objects: Objects, place: Place) -> bool:
    """Whether the value stands twice in the file, now or before: which of them is added is a diff's choice."""
    commit = objects.commit(place.commit)
    for tree in (commit.tree, *(objects.commit(parent).tree for parent in commit.parents)):
        if place.path in objects.files(tree):
            lines = objects.lines(place.path, objects.files(tree)[place.path][1])
            if sum(place.value in line for line in lines) > 1:
                return True
    return False


def names_added(objects: Objects, oid: str, values: frozenset[str]) -> set[tuple[str, str]]:
    """Every value in the name of a file that no parent has."""
    commit = objects.commit(oid)
    before = [objects.files(objects.commit(parent).tree) for parent in commit.parents]
    new = [path for path in objects.files(commit.tree) if not any(path in files for files in before)]
    return {(oid, value) for path in new for value in values_in(path, values)}


def values_in(text: str, values: frozenset[str]) -> set[str]:
    return {found for found in re.findall(r"ghp_[0-9A-Za-z]{36}", text) if found in values}
