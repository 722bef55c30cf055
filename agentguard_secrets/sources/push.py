"""Turns the references of a push into chunks: everything that the remote does not have yet."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.protocol.prepush import RefUpdate
from agentguard_secrets.sources.commits import chunks_of_commits
from agentguard_secrets.sources.references import bare_content, messages, peeled
from agentguard_secrets.sources.remote import objects_of_remote, oids_of, tracked
from agentguard_secrets.sources.repository import ObjectReader, open_repository
from agentguard_secrets.sources.walking import commits_beyond


def from_push(
    repo: str | os.PathLike[str], updates: Iterable[RefUpdate], *, remote: str, url: str = ""
) -> Iterator[Chunk | Unread]:
    """Yield names, tag messages and, commit by commit, what the push adds to `remote`.

    `remote` is the name git gives it, or its address, `url` the address that git pushes to; without it nothing can be
    asked of the remote itself.
    Raises SourceError when an object that is to be sent cannot be read.
    """
    repository = open_repository(repo)
    sent = [update for update in updates if not update.deletes()]
    if not sent:
        return
    yield Chunk("\n".join(f"{update.local_ref}\n{update.remote_ref}" for update in sent), origin="name")
    commits: list[str] = []
    has = set(objects_of_remote(repository.folder, remote, url, sent))
    with ObjectReader(repository.folder) as reader:
        for update in sent:
            tags, target = peeled(update.local_oid, reader)
            yield from messages((tag for tag in tags if tag.oid not in has), update.remote_ref)
            if target.kind == "commit":
                commits.append(target.oid)
            else:
                yield from bare_content(target, update.remote_ref, repository=repository)
        known = [oid for oid in sorted(has) if reader.read(oid, limit=0) is not None]
    yield from chunks_of_commits(commits_beyond(commits, known, repository=repository), repository=repository)


def update_of_head(repo: str | os.PathLike[str]) -> list[RefUpdate]:
    """Return what is checked out as a reference that is new; nothing before the first commit."""
    repository = open_repository(repo)
    return [RefUpdate("HEAD", head, "HEAD", "0" * len(head))] if (head := repository.head) else []


def unpushed_elsewhere(repo: str | os.PathLike[str], sent: Iterable[str], *, remote: str) -> bool:
    """Say whether another branch or tag than those `sent` (object ids) leads to a commit that `remote` lacks."""
    repository = open_repository(repo)
    here = oids_of(repository.folder, "refs/heads", "refs/tags")
    with ObjectReader(repository.folder) as reader:
        targets = [target.oid for oid in here if (target := peeled(oid, reader)[1]).kind == "commit"]
    known = [*sent, *tracked(repository.folder, remote)]
    return bool(commits_beyond(targets, known, repository=repository))
