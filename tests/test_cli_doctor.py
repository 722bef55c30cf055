"""Turns guards that are broken in one way each into proof that the doctor notices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentguard_secrets.state.githooks import HOOKS
from tests.conftest import Git
from tests.running import agentguard


@pytest.fixture
def guarded(repository: Path) -> Path:
    """A repository in which both guards are installed."""
    assert agentguard("install", "git", cwd=repository).returncode == 0
    assert agentguard("install", "claude", cwd=repository).returncode == 0
    return repository


def doctor(folder: Path, *words: str) -> tuple[int, str]:
    done = agentguard("doctor", *words, cwd=folder, timeout=300)
    assert done.stderr == b""
    return done.returncode, done.stdout.decode()


def test_installed_guards_are_sound_and_nothing_of_the_canary_stays(guarded: Path, git: Git) -> None:
    before = git(guarded, "status", "--porcelain", "--ignored"), git(guarded, "count-objects")
    status, said = doctor(guarded)
    assert (status, said.count("ok "), said.count("FAULT")) == (0, 7, 0)
    assert (git(guarded, "status", "--porcelain", "--ignored"), git(guarded, "count-objects")) == before


def test_missing_guards_are_named_with_the_command_that_mends_them(repository: Path) -> None:
    status, said = doctor(repository)
    assert status == 1
    for guard in (*(f"git {hook}" for hook in HOOKS), "claude"):
        assert f"FAULT  {guard}: is missing" in said
    assert "agentguard-secrets install git" in said
    assert "agentguard-secrets install claude --scope user" in said


def test_only_the_guards_asked_for_are_looked_at(repository: Path) -> None:
    agentguard("install", "git", cwd=repository)
    assert doctor(repository, "git")[0] == 0
    assert doctor(repository, "claude")[0] == 1


def hook_of(folder: Path, name: str) -> Path:
    return folder / ".git" / "hooks" / name


def without_right(folder: Path) -> None:
    hook_of(folder, "pre-commit").chmod(0o644)


def removed(folder: Path) -> None:
    hook_of(folder, "pre-commit").unlink()


def replaced(folder: Path) -> None:
    hook_of(folder, "pre-commit").write_text("#!/bin/sh\nexit 0\n")


def hollow(folder: Path) -> None:
    hook = hook_of(folder, "pre-commit")
    hook.write_text(hook.read_text().replace("exec ", "exit 0\nexec "))


def without_interpreter(folder: Path) -> None:
    hook = hook_of(folder, "pre-commit")
    hook.write_text(hook.read_text().replace("python='/", "python='/gone/"))


def elsewhere(folder: Path) -> None:
    subprocess.run(["git", "config", "core.hooksPath", "hooks"], cwd=folder, check=True)


def only_observed(folder: Path) -> None:
    (folder / "agentguard.toml").write_text("[mode]\nlevel = 'observe'\n")


def broken_policy(folder: Path) -> None:
    (folder / "agentguard.toml").write_text("[mode]\nlevel = 'strict'\n")


GIT_FAULTS = {
    without_right: "may not be executed",
    removed: "is missing",
    replaced: "is another hook",
    hollow: "lets a credential be committed",
    without_interpreter: "refuses a clean commit",
    elsewhere: "is missing",
    only_observed: "lets a credential be committed",
    broken_policy: "refuses a clean commit",
}


@pytest.mark.parametrize(("broken", "fault"), GIT_FAULTS.items(), ids=[each.__name__ for each in GIT_FAULTS])
def test_broken_git_hook_is_noticed(guarded: Path, broken: Callable[[Path], None], fault: str) -> None:
    broken(guarded)
    status, said = doctor(guarded, "git")
    assert status == 1
    assert fault in said.split("git pre-commit: ")[1].splitlines()[0]


def test_each_hook_that_lets_a_canary_pass_is_noticed(guarded: Path) -> None:
    for name in HOOKS:
        hook = hook_of(guarded, name)
        hook.write_text(hook.read_text().replace("exec ", "exit 0\nexec "))
    said = doctor(guarded, "git")[1]
    for name in HOOKS:
        assert said.split(f"git {name}: ")[1].startswith("lets a "), said


def test_policy_that_asks_is_sound(guarded: Path) -> None:
    (guarded / "agentguard.toml").write_text("[mode]\nlevel = 'ask'\n")
    assert doctor(guarded)[0] == 0


@pytest.mark.parametrize(
    ("broken", "told"), [(only_observed, "its mode is observe"), (broken_policy, "agentguard.toml")]
)
def test_policy_that_blocks_nothing_is_named(guarded: Path, broken: Callable[[Path], None], told: str) -> None:
    broken(guarded)
    note, fault = doctor(guarded, "git")[1].split("FAULT")[:2]
    assert told in note
    assert "mend it: the policy above, then agentguard-secrets install git" in fault


def settings_of(folder: Path) -> Path:
    return folder / ".claude" / "settings.json"


def edited(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    settings = json.loads(settings_of(folder).read_text())
    edit(settings)
    settings_of(folder).write_text(json.dumps(settings))


def event_removed(folder: Path) -> None:
    edited(folder, lambda settings: settings["hooks"].pop("PreToolUse"))


def handler(settings: dict[str, Any], event: str) -> dict[str, Any]:
    found: dict[str, Any] = settings["hooks"][event][0]["hooks"][0]
    return found


def program_gone(folder: Path) -> None:
    edited(folder, lambda settings: handler(settings, "PreToolUse").update(command="/gone/sh"))


def answer_swallowed(folder: Path) -> None:
    edited(folder, lambda settings: handler(settings, "UserPromptSubmit").update(command="/bin/true"))


def crash_let_through(folder: Path) -> None:
    edited(folder, lambda settings: handler(settings, "PostToolUse")["args"].__setitem__(1, '"$0" "$@" >/dev/null'))


def timeout_changed(folder: Path) -> None:
    edited(folder, lambda settings: handler(settings, "PreToolUse").update(timeout=1))


def switched_off(folder: Path) -> None:
    (folder / ".claude" / "settings.local.json").write_text('{"disableAllHooks": true}')


def malformed(folder: Path) -> None:
    settings_of(folder).write_text("{")


CLAUDE_FAULTS = {
    event_removed: "PreToolUse: expected the guard",
    program_gone: "PreToolUse: /gone/sh",
    answer_swallowed: "UserPromptSubmit: expected the canary to be stopped",
    crash_let_through: "PostToolUse: expected the canary to be stopped",
    timeout_changed: "not the guard that this program installs",
    switched_off: "disableAllHooks keeps it from running",
    malformed: "expected JSON",
    only_observed: "PreToolUse: expected the canary to be stopped",
}


@pytest.mark.parametrize(("broken", "fault"), CLAUDE_FAULTS.items(), ids=[each.__name__ for each in CLAUDE_FAULTS])
def test_broken_claude_guard_is_noticed(guarded: Path, broken: Callable[[Path], None], fault: str) -> None:
    broken(guarded)
    status, said = doctor(guarded, "claude")
    assert status == 1
    assert fault in said
    assert said.split("mend it: ")[1].endswith("agentguard-secrets install claude --scope project\n")


def test_switch_of_an_inner_file_outvotes_that_of_an_outer_one(guarded: Path, home: Path) -> None:
    (home / ".claude").mkdir()
    (home / ".claude" / "settings.json").write_text('{"disableAllHooks": true}')
    assert doctor(guarded, "claude")[0] == 1
    (guarded / ".claude" / "settings.local.json").write_text('{"disableAllHooks": false}')
    assert doctor(guarded, "claude")[0] == 0


FRAMEWORK = """\
repos:
- repo: local
  hooks:
  - id: other
    name: fails always
    language: system
    entry: 'false'
    always_run: true
    stages: [pre-commit, pre-push]
  - {{id: agentguard-secrets, name: commit, language: system, entry: '{python} git-hook pre-commit',
     pass_filenames: false, always_run: true, stages: [pre-commit]}}
  - {{id: agentguard-secrets-push, name: push, language: system, entry: '{python} git-hook {push}',
     pass_filenames: false, always_run: true, stages: [pre-push]}}
