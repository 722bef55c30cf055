"""Turns the handlers of a Claude Code settings file into what they answer to a generated credential."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from agentguard_secrets.cli.gitcanary import CANARY
from agentguard_secrets.rulebook.samples import make

_Payload = dict[str, Any]
_PATIENCE = 60  # seconds: what the client waits for
_TAG = "[REDACTED:"


def faults_of(commands: Mapping[str, list[str]], root: Path) -> list[str]:
    """Return what is wrong with the answers of the handlers, event by event; nothing when all of them hold.

    `commands` maps an event to the words of its handler; each is started as the client does it, in the folder `root`,
    once with something clean and once with a credential made for the purpose.
    """
    faults = [f"{event} is not watched" for event in _EVENTS if event not in commands]
    for event, payload in _EVENTS.items():
        if event in commands:
            faults += _faults(event, commands[event], payload=payload, root=root)
    return faults


def _faults(event: str, command: list[str], *, payload: Callable[[str], _Payload], root: Path) -> list[str]:
    value = make(CANARY)
    try:
        clean = _answered(command, _event(event, payload("hello"), root), root)
        canary = _answered(command, _event(event, payload(f"token = '{value}'"), root), root)
    except subprocess.TimeoutExpired:
        return [f"{event}: the handler does not answer within {_PATIENCE} seconds"]
    except OSError as error:
        return [f"{event}: {command[0]} cannot be started: {error.strerror or error}"]
    if clean.returncode or clean.stdout.strip():
        return [f"{event}: stops what is clean: {_said(clean)}"]
    if value.encode() in canary.stdout + canary.stderr:
        return [f"{event}: repeats the credential"]
    return [] if _holds_back(canary) else [f"{event}: lets a credential pass: {_said(canary) or 'says nothing'}"]


def _event(event: str, payload: _Payload, root: Path) -> bytes:
    common = {"session_id": "agentguard-secrets-doctor", "cwd": os.fspath(root), "hook_event_name": event}
    return json.dumps({**common, **payload}).encode()


def _answered(command: list[str], event: bytes, root: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, input=event, cwd=root, capture_output=True, timeout=_PATIENCE)


def _holds_back(done: subprocess.CompletedProcess[bytes]) -> bool:
    """Say whether the client would stop, ask or replace: by the exit status 2, or by what it reads in the answer."""
    if done.returncode == 2:
        return True
    try:
        answer = json.loads(done.stdout or b"{}")
    except ValueError:
        return False
    if done.returncode or not isinstance(answer, dict):
        return False
    specific = answer.get("hookSpecificOutput", {})
    return (
        answer.get("continue") is False
        or answer.get("decision") == "block"
        or specific.get("permissionDecision") in ("deny", "ask")
        or _TAG in json.dumps(specific.get("updatedToolOutput"))
    )


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = (done.stderr or done.stdout).decode("utf-8", "backslashreplace").strip().splitlines()
    return f"exit status {done.returncode}{': ' + lines[-1][:200] if lines else ''}"


def _write(text: str) -> _Payload:
    return {"tool_name": "Write", "tool_use_id": "canary", "tool_input": {"file_path": "canary.py", "content": text}}


def _output(text: str) -> _Payload:
    return {
        "tool_name": "Bash",
        "tool_use_id": "canary",
        "tool_input": {"command": "cat canary.py"},
        "tool_response": {"stdout": text, "stderr": "", "interrupted": False, "isImage": False},
    }


def _batch(text: str) -> _Payload:
    call = {"tool_name": "Bash", "tool_use_id": "canary", "tool_input": {"command": "cat canary.py"}}
    return {"tool_calls": [{**call, "tool_response": text}]}


def _prompt(text: str) -> _Payload:
    return {"prompt": text}


# The events at which something can be held back.
_EVENTS: dict[str, Callable[[str], _Payload]] = {
    "PreToolUse": _write,
    "PostToolUse": _output,
    "PostToolBatch": _batch,
    "UserPromptSubmit": _prompt,
}
