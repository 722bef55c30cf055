"""Turns decisions into lines of the tamper-evident journal.

One JSON object a line: `sequence`, `time`, what was decided, `key` (which key sealed it), `previous` (the digest of the
line before) and, last, `digest`: HMAC-SHA-256 over the line up to there, with a key that only this user has. Beside the
journal stands its head, the number and digest of the last line, sealed with the same key, so that a cut-off end shows.

A journal that is long enough, or of another month, is put aside under the number of its last line
(`journal-000000012345.jsonl`); numbers and chain go on in the next file, and one head holds for all of them.

No value and no text of a command is ever in it: rule ids, keyed fingerprints, categories and a path, no more.

Lines are written with one call and not forced to the disk: `fsync` would make every decision wait for milliseconds.
A killed process loses nothing that way; a power failure may cut off the last lines, and `verify` says so.
"""

from __future__ import annotations

import os
import stat
import time

from agentguard_secrets._plainjson import parsed
from agentguard_secrets._record import Record
from agentguard_secrets.model import MOST_JOURNAL_BYTES
from agentguard_secrets.state.folders import journal_file, open_journal
from agentguard_secrets.state.journalline import (
    START,
    End,
    digest_of,
    key_name,
    opened_head,
    opened_line,
    sealed_head,
    sealed_line,
    signer,
)
from agentguard_secrets.state.journallock import locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentguard_secrets._digest import Sign
    from agentguard_secrets.model import AuditEvent

_BLOCK = 4096
# Who reads the head without the lock may see it half old and half new.
_LOOKS = 3
# Every line says these; of the fields after them only what is not empty.
_ALWAYS = 8
_MOST = 2**53


class _Before(Record):
    """What stands before the line that is to be written: the last line, and the ends that it and the head prove.

    `is_headed` says whether there is a head at all, genuine or not.
    """

    tail: bytes
    last: End | None
    head: End | None
    is_headed: bool = True


def append(event: AuditEvent, *, rotate: int = MOST_JOURNAL_BYTES) -> End:
    """Write one line, numbered, dated and chained, also when several processes write at once; return the new end.

    What is wrong with the lines before is not repaired: the new line carries a `remark` about it. A journal of more
    than `rotate` bytes, or of another month, is put aside first. Raises StateError when the line could not be written.
    """
    path = journal_file()
    sign = signer()
    lock = locked(f"{path}.lock")
    try:
        return _append_locked(path, event, sign=sign, rotate=rotate)
    except OSError as error:
        raise _wrong(f"{path}: the journal cannot be written: {error.strerror or error}") from error
    finally:
        os.close(lock)


def read_head(path: str, sign: Sign) -> End | None:
    """The journal's end as its head tells it; None without a genuine head."""
    for _ in range(_LOOKS):
        try:
            with open(f"{path}.head", "rb", buffering=0) as stream:
                raw = stream.read(_BLOCK)
        except FileNotFoundError:
            return None
        if (end := opened_head(raw, sign)) is not None:
            return end
    return None


def put_aside(path: str) -> list[str]:
    """The files that were put aside when they were long enough, oldest first."""
    folder, name = os.path.split(path)
    stem, ending = os.path.splitext(name)
    names = os.listdir(folder or ".")
    number = slice(len(stem) + 1, -len(ending) or None)
    aside = [
        each for each in names if each.startswith(f"{stem}-") and each.endswith(ending) and each[number].isdecimal()
    ]
    return [os.path.join(folder, each) for each in sorted(aside, key=lambda each: int(each[number]))]


def _append_locked(path: str, event: AuditEvent, *, sign: Sign, rotate: int) -> End:
    with open(open_journal(path), "r+b", buffering=0) as stream:
        before = _before(path, stream.fileno(), sign)
        is_full = before.last is not None and _is_full(stream.fileno(), rotate)
    if is_full and before.last:
        _put_aside(path, before.last)
    end = _next(before)
    key = key_name(sign)
    line = sealed_line(_line_values(event, end=end, remark=_remark(before, key), key=key), sign)
    number = open_journal(path)
    try:
        is_torn = before.tail and not before.tail.endswith(b"\n") and os.fstat(number).st_size
        _write_all(number, (b"\n" if is_torn else b"") + line + b"\n")
    finally:
        os.close(number)
    end = End(end.sequence + 1, digest_of(line))
    write_head(path, end, sign)
    return end


def _before(path: str, number: int, sign: Sign) -> _Before:
    size = os.fstat(number).st_size
    head = read_head(path, sign)
    aside = put_aside(path) if size == 0 else []
    if size == 0 and head is None and not aside:
        # A journal without a head is suspicious from the first line on, even if this process is killed between them.
        head = START
        write_head(path, head, sign)
    tail = last_line_of(aside[-1]) if aside else _last_line(number, size)
    values = opened_line(tail.rstrip(b"\n"), sign) if tail else None
    is_headed = head is not None or os.path.lexists(f"{path}.head")
    return _Before(tail, End(values["sequence"], values["digest"]) if values else None, head, is_headed)


