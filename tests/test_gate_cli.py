"""Turns a person's word at a terminal into proof of what it lets pass, and that nobody else can say it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentguard_secrets.state import grants, pausing
from tests.conftest import Git
from tests.hooking import answer_to
from tests.running import agentguard
from tests.test_cli_terminal import on_terminal


def shell(command: str, cwd: Path, session: str = "s") -> dict[str, Any]:
    event = {"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_use_id": "t", "session_id": session}
    return {**event, "cwd": str(cwd), "tool_input": {"command": command}}


@pytest.fixture
def project(tmp_path: Path, git: Git) -> Path:
    git(tmp_path, "init", "-q", "-b", "feature")
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [("grant", "add", "rm -rf src"), ("pause", "5")],
    ids=["a grant", "a pause"],
)
def test_only_a_person_at_a_terminal_can_say_it(project: Path, words: tuple[str, ...]) -> None:
    done = agentguard(*words, cwd=project)
    assert done.returncode == 2
    assert b"terminal" in done.stderr
    assert answer_to(shell("rm -rf src", project)).verdict == "ask"


def test_grant_lets_exactly_this_command_run(project: Path) -> None:
    shown = on_terminal("grant", "add", "rm -rf src", cwd=project, typed=b"y\n")
    assert b"until" in shown
    assert answer_to(shell("rm -rf src", project)).verdict == "silence"
    assert answer_to(shell("rm -rf src docs", project)).verdict == "ask"
    assert answer_to(shell("rm -rf src", project.parent)).verdict == "ask"


def test_declined_grant_grants_nothing(project: Path) -> None:
    on_terminal("grant", "add", "rm -rf src", cwd=project, typed=b"n\n")
    assert grants.grants() == []


def test_granted_run_is_journaled_as_such(project: Path, home: Path) -> None:
    grants.grant("rm -rf src", folder=str(project), seconds=60, session="", shown="rm")
    answer_to(shell("rm -rf src", project))
    last = (home / ".local/state/agentguard-secrets/journal.jsonl").read_text().splitlines()[-1]
    assert (json.loads(last)["acts"], json.loads(last)["note"]) == (["destructive-files"], "granted")


def test_grant_of_a_session_holds_for_that_session(project: Path) -> None:
    grants.grant("rm -rf src", folder=str(project), seconds=60, session="one", shown="rm")
    assert answer_to(shell("rm -rf src", project, session="one")).verdict == "silence"
    assert answer_to(shell("rm -rf src", project, session="two")).verdict == "ask"


def test_grant_expires(project: Path) -> None:
    grants.grant("rm -rf src", folder=str(project), seconds=-1, session="", shown="rm")
    assert grants.grants() == []
    assert answer_to(shell("rm -rf src", project)).verdict == "ask"


def test_grant_is_listed_and_revoked(project: Path) -> None:
    made = grants.grant("rm -rf src", folder=str(project), seconds=60, session="", shown="rm -rf src")
    assert made.id.encode() in agentguard("grant", "list", cwd=project).stdout
    assert agentguard("grant", "revoke", made.id, cwd=project).returncode == 0
    assert agentguard("grant", "list", cwd=project).stdout == b""
    assert answer_to(shell("rm -rf src", project)).verdict == "ask"


def test_grant_that_nobody_sealed_grants_nothing(project: Path, home: Path) -> None:
    grants.grant("rm -rf src", folder=str(project), seconds=60, session="", shown="rm")
    file = home / ".local/state/agentguard-secrets/grants.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"session": ""', b'"session": "x"'))
    assert grants.grants() == []
    assert answer_to(shell("rm -rf src", project)).verdict == "ask"


def test_file_of_grants_holds_no_command_in_the_open(project: Path, home: Path) -> None:
    grants.grant("rm -rf private-name", folder=str(project), seconds=60, session="", shown="rm")
    file = home / ".local/state/agentguard-secrets/grants.jsonl"
    assert b"private-name" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


def test_paused_guard_watches_and_says_so(project: Path, home: Path) -> None:
    on_terminal("pause", "5", cwd=project, typed=b"y\n")
    assert answer_to(shell("rm -rf src", project)).verdict == "mention"
    last = (home / ".local/state/agentguard-secrets/journal.jsonl").read_text().splitlines()[-1]
    assert json.loads(last)["note"] == "paused"
    assert agentguard("pause", "--end", cwd=project).returncode == 0
    assert answer_to(shell("rm -rf src", project)).verdict == "ask"


def test_pause_that_nobody_sealed_is_none(project: Path, home: Path) -> None:
    pausing.pause(60)
    file = home / ".local/state/agentguard-secrets/paused"
    until, _blank, seal = file.read_text().partition(" ")
    file.write_text(f"{int(until) + 1} {seal}")
    assert pausing.paused_until() is None
    assert answer_to(shell("rm -rf src", project)).verdict == "ask"


def test_pause_is_never_longer_than_a_working_day(project: Path) -> None:
    assert agentguard("pause", "100000", cwd=project).returncode == 2


def test_export_says_what_the_policy_says(project: Path) -> None:
    (project / "agentguard.toml").write_text(
        '[verdicts]\nread = { secret-file = "deny" }\n[paths]\nsecret = ["plans/*"]\n'
    )
    settings = json.loads(agentguard("policy", "export", "claude", cwd=project).stdout)
    deny, ask = settings["permissions"]["deny"], settings["permissions"]["ask"]
    assert {"Read(**/.env)", "Read(./plans/*)", "Read(~/.aws/credentials)", "Read(//etc/shadow)"} <= {*deny}
    assert "Edit(**/agentguard.toml)" in deny
    assert "Bash(git push --force:*)" in deny
    assert "Bash(terraform destroy:*)" in ask
    assert "~/.aws/credentials" in settings["sandbox"]["filesystem"]["denyRead"]


def test_export_leaves_templates_readable(project: Path) -> None:
    settings = json.loads(agentguard("policy", "export", "claude", cwd=project).stdout)
    assert not [rule for rules in settings["permissions"].values() for rule in rules if rule == "Read(**/.env.*)"]
