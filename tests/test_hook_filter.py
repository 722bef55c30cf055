"""Turns commands of the shell into commands whose output is masked at its source, where the policy wants that."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agentguard_secrets.guard.filtering import MARK
from tests.hooking import Answer, answer_to
from tests.making import sample


def bash(cwd: Path, command: str, **fields: Any) -> dict[str, Any]:
    called = {"tool_name": "Bash", "tool_input": {"command": command, "description": "d", "timeout": 5}}
    return {"session_id": "s", "cwd": str(cwd), "hook_event_name": "PreToolUse", **called, **fields}


@pytest.fixture
def filtering(tmp_path: Path) -> Path:
    (tmp_path / "agentguard.toml").write_text("[mode]\nfailed_output = 'filter'\n")
    return tmp_path


def rewritten(folder: Path, command: str, **fields: Any) -> dict[str, Any]:
    answer = answer_to(bash(folder, command, **fields))
    assert (answer.status, answer.verdict in ("ask", "silence")) == (0, True)
    changed = answer.specific["updatedInput"]
    assert {**changed, "command": ""} == {"command": "", "description": "d", "timeout": 5}
    return dict(changed)


def ran(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    changed = rewritten(folder, command)["command"]
    return subprocess.run(["bash", "-c", changed], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command", ["cat notes.txt; exit 3", "cat notes.txt >&2; (exit 3)", "cat notes.txt; false; exit 3 # x"]
)
def test_output_of_a_failing_command_is_masked_and_its_status_kept(filtering: Path, command: str) -> None:
    credential = sample("ghp_<alnum:30><crc62:6>")
    (filtering / "notes.txt").write_text(f"first\n{credential}\n")
    done = ran(filtering, command)
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.startswith("first\n[REDACTED:github-pat:")
    assert credential not in done.stdout


def test_here_document_and_quotes_survive(filtering: Path) -> None:
    assert ran(filtering, "cat <<'E'\na 'b' \"c\" $d\nE").stdout == "a 'b' \"c\" $d\n"


def test_filter_that_fails_lets_nothing_pass(filtering: Path) -> None:
    changed = rewritten(filtering, "echo word")["command"]
    broken = changed.replace("agentguard_secrets.cli.main", "agentguard_secrets.no.such")
    done = subprocess.run(["bash", "-c", broken], capture_output=True, text=True, check=False)
    assert "word" not in done.stdout


def test_call_that_is_denied_is_not_rewritten(filtering: Path) -> None:
    answer = answer_to(bash(filtering, f"export T={sample('ghp_<alnum:30><crc62:6>')}"))
    assert (answer.status, answer.verdict) == (2, "deny")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(f"# {MARK}\ncat notes.txt", id="it says that it is filtered"),
        pytest.param("true; }; cat notes.txt; exit 3; { true", id="it closes the brace around it"),
        pytest.param("true; } 2>/dev/null; cat notes.txt; : | {", id="it closes the brace and opens another"),
    ],
)
def test_no_command_gets_out_of_the_filter(filtering: Path, command: str) -> None:
    credential = sample("ghp_<alnum:30><crc62:6>")
    (filtering / "notes.txt").write_text(f"{credential}\n")
    done = ran(filtering, command)
    assert credential not in done.stdout + done.stderr


def test_command_that_a_person_is_asked_about_is_filtered_too(filtering: Path) -> None:
    answer = answer_to(bash(filtering, "cat .env; exit 3"))
    assert answer.verdict == "ask"
    assert answer.specific["permissionDecisionReason"]
    assert MARK in answer.specific["updatedInput"]["command"]


def test_lines_of_monitor_are_masked_as_they_come(filtering: Path) -> None:
    credential = sample("ghp_<alnum:30><crc62:6>")
    (filtering / "notes.txt").write_text(f"{credential}\n")
    changed = rewritten(filtering, "echo first; cat notes.txt; sleep 30", tool_name="Monitor")["command"]
    with subprocess.Popen(
        ["bash", "-c", changed], cwd=filtering, stdout=subprocess.PIPE, start_new_session=True
    ) as run:
        assert run.stdout is not None
        lines = [run.stdout.readline() for _ in range(2)]
        os.killpg(run.pid, signal.SIGKILL)
    assert lines[0] == b"first\n"
    assert lines[1].startswith(b"[REDACTED:github-pat:")


@pytest.mark.parametrize("policy", ["", "[mode]\nfailed_output = 'stop'\n", "[owner]\nname = 'filter'\n"])
def test_nothing_is_rewritten_unless_the_policy_says_so(tmp_path: Path, policy: str) -> None:
    (tmp_path / "agentguard.toml").write_text(policy)
    assert answer_to(bash(tmp_path, "echo word")) == Answer(0, b"", b"")


def test_only_the_shell_is_filtered(filtering: Path) -> None:
    assert answer_to(bash(filtering, "x", tool_name="PowerShell")) == Answer(0, b"", b"")
    assert answer_to(bash(filtering, "x", tool_input={"command": 7})) == Answer(0, b"", b"")
