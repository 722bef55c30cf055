"""Turns a client and an empty folder into a project with a home of its own, guarded by what `install claude` writes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.client import Outcome, conversation
from tests.e2e.script import Message, call
from tests.making import sample
from tests.running import PROGRAM

# Starts what comes after it with a private copy of the machine's own settings, and the file named first in it.
_PRIVATE = (
    "mount --make-rprivate / && mkdir -p /etc/claude-code && mount -t tmpfs none /etc/claude-code && "
    'cp "$0" /etc/claude-code/managed-settings.json && exec "$@"'
)
PRIVATE_ETC = ("unshare", "--mount", "sh", "-c", _PRIVATE)
HAS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("unshare") is not None
needs_private_etc = pytest.mark.skipif(not HAS_ROOT, reason="NOT TESTED: needs root and unshare for a private /etc")
_MANAGED = (
    "import sys, json; from agentguard_secrets.state import claudesettings as c, claudeextras as e;"
    "print(json.dumps(e.with_extras(c.with_guard('m', {}), e.MANAGED | e.STRICT, e.DENIED), indent=2))"
)


class Workplace:
    """A project and a home of their own, guarded by what `install claude` writes."""

    def __init__(self, client: Path, root: Path) -> None:
        self.client, self.folder, self.home = client, root / "work", root / "home"
        self.folder.mkdir()
        self.home.mkdir()
        (self.home / ".gitconfig").write_text("[user]\nname = t\nemail = t@example.invalid\n")
        self.ours("install", "claude", "--scope", "local", "--yes")

    def ours(self, *words: str, status: int = 0) -> str:
        """What `agentguard-secrets` prints for these words."""
        environment = {**os.environ, "HOME": str(self.home)}
        done = subprocess.run([*PROGRAM, *words], cwd=self.folder, env=environment, check=False, capture_output=True)
        assert done.returncode == status, done.stderr
        return done.stdout.decode()

    def settings(self) -> Any:
        """The settings with the guard."""
        return json.loads((self.folder / ".claude" / "settings.local.json").read_text())

    def managed(self) -> list[str]:
        """The word after PRIVATE_ETC: a file of managed settings with the guard."""
        path = self.folder.parent / "managed-settings.json"
        done = subprocess.run([sys.executable, "-c", _MANAGED], capture_output=True, check=True)
        path.write_bytes(done.stdout)
        return [str(path)]

    def write(self, name: str, text: str) -> Path:
        """A file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def git(self, *words: str) -> str:
        """What git says in the project."""
        environment = {**os.environ, "HOME": str(self.home), "GIT_CONFIG_GLOBAL": str(self.home / ".gitconfig")}
        done = subprocess.run(["git", *words], cwd=self.folder, env=environment, capture_output=True, check=True)
        return done.stdout.decode()

    def talk(self, *steps: list[Message] | Message, **more: Any) -> Outcome:
        """A conversation in which the model makes these calls."""
        listed = [step if isinstance(step, list) else [step] for step in steps]
        return conversation(self.client, self.folder, self.home, listed, **more)

    def journal(self) -> list[dict[str, Any]]:
        """The lines of the journal."""
        path = self.home / ".local" / "state" / "agentguard-secrets" / "journal.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def token() -> str:
    """A credential that every test makes anew."""
    return sample("ghp_<alnum:30><crc62:6>")


def bash(command: str, **more: Any) -> Message:
    """A call of the shell."""
    return call("Bash", command=command, description="d", **more)
