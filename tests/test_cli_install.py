"""Turns `install` and `uninstall` into proof that a change is shown, made once, and taken back whole."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.making import sample
from tests.running import agentguard

HOOKS = ("pre-commit", "pre-push")
SCOPES = {"project": "settings.json", "local": "settings.local.json"}


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("words", [["git"], ["claude"], ["claude", "--scope", "user"]], ids=" ".join)
def test_dry_run_shows_the_change_and_writes_nothing(repository: Path, home: Path, words: list[str]) -> None:
    before = tree(repository)
    done = agentguard("install", *words, "--dry-run", cwd=repository)
    assert done.returncode == 0
    assert done.stdout.startswith(b"--- /dev/null\n+++ /")
    assert tree(repository) == before
    assert not (home / ".claude").exists()


@pytest.mark.parametrize("words", [["git"], ["claude"], ["claude", "--scope", "user"]], ids=" ".join)
def test_second_run_changes_nothing(repository: Path, home: Path, words: list[str]) -> None:
    assert agentguard("install", *words, cwd=repository).returncode == 0
    before = tree(repository), tree(home)
    done = agentguard("install", *words, cwd=repository)
    assert (done.returncode, b"already installed" in done.stdout) == (0, True)
    assert (tree(repository), tree(home)) == before


@pytest.mark.parametrize("words", [["git"], ["claude"], ["claude", "--scope", "local"]], ids=" ".join)
def test_uninstall_takes_everything_out_and_can_be_repeated(repository: Path, words: list[str]) -> None:
    before = tree(repository)
    agentguard("install", *words, cwd=repository)
    assert tree(repository) != before
    assert agentguard("uninstall", *words, cwd=repository).returncode == 0
    assert tree(repository) == before
    assert b"nothing of ours" in agentguard("uninstall", *words, cwd=repository).stdout


@pytest.mark.parametrize(("scope", "name"), SCOPES.items())
def test_claude_settings_are_those_of_the_project_also_from_below(repository: Path, scope: str, name: str) -> None:
    below = repository / "src"
    below.mkdir()
    agentguard("install", "claude", "--scope", scope, cwd=below)
    assert "PreToolUse" in json.loads((repository / ".claude" / name).read_text())["hooks"]


def test_what_else_is_in_the_settings_stays_and_its_credentials_are_not_shown(repository: Path) -> None:
    token = sample("ghp_<alnum:30><crc62:6>")
    kept = {"env": {"GITHUB_TOKEN": token}, "model": "some"}
    (repository / ".claude").mkdir()
    (repository / ".claude" / "settings.json").write_text(json.dumps(kept, indent=2) + "\n")
    done = agentguard("install", "claude", cwd=repository)
    assert token.encode() not in done.stdout + done.stderr
    written = json.loads((repository / ".claude" / "settings.json").read_text())
    assert {name: written[name] for name in kept} == kept


def test_git_keeps_the_hook_that_was_there(repository: Path) -> None:
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_bytes(b"#!/bin/sh\necho mine \xff\n")
    hook.chmod(0o755)
    agentguard("install", "git", cwd=repository)
    assert b"mine" not in hook.read_bytes()
    agentguard("uninstall", "git", cwd=repository)
    assert hook.read_bytes() == b"#!/bin/sh\necho mine \xff\n"
    assert os.access(hook, os.X_OK)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        pytest.param(["install"], 2, id="nowhere to install"),
        pytest.param(["install", "svn"], 2, id="something else"),
        pytest.param(["install", "git"], 2, id="no repository"),
        pytest.param(["install", "claude", "--scope", "galaxy"], 2, id="no such scope"),
    ],
)
def test_wrong_use_ends_with_2_and_no_traceback(tmp_path: Path, words: list[str], status: int) -> None:
    done = agentguard(*words, cwd=tmp_path)
    assert done.returncode == status
    assert b"Traceback" not in done.stderr
    assert done.stderr != b""


def test_broken_settings_are_named_and_left_alone(repository: Path) -> None:
    settings = repository / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{\n  "hooks": nothing\n}\n')
    done = agentguard("install", "claude", cwd=repository)
    assert done.returncode == 3
    assert b"settings.json:2" in done.stderr
    assert settings.read_text() == '{\n  "hooks": nothing\n}\n'
