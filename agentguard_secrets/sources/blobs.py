"""Turns changed entries of a tree into chunks: file contents, symbolic links and names."""

from __future__ import annotations

from functools import partial

from agentguard_secrets._record import Record
from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources.added import added_since
from agentguard_secrets.sources.contents import is_container
from agentguard_secrets.sources.decode import MAX_SIZE, decode
from agentguard_secrets.sources.members import chunks_of_changed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from agentguard_secrets.sources.changes import Change, Version
    from agentguard_secrets.sources.repository import ObjectReader, Repository

    LinesOf = Callable[[Change, bytes], Container[int] | None]


# How all pointers of Git LFS begin.
_LARGE = b"version https://"


class Place(Record):
    """Where changed entries come from: the index, or a commit."""

    origin: str
    commit: str | None = None


def chunks_of_changes(
    changes: Iterable[Change],
    reader: ObjectReader,
    *,
    repository: Repository,
    place: Place,
    lines_of: LinesOf | None = None,
    is_wanted: Callable[[Version], bool] | None = None,
) -> Iterator[Chunk | Unread]:
    """Yield the new content of each change with its added lines, then all new names as one chunk of lines.

    `lines_of` tells the added lines of a change and its content; without it those that no parent has are added.
    `is_wanted` says whose content is to be told; without it that of all.
    """
    by_parents = partial(_beyond_parents, repository.folder)
    names = []
    for change in changes:
        if change.is_new_name():
            names.append(change.path)
        if is_wanted is None or is_wanted(change.new):
            yield from _content(change, reader, repository.folder, place=place, lines_of=lines_of or by_parents)
    if names:
        yield Chunk("\n".join(names), origin="name", commit=place.commit)


def _content(
    change: Change, reader: ObjectReader, folder: str, *, place: Place, lines_of: LinesOf
) -> Iterator[Chunk | Unread]:
    if change.unmerged:
        yield Unread(change.path, "unmerged: the index holds several versions of it")
        return
    if change.new.is_submodule() or change.new.oid in [old.oid for old in change.olds]:
        return
    blob = reader.read(change.new.oid, limit=MAX_SIZE)
    if blob is None or blob.content is None:
        why = "its object is missing" if blob is None else f"larger than {MAX_SIZE // 1024 // 1024} MiB"
        yield Unread(change.path, why)
        return
    about = Chunk("", change.path, place.origin, place.commit)
    if blob.content.startswith(_LARGE):
        from agentguard_secrets.sources.largefiles import chunks_behind, is_pointer

        if is_pointer(blob.content):
            # Before anything is made of its name: a pointer is no archive.
            yield about._replace(text=decode(blob.content)[0], added=lines_of(change, blob.content))
            yield from chunks_behind(folder, blob.content, about, olds=_regular(change))
            return
    if is_container(blob.content, change.path) and not change.new.is_link():
        # What is in it has no lines that git could compare.
        yield from chunks_of_changed(folder, about, blob.content, olds=_regular(change))
        return
    text, why_not_all = decode(blob.content)
    if change.new.is_link():
        yield Chunk(text, change.path, "name", place.commit)
        return
    yield Chunk(text, change.path, place.origin, place.commit, lines_of(change, blob.content))
    if why_not_all:
        yield Unread(change.path, why_not_all, partly=True)


def _beyond_parents(folder: str, change: Change, content: bytes) -> Container[int] | None:
    return added_since(folder, (change.new.oid, content), _regular(change))


def _regular(change: Change) -> tuple[str, ...]:
    # A parent without this file has none of its lines; one where it was a link has none either.
    return tuple(old.oid for old in change.olds if old.is_regular())
