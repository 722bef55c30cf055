"""Turns the command of an installed guard into why it cannot run, which the client would never tell."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from agentguard_secrets import __version__
from agentguard_secrets.protocol.claude_settings import MODULE

_PATIENCE = 60  # seconds
_PACKAGE = MODULE.partition(".")[0]
_PROBE = f"import {_PACKAGE},{MODULE};print({_PACKAGE}.__version__)"


def faults_of(commands: dict[str, list[str]], folder: Path) -> list[tuple[str, str]]:
    """Return what keeps each of these commands (event -> words) from running in `folder`, and what mends it.

    A program, an interpreter or a package that is missing, or a package of another version. Each once.
    """
    found: dict[tuple[str, str], str] = {}
    tried: dict[tuple[str, str], tuple[str, str] | None] = {}
    for event, command in commands.items():
        key = (command[0], _interpreter(command))
        if key not in tried:
            tried[key] = _fault(command, folder)
        fault = tried[key]
        if fault is not None:
            found.setdefault(fault, event)
    return [(f"{event}: {what}", mend) for (what, mend), event in found.items()]


def _fault(command: list[str], folder: Path) -> tuple[str, str] | None:
    program, interpreter = command[0], _interpreter(command)
    if shutil.which(program) is None:
        return f"{program}: expected a program that may be run, found none", "install it again"
    at = command.index(MODULE)
    probe = [*command[: at - 1], "-c", _PROBE, *command[at + 1 :]]
    try:
        done = subprocess.run(
            probe, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{program}: {type(error).__name__}: the guard did not run", "install it again"
    said = done.stdout.decode(errors="replace").strip()
    if said == __version__:
        return None
    if said[:1].isdigit():
        return f"the guard is version {said}, this program is {__version__}", "install it again"
    if not os.access(interpreter, os.X_OK):
        return f"{interpreter}: expected an interpreter, found none that may be run", "install it again"
    if b"No module named" in done.stderr:
        return (
            f"{interpreter} -I: does not find the package {_PACKAGE}",
            f"install agentguard-secrets for {interpreter}, or install it again from where it is",
        )
    # A wrapper that swallows what its program says: what it does with a canary is told then.
    return None


def _interpreter(command: list[str]) -> str:
    """Return the word before the options by which Python starts the guard."""
    before = [word for word in command[: command.index(MODULE)] if not word.startswith("-")]
    return before[-1] if before else ""
