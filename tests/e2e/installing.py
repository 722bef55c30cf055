"""Turns the version of a client into the client itself, installed from npm into a scratch folder."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

# Read before the tests' own home takes such variables away: npm knows from them where its packages come from.
_CALLERS = dict(os.environ)
# Set where a client that cannot be installed is a failure and no reason to leave the tests out.
IS_DEMANDED = bool(_CALLERS.get("AGENTGUARD_E2E"))
_THERE = _CALLERS.get("AGENTGUARD_E2E_CLIENTS", "")
PACKAGE = "@anthropic-ai/claude-code"
# What docs/claude-code.md was measured on, and whatever is the newest.
PINNED, NEWEST = "2.1.330", "latest"
_PATIENCE = 600  # seconds, for 250 MB


class NotInstallableError(Exception):
    """Why there is no client here, in words for a person."""


def client(version: str, scratch: Path) -> Path:
    """Return the program of this version, which is installed into `scratch` unless it is there.

    AGENTGUARD_E2E_CLIENTS="2.1.330=/path/to/claude:latest=/path/to/claude" names programs that are there already.
    Several processes may ask at once. Raises NotInstallableError.
    """
    named = dict(pair.split("=", 1) for pair in _THERE.split(os.pathsep) if "=" in pair)
    if version in named:
        return Path(named[version])
    scratch.mkdir(parents=True, exist_ok=True)
    with (scratch / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        number = version if version == PINNED else _number_of(version)
        return _program(scratch / number) or _installed(number, scratch / number)


def _number_of(version: str) -> str:
    number = _npm("view", f"{PACKAGE}@{version}", "version").strip()
    if not number[:1].isdigit():
        raise NotInstallableError(f"npm view {PACKAGE}@{version}: expected a version, got {number[:40]!r}")
    return number


def _installed(number: str, folder: Path) -> Path:
    # What an earlier run has left half done.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    words = ("install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix", str(folder))
    _npm(*words, f"{PACKAGE}@{number}")
    program = _program(folder)
    if program is None:
        raise NotInstallableError(f"{PACKAGE}@{number}: it brings no program for this machine")
    return program


def _program(folder: Path) -> Path | None:
    """The native program in the package for this platform; it needs neither node nor a script of the installation."""
    found = [path for path in folder.glob(f"node_modules/{PACKAGE}-*/claude") if _is_sound(path)]
    return found[0] if found else None


def _is_sound(path: Path) -> bool:
    try:
        return (
            subprocess.run([path, "--version"], env={"HOME": "/nowhere"}, capture_output=True, check=False).stdout
            != b""
        )
    except OSError:
        return False


def _npm(*words: str) -> str:
    npm = shutil.which("npm", path=_CALLERS.get("PATH"))
    if npm is None:
        raise NotInstallableError("there is no npm here")
    try:
        done = subprocess.run([npm, *words], env=_CALLERS, capture_output=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise NotInstallableError(f"npm {words[0]}: not done after {_PATIENCE} s") from None
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().splitlines()[:1]
        raise NotInstallableError(f"npm {words[0]}: exit status {done.returncode}: {''.join(last)}")
    return done.stdout.decode(errors="replace")
