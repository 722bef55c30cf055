"""Turns questions about many commits into git's answers, through files: no list of a long history fits a pipe."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import IO

from agentguard_secrets.errors import SourceError, UsageError
from agentguard_secrets.sources.decode import MAX_SIZE
from agentguard_secrets.sources.repository import Repository, command, environment, run_git

_PIECE = 1024 * 1024


def commits_beyond(wanted: Iterable[str], known: Iterable[str], *, repository: Repository) -> list[str]:
    """Return the ids of the commits that `wanted` lead to and `known` do not, parents first."""
    revisions = [*wanted, *(f"^{oid}" for oid in known)]
    return list(lines_for(repository, ["rev-list", "--topo-order", "--reverse", "--stdin"], revisions))


def commits_of_range(commit_range: str, *, repository: Repository) -> list[str]:
    """Return the ids of the commits of a range like A..B, parents first. Raises UsageError if git knows no such one."""
    words = ["rev-list", "--topo-order", "--reverse", "--end-of-options", commit_range, "--"]
    try:
        return list(lines_for(repository, words, []))
    except SourceError as error:
        raise UsageError(f"{repository.folder}: range {commit_range}: expected commits of this repository") from error


def cut_off(commits: Iterable[str], *, repository: Repository) -> list[str]:
    """Return those of `commits` whose parents a shallow clone lacks: all they hold looks as if they had added it."""
    path = os.fsdecode(run_git(repository.folder, "rev-parse", "--git-path", "shallow")).rstrip("\n")
    try:
        # No pathlib here: every push would wait for its import.
        with open(os.path.join(repository.folder, path), encoding="ascii") as stream:  # noqa: PTH118, PTH123
            first = set(stream.read().split())
    except FileNotFoundError:
        return []
    return [commit for commit in commits if commit in first]


def lines_for(repository: Repository, words: list[str], asked: Iterable[str]) -> Iterator[str]:
    """Return the lines that a command of git's prints when it is given the lines `asked`.

    Raises SourceError at once, not at the first of them, when git fails.
    """
    return _lines(_answer(repository, words, asked))


def tokens_for(repository: Repository, words: list[str], asked: Iterable[str]) -> Iterator[bytes]:
    """Return the parts, ended by zeros, that a command of git's prints when it is given the lines `asked`.

    Raises SourceError at once, not at the first of them, when git fails.
    """
    return _tokens(_answer(repository, words, asked))


def contents_of(folder: str, oids: Sequence[str]) -> Iterator[bytes | None]:
    """Yield the content of each object, None for one that is not there or too large. Raises SourceError."""
    if not oids:
        return
    with TemporaryFile() as question:
        question.write("".join(f"{oid}\n" for oid in oids).encode("ascii"))
        question.seek(0)
        run = command(folder, "cat-file", "--batch", "--buffer")
        try:
            git = subprocess.Popen(
                run, env=environment(), stdin=question, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise SourceError(f"{folder}: git cannot be started: {error.strerror or error}") from error
        with git:
            if git.stdout is None:
                raise SourceError(f"{folder}: git cat-file: expected an output")
            try:
                for _ in oids:
                    yield _content(git.stdout)
            finally:
                # A worker that was forked meanwhile has the other end of this pipe, too: git would not notice that
                # nobody reads any more.
                git.kill()


def _content(stream: IO[bytes]) -> bytes | None:
    words = stream.readline().split()
    # A git that dies of what a partial clone lacks says nothing more of all that follow.
    if len(words) != 3:
        return None
    size = int(words[2])
    content = stream.read(size) if size <= MAX_SIZE else None
    if content is None:
        while size:
            size -= len(stream.read(min(size, _PIECE)))
    stream.read(1)
    return content


def _answer(repository: Repository, words: list[str], asked: Iterable[str]) -> IO[bytes]:
    answer = TemporaryFile()  # noqa: SIM115 - whoever reads it to its end lets go of it
    with TemporaryFile() as question:
        question.writelines(f"{line}\n".encode("utf-8", "surrogateescape") for line in asked)
        question.seek(0)
        run = command(repository.folder, *words)
        try:
            done = subprocess.run(
                run, env=environment(), stdin=question, stdout=answer, stderr=subprocess.DEVNULL, check=False
            )
        except OSError as error:
            raise SourceError(f"{repository.folder}: git cannot be started: {error.strerror or error}") from error
    if done.returncode:
        answer.close()
        raise SourceError(f"{repository.folder}: git {words[0]} failed with {done.returncode}")
    answer.seek(0)
    return answer


def _lines(stream: IO[bytes]) -> Iterator[str]:
    with stream:
        yield from (line.decode("utf-8", "surrogateescape").rstrip("\n") for line in stream)


def _tokens(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        rest = b""
        while piece := stream.read(_PIECE):
            *whole, rest = (rest + piece).split(b"\0")
            yield from whole
