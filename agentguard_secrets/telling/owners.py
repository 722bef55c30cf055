"""Turns a denial, or an approval that is asked for, into a call of the owner's command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agentguard_secrets.model import Policy
from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.journalanchor import Outcome, remember, remembered
from agentguard_secrets.state.journallock import locked

# An agent that runs into a wall again and again must not bury its owner, nor the machine in processes.
MOST_A_MINUTE = 20
PATIENCE = 10.0


def notified(policy: Policy, folder: Path, event: dict[str, Any]) -> Iterator[Outcome]:
    """Call every owner's command with the event as JSON on its standard input; yield why one failed.

    At most 20 events a minute are told; the next one that is says how many were `held_back`. None of it holds a value.
    """
    held_back = _counted(time.time())
    if held_back is None:
        return
    owner = {"name": policy.owner.name, "contact": policy.owner.contact}
    words = json.dumps({**event, "owner": owner, "held_back": held_back}) + "\n"
    for command in policy.notify:
        yield f"owner.notify {command[0]}", _called(command, words, folder)


def _counted(now: float) -> int | None:
    """How many were held back before this one, None when this one is."""
    lock = locked(f"{journal_file()}.notified.lock")
    with os.fdopen(lock, "rb"):
        last = remembered("notified")
        is_new = now - last.get("since", 0.0) >= 60
        since, count = (now, 0) if is_new else (last["since"], last["count"])
        held = last.get("held", 0)
        is_held = count >= MOST_A_MINUTE
        remember("notified", {"since": since, "count": count + (not is_held), "held": held + 1 if is_held else 0})
    return None if is_held else held


def _called(command: tuple[str, ...], words: str, folder: Path) -> str:
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder if folder.is_dir() else None,
            text=True,
            start_new_session=True,
        )
    except OSError as error:
        return error.strerror or str(error)
    try:
        child.communicate(words, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        _end_all(child)
        return f"took longer than {PATIENCE:g} s and was ended"
    return f"exit status {child.returncode}" if child.returncode else ""


def _end_all(child: subprocess.Popen[str]) -> None:
    """End the command and what it started."""
    if sys.platform == "win32":
        child.kill()
    else:
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
