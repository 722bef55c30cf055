"""Turns a journal into the list of what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from agentguard_secrets._record import Record
from agentguard_secrets.errors import StateError
from agentguard_secrets.state.journal import End, opened_line, read_head, settled_size, signer


class Problem(Record):
    """One thing that is wrong. `line` counts from 1, 0 when no single line is meant.

    `kind` is edited (a line was changed or replaced), missing (lines are gone from the middle or the beginning),
    truncated (lines are gone from the end), reordered, repeated, torn (a line was not written to its end),
    unanchored (the head is or was gone, so a cut-off end would not show) or key (another key wrote all of this).
    """

    kind: str
    line: int
    message: str


class _Seen(Record):
    """One genuine line."""

    line: int
    sequence: int
    previous: str
    digest: str
    remark: str


class _Reading(Record):
    """All lines of a journal: the genuine ones, the others, and its head (None without a genuine one)."""

    genuine: tuple[_Seen, ...]
    bad: tuple[int, ...]
    torn: tuple[int, ...]
    head: End | None
    has_head_file: bool


def read(path: str) -> Iterator[dict[str, Any] | None]:
    """What each line says, in order, whether it is genuine or not; None for a line that is not a JSON object.

    Raises StateError when there is no journal.
    """
    for raw in _lines(path, settled_size(path)):
        try:
            values = json.loads(raw)
        except (ValueError, RecursionError):
            values = None
        yield values if isinstance(values, dict) else None


def verify(path: str) -> list[Problem]:
    """Everything that is wrong with the journal, by line; an empty list when every line is there and as written.

    Raises StateError when there is neither a journal nor a head, or when the key or a file cannot be read.
    """
    reading = _read_all(path)
    if not reading.genuine and reading.bad and reading.head is None:
        return [Problem("key", 0, f"none of the {len(reading.bad)} lines was written with this user's key")]
    problems = [
        *_changed(reading),
        *_disordered(reading),
        *_absent(reading),
        *_cut_off(reading),
        *_unanchored(reading),
    ]
    return sorted(problems, key=lambda problem: problem.line)


def _read_all(path: str) -> _Reading:
    sign = signer()
    has_head_file = Path(f"{path}.head").exists()
    # The head first: lines that are appended meanwhile are then ahead of it, which is nothing wrong.
    head = read_head(path, sign)
    lines = _lines(path, settled_size(path)) if head is None or Path(path).exists() else iter(())
    genuine: list[_Seen] = []
    bad: list[int] = []
    torn: list[int] = []
    for number, raw in enumerate(lines, 1):
        values = opened_line(raw.rstrip(b"\n"), sign)
        torn += [] if raw.endswith(b"\n") else [number]
        if values is None:
            bad.append(number)
            continue
        remark = values.get("remark", "")
        torn += [number - 1] if "torn" in remark and bad[-1:] == [number - 1] else []
        genuine.append(_Seen(number, values["sequence"], values["previous"], values["digest"], remark))
    return _Reading(tuple(genuine), tuple(bad), tuple(torn), head, has_head_file)


def _lines(path: str, size: int) -> Iterator[bytes]:
    try:
        with Path(path).open("rb") as stream:
            while size > 0 and (raw := stream.readline(size)):
                size -= len(raw)
                yield raw
    except OSError as error:
        raise StateError(f"{path}: the journal cannot be read: {error.strerror or error}") from error


def _changed(reading: _Reading) -> Iterator[Problem]:
    for line in reading.torn:
        yield Problem("torn", line, "the line was not written to its end: a crash or a full disk")
    for line in set(reading.bad).difference(reading.torn):
        yield Problem("edited", line, "the line is not as it was written")
    ordered = sorted(reading.genuine, key=lambda seen: seen.sequence)
    for seen, following in pairwise(ordered):
        if following.sequence == seen.sequence + 1 and following.previous != seen.digest:
            yield Problem("edited", seen.line, f"line {following.line} followed another line than this one")
    head = reading.head
    if ordered and head and head.sequence == ordered[-1].sequence and head.digest != ordered[-1].digest:
        yield Problem("edited", ordered[-1].line, "the head belongs to another line than this one")


def _disordered(reading: _Reading) -> Iterator[Problem]:
    highest = 0
    met: set[int] = set()
    for seen in reading.genuine:
        if seen.sequence in met:
            yield Problem("repeated", seen.line, f"number {seen.sequence} stands in an earlier line too")
        elif seen.sequence < highest:
            yield Problem("reordered", seen.line, f"number {seen.sequence} stands after number {highest}")
        met.add(seen.sequence)
        highest = max(highest, seen.sequence)


def _absent(reading: _Reading) -> Iterator[Problem]:
    """Gaps in the numbers that no unreadable line between the neighbours accounts for."""
    ordered = sorted(reading.genuine, key=lambda seen: (seen.sequence, seen.line))
    edited = set(reading.bad).difference(reading.torn)
    beginning = _Seen(0, 0, "", "", "")
    for seen, following in pairwise([beginning, *ordered]):
        gone = following.sequence - seen.sequence - 1
        if gone > 0:
            gone -= sum(seen.line < line < following.line for line in edited)
        if gone > 0:
            numbers = f"between number {seen.sequence} and number {following.sequence}"
            yield Problem("missing", following.line, f"{_lines_are(gone)} missing {numbers}")


def _cut_off(reading: _Reading) -> Iterator[Problem]:
    last = max(reading.genuine, key=lambda seen: seen.sequence, default=_Seen(0, 0, "", "", ""))
    after = sum(line > last.line for line in set(reading.bad).difference(reading.torn))
    gone = reading.head.sequence - last.sequence - after if reading.head else 0
    if gone > 0:
        yield Problem("truncated", last.line, f"{_lines_are(gone)} cut off after number {last.sequence}")


def _unanchored(reading: _Reading) -> Iterator[Problem]:
    if reading.head is None and (reading.genuine or reading.bad):
        what = "is not genuine" if reading.has_head_file else "is missing"
        yield Problem("unanchored", 0, f"the head {what}: lines may have been cut off the end")
    for seen in reading.genuine:
        if "head" in seen.remark:
            yield Problem("unanchored", seen.line, "the head was missing here: lines before may have been cut off")


def _lines_are(count: int) -> str:
    return "1 line is" if count == 1 else f"{count} lines are"
