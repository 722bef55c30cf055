"""Turns what happened in a session of a coding agent into notes that later events of it are judged by.

One file for each session, one JSON object a line, only ever appended to: events of one session come at the same time.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress

from agentguard_secrets._plainjson import parsed, written
from agentguard_secrets._record import Record
from agentguard_secrets.state.folders import state_folder

# Kinds of notes.
STARTED = "started"
WROTE = "wrote"
ACCEPTED = "accepted"
TAINTED = "tainted"
CLEARED = "cleared"
GUARDED = "guarded"

_LONGEST_KEPT = 90 * 24 * 60 * 60.0  # seconds


class Note(Record):
    """One thing that happened: `kind` is one of the names above, `subject` what it is about, never a credential."""

    kind: str
    subject: str
    time: float


def remember(session: str, kind: str, subject: str) -> None:
    """Add a note to the session. Raises StateError when it cannot be written."""
    line = written({"session": session, "kind": kind, "subject": subject, "time": time.time()}) + "\n"
    path = _file(session)
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        number = os.open(path, _FLAGS, 0o600)
        try:
            _write(number, line.encode("ascii"))
        finally:
            os.close(number)
    except OSError as error:
        raise _wrong(f"{path}: the session's notes cannot be written: {error.strerror or error}") from error


def remembered(session: str) -> tuple[Note, ...]:
    """Return the notes of the session, oldest first. Raises StateError when there are some that cannot be read."""
    path = _file(session)
    try:
        with open(path, "rb") as stream:
            lines = stream.read().split(b"\n")
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _wrong(f"{path}: the session's notes cannot be read: {error.strerror or error}") from error
    try:
        values = [parsed(line.decode("utf-8")) for line in lines if line]
        return tuple(
            Note(str(each["kind"]), str(each["subject"]), float(each["time"]))
            for each in values
            if each["session"] == session
        )
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise _wrong(f"{path}: expected the notes of a session, found something else") from error


def is_started(session: str) -> bool:
    """Note when the session started, and forget old ones; say whether it had been noted before. Raises StateError."""
    if any(note.kind == STARTED for note in remembered(session)):
        return True
    remember(session, STARTED, "")
    forget_old()
    return False


def taint_of(session: str) -> str | None:
    """Return why nothing of the session may be sent any more, None when it may. Raises as `remembered` does."""
    why = None
    for note in remembered(session):
        if note.kind == TAINTED:
            why = why or note.subject
        elif note.kind == CLEARED:
            why = None
    return why


def tainted_sessions() -> dict[str, Note]:
    """Return each session of this user that is tainted, with the note that says why, oldest first."""
    found: dict[str, Note] = {}
    for path in _files():
        for session in _sessions_in(path):
            for note in remembered(session):
                if note.kind == TAINTED:
                    found.setdefault(session, note)
                elif note.kind == CLEARED:
                    found.pop(session, None)
    return dict(sorted(found.items(), key=lambda pair: pair[1].time))


def forget(session: str) -> None:
    """Remove the notes of a session that was none, but a test of the guard."""
    with suppress(FileNotFoundError):
        os.unlink(_file(session))


def forget_old() -> None:
    """Remove the notes of sessions in which nothing has happened for ninety days."""
    for path in _files():
        try:
            if time.time() - os.stat(path).st_mtime > _LONGEST_KEPT:
                os.unlink(path)
        except OSError:
            continue


def _wrong(said: str) -> Exception:
    from agentguard_secrets.errors import StateError

    return StateError(said)


_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


def _write(number: int, line: bytes) -> None:
    if os.write(number, line) != len(line):
        raise OSError("the note could not be written in full: is the disk full?")


def _file(session: str) -> str:
    # As in snapshot.py: a remainder by a prime instead of hashlib; two sessions that meet share a file.
    name = int.from_bytes(session.encode("utf-8", "surrogatepass"), "big") % (2**61 - 1)
    return os.path.join(state_folder(), "sessions", f"{name:016x}.jsonl")


def _files() -> list[str]:
    folder = os.path.join(state_folder(), "sessions")
    try:
        return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".jsonl"))
    except FileNotFoundError:
        return []


def _sessions_in(path: str) -> list[str]:
    try:
        with open(path, "rb") as stream:
            return list(dict.fromkeys(str(parsed(line.decode("utf-8"))["session"]) for line in stream if line.strip()))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise _wrong(f"{path}: expected the notes of a session, found something else") from error
