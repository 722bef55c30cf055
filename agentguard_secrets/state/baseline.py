"""Turns the file of accepted findings into entries that findings can be compared with.

A line is `fingerprint  rule  path`: it holds neither a clock nor a line number, so that no line changes, one only comes
or goes, and the versions of two branches merge by union.
"""

from __future__ import annotations

import os
import re

from agentguard_secrets._record import Record
from agentguard_secrets.errors import PolicyError, UsageError
from agentguard_secrets.state.atomic import read_text, write_atomically

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentguard_secrets.model import Finding

NAME = ".agentguard-baseline"
_LINE = re.compile(r"([0-9a-f]{32})  (\S+)  (\S.*)")
# What stands for the path of a message or a name, which have none.
_NOWHERE = "-"
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")
_MODE = 0o644


class Entry(Record):
    """One accepted finding: the value by its keyed fingerprint, and the file. `rule` is told to people only: another
    version of the rules may know the same value by another name."""

    fingerprint: str
    rule: str
    path: str


class Baseline(Record):
    """The accepted findings of one repository. `path` is the file they stand in, which need not be there."""

    path: str
    entries: frozenset[Entry]

    def accepts(self, entry: Entry) -> bool:
        """Say whether this value is accepted in this file."""
        return any(_place(entry) == _place(each) for each in self.entries)

    def outside(self, findings: Iterable[Finding], *, root: str) -> list[Finding]:
        """Return the findings that are not accepted, in their order."""
        accepted = {_place(entry) for entry in self.entries}
        values = self._values()
        return [
            each
            for each in findings
            if each.fingerprint not in values or _place(entry_of(each, root=root)) not in accepted
        ]

    def unused(self, findings: Iterable[Finding], *, root: str) -> list[Entry]:
        """Return the entries that are about none of the findings, sorted."""
        values = self._values()
        found = {_place(entry_of(each, root=root)) for each in findings if each.fingerprint in values}
        return [entry for entry in _sorted(self.entries) if _place(entry) not in found]

    def _values(self) -> set[str]:
        """Return the fingerprints that are accepted somewhere: only of these it matters where a finding is."""
        return {entry.fingerprint for entry in self.entries}


def entry_of(finding: Finding, *, root: str) -> Entry:
    """Return the entry that accepts `finding`; its path is told from the folder `root`, with `/`."""
    path = finding.path
    if finding.origin == "file":
        folder, name = os.path.split(os.path.abspath(path))
        # The folder by its real name, as the root has one; a link that is a file counts where it stands.
        path = os.path.relpath(os.path.join(os.path.realpath(folder), name), root).replace(os.sep, "/")
    return Entry(finding.fingerprint, finding.rule_id, path or _NOWHERE)


def load_baseline(root: str, named: str | None = None) -> Baseline:
    """Return the baseline of the folder `root`, or that of the file `named`; without a file it accepts nothing.

    Raises PolicyError for a line that is none, UsageError when a file that was named is not there.
    """
    path = os.path.join(root, NAME) if named is None else named
    text = read_text(path)
    if text is None and named is not None:
        raise UsageError(f"--baseline {named}: there is no such file; `baseline create` makes it")
    return Baseline(path, parse_baseline(text or "", path=path))


def parse_baseline(text: str, *, path: str) -> frozenset[Entry]:
    """Return the entries of the lines of `text`. Empty lines and those that begin with # say nothing."""
    entries = set()
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise PolicyError(
                f"{path}, line {number}: expected `fingerprint  rule  path`, got {len(line.split())} words"
            )
        entries.add(Entry(found[1], found[2], _unescaped(found[3])))
    return frozenset(entries)


def render_baseline(entries: Iterable[Entry]) -> str:
    """Return one line an entry, sorted; whatever bytes a path has, it stays on its line."""
    return "".join(f"{line}\n" for line in sorted(set(map(_line, entries))))


def write_baseline(path: str, entries: Iterable[Entry]) -> None:
    """Replace the file whole. Raises StateError when it cannot be written."""
    write_atomically(path, render_baseline(entries), mode=_MODE)


def _place(entry: Entry) -> tuple[str, str]:
    return entry.fingerprint, entry.path


def _sorted(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=_line)


def _line(entry: Entry) -> str:
    return f"{entry.fingerprint}  {entry.rule}  {_escaped(entry.path)}"


def _escaped(path: str) -> str:
    """Return `path` on one line: what cannot be printed, a backslash and a space at an end come as bytes."""
    body = path.strip(" ")
    before, behind = len(path) - len(path.lstrip(" ")), len(path) - len(path.rstrip(" "))
    return "\\x20" * before + "".join(map(_character, body)) + "\\x20" * (behind if body else 0)


def _character(character: str) -> str:
    if character.isprintable() and character != "\\":
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def _unescaped(path: str) -> str:
    raw = path.encode("utf-8", "surrogateescape")
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), raw).decode("utf-8", "surrogateescape")
