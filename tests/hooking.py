"""Turns events into what the guard answers, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

_PAYLOADS = Path(__file__).parent / "golden" / "claude"
HOOK = (sys.executable, "-I", "-m", "agentguard_secrets.hook")

# One interpreter for many events. It forks for each, so that each is answered, and ended, by a process of its own.
_FORKING = """
import json, os, sys, tempfile
from agentguard_secrets import hook
from agentguard_secrets.protocol import claude_answer

def answered(raw):
    files = [tempfile.TemporaryFile() for _ in range(3)]
    files[0].write(raw.encode())
    files[0].seek(0)
    child = os.fork()
    if not child:
        for number, file in enumerate(files):
            os.dup2(file.fileno(), number)
        hook.main([])
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for file in files:
        file.seek(0)
    return status, files[1].read().decode(), files[2].read().decode()

json.dump([answered(raw) for raw in json.load(sys.stdin)], sys.stdout)
"""


class Answer(NamedTuple):
    """What the client sees of one run."""

    status: int
    output: bytes
    words: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The JSON object on standard output, {} for silence."""
        document = json.loads(self.output or b"{}")
        assert isinstance(document, dict)
        return document

    @property
    def specific(self) -> dict[str, Any]:
        """What the answer says for this kind of event only."""
        specific = self.document.get("hookSpecificOutput", {})
        assert isinstance(specific, dict)
        return specific

    @property
    def verdict(self) -> str:
        """What the client makes of it: silence, ask, deny, redact, withhold, block, tell or mention."""
        if self.specific.get("permissionDecision"):
            return str(self.specific["permissionDecision"])
        if "updatedToolOutput" in self.specific:
            return "redact"
        if self.document.get("decision") == "block":
            return "block"
        if self.document.get("continue") is False:
            return "withhold"
        if "additionalContext" in self.specific:
            return "tell"
        return "mention" if "systemMessage" in self.document else "silence"


def answered(raw: bytes, *arguments: str, cwd: Path | None = None, command: tuple[str, ...] = HOOK) -> Answer:
    """Give `raw` to a guard on standard input; a run that hangs fails the test."""
    done = subprocess.run([*command, *arguments], input=raw, cwd=cwd, capture_output=True, timeout=60, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


def answer_to(event: dict[str, Any], *arguments: str, cwd: Path | None = None) -> Answer:
    """Give one event to a guard."""
    return answered(json.dumps(event).encode() + b"\n", *arguments, cwd=cwd)


def answers_to(events: list[dict[str, Any]]) -> list[Answer]:
    """Give each event to a guard of its own; for many events, as starting Python each time takes most of the time."""
    if not hasattr(os, "fork"):
        return [answer_to(event) for event in events]
    given = json.dumps([json.dumps(event) for event in events])
    done = subprocess.run([sys.executable, "-I", "-c", _FORKING], input=given.encode(), capture_output=True, check=True)
    return [Answer(status, output.encode(), words.encode()) for status, output, words in json.loads(done.stdout)]


def recorded() -> dict[str, dict[str, Any]]:
    """The real client's events by the name of their file."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(_PAYLOADS.glob("*.json"))}
