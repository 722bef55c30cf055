"""Turns everything that a repository's references lead to into chunks: each version of a file once."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterator
from typing import TYPE_CHECKING

from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources.changes import Version
from agentguard_secrets.sources.commits import SHALLOW, chunks_of_commits
from agentguard_secrets.sources.references import bare_content, messages, peeled
from agentguard_secrets.sources.repository import ObjectReader, Repository, open_repository, run_git
from agentguard_secrets.sources.walking import lines_for

if TYPE_CHECKING:
    from agentguard_secrets.sources.suspects import Suspects


def commits_in_history(repo: str | os.PathLike[str]) -> list[str]:
    """Return the ids of all commits that a reference leads to, parents and older ones first."""
    return _commits(open_repository(repo))


def from_history(
    repo: str | os.PathLike[str],
    *,
    told: Callable[[int, int], None] | None = None,
    suspects: Suspects | None = None,
) -> Iterator[Chunk | Unread]:
    """Yield the names of all references, the messages of tags, and what each commit adds, parents and older ones first.

    The content of a file is told once, with the commit that brought it first and the lines that this commit added.
    `told` is called with the number of commits that are done and that there are. What a shallow clone lacks is unread.
    `suspects`, if given, are all that is worth telling; links and new names are told whatever it holds, but of no other
    commits than its own.
    Raises UsageError when `repo` lies in no repository.
    """
    repository = open_repository(repo)
    yield from _references(repository)
    if run_git(repository.folder, "rev-parse", "--is-shallow-repository").strip() == b"true":
        yield Unread(repository.folder, SHALLOW)
    wanted = _Once(None if suspects is None else suspects.ids)
    commits = _commits(repository)
    if suspects is not None:
        commits = [commit for commit in commits if bytes.fromhex(commit) in suspects.commits]
    yield from chunks_of_commits(
        commits,
        repository=repository,
        is_wanted=wanted,
        may_be_wanted=wanted.may_be,
        speaks=wanted.speaks,
        told=told,
    )


def _commits(repository: Repository) -> list[str]:
    return list(lines_for(repository, ["rev-list", "--all", "--date-order", "--reverse"], []))


class _Once:
    """Says of each version of a file whether its content was not yet asked for and is worth telling."""

    def __init__(self, suspects: Container[bytes] | None) -> None:
        self._seen: set[bytes] = set()
        self._suspects = suspects

    def may_be(self, version: Version) -> bool:
        """Say whether its content is worth telling, asked for or not."""
        return self._suspects is None or bytes.fromhex(version.oid) in self._suspects or version.is_link()

    def speaks(self, commit: str) -> bool:
        """Say whether message and people of a commit are worth telling."""
        return self._suspects is None or bytes.fromhex(commit) in self._suspects

    def __call__(self, version: Version) -> bool:
        if not self.may_be(version):
            return False
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
