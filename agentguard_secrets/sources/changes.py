"""Turns the output of git's `diff-index` and `diff-tree` in raw form into the entries that were added or changed."""

from __future__ import annotations

from agentguard_secrets._record import Record
from agentguard_secrets.errors import SourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_REGULAR = "100"
_LINK = "120000"
_SUBMODULE = "160000"
_GONE = "000000"
_UNMERGED = "U"


class Version(Record):
    """One side of a change: the mode and the object id that an entry of a tree has there."""

    mode: str
    oid: str

    def is_regular(self) -> bool:
        return self.mode.startswith(_REGULAR)

    def is_link(self) -> bool:
        return self.mode == _LINK

    def is_submodule(self) -> bool:
        return self.mode == _SUBMODULE

    def is_gone(self) -> bool:
        return self.mode == _GONE


class Change(Record):
    """One entry that is new or different in comparison with every parent; `olds` is what each parent has there.

    An unmerged one has several versions in the index and none of them is `new`.
    """

    path: str
    new: Version
    olds: tuple[Version, ...]
    unmerged: bool = False

    def is_new_name(self) -> bool:
        return all(old.is_gone() for old in self.olds)


def parse_raw(tokens: Iterable[bytes], *, seen: set[str] | None = None) -> Iterator[tuple[str, Change]]:
    """Yield each change with the commit whose id stood before it (empty if none did), deletions left out.

    `tokens` are the NUL-terminated parts of the output, without their ends. Every commit that is named is added to
    `seen`, also one without changes.
    """
    changes = parse_raw_with_deletions(tokens, seen=seen)
    return ((commit, change) for commit, change in changes if change.unmerged or not change.new.is_gone())


def parse_raw_with_deletions(tokens: Iterable[bytes], *, seen: set[str] | None = None) -> Iterator[tuple[str, Change]]:
    """Yield the same and, with a `new` that is gone, what was deleted."""
    commit = ""
    parts = iter(tokens)
    for part in parts:
        part = part.removeprefix(b"\n")  # what stands between a commit of `git log` and its changes
        if not part.startswith(b":"):
            commit = part.decode("ascii").strip()
            if seen is not None:
                seen.add(commit)
            continue
        yield commit, _change(part, next(parts, None))


def _change(part: bytes, path: bytes | None) -> Change:
    fields = part.decode("ascii", "replace").lstrip(":").split(" ")
    parents = len(part) - len(part.lstrip(b":"))
    if path is None or len(fields) != 2 * parents + 3:
        raise SourceError(f"git: expected a raw change of {parents} parents, got {len(fields)} fields")
    modes, oids = fields[: parents + 1], fields[parents + 1 : -1]
    versions = [Version(mode, oid) for mode, oid in zip(modes, oids, strict=True)]
    return Change(
        path.decode("utf-8", "surrogateescape"), versions[-1], tuple(versions[:-1]), unmerged=fields[-1] == _UNMERGED
    )


def changed_from_all(first: Iterable[Change], *others: Iterable[Change]) -> Iterator[Change]:
    """Yield the changes that stand in every list, each with what all the parents have there."""
    by_path = [{change.path: change for change in changes} for changes in others]
    for change in first:
        if all(change.path in changes for changes in by_path):
            yield change._replace(olds=change.olds + tuple(changes[change.path].olds[0] for changes in by_path))
