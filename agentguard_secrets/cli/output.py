"""Turns the standard streams and report files into what a command reads and writes."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO, TextIO

from agentguard_secrets.errors import AgentguardError, UsageError
from agentguard_secrets.state.atomic import write_atomically

_MODE = 0o644


def deliver(report: str, path: str | None) -> None:
    """Write `report` to the file `path`, whole or not at all, or to standard output when there is no path."""
    if path is None:
        say(report)
    else:
        _write(report.encode("utf-8", "backslashreplace"), path)


def deliver_bytes(content: bytes, path: str | None) -> None:
    """Do the same with bytes, of which none is changed on the way."""
    if path is not None:
        _write(content, path)
        return
    say("")
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise AgentguardError(f"standard output: cannot be written: {error.strerror}") from error


def _write(content: bytes, path: str) -> None:
    if os.path.isdir(path):  # noqa: PTH112 - the word as the user wrote it
        raise UsageError(f"--output {path}: expected a file, got a folder")
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113
        _write_through(content, path)
    else:
        write_atomically(path, content, mode=_MODE)


def _write_through(content: bytes, path: str) -> None:
    """Write to a device or a pipe, which must stay what it is."""
    try:
        with open(path, "wb") as stream:  # noqa: PTH123
            stream.write(content)
    except OSError as error:
        raise AgentguardError(f"--output {path}: cannot be written: {error.strerror}") from error


def say(text: str) -> None:
    """Write `text` to standard output as it is."""
    if sys.stdout is None:
        raise AgentguardError("standard output: is closed")
    try:
        sys.stdout.write(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise AgentguardError(f"standard output: cannot be written: {error.strerror}") from error


def note(text: str) -> None:
    """Write `text` to standard error, if there is one."""
    if sys.stderr is not None:
        sys.stderr.write(text)


def standard_input() -> BinaryIO:
    """Return standard input as bytes. Raises UsageError when it is closed."""
    if sys.stdin is None:
        raise UsageError("standard input: expected something to read, it is closed")
    return sys.stdin.buffer


def wants_colour(stream: TextIO | None) -> bool:
    """Say whether a person looks at `stream` and has not asked for plain text."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream is not None and stream.isatty() and not plain
