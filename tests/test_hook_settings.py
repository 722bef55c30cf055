"""Turns changes of the client's settings, while it runs, into what the guard lets come into force."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.hooking import Answer, answer_to
from tests.running import agentguard


def changed(cwd: Path, path: Path, **fields: Any) -> dict[str, Any]:
    named = {"hook_event_name": "ConfigChange", "source": "local_settings", "file_path": str(path)}
    return {"session_id": "s", "cwd": str(cwd), **named, **fields}


def handler(**fields: Any) -> dict[str, Any]:
    return {"PreToolUse": [{"matcher": "*", "hooks": [{"type": "command", "command": "true", **fields}]}]}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        pytest.param({"disableAllHooks": True}, "disableAllHooks", id="the switch"),
        pytest.param({"allowManagedHooksOnly": True}, "allowManagedHooksOnly", id="only managed hooks"),
        pytest.param({"env": {"LD_PRELOAD": "/x.so"}}, "env.LD_PRELOAD", id="a library in front of every program"),
        pytest.param({"env": {"PYTHONPATH": "/x"}}, "env.PYTHONPATH", id="other modules"),
        pytest.param({"env": {"PATH": "/x"}}, "env.PATH", id="other programs"),
        pytest.param({"env": {"CLAUDE_CODE_SHELL_PREFIX": "/x"}}, "SHELL_PREFIX", id="a prefix of every command"),
        pytest.param({"env": {"SHELLOPTS": "noexec"}}, "env.SHELLOPTS", id="a shell that runs nothing"),
        pytest.param({"env": {"GIT_EXEC_PATH": "/x"}}, "env.GIT_EXEC_PATH", id="other programs of git"),
        pytest.param({"env": {"GIT_WORK_TREE": "/x"}}, "env.GIT_WORK_TREE", id="another repository"),
        pytest.param({"env": {"OPENSSL_CONF": "/x"}}, "env.OPENSSL_CONF", id="a library that OpenSSL loads"),
        pytest.param({"env": {"Path": "x"}}, "env.Path", id="as Windows spells it"),
        pytest.param({"env": {"XDG_STATE_HOME": "/x"}}, "XDG_STATE_HOME", id="another journal"),
        pytest.param({"hooks": handler(timeout="60")}, "timeout", id="a timeout that drops the event"),
        pytest.param({"hooks": handler(timeout=0)}, "timeout", id="no time at all"),
        pytest.param({"hooks": handler(type="script")}, "type", id="a type that the client does not know"),
        pytest.param({"hooks": handler(command=None)}, "command", id="no command"),
        pytest.param({"hooks": handler(args="x")}, "args", id="arguments that are no list"),
        pytest.param(
            {"hooks": {"PreToolUse": [{"hooks": "x"}]}}, "hooks.PreToolUse[0].hooks", id="a malformed sibling"
        ),
        pytest.param({"hooks": {"PreToolUse": {}}}, "hooks.PreToolUse", id="a malformed event"),
        pytest.param({"hooks": []}, "hooks", id="malformed hooks"),
        pytest.param({"enabledPlugins": {"agentguard-secrets@x": False}}, "enabledPlugins", id="the plugin is off"),
        pytest.param([], "settings", id="no settings"),
    ],
)
def test_change_that_disarms_the_guard_is_refused(tmp_path: Path, settings: Any, named: str) -> None:
    path = tmp_path / ".claude" / "settings.local.json"
    path.parent.mkdir()
    path.write_text(json.dumps(settings))
    answer = answer_to(changed(tmp_path, path))
    assert (answer.status, answer.verdict) == (2, "block")
    assert named in answer.words.decode()


@pytest.mark.parametrize("text", ["{", '{"model": NaN}', '{"model": -Infinity}', '{"a": 1,}'])
def test_file_that_is_no_json_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="utf-8")
    assert answer_to(changed(tmp_path, path)).verdict == "block"


def test_settings_that_are_a_link_are_judged_by_what_the_client_calls_them(tmp_path: Path) -> None:
    path = tmp_path / "dotfiles" / "claude.json"
    path.parent.mkdir()
    path.write_text('{"disableAllHooks": true}')
    assert answer_to({**changed(tmp_path, path), "source": "user_settings"}).verdict == "block"
    assert answer_to({**changed(tmp_path, path), "source": "skills"}).verdict == "silence"


@pytest.mark.parametrize(
    "settings",
    [
        {"model": "x", "env": {"EDITOR": "vi"}, "hooks": handler(timeout=5)},
        {"disableAllHooks": False, "enabledPlugins": {"other@x": False}},
    ],
)
def test_change_that_leaves_the_guard_alone_comes_into_force(tmp_path: Path, settings: dict[str, Any]) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(settings))
    assert answer_to(changed(tmp_path, path)) == Answer(0, b"", b"")
    assert answer_to(changed(tmp_path, tmp_path / "skills" / "x.md")) == Answer(0, b"", b"")


@pytest.mark.parametrize("how", ["taken out", "removed"])
def test_guard_that_was_there_at_the_start_has_to_stay(tmp_path: Path, how: str) -> None:
    path = tmp_path / ".claude" / "settings.json"
    assert agentguard("install", "claude", "--scope", "project", "--yes", cwd=tmp_path).returncode == 0
    start = {"session_id": "s", "cwd": str(tmp_path), "hook_event_name": "SessionStart", "source": "startup"}
    assert answer_to(start) == Answer(0, b"", b"")
    assert answer_to(changed(tmp_path, path)) == Answer(0, b"", b"")
    if how == "removed":
        path.unlink()
    else:
        path.write_text("{}")
    assert b"taken out" in answer_to(changed(tmp_path, path)).words


def test_refusal_is_journaled_with_what_it_was(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"disableAllHooks": true}')
    answer_to(changed(tmp_path, path))
    journal = home / ".local" / "state" / "agentguard-secrets" / "journal.jsonl"
    (line,) = [json.loads(each) for each in journal.read_text().splitlines()]
    assert (line["event"], line["verdict"], line["acts"]) == ("ConfigChange", "deny", ["self-protection"])
