"""Turns commits into chunks: what each one adds, its message, and the names of its people and files."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from agentguard_secrets.errors import SourceError
from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources.blobs import Place, chunks_of_changes
from agentguard_secrets.sources.changes import Change, Version, parse_raw
from agentguard_secrets.sources.decode import decode
from agentguard_secrets.sources.merges import (
    Remerging,
    lines_of_merge,
    merges_among,
    octopuses_among,
    pure_variables,
)
from agentguard_secrets.sources.merging import chunks_of_octopus
from agentguard_secrets.sources.repository import RAW, ObjectReader, Repository, open_repository
from agentguard_secrets.sources.walking import commits_of_range, contents_of, cut_off, tokens_for

if TYPE_CHECKING:
    import os

_Changed = tuple[bool, str, list[Change]]

_NOTHING: _Changed = (False, "", [])
_NO_GROUP: tuple[str, Iterator[tuple[str, Change]]] = ("", iter(()))
_LINKS = (b"tree ", b"parent ")
# Merges that are made once more at a time, and commits that wait meanwhile to be told in their turn.
_AT_ONCE, _WAITING = 2, 500
SHALLOW = "a shallow clone: what was before its first commits is not here"
# The combined form lists an entry of a merge only when it differs from every parent, with what each parent has.
COMBINED = ("--stdin", "--always", "--root", "-r", "-c", *RAW)


def from_range(repo: str | os.PathLike[str], commit_range: str) -> Iterator[Chunk | Unread]:
    """Yield what each commit of a range like A..B adds, oldest first. What a shallow clone lacks of it is unread.

    Raises UsageError if git knows no such range.
    """
    repository = open_repository(repo)
    commits = commits_of_range(commit_range, repository=repository)
    if cut_off(commits, repository=repository):
        yield Unread(repository.folder, SHALLOW)
    yield from chunks_of_commits(commits, repository=repository)


def chunks_of_commits(
    commits: list[str],
    *,
    repository: Repository,
    is_wanted: Callable[[Version], bool] | None = None,
    may_be_wanted: Callable[[Version], bool] = lambda _version: True,
    speaks: Callable[[str], bool] = lambda _commit: True,
    told: Callable[[int, int], None] | None = None,
) -> Iterator[Chunk | Unread]:
    """Yield the texts of each commit, of those only that `speaks` names, and what it adds.

    A merge adds what git itself would not have merged. Where git cannot tell, as without a parent, a line of
    a merge is added if no parent has it. `is_wanted` says which content is to be told, without it all of it, and
    `may_be_wanted`, before it is asked, that some is not; `told` is called with the number of commits that are done and
    that there are.
    """
    if not commits:
        return
    # Content that a parent has is told already where each is told once: then only merges of contents are of interest.
    changed = _by_commit(commits, repository, every_merge=is_wanted is None, may_be_wanted=may_be_wanted)
    is_merge, changer, changes = next(changed, _NOTHING)
    octopuses = octopuses_among(commits, repository)
    with ObjectReader(repository.folder) as reader:
        for number, (commit, texts) in enumerate(_spoken(commits, speaks, repository), 1):
            yield from texts
            # Before the changes of all parents are told: whoever is asked twice for the same content says no.
            beyond = None
            if commit in octopuses and (is_wanted is None or commit == changer):
                beyond = chunks_of_octopus(repository, commit, octopuses[commit], is_wanted)
                yield from beyond or ()
            if commit == changer and beyond is None:
                lines_of = partial(lines_of_merge, repository, commit) if is_merge else None
                place = Place("commit", commit)
                yield from chunks_of_changes(
                    changes, reader, repository=repository, place=place, lines_of=lines_of, is_wanted=is_wanted
                )
            if commit == changer:
                is_merge, changer, changes = next(changed, _NOTHING)
            if told is not None:
                told(number, len(commits))


def _spoken(
    commits: list[str], speaks: Callable[[str], bool], repository: Repository
) -> Iterator[tuple[str, Iterable[Chunk | Unread]]]:
    """Yield each commit with its texts, or with none."""
    contents = contents_of(repository.folder, [commit for commit in commits if speaks(commit)])
    for commit in commits:
        yield commit, _texts(commit, next(contents)) if speaks(commit) else ()


def texts_of(content: bytes) -> tuple[bytes, bytes]:
    """Return the message of a commit, and its headers with the names of author and committer."""
    header, _, message = content.partition(b"\n\n")
    return message, b"\n".join(line for line in header.split(b"\n") if not line.startswith(_LINKS))


def _texts(commit: str, content: bytes | None) -> Iterator[Chunk | Unread]:
    if content is None:
        yield Unread(f"commit {commit}", "missing, or too large")
        return
    for text in texts_of(content):
        yield Chunk(decode(text)[0], origin="message", commit=commit)


def _by_commit(
    commits: list[str], repository: Repository, *, every_merge: bool, may_be_wanted: Callable[[Version], bool]
) -> Iterator[_Changed]:
    """Yield whether it is a merge, the commit and its changes for each commit that has some, in the order of all."""
    merges = merges_among(commits, repository)
    variables = pure_variables(repository) if merges else {}
    combined = groupby(_combined(commits, repository), key=itemgetter(0))
    changer, changes = next(combined, _NO_GROUP)
    # A merge is made once more while what is before it is told.
    waiting: deque[tuple[str, list[Change], Remerging | None]] = deque()
    begun = 0
    try:
        for commit in commits:
            found = [change for _, change in changes] if commit == changer else []
            if commit == changer:
                changer, changes = next(combined, _NO_GROUP)
            is_merge = commit in merges and (every_merge or any(_may_count(change, may_be_wanted) for change in found))
            waiting.append((commit, found, Remerging(commit, repository, variables) if is_merge else None))
            begun += is_merge
            while waiting and (waiting[0][2] is None or begun == _AT_ONCE or len(waiting) == _WAITING):
                begun -= waiting[0][2] is not None
                yield from _changed(*waiting.popleft())
        while waiting:
            yield from _changed(*waiting.popleft())
    finally:
        for _, _, merging in waiting:
            if merging is not None:
                merging.close()


def _changed(commit: str, found: list[Change], merging: Remerging | None) -> Iterator[_Changed]:
    merged = None if merging is None else merging.changes()
    if merged or (merged is None and found):
        yield merged is not None, commit, found if merged is None else merged


def _may_count(change: Change, may_be_wanted: Callable[[Version], bool]) -> bool:
    """Say whether content or name of what a merge changed may be told: merging once more takes as long as reading
    hundreds of commits."""
    return may_be_wanted(change.new) or any(old.is_gone() for old in change.olds)


def _combined(commits: list[str], repository: Repository) -> Iterator[tuple[str, Change]]:
    seen = set[str]()
    yield from parse_raw(tokens_for(repository, ["diff-tree", *COMBINED], commits), seen=seen)
    if not seen.issuperset(commits):
        raise SourceError(f"{repository.folder}: expected git to tell of {len(commits)} commits, got {len(seen)}")
