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
# What git keeps in memory. A file that is too large to be read is not compared either, nor is one without lines.
_GIT = (
    *("-c", "core.packedGitWindowSize=8m", "-c", "core.packedGitLimit=32m", "-c", "core.deltaBaseCacheLimit=24m"),
    *("-c", f"core.bigFileThreshold={MAX_SIZE}", "-c", "diff.suppressBlankEmpty=false"),
    *("diff-tree", "--stdin", "--no-commit-id", "--root", "-r", "-c", "-p", "--diff-filter=d"),
    *("--no-renames", "--ignore-submodules=none"),
    *(*COMPARED, f"--unified={CONTEXT}", "--full-index"),
)
_PIECE = 1024 * 1024
# Git and we run on two cores: with a pipe of the usual 64 kB one would wait for the other all the time.
_BUFFER, _PIPE = 256 * 1024, 1024 * 1024
_HEADER = re.compile(
    rb"(?s).*?(?:\n(?:new file mode|new mode|deleted file mode) (?P<mode>\d+))?"
    rb"\nindex (?P<old>[0-9a-f,]+)\.\.(?P<new>[0-9a-f]+)(?: (?P<same>\d+))?(?:\n|\Z)"
)
_NAME = re.compile(rb"\n\+\+\+ ([^\n]*)")
_HUNK, _PLACE = b"\n@@ -", re.compile(rb"[\d,]+ \+(\d+)")
_REMOVED, _NO_END = re.compile(rb"\n-[^\n]*"), re.compile(rb"\n\\[^\n]*")
_MARKS = re.compile(rb"\n([+ ])")
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
        is_first, is_last = self.line <= 1, body.count(b"\n", last) < CONTEXT
        if start == 0 and not is_first and (_size(body, 0, first) < margin or _goes_on(body, _line_end(body, 0))):
            return None
        if end == len(body) and not is_last and (_size(body, last, end) < margin or _goes_on(body, end)):
            return None
        return _excerpt(body[start:end])


class Added(Record):
    """What one commit adds to a file: its `path`, the object id that it has and the one that it had (empty: none).

    `hunks` is None where there are no lines to compare: in a merge, in what is no text or too large.
    """

    path: str
    new: str
    old: str
    hunks: tuple[Hunk, ...] | None
    is_merge: bool = False


def added_by(folder: str, commits: Iterable[str]) -> Iterator[Added]:
    """Yield what each of `commits` adds to each file that it changes; links and submodules are left out.

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
            for patch in _patches(git.stdout):
                added = _added(patch)
                if added is not None:
                    yield added
        if git.returncode:
            raise SourceError(f"{folder}: git diff-tree failed with {git.returncode}")


def _patches(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the patch of each file without the first word: every line of a file stands behind a mark."""
    rest = b"\n"
    while piece := stream.read(_PIECE):
        *whole, rest = (rest + piece).split(b"\ndiff --")
        yield from filter(None, whole)
    yield from filter(None, (rest.removesuffix(b"\n"),))


def _added(patch: bytes) -> Added | None:
    start = patch.find(_HUNK)
    head = patch if start < 0 else patch[:start]
    found = _HEADER.match(head)
    if found is None:
        if start >= 0 or b"\nindex " in head:
            raise SourceError("git: expected a patch with the ids of its objects")
        # Only its mode changed.
        return None
    new = found["new"].decode("ascii")
    mode = found["same"] or found["mode"] or b""
    if not new.strip("0") or mode in (_LINK, _SUBMODULE):
        return None
    old = found["old"].decode("ascii")
    if not patch.startswith(b"git "):
        path = patch[: patch.find(b"\n")].split(b" ", 1)[1]
        return Added(_name(path), new, "", None, is_merge=True)
    name = _NAME.search(head)
    old = old if old.strip("0") else ""
    if start < 0 or name is None:
        # A new file without a line is empty; of anything else it is not known what git does not show.
        is_empty = b"\nnew file mode " in head and b"\nBinary files " not in head
        return Added("", new, old, () if is_empty else None)
    hunks = tuple(_hunk(part) for part in patch[start + len(_HUNK) :].split(_HUNK))
    return Added(_name(name[1]), new, old, tuple(hunk for hunk in hunks if b"\n+" in hunk.body))


def _name(written: bytes) -> str:
    return unquoted(written.decode("utf-8", "surrogateescape"))


def _hunk(part: bytes) -> Hunk:
    place = _PLACE.match(part)
    if place is None:
        raise SourceError("git: expected a hunk with the numbers of its lines")
    body = part[part.find(b"\n") :]
    if b"\n-" in body:
        body = _REMOVED.sub(b"", body)
    if b"\n\\" in body:
        body = _NO_END.sub(b"", body)
    return Hunk(int(place[1]), body)


def _excerpt(body: bytes) -> Excerpt:
    marks = b"".join(_MARKS.findall(body))
    # A zero stands in no text that is looked at like this.
    text = body.replace(b"\n+", b"\n\0").replace(b"\n ", b"\n\0").replace(b"\n\0", b"\n")
    return Excerpt(text[1:], marks)


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
