"""Turns commits into chunks: what each one adds, its message, and the names of its people and files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from git import Git
from git.exc import GitCommandError, GitCommandNotFound

from agentguard_secrets.errors import SourceError, UsageError
from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources.blobs import Place, chunks_of_changes
from agentguard_secrets.sources.changes import Change, parse_raw
from agentguard_secrets.sources.decode import MAX_SIZE, decode
from agentguard_secrets.sources.repository import RAW, ObjectReader, Repository, environment, open_repository

if TYPE_CHECKING:
    import os

_PIECE = 1024 * 1024
_LINKS = (b"tree ", b"parent ")
# The combined form lists an entry of a merge only when it differs from every parent, with what each parent has.
_COMBINED = ("--stdin", "--root", "-r", "-c", *RAW)


def from_range(repo: str | os.PathLike[str], commit_range: str) -> Iterator[Chunk | Unread]:
    """Yield what each commit of a range like A..B adds, oldest first. Raises UsageError if git knows no such range."""
    repository = open_repository(repo)
    try:
        listed = git_walker(repository).rev_list("--topo-order", "--reverse", "--end-of-options", commit_range, "--")
    except GitCommandError as error:
        raise UsageError(f"{repository.folder}: range {commit_range}: expected commits of this repository") from error
    yield from chunks_of_commits(str(listed).split(), repository=repository)


def git_walker(repository: Repository) -> Git:
    """Return what runs git's commands in the repository, with the environment that hides nothing."""
    try:
        walker = Git(repository.folder)
        walker.update_environment(**environment())
    except GitCommandNotFound as error:
        raise SourceError(f"{repository.folder}: git cannot be started") from error
    return walker


def commits_beyond(wanted: Iterable[str], known: Iterable[str], *, repository: Repository) -> list[str]:
    """Return the ids of the commits that `wanted` lead to and `known` do not, parents first."""
    with TemporaryFile() as revisions:
        revisions.write("".join([*(f"{oid}\n" for oid in wanted), *(f"^{oid}\n" for oid in known)]).encode())
        revisions.seek(0)
        return _told(repository, "rev_list", "--topo-order", "--reverse", "--stdin", istream=revisions).split()


def chunks_of_commits(commits: list[str], *, repository: Repository) -> Iterator[Chunk | Unread]:
    """Yield the texts of each commit, then what each one adds. A line of a merge is added if no parent has it."""
    if not commits:
        return
    with ObjectReader(repository.folder) as reader:
        for commit in commits:
            yield from _texts(commit, reader)
        for commit, changes in _by_commit(_changes(commits, repository)):
            yield from chunks_of_changes(changes, reader, repository=repository, place=Place("commit", commit))


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


def _changes(commits: list[str], repository: Repository) -> Iterator[tuple[str, Change]]:
    # Through files: the list of a long history fits neither a pipe that nobody empties nor, perhaps, the memory.
    with TemporaryFile() as asked, TemporaryFile() as answered:
        asked.write("".join(f"{commit}\n" for commit in commits).encode())
        asked.seek(0)
        _told(repository, "diff_tree", *_COMBINED, istream=asked, output_stream=answered)
        answered.seek(0)
        yield from parse_raw(_tokens(answered))


def _tokens(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while piece := stream.read(_PIECE):
        *whole, rest = (rest + piece).split(b"\0")
        yield from whole


def _by_commit(changes: Iterable[tuple[str, Change]]) -> Iterator[tuple[str, list[Change]]]:
    """Gather neighbours: one commit's changes stand together."""
    commit, gathered = "", list[Change]()
    for name, change in changes:
        if name != commit and gathered:
            yield commit, gathered
            gathered = []
        commit = name
        gathered.append(change)
    if gathered:
        yield commit, gathered


def _told(
    repository: Repository, name: str, *arguments: str, istream: IO[bytes], output_stream: IO[bytes] | None = None
) -> str:
    try:
        run = getattr(git_walker(repository), name)
        return str(run(*arguments, istream=istream, output_stream=output_stream))
    except GitCommandError as error:
        raise SourceError(f"{repository.folder}: git {name.replace('_', '-')} failed with {error.status}") from error
