"""Turns everything that a repository's references lead to into chunks: each version of a file once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources.changes import Version
from agentguard_secrets.sources.commits import chunks_of_commits
from agentguard_secrets.sources.references import bare_content, messages, peeled
from agentguard_secrets.sources.repository import ObjectReader, Repository, open_repository, run_git
from agentguard_secrets.sources.walking import lines_for


def from_history(
    repo: str | os.PathLike[str], *, told: Callable[[int, int], None] | None = None
) -> Iterator[Chunk | Unread]:
    """Yield the names of all references, the messages of tags, and what each commit adds, parents and older ones first.

    The content of a file is told once, with the commit that brought it first and the lines that this commit added.
    `told` is called with the number of commits that are done and that there are. What a shallow clone lacks is unread.
    Raises UsageError when `repo` lies in no repository.
    """
    repository = open_repository(repo)
    yield from _references(repository)
    if run_git(repository.folder, "rev-parse", "--is-shallow-repository").strip() == b"true":
        yield Unread(repository.folder, "a shallow clone: what was before its first commits is not here")
    commits = list(lines_for(repository, ["rev-list", "--all", "--date-order", "--reverse"], []))
    yield from chunks_of_commits(commits, repository=repository, is_wanted=_Once(), told=told)


class _Once:
    """Says of each version of a file whether its content was not yet asked for."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def __call__(self, version: Version) -> bool:
        oid = bytes.fromhex(version.oid)
        is_new = oid not in self._seen
        self._seen.add(oid)
        return is_new


def _references(repository: Repository) -> Iterator[Chunk | Unread]:
    listed = run_git(repository.folder, "for-each-ref", "--format=%(objectname) %(refname)")
    references = [line.split(" ", 1) for line in listed.decode("utf-8", "surrogateescape").splitlines()]
    if not references:
        return
    yield Chunk("\n".join(name for _, name in references), origin="name")
    seen = set[str]()
    with ObjectReader(repository.folder) as reader:
        for oid, name in references:
            tags, target = peeled(oid, reader)
            yield from messages((tag for tag in tags if tag.oid not in seen), name)
            if target.kind != "commit" and target.oid not in seen:
                yield from bare_content(target, name, repository=repository)
            seen |= {target.oid, *(tag.oid for tag in tags)}
