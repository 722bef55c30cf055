"""Turns the references of a push into chunks: everything that the remote does not have yet."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from agentguard_secrets.errors import SourceError
from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.protocol.prepush import RefUpdate, is_zero
from agentguard_secrets.sources.blobs import Place, chunks_of_changes
from agentguard_secrets.sources.changes import Change, Version
from agentguard_secrets.sources.commits import chunks_of_commits, commits_beyond
from agentguard_secrets.sources.decode import MAX_SIZE, decode
from agentguard_secrets.sources.repository import GitObject, ObjectReader, Repository, open_repository, run_git

_BLOB = "100644"
# https://host/path, ssh://git@host:22/path.git and git@host:path are one place.
_ADDRESS = re.compile(r"(?:[a-z+]+://)?(?:[^/@]*@)?([^/:]*)(?::\d+(?=/))?[:/]*(.*?)/*(?:\.git)?/*")


def from_push(
    repo: str | os.PathLike[str], updates: Iterable[RefUpdate], *, remote: str, url: str = ""
) -> Iterator[Chunk | Unread]:
    """Yield names, tag messages and, commit by commit, what the push adds to `remote`.

    `remote` is the name git gives it, or its address; what refs/remotes/<remote>/ leads to is there already, unless
    `url`, the address that git pushes to, is another place than the one it fetches from.
    Raises SourceError when an object that is to be sent cannot be read.
    """
    repository = open_repository(repo)
    sent = [update for update in updates if not update.deletes()]
    if not sent:
        return
    yield Chunk("\n".join(f"{update.local_ref}\n{update.remote_ref}" for update in sent), origin="name")
    commits: list[str] = []
    with ObjectReader(repository.folder) as reader:
        for update in sent:
            tags, target = _peeled(update.local_oid, reader)
            yield from _messages(tags, update)
            if target.kind == "commit":
                commits.append(target.oid)
            else:
                yield from _bare_content(target, update, repository=repository)
        known = _known([update.remote_oid for update in sent], reader)
    if not url or _is_fetched_from(repository.folder, remote, url):
        known += tracked(repository.folder, remote)
    yield from chunks_of_commits(commits_beyond(commits, known, repository=repository), repository=repository)


def unpushed_elsewhere(repo: str | os.PathLike[str], sent: Iterable[str], *, remote: str) -> bool:
    """Say whether another branch or tag than those `sent` (object ids) leads to a commit that `remote` lacks."""
    repository = open_repository(repo)
    here = _oids_of(repository.folder, "refs/heads", "refs/tags")
    with ObjectReader(repository.folder) as reader:
        targets = [target.oid for oid in here if (target := _peeled(oid, reader)[1]).kind == "commit"]
    known = [*sent, *tracked(repository.folder, remote)]
    return bool(commits_beyond(targets, known, repository=repository))


def tracked(folder: str, remote: str) -> list[str]:
    """Return the object ids that the remote had when git last heard from it."""
    if not remote:
        return []
    # A remote `origin/fork` keeps what it has below `refs/remotes/origin/`, too.
    others = [name for name in run_git(folder, "remote").decode().split() if name.startswith(f"{remote}/")]
    return _oids_of(folder, f"refs/remotes/{remote}/", without=tuple(f"refs/remotes/{name}/" for name in others))


def _is_fetched_from(folder: str, remote: str, url: str) -> bool:
    fetched = run_git(folder, "remote", "get-url", remote, check=False).decode("utf-8", "surrogateescape").strip()
    return _place(fetched) == _place(url)


def _place(address: str) -> tuple[str, str] | str:
    found = _ADDRESS.fullmatch(address)
    return (found[1].lower(), found[2]) if found else address


def _oids_of(folder: str, *prefixes: str, without: tuple[str, ...] = ()) -> list[str]:
    listed = run_git(folder, "for-each-ref", "--format=%(objectname) %(refname)", *prefixes).decode("utf-8", "replace")
    references = [each.split(" ", 1) for each in listed.splitlines()]
    return sorted({oid for oid, name in references if not name.startswith(without)})


def _known(oids: Iterable[str], reader: ObjectReader) -> list[str]:
    """Return those that are here: the remote may have commits that were never fetched."""
    return [oid for oid in oids if not is_zero(oid) and reader.read(oid, limit=0) is not None]


def _peeled(oid: str, reader: ObjectReader) -> tuple[list[GitObject], GitObject]:
    """Return the annotated tags on the way from `oid`, and the object they lead to."""
    tags: list[GitObject] = []
    while True:
        found = reader.read(oid, limit=MAX_SIZE)
        if found is None:
            raise SourceError(f"{oid}: expected an object of this repository, there is none")
        if found.kind != "tag" or found.content is None:
            return tags, found
        tags.append(found)
        oid = found.content.split(b"\n", 1)[0].removeprefix(b"object ").decode("ascii", "replace")


def _messages(tags: list[GitObject], update: RefUpdate) -> Iterator[Chunk]:
    for tag in tags:
        if tag.content is not None and tag.oid != update.remote_oid:
            # Without the first line, the id of the tagged object.
            yield Chunk(decode(tag.content.split(b"\n", 1)[1])[0], update.remote_ref, "tag")


def _bare_content(target: GitObject, update: RefUpdate, *, repository: Repository) -> Iterator[Chunk | Unread]:
    """Yield a tree or a file that a reference names directly, without a commit."""
    if target.kind == "tree":
        listed = run_git(repository.folder, "ls-tree", "-r", "-z", "--full-tree", target.oid).split(b"\0")[:-1]
        changes = [_entry(line) for line in listed]
    else:
        changes = [Change(update.remote_ref, Version(_BLOB, target.oid), ())]
    with ObjectReader(repository.folder) as reader:
        yield from chunks_of_changes(changes, reader, repository=repository, place=Place("commit"))


def _entry(line: bytes) -> Change:
    """Turn `<mode> <kind> <object id>TAB<path>` into an entry that no parent has."""
    about, _, path = line.partition(b"\t")
    mode, _, oid = about.decode("ascii").split(" ")
    return Change(path.decode("utf-8", "surrogateescape"), Version(mode, oid), ())
