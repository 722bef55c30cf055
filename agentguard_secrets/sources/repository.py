"""Turns a repository into what git's plumbing says of it, whatever configuration and environment ask git to hide."""

from __future__ import annotations

import os
from types import MappingProxyType

from agentguard_secrets._record import Record
from agentguard_secrets.errors import SourceError, UsageError
from agentguard_secrets.sources.spawn import Conversation, begun, output_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

# Variables that say where the repository is stay (GIT_DIR, GIT_INDEX_FILE, the quarantine's object folders): git sets
# them for its hooks. Those that change how git shows things are overruled by the options below.
_SET = {
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",  # the same for git before 2.39
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# What would cut history off, or make a path in a question mean something else.
_DROPPED = frozenset(
    {"GIT_SHALLOW_FILE", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"}
)
# What git tells of itself may be sent to where its answers go.
_TELLING = ("GIT_TRACE", "GIT_REDIRECT_")
_OPTIONS = (
    *("--no-pager", "-c", "core.quotePath=false", "-c", "core.fsmonitor=false"),
    # Of a large repository git would keep half a gigabyte at hand, for a seventh of the time of one step.
    *("-c", "core.packedGitWindowSize=8m", "-c", "core.packedGitLimit=32m", "-c", "core.deltaBaseCacheLimit=24m"),
)

# Every change as NUL-separated object ids, with submodules, without renames, from the top of the work tree.
RAW = ("--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", "--ignore-submodules=none", "--no-ext-diff")

# How git's own algorithm compares two texts, without anything a configuration could change.
COMPARED = (
    *("--no-ext-diff", "--no-textconv", "--no-color", "--no-prefix", "--no-relative", "--inter-hunk-context=0"),
    *("--diff-algorithm=myers", "--no-indent-heuristic", "--ws-error-highlight=none", "--submodule=short"),
    "--output-indicator-new=+",
)
# The added lines of two blobs, whatever is in them. Without a line around them git leaves ends that are the same out
# before it compares, and may call other lines new than everybody sees.
PATCH = (*COMPARED, "--text", "--unified=1", "--full-index")

_PIECE = 1024 * 1024
_NO_REPOSITORY = "not a git repository"


class Repository(Record):
    """A repository as seen from `folder`. `algorithm` is its hash, sha1 or sha256; `head` is None before the first
    commit; `merging` are the other parents of a merge that is about to be committed."""

    folder: str
    algorithm: str
    head: str | None
    merging: tuple[str, ...]


class GitObject(Record):
    """One object; `content` is None when it is larger than the reader was asked to read."""

    oid: str
    kind: str
    size: int
    content: bytes | None

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("content",)


def open_repository(folder: str | os.PathLike[str]) -> Repository:
    """Return the repository that `folder` lies in. Raises UsageError when there is none, SourceError when git fails."""
    place = os.fspath(folder)
    asked = ("rev-parse", "--show-object-format", "--git-path", "MERGE_HEAD", "--revs-only", "HEAD")
    try:
        answer = run_git(place, *asked)
    except SourceError as error:
        raise (UsageError(str(error)) if _NO_REPOSITORY in str(error) else error) from error
    algorithm, merge_head, *head = os.fsdecode(answer).rstrip("\n").split("\n")
    return Repository(place, algorithm, head[0] if head else None, _merging(place, merge_head))


def empty_tree(algorithm: str) -> str:
    """Return the id of the tree without entries, which every repository knows."""
    import hashlib

    return hashlib.new(algorithm, b"tree 0\0").hexdigest()


def empty_blob(algorithm: str) -> str:
    """Return the id of a file without content."""
    import hashlib

    return hashlib.new(algorithm, b"blob 0\0").hexdigest()


def run_git(
    folder: str, *arguments: str, check: bool = True, variables: Mapping[str, str] = MappingProxyType({})
) -> bytes:
    """Return what git prints, with more `variables` in its environment. Raises SourceError when git fails or is not
    there; with check=False a failure of git's returns what it printed until then."""
    try:
        status, output = output_of(command(folder, *arguments), {**environment(), **variables})
    except OSError as error:
        raise _not_started(folder, error) from error
    if check and status:
        raise SourceError(f"{folder}: git {arguments[0]} failed: {_complaint(folder, *arguments)}")
    return output


def begin_git(folder: str, *arguments: str, variables: Mapping[str, str] = MappingProxyType({})) -> Conversation:
    """Return a git that runs meanwhile, with more `variables` in its environment. Raises SourceError when there is
    none."""
    try:
        return begun(command(folder, *arguments), {**environment(), **variables})
    except OSError as error:
        raise _not_started(folder, error) from error


def command(folder: str, *arguments: str) -> list[str]:
    """Return the words that run git in `folder`."""
    return ["git", "-C", folder, *_OPTIONS, *arguments]


def environment() -> Mapping[str, str]:
    """Return this process's environment with what makes git show the objects that are really there."""
    kept = {name: value for name, value in os.environ.items() if not (name in _DROPPED or name.startswith(_TELLING))}
    return {**kept, **_SET}


class ObjectReader:
    """Reads objects of one repository through a single `git cat-file --batch`; a context manager."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._git: Conversation | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._git is not None:
            self._git.close()
            self._git = None

    def read(self, oid: str, *, limit: int) -> GitObject | None:
        """Return the object, without its content when that is longer than `limit` bytes; None when it is not there."""
        git = self._started()
        git.asking.write(oid.encode() + b"\n")
        git.asking.flush()
        words = git.answering.readline().split()
        if not words:
            # Before 2.44 git dies of what a partial clone lacks and cannot fetch.
            self._close()
            return None
        if len(words) == 2 and words[1] == b"missing":
            return None
        if len(words) != 3:
            raise SourceError(f"{self._folder}: git cat-file: expected an object, got {b' '.join(words[:2])!r}")
        size = int(words[2])
        content = self._read_exactly(size) if size <= limit else None
        if content is None:
            self._pass_over(size)
        self._read_exactly(1)
        return GitObject(oid, words[1].decode(), size, content)

    def _started(self) -> Conversation:
        if self._git is None:
            try:
                self._git = Conversation(command(self._folder, "cat-file", "--batch"), environment())
            except OSError as error:
                raise _not_started(self._folder, error) from error
        return self._git

    def _read_exactly(self, size: int) -> bytes:
        content = self._started().answering.read(size)
        if len(content) != size:
            raise SourceError(f"{self._folder}: git cat-file ended early: expected {size} bytes, got {len(content)}")
        return content

    def _pass_over(self, size: int) -> None:
        while size:
            size -= len(self._read_exactly(min(size, _PIECE)))


def _merging(folder: str, merge_head: str) -> tuple[str, ...]:
    # No pathlib here: every commit would wait for its import.
    try:
        with open(os.path.join(folder, merge_head), encoding="ascii") as stream:  # noqa: PTH118, PTH123
            return tuple(stream.read().split())
    except FileNotFoundError:
        return ()


def _not_started(folder: str, error: OSError) -> SourceError:
    return SourceError(f"{folder}: git cannot be started: {error.strerror or error}")


def _complaint(folder: str, *arguments: str) -> str:
    """Return the last line of what git says when it fails; it is asked again, because it only reads.

    Where a folder of another file system ends the way up, git tells that behind the line that counts.
    """
    import subprocess

    done = subprocess.run(command(folder, *arguments), env=environment(), capture_output=True, stdin=subprocess.DEVNULL)
    lines = done.stderr.decode("utf-8", "backslashreplace").strip().split("\n")
    return next((line for line in lines if _NO_REPOSITORY in line), lines[-1]) or "no message"
