"""Turns guards that are broken in one way each into proof that the doctor notices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentguard_secrets.cli.claude_surroundings import surroundings
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


def interpreter_gone(folder: Path) -> None:
    settings_of(folder).write_text(settings_of(folder).read_text().replace(sys.executable, "/gone/python"))


def package_gone(folder: Path) -> None:
    """An interpreter of its own, into which nobody has installed the guard."""
    venv.create(folder.parent / "bare", with_pip=False)
    bare = str(folder.parent / "bare" / "bin" / "python")
    settings_of(folder).write_text(settings_of(folder).read_text().replace(sys.executable, bare))


def other_version(folder: Path) -> None:
    """An interpreter whose guard says that it is another one."""
    program = folder.parent / "python"
    program.write_text("#!/bin/sh\necho 0.0.7\n")
    program.chmod(0o755)
    settings_of(folder).write_text(settings_of(folder).read_text().replace(sys.executable, str(program)))


def timeout_a_text(folder: Path) -> None:
    edited(folder, lambda settings: handler(settings, "PreToolUse").update(timeout="60"))


def sibling(folder: Path, event: str, group: object) -> None:
    edited(folder, lambda settings: settings["hooks"][event].append(group))


def sibling_without_command(folder: Path) -> None:
    sibling(folder, "PreToolUse", {"matcher": "*", "hooks": [{"type": "command"}]})


def sibling_of_no_type(folder: Path) -> None:
    sibling(folder, "Stop", {"hooks": [{"type": "script", "command": "true"}]})


def sibling_with_matcher_null(folder: Path) -> None:
    sibling(folder, "PreToolUse", {"matcher": None, "hooks": []})


def library_in_front(folder: Path) -> None:
    (folder / ".claude" / "settings.local.json").write_text('{"env": {"LD_PRELOAD": "/x.so"}}')


INSTALL = "agentguard-secrets install claude --scope project"
# What is broken -> what is told, and what is said to mend it.
CLAUDE_FAULTS = {
    event_removed: ("PreToolUse: expected the guard", INSTALL),
    program_gone: ("PreToolUse: /gone/sh: expected a program", INSTALL),
    interpreter_gone: ("/gone/python: expected an interpreter", INSTALL),
    package_gone: ("does not find the package agentguard_secrets", INSTALL),
    other_version: ("the guard is version 0.0.7, this program is", INSTALL),
    answer_swallowed: ("UserPromptSubmit: expected the canary to be stopped", INSTALL),
    crash_let_through: ("PostToolUse: expected the canary to be stopped", INSTALL),
    timeout_changed: ("not the guard that this program installs", INSTALL),
    timeout_a_text: ('timeout: expected a positive number of seconds, got "60"', "correct "),
    sibling_without_command: ("hooks.PreToolUse[1].hooks[0].command: expected a string, got null", "correct "),
    sibling_of_no_type: ("hooks.Stop[1].hooks[0].type: expected one of command", "correct "),
    sibling_with_matcher_null: ("hooks.PreToolUse[1].matcher: expected a string, got null", "correct "),
    switched_off: ("settings.local.json: disableAllHooks keeps it from running", "take disableAllHooks out of "),
    library_in_front: ("env.LD_PRELOAD keeps it from running", "take env.LD_PRELOAD out of "),
    malformed: ("expected JSON", "correct "),
    only_observed: ("PreToolUse: expected the canary to be stopped", f"the policy above, then {INSTALL}"),
}


@pytest.mark.skipif(os.name == "nt", reason="breaks what is started through a shell")
@pytest.mark.parametrize("broken", CLAUDE_FAULTS, ids=[each.__name__ for each in CLAUDE_FAULTS])
def test_broken_claude_guard_is_noticed(guarded: Path, broken: Callable[[Path], None]) -> None:
    fault, mend = CLAUDE_FAULTS[broken]
    broken(guarded)
    status, said = doctor(guarded, "claude")
    assert (status, said.count("FAULT")) == (1, 1)
    told, cure = said.split("FAULT  claude (project): ")[1].split("mend it: ")
    assert fault in told
    assert cure.startswith(mend)
    assert cure.count("\n") == 1


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
        pytest.param({"env": {"PYTHONPATH": "/x"}}, "env.PYTHONPATH: hooks inherit it", id="other modules"),
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
    status, said = doctor(guarded, "claude")
    assert (status, told in said) == (0, True)


@pytest.mark.parametrize(
    ("event", "script", "is_filtering", "expected"),
    [
        pytest.param("PostToolUse", "echo updatedToolOutput", False, [True], id="replaces outputs"),
        pytest.param("PostToolUse", "echo updatedMCPToolOutput", False, [True], id="replaces outputs of servers"),
        pytest.param("PostToolUse", "prettier --write x", False, [False], id="tidies files"),
        pytest.param("PreToolUse", "echo updatedInput", False, [False], id="rewrites calls"),
        pytest.param("PreToolUse", "echo updatedInput", True, [True], id="rewrites calls, as our policy does"),
        pytest.param("PreToolUse", "echo deny", True, [], id="judges calls"),
        pytest.param("Stop", "echo updatedToolOutput", False, [], id="at another event"),
    ],
)
@pytest.mark.parametrize(
    "command", ["sh $CLAUDE_PROJECT_DIR/tidy.sh", '"${CLAUDE_PROJECT_DIR}"/tidy.sh', "~/tidy.sh", "tidy.sh", "SCRIPT"]
)
def test_hook_of_others_that_says_it_replaces_something_is_a_fault(
    tmp_path: Path, home: Path, event: str, script: str, is_filtering: bool, expected: list[bool], command: str
) -> None:
    (home / "tidy.sh" if command.startswith("~") else tmp_path / "tidy.sh").write_text(f"#!/bin/sh\n{script}\n")
    hooks = {event: [{"hooks": [{"type": "command", "command": command.replace("SCRIPT", script)}]}]}
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "settings.local.json").write_text(json.dumps({"hooks": hooks}))
    found = list(surroundings(tmp_path, is_filtering=is_filtering))
    assert [each.is_fault for each in found] == expected
    assert all(f"settings.local.json: hooks.{event}[0].hooks[0]" in each.what for each in found)


def test_hook_of_another_plugin_that_replaces_outputs_is_a_fault(tmp_path: Path, home: Path) -> None:
    plugin, kept = tmp_path / "plugin", home / ".claude" / "plugins"
    for folder in (plugin / "hooks", plugin / "bin", kept):
        folder.mkdir(parents=True)
    (plugin / "bin" / "tidy.py").write_text("print(updatedToolOutput)")
    command = {"type": "command", "command": "python3", "args": ["${CLAUDE_PLUGIN_ROOT}/bin/tidy.py"]}
    (plugin / "hooks" / "hooks.json").write_text(json.dumps({"hooks": {"PostToolUse": [{"hooks": [command]}]}}))
    entry = {"scope": "user", "installPath": str(plugin)}
    (kept / "installed_plugins.json").write_text(json.dumps({"version": 2, "plugins": {"tidy@x": [entry]}}))
    assert list(surroundings(tmp_path, is_filtering=False)) == []
    (home / ".claude" / "settings.json").write_text(json.dumps({"enabledPlugins": {"tidy@x": True}}))
    assert [each.is_fault for each in surroundings(tmp_path, is_filtering=False)] == [True]


def test_folder_that_the_client_does_not_trust_is_a_fault(guarded: Path, home: Path) -> None:
    known = home / ".claude.json"
    known.write_text(json.dumps({"projects": {}}))
    status, said = doctor(guarded, "claude")
    assert (status, "is not trusted yet" in said, f"start claude in {guarded} once" in said) == (1, True, True)
    for trusted in (guarded, guarded.parent):
        known.write_text(json.dumps({"projects": {str(trusted): {"hasTrustDialogAccepted": True}}}))
        assert doctor(guarded, "claude")[0] == 0


def test_environment_in_which_the_client_starts_no_hooks_is_a_fault(
    guarded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDE_CODE_SAFE_MODE", "1")
    status, said = doctor(guarded, "claude")
    assert (status, "the environment: CLAUDE_CODE_SAFE_MODE keeps it from running" in said) == (1, True)
    assert "mend it: unset CLAUDE_CODE_SAFE_MODE" in said


def test_guard_of_another_level_is_tried_too(guarded: Path, home: Path) -> None:
    """Both would run: one that closes every door is as bad as one that opens them."""
    outer = home / ".claude" / "settings.json"
    outer.parent.mkdir()
    outer.write_text(settings_of(guarded).read_text().replace(sys.executable, "/gone/python"))
    status, said = doctor(guarded, "claude")
    assert (status, "ok     claude (project)" in said) == (1, True)
    assert "FAULT  claude (user): PreToolUse: /gone/python: expected an interpreter" in said
    assert "mend it: agentguard-secrets install claude --scope user" in said


def put_in_as_a_plugin(folder: Path, home: Path) -> Path:
    """What the client keeps of a plugin that was installed from a folder; returns the plugin's hooks."""
    market = folder.parent / "market"
    assert agentguard("install", "claude", "--plugin", market, "--yes", cwd=folder).returncode == 0
    kept = home / ".claude" / "plugins"
    kept.mkdir(parents=True)
    name = "agentguard-secrets@agentguard-secrets"
    entry = {"scope": "user", "installPath": str(market / "plugin"), "version": "0.1.0"}
    (kept / "installed_plugins.json").write_text(json.dumps({"version": 2, "plugins": {name: [entry]}}))
    source = {"source": "directory", "path": str(market)}
    (kept / "known_marketplaces.json").write_text(json.dumps({"agentguard-secrets": {"source": source}}))
    (home / ".claude" / "settings.json").write_text(json.dumps({"enabledPlugins": {name: True}}))
    return market / "plugin" / "hooks" / "hooks.json"


