"""Turns a scripted conversation into what the real client did: what it sent, showed, wrote and kept."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.script import Message, ScriptedModel

_TOKEN = "dummy"


@dataclass
class Outcome:
    """One finished conversation."""

    model: ScriptedModel
    folder: Path
    home: Path
    status: int
    stream: str

    def everything(self) -> str:
        """Whatever a credential could have got into: requests, the stream and every transcript."""
        return self.model.sent() + self.stream + self.transcripts()

    def session(self) -> str:
        """The id of the session, as the stream names it."""
        return next(str(event["session_id"]) for event in self.events() if event.get("session_id"))

    def transcripts(self) -> str:
        """What the client keeps of its sessions."""
        return "".join(path.read_text(errors="replace") for path in (self.home / ".claude").rglob("*.jsonl"))

    def events(self) -> list[dict[str, Any]]:
        """The lines of the stream."""
        return [json.loads(line) for line in self.stream.splitlines() if line.startswith("{")]


def conversation(
    client: Path,
    folder: Path,
    home: Path,
    steps: list[list[Message]],
    *,
    prompt: str = "go",
    words: tuple[str, ...] = (),
    agents: dict[str, list[list[Message]]] | None = None,
    launcher: tuple[str, ...] = (),
    mode: tuple[str, ...] = ("--dangerously-skip-permissions",),
    variables: dict[str, str] | None = None,
) -> Outcome:
    """Let the client talk to a model that makes the calls of `steps`, in `folder`, with `home` for its own.

    `mode` says what it may do without being asked, `variables` is what it finds in its environment besides.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scratch = home / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    with ScriptedModel(steps, agents) as model:
        command = [*launcher, str(client), "-p", "--output-format", "stream-json", "--verbose"]
        command += [*mode, *words, "--", prompt]
        done = subprocess.run(
            command,
            cwd=folder,
            env={**_environment(home, scratch, model.address), **(variables or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=180,
            check=False,
        )
    stream = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
    return Outcome(model, folder, home, done.returncode, stream)


def plain(client: Path, home: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a command of the client that talks to no model."""
    environment = _environment(home, home, "http://127.0.0.1:9")
    return subprocess.run(
        [str(client), *words], cwd=cwd, env=environment, capture_output=True, timeout=120, check=False
    )


def _environment(home: Path, scratch: Path, address: str) -> dict[str, str]:
    """Nothing of the caller's: a client that finds no account and reaches nothing but the scripted model."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "SHELL": "/bin/bash",
        "ANTHROPIC_BASE_URL": address,
        "ANTHROPIC_API_KEY": _TOKEN,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_TELEMETRY": "1",
        "IS_SANDBOX": "1",
    }
