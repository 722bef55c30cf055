"""Turns what a reference names into chunks: the messages of tags, and content that stands in no commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agentguard_secrets.errors import SourceError
from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources.blobs import Place, chunks_of_changes
from agentguard_secrets.sources.changes import Change, Version
from agentguard_secrets.sources.decode import MAX_SIZE, decode
from agentguard_secrets.sources.repository import GitObject, ObjectReader, Repository, run_git

_BLOB = "100644"


def peeled(oid: str, reader: ObjectReader) -> tuple[list[GitObject], GitObject]:
    """Return the annotated tags on the way from `oid`, and the object they lead to.

    Raises SourceError when one of them is not there.
    """
    tags: list[GitObject] = []
    while True:
        found = reader.read(oid, limit=MAX_SIZE)
        if found is None:
            raise SourceError(f"{oid}: expected an object of this repository, there is none")
        if found.kind != "tag" or found.content is None:
            return tags, found
        tags.append(found)
        oid = found.content.split(b"\n", 1)[0].removeprefix(b"object ").decode("ascii", "replace")


def messages(tags: Iterable[GitObject], name: str) -> Iterator[Chunk]:
    """Yield what each tag says, with the name of who says it."""
    for tag in tags:
        if tag.content is not None:
            # Without the first line, the id of the tagged object.
            yield Chunk(decode(tag.content.split(b"\n", 1)[1])[0], name, "tag")


def bare_content(target: GitObject, name: str, *, repository: Repository) -> Iterator[Chunk | Unread]:
    """Yield a tree or a file that a reference names directly, without a commit."""
    if target.kind == "tree":
        listed = run_git(repository.folder, "ls-tree", "-r", "-z", "--full-tree", target.oid).split(b"\0")[:-1]
        changes = [_entry(line) for line in listed]
    else:
        changes = [Change(name, Version(_BLOB, target.oid), ())]
    with ObjectReader(repository.folder) as reader:
        yield from chunks_of_changes(changes, reader, repository=repository, place=Place("commit"))


def _entry(line: bytes) -> Change:
    """Turn `<mode> <kind> <object id>TAB<path>` into an entry that no parent has."""
    about, _, path = line.partition(b"\t")
    mode, _, oid = about.decode("ascii").split(" ")
    return Change(path.decode("utf-8", "surrogateescape"), Version(mode, oid), ())
