"""Turns words into a finished process of our command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = (sys.executable, "-m", "agentguard_secrets.cli.main")


def agentguard(
    *words: str | bytes | Path, cwd: Path, stdin: bytes = b"", timeout: float = 60
) -> subprocess.CompletedProcess[bytes]:
    """Run `agentguard-secrets` with these words in `cwd`; a run that hangs fails the test."""
    return subprocess.run([*PROGRAM, *words], cwd=cwd, input=stdin, capture_output=True, timeout=timeout, check=False)


def scanned(*words: str | bytes | Path, cwd: Path, stdin: bytes = b"") -> tuple[int, dict[str, Any]]:
    """Run `scan --format json` and return its exit status and its document."""
    done = agentguard("scan", "--format", "json", *words, cwd=cwd, stdin=stdin)
    assert done.stderr == b""
    return done.returncode, json.loads(done.stdout)