def _next(before: _Before) -> End:
    ends = [end for end in (before.last, before.head) if end is not None]
    return max(ends, key=lambda end: end.sequence, default=_claimed(before.tail))


def _claimed(tail: bytes) -> End:
    """The end that a line of another key tells, so that numbers go on after the key was replaced; else the start."""
    try:
        values = parsed(tail.decode("utf-8"))
        sequence, digest = values["sequence"], values["digest"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return START
    is_plausible = type(sequence) is int and 0 < sequence < _MOST and isinstance(digest, str) and len(digest) == 64
    return End(sequence, digest) if is_plausible else START


def _is_full(number: int, rotate: int) -> bool:
    status = os.fstat(number)
    return status.st_size > 0 and (status.st_size >= rotate or time.gmtime(status.st_mtime)[:2] != time.gmtime()[:2])


def _put_aside(path: str, last: End) -> None:
    stem, ending = os.path.splitext(path)
    target = f"{stem}-{last.sequence:012d}{ending}"
    # Never over another file: it would be the only copy of other lines. The journal then stays as long as it is.
    if not os.path.lexists(target):
        os.rename(path, target)


def _line_values(event: AuditEvent, *, end: End, remark: str, key: str) -> dict[str, Any]:
    now = time.time()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    said = event._asdict()
    told = {name: value for at, (name, value) in enumerate(said.items()) if at < _ALWAYS or value}
    values: dict[str, Any] = {
        "sequence": end.sequence + 1,
        "time": f"{stamp}.{int(now % 1 * 1000):03d}Z",
        **told,
        "key": key,
        "previous": end.digest,
    }
    return {**values, "remark": remark} if remark else values


def _remark(before: _Before, key: str) -> str:
    """What is wrong with what stands before the new line; empty when nothing is."""
    if before.tail and not before.tail.endswith(b"\n"):
        return "the line before was torn off"
    if before.tail and before.last is None:
        is_foreign = before.head is None and b'"key":"' in before.tail and f'"key":"{key}"'.encode() not in before.tail
        return "the line before was written with another key" if is_foreign else "the line before was changed"
    if before.head is None:
        return "the head was torn or changed" if before.is_headed else "the head was missing"
    if before.head.sequence > (before.last.sequence if before.last else 0):
        return "lines before were cut off"
    return ""


def last_line_of(path: str) -> bytes:
    """The last line of a file put aside, with its end if it has one."""
    number = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0))
    try:
        return _last_line(number, os.fstat(number).st_size)
    finally:
        os.close(number)


def _last_line(number: int, size: int) -> bytes:
    """The last line with its end if it has one; the journal is read backwards, so its length does not matter."""
    tail = b""
    while size > 0 and b"\n" not in tail[:-1]:
        step = min(_BLOCK, size)
        size -= step
        os.lseek(number, size, os.SEEK_SET)
        tail = os.read(number, step) + tail
    return tail[tail.rfind(b"\n", 0, -1) + 1 :]


def _write_all(number: int, raw: bytes) -> None:
    written = os.write(number, raw)
    if written != len(raw):
        raise _wrong("the journal's line could not be written in full: is the disk full?")


def _wrong(said: str) -> Exception:
    from agentguard_secrets.errors import StateError

    return StateError(said)


def write_head(path: str, end: End, sign: Sign) -> None:
    """Replace the head: over the old one where that is as it should be, by another file where it is not."""
    raw = sealed_head(end, sign)
    if not _is_written_over(f"{path}.head", raw):
        _write_anew(f"{path}.head", raw)


def _is_written_over(head: str, raw: bytes) -> bool:
    """A head is shorter than a sector, and one call changes it: a killed process leaves the old one or the new one.

    To put another file in its place makes ext4 write that to the disk at once, which costs more than all else here.
    """
    try:
        number = os.open(head, os.O_WRONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return False
    try:
        # An empty one would not be what it was if the process were killed in between; a linked one is another's, too.
        found = os.fstat(number)
        if not (stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and 0 < found.st_size <= len(raw)):
            return False
        _write_all(number, raw)
    finally:
        os.close(number)
    return True


def _write_anew(head: str, raw: bytes) -> None:
    """Not by write_atomically, which waits for the disk: the journal's line does not either."""
    draft = f"{head}.{os.getpid()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    number = os.open(draft, flags, 0o600)
    try:
        _write_all(number, raw)
    finally:
        os.close(number)
    os.replace(draft, head)
