"""Turns the references of a push into chunks: everything that the remote does not have yet."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.protocol.prepush import RefUpdate, is_zero
from agentguard_secrets.sources.commits import chunks_of_commits
from agentguard_secrets.sources.references import bare_content, messages, peeled
from agentguard_secrets.sources.repository import ObjectReader, open_repository, run_git
from agentguard_secrets.sources.walking import commits_beyond

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
            tags, target = peeled(update.local_oid, reader)
            yield from messages((tag for tag in tags if tag.oid != update.remote_oid), update.remote_ref)
            if target.kind == "commit":
                commits.append(target.oid)
            else:
                yield from bare_content(target, update.remote_ref, repository=repository)
        known = _known([update.remote_oid for update in sent], reader)
    if not url or _is_fetched_from(repository.folder, remote, url):
        known += tracked(repository.folder, remote)
    yield from chunks_of_commits(commits_beyond(commits, known, repository=repository), repository=repository)


def unpushed_elsewhere(repo: str | os.PathLike[str], sent: Iterable[str], *, remote: str) -> bool:
    """Say whether another branch or tag than those `sent` (object ids) leads to a commit that `remote` lacks."""
    repository = open_repository(repo)
    here = _oids_of(repository.folder, "refs/heads", "refs/tags")
    with ObjectReader(repository.folder) as reader:
        targets = [target.oid for oid in here if (target := peeled(oid, reader)[1]).kind == "commit"]
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
