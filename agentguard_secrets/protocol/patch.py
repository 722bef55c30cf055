"""Turns a unified diff into the new side of each file, with the numbers of the lines that are added."""

from __future__ import annotations

import re

from agentguard_secrets._record import Record
from agentguard_secrets.errors import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Two parents or more: the combined form of a merge.
_HUNK = re.compile(r"(@@+) ((?:-\d+(?:,\d+)? )+)\+(\d+)(?:,(\d+))? \1")
_COUNT = re.compile(r"-\d+(?:,(\d+))?")
_QUOTED = re.compile(r"\\(?:([0-7]{3})|(.))|([^\\]+)")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_PREFIXES = ("a/", "b/", "c/", "i/", "o/", "w/", "1/", "2/")
# The text between hunks is filled up with empty lines so that line numbers are those of the file.
_LAST_LINE = 5_000_000


class PatchFile(Record):
    """The new side of one file: `text` holds only the lines that the diff shows, each at its number in the file.

    `binary` says that the diff does not show the content, `is_new_name` that no file was called so before.
    """

    path: str
    text: str
    added: frozenset[int]
    binary: bool = False
    is_new_name: bool = False

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("text",)


def parse_patch(text: str) -> list[PatchFile]:
    """Return the files of a unified, git or combined diff in their order; deleted files have no added lines.

    Hunks are read by the counts in their headers, never by what a line looks like. A hunk that is longer or
    shorter than it says raises ProtocolError. Prose between the files is passed over.
    """
    reader = _Reader(text)
    while reader.more():
        reader.step()
    return reader.finished()


def prose_of(text: str) -> str:
    """Return what stands between the files of a diff, as messages and people do in mails and logs, line by line: every
    other line of `text` is empty."""
    reader = _Reader(text)
    while reader.more():
        reader.step()
    return reader.prose()


class _Reader:
    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._next = 0
        self._files: list[PatchFile] = []
        self._path: str | None = None
        self._body: dict[int, str] = {}
        self._added: set[int] = set()
        self._binary = self._is_new_name = self._is_header = False
        self._prose: dict[int, str] = {}

    def more(self) -> bool:
        return self._next < len(self._lines)

    def finished(self) -> list[PatchFile]:
        self._close()
        return self._files

    def prose(self) -> str:
        return "\n".join(_numbered(self._prose))

    def step(self) -> None:
        line = self._take()
        if line.startswith(("diff --git ", "diff --cc ", "diff --combined ")):
            self._open(_path_of_header(line))
        elif line.startswith("--- ") and self._peek().startswith("+++ "):
            self._names(line[4:], self._take()[4:])
        elif line.startswith("@@") and (header := _HUNK.match(line)):
            self._hunk(header)
        elif line.startswith(("rename to ", "copy to ")) and self._path is not None:
            self._path, self._is_new_name = unquoted(line.split(" to ", 1)[1]), True
        elif line.startswith("Binary files ") or line == "GIT binary patch":
            self._binary = self._path is not None
        elif line == "---":  # the end of a mail's message: statistics follow
            self._is_header = True
        elif not self._is_header:
            self._prose[self._next] = line
        elif line.startswith("new file mode "):
            self._is_new_name = True
        elif not line.rstrip() and not self._peek().startswith(("literal ", "delta ")):
            self._is_header = False

    def _take(self) -> str:
        self._next += 1
        return self._lines[self._next - 1]

    def _peek(self) -> str:
        return self._lines[self._next] if self.more() else ""

    def _names(self, old: str, new: str) -> None:
        path = _stripped(unquoted(new)) if new.rstrip() != "/dev/null" else _stripped(unquoted(old))
        if self._path is None or self._body:
            self._open(path)
        self._path, self._is_new_name = path, self._is_new_name or old.rstrip() == "/dev/null"

    def _open(self, path: str) -> None:
        self._close()
        self._path, self._is_header = path, True

    def _close(self) -> None:
        if self._path is not None:
            text = "\n".join(_numbered(self._body))
            self._files.append(PatchFile(self._path, text, frozenset(self._added), self._binary, self._is_new_name))
        self._path, self._body, self._added = None, {}, set()
        self._binary = self._is_new_name = self._is_header = False

    def _hunk(self, header: re.Match[str]) -> None:
        place, parents = self._next, len(header[1]) - 1
        old = [_number(found[1]) for found in _COUNT.finditer(header[2])]
        line, new = int(header[3]), _number(header[4])
        if self._path is None or len(old) != parents or line + new > _LAST_LINE:
            raise ProtocolError(f"diff, line {place}: expected a hunk of a named file, got {header[0]!r}")
        self._is_header = False
        while new or any(old):
            marks, content = self._marked(parents, place)
            if marks[:1] == "\\":
                continue
            removed = "-" in marks
            _count_down(old, marks, removed)
            if min(old) < 0 or (new == 0 and not removed):
                raise ProtocolError(f"diff, line {self._next}: expected the hunk of line {place} to have ended")
            if not removed:
                self._body[line] = content
                self._added |= {line} if "+" in marks and " " not in marks else set()
                line, new = line + 1, new - 1

    def _marked(self, parents: int, place: int) -> tuple[str, str]:
        """Return the marks in front of the next line, one for each parent, and the line itself."""
        if not self.more():
            raise ProtocolError(f"diff, line {place}: expected more lines in this hunk, got the end")
        line = self._take()
        # diff.suppressBlankEmpty leaves the mark of an empty unchanged line out.
        marks = line[:parents] if line not in ("", "\r") else " " * parents
        if marks[:1] != "\\" and (len(marks) < parents or marks.strip(" +-")):
            raise ProtocolError(f"diff, line {self._next}: expected a line of the hunk of line {place}")
        return marks, line[parents:]


def _count_down(old: list[int], marks: str, removed: bool) -> None:
    """Take the line off the count of each parent that has it."""
    has_it = "-" if removed else " "
    for parent, mark in enumerate(marks):
        old[parent] -= mark == has_it


def _number(digits: str | None) -> int:
    return 1 if digits is None else int(digits)


def _numbered(body: dict[int, str]) -> Iterator[str]:
    for line in range(1, max(body, default=0) + 1):
        yield body.get(line, "")


def _path_of_header(line: str) -> str:
    """Return the path of `diff --git a/path b/path`; without quotes both halves are the same path."""
    kind, rest = line.split(" ", 2)[1:]
    if kind != "--git":
        return unquoted(rest)
    if rest.endswith('"') and ' "' in rest:
        return _stripped(unquoted(rest[rest.rindex(' "') + 1 :]))
    return _stripped(rest[len(rest) // 2 + 1 :])


def _stripped(path: str) -> str:
    return path[2:] if path.startswith(_PREFIXES) else path


def unquoted(name: str) -> str:
    """Undo the quotes git puts around unusual names; a tab ends a name that has none."""
    if not (name.startswith('"') and name.rstrip().endswith('"')):
        return name.split("\t", 1)[0].rstrip("\r")
    raw = bytearray()
    for octal, escape, plain in _QUOTED.findall(name.rstrip()[1:-1]):
        raw += bytes([int(octal, 8) & 255]) if octal else (_ESCAPES.get(escape, escape) or plain).encode()
    return raw.decode("utf-8", "surrogateescape")
