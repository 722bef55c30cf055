"""Turns git's patches of many commits into what each of them adds to each file, with what stands around it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from typing import IO

from agentguard_secrets._record import Record
from agentguard_secrets.errors import SourceError
from agentguard_secrets.protocol.patch import unquoted
from agentguard_secrets.sources.decode import MAX_SIZE
from agentguard_secrets.sources.repository import COMPARED, command, environment

# In lines, before and behind what is new. Rules look so many bytes around, and most lines have thirty.
CONTEXT = 60
_LINK, _SUBMODULE = b"120000", b"160000"
# A file that is too large to be read is not compared either, nor is one without lines.
_GIT = (
    *("-c", f"core.bigFileThreshold={MAX_SIZE}", "-c", "diff.suppressBlankEmpty=false"),
    *("diff-tree", "--stdin", "--root", "-r", "-c", "-p", "--diff-filter=d"),
    *("--no-renames", "--ignore-submodules=none"),
    *(*COMPARED, f"--unified={CONTEXT}", "--full-index"),
)
_PIECE = 1024 * 1024
# Git and we run on two cores: with a pipe of the usual 64 kB one would wait for the other all the time.
_BUFFER, _PIPE = 256 * 1024, 1024 * 1024
# What stands before the patches of a commit. A line of a patch's body has a mark.
_COMMIT = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_HEADER = re.compile(
    rb"(?s).*?(?:\n(?:new file mode|new mode|deleted file mode) (?P<mode>\d+))?"
    rb"\nindex (?P<old>[0-9a-f,]+)\.\.(?P<new>[0-9a-f]+)(?: (?P<same>\d+))?(?:\n|\Z)"
)
_NAME = re.compile(rb"\n\+\+\+ ([^\n]*)")
_PLACE = re.compile(rb"[-\d, ]+\+(\d+)")
_REMOVED, _NO_END = re.compile(rb"\n-[^\n]*"), re.compile(rb"\n\\[^\n]*")
_NEW = ord("+")
# A line that goes on in the next one, or is one of many that make up one encoded text.
_RUN = re.compile(rb"[A-Za-z0-9+/_=-]{40}[\"'+\\,; \t\r]*\Z|0x[0-9A-Fa-f]{2}[\s,;\\\"'+]*\Z|\\\r?\Z")
_RUN_WITHIN = 120


class Excerpt(Record):
    """Whole lines of a file, and for each of them a mark: a plus where it is new, otherwise a blank."""

    text: bytes
    marks: bytes

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("text",)

    def added(self) -> frozenset[int]:
        """Return the numbers of the new lines, the first line of the excerpt being 1."""
        return frozenset(number for number, mark in enumerate(self.marks, 1) if mark == _NEW)


class Hunk(Record):
    """Lines of a file that stand together, each behind a line feed and its mark; `line` is the number of the first."""

    line: int
    body: bytes

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("body",)

    def excerpt(self, margin: int) -> Excerpt | None:
        """Return the new lines, all that stand between them, and `margin` bytes or more of what is around.

        None where git does not show as much although there is more.
        """
        body = self.body
        first, last = body.find(b"\n+"), _line_end(body, body.rfind(b"\n+"))
        start, end = _start(body, first, margin), _end(body, last, margin)
        # Of a merge git may show a line less.
        is_first, is_last = self.line <= 1, body.count(b"\n", last) < CONTEXT - 1
        if start == 0 and not is_first and (_size(body, 0, first) < margin or _goes_on(body, _line_end(body, 0))):
            return None
        if end == len(body) and not is_last and (_size(body, last, end) < margin or _goes_on(body, end)):
            return None
        return _excerpt(body[start:end])


class Added(Record):
    """What one commit adds to a file: its `path`, the object id that it has and those that it had in each parent.

    `hunks` is None where there are no lines to compare: in what is no text or too large. In those of a merge the lines
    are new that any parent lacks. `is_told` says that a name is new, or that it is a link, of which `new` says nothing.
    """

    commit: str
    path: str
    new: str
    olds: tuple[str, ...]
    hunks: tuple[Hunk, ...] | None
    is_told: bool


def added_by(folder: str, commits: Iterable[str]) -> Iterator[Added]:
    """Yield what each of `commits` adds to each file that it changes; of links and submodules only that they are there.

    A merge is told of where it has what no parent has. Raises SourceError when git fails.
    """
    with TemporaryFile() as question:
        question.write("".join(f"{commit}\n" for commit in commits).encode("ascii"))
        question.seek(0)
        try:
            git = subprocess.Popen(
                command(folder, *_GIT),
                env=environment(),
                stdin=question,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=_BUFFER,
                pipesize=_PIPE,
            )
        except OSError as error:
            raise SourceError(f"{folder}: git cannot be started: {error.strerror or error}") from error
        with git:
            if git.stdout is None:
                raise SourceError(f"{folder}: git diff-tree: expected an output")
            for commit, patch in _patches(git.stdout):
                added = _added(patch, commit)
                if added is not None:
                    yield added
        if git.returncode:
            raise SourceError(f"{folder}: git diff-tree failed with {git.returncode}")


def _patches(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the patch of each file, without the first word, with its commit: every line of a file stands behind a
    mark."""
    rest, commit = b"\n", ""
    while piece := stream.read(_PIECE):
        *whole, rest = (rest + piece).split(b"\ndiff --")
        for part in whole:
            patch, after = _apart(part)
            if patch:
                yield commit, patch
            commit = after or commit
    patch, _ = _apart(rest.removesuffix(b"\n"))
    if patch:
        yield commit, patch


