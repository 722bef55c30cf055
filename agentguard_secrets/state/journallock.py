"""Turns a path into a file that nobody else holds."""

from __future__ import annotations

import os
import sys
import time

from agentguard_secrets.state.folders import open_journal

LOCK_PATIENCE = 10.0  # seconds


def locked(path: str) -> int:
    """An open file that nobody else holds until it is closed. Raises StateError when another holds it too long.

    By hand: importing `filelock` costs the hook 50 ms. The system frees the lock of a process that was killed.
    """
    number = open_journal(path)
    is_ours = False
    try:
        _wait(path, number)
        is_ours = True
    except OSError as error:
        raise _wrong(f"{path}: the journal cannot be locked: {error.strerror or error}") from error
    finally:
        if not is_ours:
            os.close(number)
    return number


def _wrong(said: str) -> Exception:
    from agentguard_secrets.errors import StateError

    return StateError(said)


def _wait(path: str, number: int) -> None:
    give_up = time.monotonic() + LOCK_PATIENCE
    while not _is_ours(number):
        if time.monotonic() > give_up:
            raise _wrong(f"{path}: another process has held the journal for {LOCK_PATIENCE:.0f} seconds")
        time.sleep(0.002)


if sys.platform == "win32":

    def _is_ours(number: int) -> bool:
        import msvcrt

        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _is_ours(number: int) -> bool:
        import fcntl

        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
