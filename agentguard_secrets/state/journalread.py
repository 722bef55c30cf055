"""Turns the files of a journal into its lines, oldest first."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from agentguard_secrets.errors import StateError
from agentguard_secrets.state.journal import put_aside
from agentguard_secrets.state.journallock import locked


class Line(NamedTuple):
    """One line as it stands there, with its end if it has one; `number` counts from 1 within the file.

    No Record: there are tens of thousands of them, and a tuple is made ten times as fast.
    """

    path: str
    number: int
    raw: bytes


def read(path: str) -> Iterator[dict[str, Any] | None]:
    """What each line says, in order, whether it is genuine or not; None for a line that is not a JSON object.

    Raises StateError when there is no journal.
    """
    return (said for _line, said in read_lines(path))


def read_lines(path: str) -> Iterator[tuple[Line, dict[str, Any] | None]]:
    """The same, each with its place. Raises StateError when there is no journal."""
    return ((line, said_by(line)) for line in lines_of(path))


def said_by(line: Line) -> dict[str, Any] | None:
    """What the line says, genuine or not; None when it is not a JSON object."""
    try:
        values = json.loads(line.raw)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def lines_of(path: str) -> Iterator[Line]:
    """Every line that is written and not being written, of the files put aside and of the journal itself.

    Raises StateError when there is none of them.
    """
    for file, size in _settled(path):
        left, number = size, 0
        try:
            with open(file, "rb") as stream:
                while left > 0 and (raw := stream.readline(left)):
                    left -= len(raw)
                    number += 1
                    yield Line(file, number, raw)
        except OSError as error:
            raise _unreadable(file, error) from error


def _settled(path: str) -> list[tuple[str, int]]:
    try:
        lock = locked(f"{path}.lock") if os.path.exists(f"{path}.lock") else None
        try:
            files = put_aside(path)
            files += [path] if os.path.exists(path) or not files else []
            return [(file, os.stat(file).st_size) for file in files]
        finally:
            if lock is not None:
                os.close(lock)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: OSError) -> StateError:
    return StateError(f"{path}: the journal cannot be read: {error.strerror or error}")
