"""Turns changed entries of a tree into chunks: file contents, symbolic links and names."""

from __future__ import annotations

from agentguard_secrets._record import Record
from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources.added import added_since
from agentguard_secrets.sources.decode import MAX_SIZE, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentguard_secrets.sources.changes import Change
    from agentguard_secrets.sources.repository import ObjectReader, Repository


class Place(Record):
    """Where changed entries come from: the index, or a commit."""

    origin: str
    commit: str | None = None


def chunks_of_changes(
    changes: Iterable[Change], reader: ObjectReader, *, repository: Repository, place: Place
) -> Iterator[Chunk | Unread]:
    """Yield the new content of each change with its added lines, then all new names as one chunk of lines."""
    names = []
    for change in changes:
        if change.is_new_name():
            names.append(change.path)
        yield from _content(change, reader, repository=repository, place=place)
    if names:
        yield Chunk("\n".join(names), origin="name", commit=place.commit)


def _content(change: Change, reader: ObjectReader, *, repository: Repository, place: Place) -> Iterator[Chunk | Unread]:
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
    text, why_not_all = decode(blob.content)
    if change.new.is_link():
        yield Chunk(text, change.path, "name", place.commit)
        return
    # A parent without this file has none of its lines; one where it was a link has none either.
    olds = tuple(old.oid for old in change.olds if old.is_regular())
    added = added_since(repository.folder, (blob.oid, blob.content), olds)
    yield Chunk(text, change.path, place.origin, place.commit, added)
    if why_not_all:
        yield Unread(change.path, why_not_all, partly=True)
