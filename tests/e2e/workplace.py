"""Turns a client and an empty folder into a project with a home of its own, guarded by what `install claude` writes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.e2e.client import Outcome, conversation
from tests.e2e.script import Message, call
from tests.making import sample
from tests.running import PROGRAM


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
        return [json.loads(line) for line in path.read_text().splitlines()]


def token() -> str:
    """A credential that every test makes anew."""
    return sample("ghp_<alnum:30><crc62:6>")


def bash(command: str, **more: Any) -> Message:
    """A call of the shell."""
    return call("Bash", command=command, description="d", **more)
