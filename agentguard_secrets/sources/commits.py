"""Turns commits into chunks: what each one adds, its message, and the names of its people and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from agentguard_secrets.errors import SourceError
from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources.blobs import Place, chunks_of_changes
from agentguard_secrets.sources.changes import Change, Version, parse_raw
from agentguard_secrets.sources.decode import MAX_SIZE, decode
from agentguard_secrets.sources.merges import lines_of_merge, merges_among, remerged
from agentguard_secrets.sources.repository import RAW, ObjectReader, Repository, open_repository
from agentguard_secrets.sources.walking import commits_of_range, tokens_for

if TYPE_CHECKING:
    import os

_Changed = tuple[bool, str, list[Change]]

_NOTHING: _Changed = (False, "", [])
_LINKS = (b"tree ", b"parent ")
# The combined form lists an entry of a merge only when it differs from every parent, with what each parent has.
_COMBINED = ("--stdin", "--always", "--root", "-r", "-c", *RAW)


def from_range(repo: str | os.PathLike[str], commit_range: str) -> Iterator[Chunk | Unread]:
    """Yield what each commit of a range like A..B adds, oldest first. Raises UsageError if git knows no such range."""
    repository = open_repository(repo)
    yield from chunks_of_commits(commits_of_range(commit_range, repository=repository), repository=repository)


def chunks_of_commits(
    commits: list[str],
    *,
    repository: Repository,
    is_wanted: Callable[[Version], bool] | None = None,
    told: Callable[[int, int], None] | None = None,
) -> Iterator[Chunk | Unread]:
    """Yield the texts of each commit, and what it adds.

    A merge adds what git itself would not have merged. Where git cannot tell (before 2.36, more than two parents), a
    line of a merge is added if no parent has it. `is_wanted` says which content is to be told, without it all of it;
    `told` is called with the number of commits that are done and that there are.
    """
    if not commits:
        return
    changed = _by_commit(commits, repository)
    is_merge, changer, changes = next(changed, _NOTHING)
    with ObjectReader(repository.folder) as reader:
        for number, commit in enumerate(commits, 1):
            yield from _texts(commit, reader)
            if commit == changer:
                lines_of = partial(lines_of_merge, repository, commit) if is_merge else None
                place = Place("commit", commit)
                yield from chunks_of_changes(
                    changes, reader, repository=repository, place=place, lines_of=lines_of, is_wanted=is_wanted
                )
                is_merge, changer, changes = next(changed, _NOTHING)
            if told is not None:
                told(number, len(commits))


def _texts(commit: str, reader: ObjectReader) -> Iterator[Chunk | Unread]:
    """Yield the message, and the headers with the names of author and committer."""
    found = reader.read(commit, limit=MAX_SIZE)
    if found is None or found.content is None:
        yield Unread(f"commit {commit}", "missing" if found is None else "too large")
        return
    header, _, message = found.content.partition(b"\n\n")
    people = b"\n".join(line for line in header.split(b"\n") if not line.startswith(_LINKS))
    yield Chunk(decode(message)[0], origin="message", commit=commit)
    yield Chunk(decode(people)[0], origin="message", commit=commit)


def _combined(commits: list[str], repository: Repository) -> Iterator[tuple[str, Change]]:
    seen = set[str]()
    yield from parse_raw(tokens_for(repository, ["diff_tree", *_COMBINED], commits), seen=seen)
    if not seen.issuperset(commits):
        raise SourceError(f"{repository.folder}: expected git to tell of {len(commits)} commits, got {len(seen)}")


def _without(commits: list[str], others: list[str]) -> list[str]:
    left_out = set(others)
    return [commit for commit in commits if commit not in left_out]


def _by_commit(commits: list[str], repository: Repository) -> Iterator[_Changed]:
    """Yield whether it is a merge, the commit and its changes for each commit that has some, in the order of all."""
    again = merges_among(commits, repository)
    merged = remerged(again, repository) if again else None
    ordinary = _combined(commits if merged is None else _without(commits, again), repository)
    place = {commit: number for number, commit in enumerate(commits)}
    both = merge(
        _tagged(ordinary, is_merge=False), _tagged(merged or [], is_merge=True), key=lambda entry: place[entry[0]]
    )
    for (commit, is_merge), changes in groupby(both, key=itemgetter(0, 1)):
        yield is_merge, commit, [change for _, _, change in changes]


def _tagged(changes: Iterable[tuple[str, Change]], *, is_merge: bool) -> Iterator[tuple[str, bool, Change]]:
    return ((commit, is_merge, change) for commit, change in changes)