"""


@pytest.mark.parametrize(
    ("push", "expected"),
    [pytest.param("pre-push", 0, id="sound"), pytest.param("--help", 1, id="an entry that scans nothing")],
)
def test_guards_of_the_pre_commit_framework_are_tried_without_its_other_hooks(
    repository: Path, push: str, expected: int
) -> None:
    python = f"{sys.executable} -m agentguard_secrets.cli.main"
    (repository / ".pre-commit-config.yaml").write_text(FRAMEWORK.format(python=python, push=push))
    words = [sys.executable, "-m", "pre_commit", "install", "-t", "pre-commit", "-t", "pre-push"]
    subprocess.run(words, cwd=repository, check=True, capture_output=True)
    status, said = doctor(repository, "git")
    assert (status, "FAULT  git pre-push" in said, "FAULT  git pre-commit" in said) == (expected, expected == 1, False)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        pytest.param({"env": {"LD_PRELOAD": "/x.so"}}, "env.LD_PRELOAD: hooks inherit it", id="a library"),
        pytest.param(
            {"hooks": {"PostToolUse": [{"hooks": [{"type": "command", "command": "tidy"}]}]}},
            "another hook at PostToolUse may replace an output",
            id="a hook that may undo a mask",
        ),
        pytest.param({"hooks": {"Stop": [{"hooks": [{"type": 1}]}]}}, "type: expected a string", id="a malformed hook"),
        pytest.param(
            {"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": "x", "timeout": "9"}]}]}},
            "timeout: expected a positive number of seconds",
            id="a timeout that is none",
        ),
    ],
)
def test_what_stands_around_the_guard_is_told(guarded: Path, settings: dict[str, Any], told: str) -> None:
    (guarded / ".claude" / "settings.local.json").write_text(json.dumps(settings))
    assert told in doctor(guarded, "claude")[1]


def test_folder_that_the_client_does_not_trust_is_told(guarded: Path, home: Path) -> None:
    known = home / ".claude.json"
    known.write_text(json.dumps({"projects": {}}))
    assert "is not trusted yet" in doctor(guarded, "claude")[1]
    known.write_text(json.dumps({"projects": {str(guarded): {"hasTrustDialogAccepted": True}}}))
    assert "is not trusted yet" not in doctor(guarded, "claude")[1]


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script")
@pytest.mark.parametrize(
    ("version", "told"), [("2.1.330", None), ("2.1.100", "expected 2.1.139 or newer"), ("rubbish", None)]
)
def test_client_that_is_too_old_is_told(
    guarded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, told: str | None
) -> None:
    client = tmp_path / "bin" / "claude"
    client.parent.mkdir()
    client.write_text(f"#!/bin/sh\necho '{version} (Claude Code)'\n")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", f"{client.parent}{os.pathsep}{os.environ['PATH']}")
    said = doctor(guarded, "claude")[1]
    assert (told or "an older one") in said or told is None
    assert ("an older one" in said) == (told is not None)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script")
def test_client_that_makes_no_call_proves_nothing(guarded: Path, tmp_path: Path) -> None:
    client = tmp_path / "claude"
    client.write_text("#!/bin/sh\nexit 0\n")
    client.chmod(0o755)
    status, said = doctor(guarded, "claude", "--client", str(client))
    assert (status, "did not make the two calls" in said) == (1, True)
    assert "found none" in doctor(guarded, "claude", "--client", str(tmp_path / "none"))[1]
