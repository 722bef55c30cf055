"""Turns the [[test]] entries of a policy into the verdicts that the guard really gives to their events."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agentguard_secrets._record import Record
from agentguard_secrets.errors import PolicyError, RuleError
from agentguard_secrets.model import Entry, Policy
from agentguard_secrets.rulebook.samples import make
from agentguard_secrets.state.folders import NAME
from agentguard_secrets.state.key import user_key

_PATIENCE = 60.0
_MARK = "<secret>"


class Rehearsed(Record):
    """One entry, what the guard said to its event, and how the guard put it."""

    entry: Entry
    name: str
    expected: str
    verdict: str
    words: str


def rehearsed(policy: Policy, *, named: str | None) -> Iterator[Rehearsed]:
    """Give each test's event to a guard of its own, and yield what came of it.

    The guard has a journal and a memory of sessions that are thrown away, and tells nobody; `named` is the policy file
    to use instead of those that hold. Raises PolicyError for an entry that makes no event.
    """
    for entry in policy.tests:
        values = entry.values
        with tempfile.TemporaryDirectory() as folder:
            _lend_key(Path(folder))
            verdict, words = "allow", ""
            for event in _events(entry, policy.root):
                verdict, words = _judged(event, policy.root, folder, named)
        expected = values.get("verdict") or values["expect"]
        yield Rehearsed(entry, values.get("name") or _summary(values["event"]), expected, verdict, words)


def _events(entry: Entry, root: str) -> list[dict[str, Any]]:
    event = entry.values["event"]
    place = f"{entry.path}: test[{entry.number}]"
    try:
        secret = make(entry.values["secret"]) if "secret" in entry.values else ""
    except RuleError as error:
        raise PolicyError(f"{place}.secret: {error}") from error
    events = [_event(each, place) for each in (event if isinstance(event, list) else [event])]
    common = {"hook_event_name": "PreToolUse", "session_id": "policy-test", "cwd": root, "tool_use_id": "policy-test"}
    return [_filled({**common, **each}, secret) for each in events]


def _event(event: Any, place: str) -> dict[str, Any]:
    if isinstance(event, dict):
        return event
    if not str(event).lstrip().startswith("{"):
        return {"tool_name": "Bash", "tool_input": {"command": event}}
    try:
        values: dict[str, Any] = json.loads(event)
    except ValueError as error:
        raise PolicyError(f"{place}.event: expected JSON, or a shell command: {error}") from error
    return values


def _filled(value: Any, secret: str) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, secret) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, secret) for each in value]
    return value.replace(_MARK, secret) if secret and isinstance(value, str) else value


def _lend_key(folder: Path) -> None:
    """Exceptions bind to fingerprints, and these to the user's key."""
    state = folder / NAME
    state.mkdir(mode=0o700)
    (state / "key").touch(mode=0o600)
    (state / "key").write_bytes(user_key())


def _judged(event: dict[str, Any], root: str, state: str, named: str | None) -> tuple[str, str]:
    words = ["--rehearse", *(("--policy", str(Path(named).absolute())) if named else ())]
    done = subprocess.run(
        [sys.executable, "-I", "-m", "agentguard_secrets.hook", *words],
        input=json.dumps(event, default=str),
        cwd=root,
        env={**os.environ, "XDG_STATE_HOME": state, "LOCALAPPDATA": state},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=_PATIENCE,
        check=False,
    )
    return _verdict(done.returncode, done.stdout), done.stderr or done.stdout


def _verdict(status: int, output: str) -> str:
    """What the client would make of the answer, in the words of a policy."""
    if status:
        return "deny"
    document = json.loads(output) if output.strip() else {}
    said = document.get("hookSpecificOutput", {})
    permission = said.get("permissionDecision")
    if permission in ("deny", "ask"):
        return str(permission)
    if document.get("decision") == "block" or document.get("continue") is False:
        return "deny"
    return "redact" if "updatedToolOutput" in said else "allow"


def _summary(event: Any) -> str:
    text = event if isinstance(event, str) else json.dumps(event, default=str)
    return text if len(text) <= 60 else f"{text[:59]}…"