def test_plugin_is_tried_as_other_guards_are(repository: Path, home: Path) -> None:
    hooks = put_in_as_a_plugin(repository, home)
    status, said = doctor(repository, "claude")
    assert (status, said.count("ok     claude (plugin)"), said.count("FAULT")) == (0, 1, 0)
    hooks.write_text(hooks.read_text().replace("/bin/sh", "/gone/sh"))
    status, said = doctor(repository, "claude")
    assert (status, "FAULT  claude (plugin): PreToolUse: /gone/sh: expected a program" in said) == (1, True)
    assert "mend it: agentguard-secrets install claude --plugin" in said


@pytest.mark.parametrize("value", [False, None])
def test_plugin_that_is_not_enabled_is_a_fault(repository: Path, home: Path, value: bool | None) -> None:
    put_in_as_a_plugin(repository, home)
    plugins = {} if value is None else {"agentguard-secrets@agentguard-secrets": value}
    (home / ".claude" / "settings.json").write_text(json.dumps({"enabledPlugins": plugins}))
    status, said = doctor(repository, "claude")
    assert (status, "mend it: claude plugin enable agentguard-secrets@agentguard-secrets" in said) == (1, True)
    assert "enabledPlugins.agentguard-secrets@agentguard-secrets" in said


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
    status, said = doctor(guarded, "claude", "--no-client")
    assert status == (0 if told is None else 1)
    assert (told or "an older one") in said or told is None
    assert ("an older one" in said) == (told is not None)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script")
@pytest.mark.parametrize(
    "program", ["#!/bin/sh\nexit 0\n", "echo half of an installation\n"], ids=["ends", "no program"]
)
def test_client_that_makes_no_call_proves_nothing(
    guarded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    client = tmp_path / "claude"
    client.write_text(program)
    client.chmod(0o755)
    status, said = doctor(guarded, "claude", "--client", str(client))
    assert (status, "did not make the two calls" in said) == (1, True)
    assert "found none" in doctor(guarded, "claude", "--client", str(tmp_path / "none"))[1]
    monkeypatch.setenv("PATH", f"{client.parent}{os.pathsep}{os.environ['PATH']}")
    status, said = doctor(guarded, "claude")
    assert (status, "did not make the two calls" in said) == (0, True)
    assert "did not make" not in doctor(guarded, "claude", "--no-client")[1]
