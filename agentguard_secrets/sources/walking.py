"""Turns questions about many commits into git's answers, through files: no list of a long history fits a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from typing import IO

from git import Git
from git.exc import GitCommandError, GitCommandNotFound

from agentguard_secrets.errors import SourceError, UsageError
from agentguard_secrets.sources.repository import Repository, environment

_PIECE = 1024 * 1024


def commits_beyond(wanted: Iterable[str], known: Iterable[str], *, repository: Repository) -> list[str]:
    """Return the ids of the commits that `wanted` lead to and `known` do not, parents first."""
    revisions = [*wanted, *(f"^{oid}" for oid in known)]
    return list(lines_for(repository, ["rev_list", "--topo-order", "--reverse", "--stdin"], revisions))


def commits_of_range(commit_range: str, *, repository: Repository) -> list[str]:
    """Return the ids of the commits of a range like A..B, parents first. Raises UsageError if git knows no such one."""
    words = ("--topo-order", "--reverse", "--end-of-options", commit_range, "--")
    try:
        return str(_walker(repository).rev_list(*words)).split()
    except GitCommandError as error:
        raise UsageError(f"{repository.folder}: range {commit_range}: expected commits of this repository") from error


def lines_for(repository: Repository, words: list[str], asked: Iterable[str]) -> Iterator[str]:
    """Yield the lines that a command of git's prints when it is given the lines `asked`."""
    with _answer(repository, words, asked) as answer:
        yield from (line.decode("utf-8", "surrogateescape").rstrip("\n") for line in answer)


def tokens_for(repository: Repository, words: list[str], asked: Iterable[str]) -> Iterator[bytes]:
    """Return the parts, ended by zeros, that a command of git's prints when it is given the lines `asked`.

    Raises SourceError at once, not at the first of them, when git fails.
    """
    return _tokens(_answer(repository, words, asked))


def _answer(repository: Repository, words: list[str], asked: Iterable[str]) -> IO[bytes]:
    answer = TemporaryFile()  # noqa: SIM115 - whoever reads it closes it
    with TemporaryFile() as question:
        question.writelines(f"{line}\n".encode("utf-8", "surrogateescape") for line in asked)
        question.seek(0)
        command, *options = words
        try:
            run = getattr(_walker(repository), command)
            run(*options, istream=question, output_stream=answer)
        except GitCommandError as error:
            answer.close()
            raise SourceError(
                f"{repository.folder}: git {command.replace('_', '-')} failed with {error.status}"
            ) from error
    answer.seek(0)
    return answer


def _tokens(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        rest = b""
        while piece := stream.read(_PIECE):
            *whole, rest = (rest + piece).split(b"\0")
            yield from whole


def _walker(repository: Repository) -> Git:
    try:
        walker = Git(repository.folder)
        walker.update_environment(**environment())
    except GitCommandNotFound as error:
        raise SourceError(f"{repository.folder}: git cannot be started") from error
    return walker
