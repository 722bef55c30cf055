"""Turns an installed Claude Code guard into the list of what it fails to stop."""

from __future__ import annotations

import json
import secrets
import subprocess
from pathlib import Path
from typing import Any

from agentguard_secrets.state.claudehooks import EVENTS
from agentguard_secrets.state.claudesettings import guard_commands
from agentguard_secrets.state.session import forget

_LONGEST = 60  # seconds, as the settings say


def canary(settings: Path, credential: str, *, folder: Path) -> list[str]:
    """Run each guard of a settings file as the client would, with `credential` in what it judges; [] when all stop it.

    `folder` is the project's. Nothing is written but lines of the journal, with a session "canary-…". A problem
    names event, expectation and what came; `credential` is in no problem. Raises StateError for malformed settings.
    """
    commands = guard_commands(settings)
    problems = [f"{event}: expected the guard in {settings}, found none" for event in EVENTS if event not in commands]
    for event, command in commands.items():
        if event in _EVENTS:
            problems += _problems(event, command, credential, folder=folder)
    return problems


def _problems(event: str, command: list[str], credential: str, *, folder: Path) -> list[str]:
    # A session that a credential is left in sends nothing more: each event has one of its own.
    session = f"canary-{secrets.token_hex(8)}"
    common = {"session_id": session, "cwd": str(folder.resolve()), "hook_event_name": event}
    fields, expected = _EVENTS[event]
    try:
        clean = _ran(command, {**common, **_filled(fields, "nothing secret")}, folder)
        caught = _ran(command, {**common, **_filled(fields, f"TOKEN={credential}")}, folder)
    except (OSError, subprocess.TimeoutExpired) as error:
        return [f"{event}: {command[0]}: {type(error).__name__}: the guard did not run"]
    finally:
        forget(session)
    problems = []
    if not (_is_stopped(event, caught, expected) or _is_asked(event, caught)):
        problems.append(f"{event}: expected the canary to be stopped, got exit status {caught.returncode} without that")
    if credential.encode() in caught.stdout + caught.stderr:
        problems.append(f"{event}: the answer repeats the canary")
    if clean.returncode != 0 or clean.stdout.strip():
        problems.append(f"{event}: expected silence about clean text, got exit status {clean.returncode}")
    return problems


def _is_stopped(event: str, done: subprocess.CompletedProcess[bytes], expected: dict[str, Any]) -> bool:
    return _holds(_parsed(done.stdout), expected) and (event not in _STOPPED_BY_STATUS or done.returncode == 2)


def _is_asked(event: str, done: subprocess.CompletedProcess[bytes]) -> bool:
    """Say whether a person is asked: a policy whose mode is ask wants no more, and nothing passes by itself."""
    return event == "PreToolUse" and done.returncode == 0 and _holds(_parsed(done.stdout), _ASKED)


# Event -> (fields, what the answer to the canary has to hold); TEXT stands for the text to judge.
_CALL = {"tool_name": "Write", "tool_input": {"file_path": "canary.txt", "content": "TEXT"}}
_SHELL = {"tool_name": "Bash", "tool_input": {"command": "true"}}
_OUTPUT = {"stdout": "TEXT", "stderr": "", "interrupted": False, "isImage": False}
_EVENTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "PreToolUse": (_CALL, {"hookSpecificOutput": {"permissionDecision": "deny"}}),
    "PostToolUse": (
        {**_SHELL, "tool_response": _OUTPUT},
        {"hookSpecificOutput": {"updatedToolOutput": {"stderr": "", "interrupted": False, "isImage": False}}},
    ),
    "PostToolUseFailure": (
        {**_SHELL, "error": "TEXT"},
        {"hookSpecificOutput": {"hookEventName": "PostToolUseFailure"}},
    ),
    "PostToolBatch": ({"tool_calls": [{**_SHELL, "tool_response": "TEXT"}]}, {"decision": "block"}),
    "UserPromptSubmit": ({"prompt": "TEXT"}, {"decision": "block"}),
    "UserPromptExpansion": ({"prompt": "TEXT"}, {"decision": "block"}),
}
_ASKED = {"hookSpecificOutput": {"permissionDecision": "ask"}}
_STOPPED_BY_STATUS = ("PreToolUse", "PostToolBatch", "UserPromptSubmit", "UserPromptExpansion")


def _filled(fields: Any, text: str) -> Any:
    if isinstance(fields, dict):
        return {key: _filled(value, text) for key, value in fields.items()}
    if isinstance(fields, list):
        return [_filled(value, text) for value in fields]
    return text if fields == "TEXT" else fields


def _ran(command: list[str], event: dict[str, Any], folder: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command,
        input=json.dumps(event).encode() + b"\n",
        cwd=folder,
        capture_output=True,
        timeout=_LONGEST,
        check=False,
    )


def _parsed(output: bytes) -> Any:
    try:
        return json.loads(output)
    except ValueError:
        return None


def _holds(answer: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(_holds(answer.get(key), value) for key, value in expected.items())
    return bool(answer == expected)
