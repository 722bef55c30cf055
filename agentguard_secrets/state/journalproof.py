"""Turns a journal into the list of what is wrong with it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from agentguard_secrets._record import Record
from agentguard_secrets.state.journal import put_aside, read_head
from agentguard_secrets.state.journalline import End, key_name, opened_line, signer
from agentguard_secrets.state.journalread import Line, lines_of, said_by


class Problem(Record):
    """One thing that is wrong. `line` counts from 1 within the file `path`, 0 when no single line is meant.

    `kind` is edited (a line was changed or replaced), missing (lines are gone from the middle or the beginning),
    truncated (lines are gone from the end), reordered, repeated, torn (a line was not written to its end),
    unanchored (the head is or was gone, so a cut-off end would not show) or key (another key wrote it).
    """

    kind: str
    line: int
    message: str
    path: str = ""


class Proof(Record):
    """What is wrong, what every line says that is a JSON object, and which lines are none."""

    problems: tuple[Problem, ...]
    entries: tuple[dict[str, Any], ...]
    unreadable: tuple[Line, ...]


class _Seen(NamedTuple):
    """One genuine line; `at` is its place among all lines of all files, from 1. No Record: there are so many."""

    at: int
    sequence: int
    previous: str
    digest: str
    remark: str


class _Reading(Record):
    """All lines of a journal: the genuine ones, the others, and its head (None without a genuine one).

    `foreign` are those of the `bad` ones that another key sealed; `retired` is the last number that may be gone.
    """

    places: tuple[tuple[str, int], ...]
    genuine: tuple[_Seen, ...]
    bad: tuple[int, ...]
    torn: tuple[int, ...]
    foreign: tuple[int, ...]
    retired: int
    head: End | None
    has_head_file: bool
    entries: tuple[dict[str, Any], ...]
    unreadable: tuple[Line, ...]


def verify(path: str, *, anchors: Iterable[End] = ()) -> list[Problem]:
    """Everything that is wrong with the journal, by line; an empty list when every line is there and as written.

    `anchors` are ends that somebody outside was told. Raises StateError when there is neither a journal nor a head, or
    when the key or a file cannot be read.
    """
    return list(prove(path, anchors=anchors).problems)


def prove(path: str, *, anchors: Iterable[End] = ()) -> Proof:
    """The same with what the lines say, read once: a month of decisions takes a second."""
    reading = _read_all(path)
    return Proof(tuple(_problems(reading, path, anchors)), reading.entries, reading.unreadable)


def _problems(reading: _Reading, path: str, anchors: Iterable[End]) -> Iterator[Problem]:
    if not reading.genuine and reading.bad and reading.head is None:
        lines = _lines_are(len(reading.bad), verb="was", many="were")
        yield Problem("key", 0, f"{lines} not written with this user's key, and none is", path)
        return
    problems = [
        *_changed(reading),
        *_foreign(reading),
        *_disordered(reading),
        *_absent(reading),
        *_cut_off(reading),
        *_unanchored(reading),
        *_outside(reading, anchors),
    ]
    yield from (_placed(problem, reading, path) for problem in sorted(problems, key=lambda problem: problem.line))


def _placed(problem: Problem, reading: _Reading, path: str) -> Problem:
    if problem.line == 0:
        return problem._replace(path=path)
    file, line = reading.places[problem.line - 1]
    return problem._replace(path=file, line=line)


def _read_all(path: str) -> _Reading:
    sign = signer()
    has_head_file = os.path.exists(f"{path}.head")
    # The head first: lines that are appended meanwhile are then ahead of it, which is nothing wrong.
    head = read_head(path, sign)
    is_there = head is None or os.path.exists(path) or put_aside(path)
    lines = list(enumerate(lines_of(path) if is_there else (), 1))
    opened = [(at, line, opened_line(line.raw.rstrip(b"\n"), sign)) for at, line in lines]
    genuine = tuple(_seen(at, values) for at, _line, values in opened if values is not None)
    bad = tuple(at for at, _line, values in opened if values is None)
    torn = {at for at, line in lines if not line.raw.endswith(b"\n")}
    torn |= {seen.at - 1 for seen in genuine if "torn" in seen.remark and seen.at - 1 in bad}
    own = key_name(sign)
    said = [(line, values if values is not None else said_by(line)) for _at, line, values in opened]
    return _Reading(
        places=tuple((line.path, line.number) for _at, line in lines),
        genuine=genuine,
        bad=bad,
        torn=tuple(sorted(torn)),
        foreign=tuple(at for at, line, values in opened if values is None and _is_foreign(line, own)),
        retired=max((values.get("retired", 0) for _at, _line, values in opened if values), default=0),
        head=head,
        has_head_file=has_head_file,
        entries=tuple(values for _line, values in said if values is not None),
        unreadable=tuple(line for line, values in said if values is None),
    )


def _seen(at: int, values: dict[str, Any]) -> _Seen:
    return _Seen(at, values["sequence"], values["previous"], values["digest"], values.get("remark", ""))


def _is_foreign(line: Line, own: str) -> bool:
    """Whether the line is whole and says that another key sealed it."""
    try:
        values = json.loads(line.raw)
        key, digest = str(values["key"]), str(values["digest"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return False
    return key != own and bool(re.fullmatch("[0-9a-f]{8}", key)) and bool(re.fullmatch("[0-9a-f]{64}", digest))


def _changed(reading: _Reading) -> Iterator[Problem]:
    for at in reading.torn:
        yield Problem("torn", at, "the line was not written to its end: a crash or a full disk")
    for at in set(reading.bad).difference(reading.torn, reading.foreign):
        yield Problem("edited", at, "the line is not as it was written")
    ordered = sorted(reading.genuine, key=lambda seen: seen.sequence)
    for seen, following in pairwise(ordered):
        if following.sequence == seen.sequence + 1 and following.previous != seen.digest:
            yield Problem("edited", seen.at, f"number {following.sequence} followed another line than this one")
    head = reading.head
    if ordered and head and head.sequence == ordered[-1].sequence and head.digest != ordered[-1].digest:
        yield Problem("edited", ordered[-1].at, "the head belongs to another line than this one")


def _foreign(reading: _Reading) -> Iterator[Problem]:
    runs = groupby(enumerate(sorted(set(reading.foreign).difference(reading.torn))), key=lambda pair: pair[1] - pair[0])
    for _start, run in runs:
        ats = [at for _index, at in run]
        yield Problem("key", ats[0], f"from here on {_lines_are(len(ats))} sealed with another key")


def _disordered(reading: _Reading) -> Iterator[Problem]:
    highest = 0
    met: set[int] = set()
    for seen in reading.genuine:
        if seen.sequence in met:
            yield Problem("repeated", seen.at, f"number {seen.sequence} stands in an earlier line too")
        elif seen.sequence < highest:
            yield Problem("reordered", seen.at, f"number {seen.sequence} stands after number {highest}")
        met.add(seen.sequence)
        highest = max(highest, seen.sequence)


def _absent(reading: _Reading) -> Iterator[Problem]:
    """Gaps in the numbers that no unreadable line between the neighbours and no retention accounts for."""
    ordered = sorted(reading.genuine, key=lambda seen: (seen.sequence, seen.at))
    edited = set(reading.bad).difference(reading.torn)
    beginning = _Seen(0, 0, "", "", "")
    for seen, following in pairwise([beginning, *ordered]):
        gone = following.sequence - seen.sequence - 1
        if gone > 0 and following.sequence - 1 > reading.retired:
            gone -= sum(seen.at < at < following.at for at in edited)
            if gone > 0:
                numbers = f"between number {seen.sequence} and number {following.sequence}"
                yield Problem("missing", following.at, f"{_lines_are(gone)} missing {numbers}")


def _cut_off(reading: _Reading) -> Iterator[Problem]:
    last = max(reading.genuine, key=lambda seen: seen.sequence, default=_Seen(0, 0, "", "", ""))
    after = sum(at > last.at for at in set(reading.bad).difference(reading.torn))
    gone = reading.head.sequence - last.sequence - after if reading.head else 0
    if gone > 0:
        yield Problem("truncated", last.at, f"{_lines_are(gone)} cut off after number {last.sequence}")


def _unanchored(reading: _Reading) -> Iterator[Problem]:
    if reading.head is None and (reading.genuine or reading.bad):
        what = "is torn (a power failure) or was changed" if reading.has_head_file else "is missing"
        yield Problem("unanchored", 0, f"the head {what}: lines may have been cut off the end")
    for seen in reading.genuine:
        if "head" in seen.remark:
            yield Problem("unanchored", seen.at, f"{seen.remark} here: lines before may have been cut off")


def _outside(reading: _Reading, anchors: Iterable[End]) -> Iterator[Problem]:
    """What contradicts the ends that were told outside: this shows even a journal that was put back whole."""
    last = max(reading.genuine, key=lambda seen: seen.sequence, default=_Seen(0, 0, "", "", ""))
    numbered = {seen.sequence: seen for seen in reading.genuine}
    for anchor in anchors:
        seen = numbered.get(anchor.sequence)
        if seen is not None and seen.digest != anchor.digest:
            yield Problem("edited", seen.at, f"outside, number {anchor.sequence} is known as another line")
        elif seen is None and anchor.sequence > last.sequence:
            yield Problem(
                "truncated", last.at, f"outside, number {anchor.sequence} is known; here the last is {last.sequence}"
            )


def _lines_are(count: int, *, verb: str = "is", many: str = "are") -> str:
    return f"1 line {verb}" if count == 1 else f"{count} lines {many}"