def _apart(part: bytes) -> tuple[bytes, str]:
    """Return the patch of a file, and the commit to which the next one belongs, if it is told behind it."""
    commit = ""
    while _COMMIT.fullmatch(last := part[part.rfind(b"\n") + 1 :]):
        commit = commit or last.decode("ascii")
        part = part[: -len(last) - 1]
    return part, commit


def _added(patch: bytes, commit: str) -> Added | None:
    columns = 1 if patch.startswith(b"git ") else _columns(patch)
    sign = b"\n" + b"@" * (columns + 1) + b" -"
    start = patch.find(sign)
    head = patch if start < 0 else patch[:start]
    found = _HEADER.match(head)
    if found is None:
        if start >= 0 or b"\nindex " in head:
            raise SourceError("git: expected a patch with the ids of its objects")
        # Only its mode changed.
        return None
    new = found["new"].decode("ascii")
    mode = found["same"] or found["mode"] or b""
    if not new.strip("0"):
        return None
    before = found["old"].decode("ascii").split(",")
    olds = tuple(old for old in before if old.strip("0"))
    # In a merge the modes of all parents stand in a line of their own.
    is_told = len(olds) < len(before) or _LINK in head
    if mode in (_LINK, _SUBMODULE):
        return Added(commit, "", "", (), (), is_told)
    if columns > 1:
        path = patch[: patch.find(b"\n")].split(b" ", 1)[1]
    elif start >= 0 and (name := _NAME.search(head)) is not None:
        path = name[1]
    else:
        # A new file without a line is empty; of anything else it is not known what git does not show.
        is_empty = b"\nnew file mode " in head and b"\nBinary files " not in head
        return Added(commit, "", new, olds, () if is_empty else None, is_told)
    hunks = _hunks(patch[start + len(sign) :].split(sign), columns) if start >= 0 else None
    return Added(commit, _name(path), new, olds, hunks, is_told)


def _columns(patch: bytes) -> int:
    """Return how many parents a merge is compared with: each has a column of marks."""
    index = patch.find(b"\nindex ")
    return patch.count(b",", index, patch.find(b"..", index)) + 1


def _name(written: bytes) -> str:
    return unquoted(written.decode("utf-8", "surrogateescape"))


def _hunks(parts: list[bytes], columns: int) -> tuple[Hunk, ...]:
    """Return those of the hunks that add a line."""
    return tuple(hunk for part in parts if b"\n+" in (hunk := _hunk(part, columns)).body)


def _hunk(part: bytes, columns: int) -> Hunk:
    place = _PLACE.match(part)
    if place is None:
        raise SourceError("git: expected a hunk with the numbers of its lines")
    body = part[part.find(b"\n") :]
    if columns > 1:
        body = _in_one_column(body, columns)
    if b"\n-" in body:
        body = _REMOVED.sub(b"", body)
    if b"\n\\" in body:
        body = _NO_END.sub(b"", body)
    return Hunk(int(place[1]), body)


def _in_one_column(body: bytes, columns: int) -> bytes:
    """Return the lines of a merge behind one mark each: a line is new that any parent lacks."""
    body = re.sub(rb"\n(?=[ +-]{0,%d}-)[^\n]*" % (columns - 1), b"", body)
    body = re.sub(rb"\n(?=[ +]{0,%d}\+)[ +]{%d}" % (columns - 1, columns), b"\n+", body)
    return body.replace(b"\n" + b" " * columns, b"\n ")


def _excerpt(body: bytes) -> Excerpt:
    lines = body[1:].split(b"\n")
    return Excerpt(b"\n".join([line[1:] for line in lines]), b"".join([line[:1] for line in lines]))


def _start(body: bytes, first: int, margin: int) -> int:
    """Return where the lines begin of which there are `margin` bytes before `first`, or the run that goes on there."""
    start = max(0, body.rfind(b"\n", 0, max(0, first - margin)))
    while start > 0 and (_size(body, start, first) < margin or _goes_on(body, start)):
        start = body.rfind(b"\n", 0, start)
    return start


def _end(body: bytes, last: int, margin: int) -> int:
    """Return where the lines end of which there are `margin` bytes behind `last`, or the run that goes on there."""
    end = _line_end(body, last + margin - 1)
    while end < len(body) and (_size(body, last, end) < margin or _goes_on(body, end)):
        end = _line_end(body, end)
    return end


def _size(body: bytes, start: int, end: int) -> int:
    """Return how many bytes lines have without their marks."""
    return end - start - body.count(b"\n", start, end)


def _line_end(body: bytes, place: int) -> int:
    end = body.find(b"\n", place + 1)
    return len(body) if end < 0 else end


def _goes_on(body: bytes, end: int) -> bool:
    """Say whether the line that ends at `end` may be one of several that are read as one."""
    return _RUN.search(body, max(0, end - _RUN_WITHIN), end) is not None
