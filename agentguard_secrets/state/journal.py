"""Turns decisions into lines of the tamper-evident journal.

One JSON object a line: `sequence`, `time`, what was decided, `previous` (the digest of the line before) and, last,
`digest`: HMAC-SHA-256 over the line up to there, with a key that only this user has. Beside the journal stands its
head, the number and digest of the last line, sealed with the same key, so that a cut-off end shows.

No value and no text of a command is ever in it: rule ids, keyed fingerprints and a path, no more.

Lines are written with one call and not forced to the disk: `fsync` would make every decision wait for milliseconds.
A killed process loses nothing that way; a power failure may cut off the last lines, and `verify` says so.
"""

from __future__ import annotations

import json
import os
import sys
import time

from agentguard_secrets._record import Record
from agentguard_secrets.errors import StateError
from agentguard_secrets.state.folders import journal_file, open_journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agentguard_secrets.model import AuditEvent

DIGEST_MARK = b',"digest":"'
FIRST_PREVIOUS = "0" * 64
LOCK_PATIENCE = 10.0  # seconds
_BLOCK = 4096


class End(Record):
    """Number and digest of the last line: what the next one follows."""

    sequence: int
    digest: str


def append(event: AuditEvent) -> None:
    """Write one line, numbered, dated and chained, also when several processes write at once.

    What is wrong with the lines before is not repaired: the new line carries a `remark` about it.
    Raises StateError when the line could not be written.
    """
    path = journal_file()
    sign = signer()
    lock = _lock(f"{path}.lock")
    try:
        number = open_journal(path)
        try:
            _append_locked(path, number, event=event, sign=sign)
        finally:
            os.close(number)
    except OSError as error:
        raise StateError(f"{path}: the journal cannot be written: {error.strerror or error}") from error
    finally:
        os.close(lock)


def settled_size(path: str) -> int:
    """How many bytes of the journal are written and not being written. Raises StateError when there is no journal."""
    try:
        lock = _lock(f"{path}.lock") if os.path.exists(f"{path}.lock") else None
        try:
            return os.stat(path).st_size
        finally:
            if lock is not None:
                os.close(lock)
    except OSError as error:
        raise StateError(f"{path}: the journal cannot be read: {error.strerror or error}") from error


def signer() -> Callable[[bytes], str]:
    """A function from bytes to the digest that only this user can compute. Raises StateError without a key."""
    import hashlib
    import hmac

    from agentguard_secrets.state.key import user_key

    # Derived, so that no line ever is a fingerprint of something.
    key = hmac.digest(user_key(), b"agentguard-secrets journal", hashlib.sha256)
    return lambda raw: hmac.digest(key, raw, "sha256").hex()


def sealed_line(values: dict[str, Any], sign: Callable[[bytes], str]) -> bytes:
    """The values as one line of JSON without its end, closed by their digest."""
    body = json.dumps(values, separators=(",", ":")).encode("ascii")[:-1]
    return body + DIGEST_MARK + sign(body).encode("ascii") + b'"}'


def opened_line(line: bytes, sign: Callable[[bytes], str]) -> dict[str, Any] | None:
    """The values of a line that was written by this user and not changed since, with `digest`; None for any other."""
    body, mark, digest = line.rpartition(DIGEST_MARK)
    if not mark or digest != sign(body).encode("ascii") + b'"}':
        return None
    values: dict[str, Any] = json.loads(line)
    return values


def read_head(path: str, sign: Callable[[bytes], str]) -> End | None:
    """The journal's end as its head tells it; None without a genuine head."""
    try:
        with open(f"{path}.head", "rb") as stream:
            values = opened_line(stream.read(_BLOCK).rstrip(b"\n"), _head_signer(sign))
    except FileNotFoundError:
        return None
    return End(values["sequence"], values["last"]) if values else None


def _head_signer(sign: Callable[[bytes], str]) -> Callable[[bytes], str]:
    # No line of the journal passes for a head, and no head for a line.
    return lambda raw: sign(b"head " + raw)


def _append_locked(path: str, number: int, *, event: AuditEvent, sign: Callable[[bytes], str]) -> None:
    size = os.fstat(number).st_size
    head = read_head(path, sign)
    if size == 0 and head is None:
        # A journal without a head is suspicious from the first line on, even if this process is killed between them.
        head = End(0, FIRST_PREVIOUS)
        _write_head(path, head, sign)
    tail = _last_line(number, size)
    values = opened_line(tail.rstrip(b"\n"), sign) if tail else None
    last = End(values["sequence"], values["digest"]) if values else None
    ends = [end for end in (last, head) if end is not None]
    end = max(ends, key=lambda end: end.sequence, default=End(0, FIRST_PREVIOUS))
    line = sealed_line(_line_values(event, end=end, remark=_remark(tail, last=last, head=head)), sign)
    _write_all(number, (b"" if tail.endswith(b"\n") or not tail else b"\n") + line + b"\n")
    _write_head(path, End(end.sequence + 1, line[-66:-2].decode("ascii")), sign)


def _line_values(event: AuditEvent, *, end: End, remark: str) -> dict[str, Any]:
    now = time.time()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    values: dict[str, Any] = {
        "sequence": end.sequence + 1,
        "time": f"{stamp}.{int(now % 1 * 1000):03d}Z",
        **event._asdict(),
        "previous": end.digest,
    }
    return {**values, "remark": remark} if remark else values


def _remark(tail: bytes, *, last: End | None, head: End | None) -> str:
    """What is wrong with what stands before the new line; empty when nothing is."""
    if tail and not tail.endswith(b"\n"):
        return "the line before was torn off"
    if tail and last is None:
        return "the line before was changed"
    if head is None:
        return "the head was missing"
    if head.sequence > (last.sequence if last else 0):
        return "lines before were cut off"
    return ""


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
        raise StateError("the journal's line could not be written in full: is the disk full?")


def _write_head(path: str, end: End, sign: Callable[[bytes], str]) -> None:
    # Not write_atomically, which waits for the disk: the head is only as durable as the line it belongs to.
    draft = f"{path}.head.{os.getpid()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    number = os.open(draft, flags, 0o600)
    try:
        _write_all(number, sealed_line({"sequence": end.sequence, "last": end.digest}, _head_signer(sign)) + b"\n")
    finally:
        os.close(number)
    os.replace(draft, f"{path}.head")


def _lock(path: str) -> int:
    """An open file that nobody else holds until it is closed. Raises StateError when another holds it too long.

    By hand: importing `filelock` costs the hook 50 ms. The system frees the lock of a process that was killed.
    """
    number = open_journal(path)
    try:
        _wait_for_lock(path, number)
    except OSError as error:
        os.close(number)
        raise StateError(f"{path}: the journal cannot be locked: {error.strerror or error}") from error
    except StateError:
        os.close(number)
        raise
    return number


def _wait_for_lock(path: str, number: int) -> None:
    give_up = time.monotonic() + LOCK_PATIENCE
    while not _is_locked_by_us(number):
        if time.monotonic() > give_up:
            raise StateError(f"{path}: another process has held the journal for {LOCK_PATIENCE:.0f} seconds")
        time.sleep(0.002)


if sys.platform == "win32":

    def _is_locked_by_us(number: int) -> bool:
        import msvcrt

        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _is_locked_by_us(number: int) -> bool:
        import fcntl

        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
