"""Turns settings files of every kind into settings with the guard, and back into what they were."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentguard_secrets.cli.claude_canary import canary
from agentguard_secrets.errors import StateError, UsageError
from agentguard_secrets.state import claudesettings
from agentguard_secrets.state.claudehooks import EVENTS, TIMEOUT, on_windows
from agentguard_secrets.state.claudemodule import TOOL
from agentguard_secrets.state.claudeplugin import install_plugin, plugin_files, uninstall_plugin
from agentguard_secrets.state.claudesettings import SCOPES, guard_commands, install, settings_file, uninstall
from tests.hooking import Answer, answered
from tests.making import sample
from tests.running import agentguard

OTHERS: dict[str, Any] = {
    "permissions": {"deny": ["Read(.env)"]},
    "hooks": {
        "PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "lint", "timeout": 5}]}],
        "Stop": [{"hooks": [{"type": "command", "command": "say done"}]}],
        "Notification": [{"hooks": [{"type": "command", "command": "beep"}]}],
    },
    "emptyOfTheirs": {},
}


def settings_of(project: Path) -> Path:
    return settings_file("project", project)


def given(project: Path, settings: object) -> Path:
    path = settings_of(project)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(settings if isinstance(settings, str) else json.dumps(settings, indent=4), encoding="utf-8")
    return path


def test_each_scope_has_its_file(tmp_path: Path, home: Path) -> None:
    places = {scope: settings_file(scope, tmp_path) for scope in SCOPES}
    assert places["project"] == tmp_path / ".claude" / "settings.json"
    assert places["local"] == tmp_path / ".claude" / "settings.local.json"
    assert places["user"] == home / ".claude" / "settings.json"
    assert places["managed"].name == "managed-settings.json"
    with pytest.raises(UsageError, match="expected one of project, local, user, managed, got 'team'"):
        settings_file("team", tmp_path)


@pytest.mark.parametrize("scope", ["project", "local", "user"])
def test_install_watches_every_event_with_an_absolute_isolated_interpreter(tmp_path: Path, scope: str) -> None:
    install(scope, tmp_path, dry_run=False)
    settings = json.loads(settings_file(scope, tmp_path).read_text())
    assert settings["hooks"].keys() == set(EVENTS)
    for (group,) in settings["hooks"].values():
        (handler,) = group["hooks"]
        assert (group["matcher"], handler["type"], handler["timeout"]) == ("*", "command", 60)
        python, isolated, *_ = handler["args"][-4:]
        assert Path(python).is_absolute()
        assert isolated == "-I"


def test_install_keeps_what_was_there_and_uninstall_gives_it_back(tmp_path: Path) -> None:
    path = given(tmp_path, OTHERS)
    before = path.read_text()
    path.chmod(0o640)
    install("project", tmp_path, dry_run=False)
    settings = json.loads(path.read_text())
    assert settings["permissions"]["deny"][:1] == OTHERS["permissions"]["deny"]
    assert settings["hooks"]["PreToolUse"][0] == OTHERS["hooks"]["PreToolUse"][0]
    assert settings["hooks"]["Stop"][0] == OTHERS["hooks"]["Stop"][0]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    uninstall("project", tmp_path, dry_run=False)
    assert path.read_text().rstrip() == before


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"a":1,"permissions":{"deny":["Read(x)"],"allow":[]},"n":1.50,"u":"\\u00e9"}', id="on one line"),
        pytest.param('{\r\n\t"b" : [ 1,2 ],\r\n\t"hooks": {}\r\n}\r\n\r\n', id="tabs, CRLF, an empty hooks"),
        pytest.param("{}", id="nothing in it"),
        pytest.param(json.dumps(OTHERS, indent=3) + "\n\n", id="hooks of others"),
    ],
)
def test_uninstall_gives_back_every_byte(tmp_path: Path, text: str) -> None:
    path = given(tmp_path, "")
    path.write_bytes(text.encode())
    install("project", tmp_path, dry_run=False)
    install("project", tmp_path, dry_run=False, permissions=False)
    uninstall("project", tmp_path, dry_run=False)
    assert path.read_bytes() == text.encode()


def test_uninstall_keeps_what_was_changed_since(tmp_path: Path) -> None:
    path = given(tmp_path, '{"a":1}')
    install("project", tmp_path, dry_run=False)
    path.write_text(path.read_text().replace('"a": 1', '"a": 2'))
    uninstall("project", tmp_path, dry_run=False)
    assert json.loads(path.read_text()) == {"a": 2}


@pytest.mark.parametrize("is_there", [True, False])
def test_uninstall_leaves_the_folders_that_were_there(tmp_path: Path, is_there: bool) -> None:
    if is_there:
        settings_of(tmp_path).parent.mkdir()
    install("project", tmp_path, dry_run=False)
    uninstall("project", tmp_path, dry_run=False)
    assert [path.name for path in tmp_path.iterdir()] == ([".claude"] if is_there else [])


def test_what_is_kept_for_uninstall_holds_no_value_of_the_settings(tmp_path: Path, home: Path) -> None:
    credential = sample("ghp_<alnum:30><crc62:6>")
    given(tmp_path, f'{{"env":{{"TOKEN":"{credential}"}},"b":1}}')
    install("project", tmp_path, dry_run=False)
    files = [path.read_text(errors="replace") for path in home.rglob("*") if path.is_file()]
    assert any('"parts"' in text for text in files)
    assert not any(credential in text for text in files)


def test_install_repeats_without_change(tmp_path: Path) -> None:
    assert len(install("project", tmp_path, dry_run=False)) == 1
    assert install("project", tmp_path, dry_run=False) == []


def test_install_leaves_the_order_of_groups_alone(tmp_path: Path) -> None:
    install("project", tmp_path, dry_run=False)
    settings = json.loads(settings_of(tmp_path).read_text())
    settings["hooks"]["PreToolUse"].append(OTHERS["hooks"]["PreToolUse"][0])
    given(tmp_path, settings)
    assert install("project", tmp_path, dry_run=False) == []


def test_install_replaces_an_older_form_of_the_guard(tmp_path: Path) -> None:
    install("project", tmp_path, dry_run=False)
    path = settings_of(tmp_path)
    path.write_text(path.read_text().replace('"timeout": 60', '"timeout": 5'))
    install("project", tmp_path, dry_run=False)
    groups = json.loads(path.read_text())["hooks"]["PreToolUse"]
    assert [handler["timeout"] for group in groups for handler in group["hooks"]] == [60]


def test_uninstall_removes_a_file_that_held_nothing_else(tmp_path: Path) -> None:
    install("project", tmp_path, dry_run=False)
    uninstall("project", tmp_path, dry_run=False)
    assert not settings_of(tmp_path).exists()
    assert uninstall("project", tmp_path, dry_run=False) == []


def test_dry_run_tells_and_writes_nothing(tmp_path: Path) -> None:
    (change,) = install("project", tmp_path, dry_run=True)
    assert (change.path, change.before) == (str(settings_of(tmp_path)), None)
    assert "agentguard_secrets.hook" in str(change.after)
    assert not settings_of(tmp_path).parent.exists()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        pytest.param("{", r"settings.json:1: expected JSON", id="no JSON"),
        pytest.param('{"model": NaN}', r"settings.json: expected JSON: NaN", id="a number that is none of JavaScript"),
        pytest.param('{"a": 1, "a": 2}', "a: expected each key once", id="a key twice"),
        pytest.param([], r"settings: expected an object, got \[\]", id="a list"),
        pytest.param({"hooks": []}, "hooks: expected an object", id="hooks of the wrong type"),
        pytest.param({"hooks": {"Stop": {}}}, "hooks.Stop: expected a list", id="groups of the wrong type"),
        pytest.param({"hooks": {"Stop": [1]}}, r"hooks.Stop\[0\]: expected an object, got 1", id="a broken group"),
        pytest.param({"hooks": {"Stop": [{}]}}, r"hooks.Stop\[0\].hooks: expected a list", id="a group without hooks"),
        pytest.param({"hooks": {"Stop": [{"hooks": [{}]}]}}, r"hooks\[0\].type: expected a string", id="no type"),
        pytest.param(
            {"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "x", "timeout": "9"}]}]}},
            'timeout: expected a positive number of seconds, got "9"',
            id="a time-out that drops the hook",
        ),
        pytest.param({"disableAllHooks": True}, "disableAllHooks: expected false", id="hooks switched off"),
    ],
)
def test_settings_that_would_not_run_the_guard_are_left_alone(tmp_path: Path, settings: object, told: str) -> None:
    path = given(tmp_path, settings)
    before = path.read_text()
    with pytest.raises(StateError, match=told):
        install("project", tmp_path, dry_run=False)
    assert path.read_text() == before


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / ".claude").write_text("a file")
    with pytest.raises(StateError, match="cannot be"):
        install("project", tmp_path, dry_run=False)


def installed(project: Path) -> dict[str, list[str]]:
    install("project", project, dry_run=False)
    return guard_commands(settings_of(project))


def test_canary_is_stopped_by_the_installed_guard(tmp_path: Path) -> None:
    installed(tmp_path)
    assert canary(settings_of(tmp_path), sample("ghp_<alnum:30><crc62:6>"), folder=tmp_path) == []


def test_canary_tells_what_is_not_there(tmp_path: Path) -> None:
    problems = canary(settings_of(tmp_path), sample("ghp_<alnum:30><crc62:6>"), folder=tmp_path)
    assert [problem.split(":")[0] for problem in problems] == list(EVENTS)


def test_canary_tells_what_lets_it_through(tmp_path: Path) -> None:
    installed(tmp_path)
    (tmp_path / "agentguard.toml").write_text("[mode]\nlevel = 'observe'\n")
    credential = sample("ghp_<alnum:30><crc62:6>")
    problems = canary(settings_of(tmp_path), credential, folder=tmp_path)
    assert problems[0].startswith("PreToolUse: expected the canary to be stopped, got exit status 0")
    assert credential not in str(problems)


# What the guard may die of, by what stands in place of the interpreter.
DEATHS = {
    "no interpreter": None,
    "killed": "kill -9 $$",
    "exception": "exit 1",
    "half an answer": "printf '{\"hookSpec'; exit 1",
}


@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS.keys())
@pytest.mark.parametrize("event", EVENTS)
def test_dead_guard_closes_the_door(tmp_path: Path, event: str, death: str | None) -> None:
    command = installed(tmp_path)[event]
    stand_in = tmp_path / "python"
    if death is not None:
        stand_in.write_text(f"#!/bin/sh\n{death}\n")
        stand_in.chmod(0o755)
    command[3] = str(stand_in)
    answer = answered(b"{}", command=tuple(command))
    if event == "PostToolUse":
        assert (answer.status, answer.verdict) == (0, "withhold")
    elif event in ("Stop", "SubagentStop"):
        # Status 2 would keep the turn going for ever.
        assert answer.status not in (0, 2)
    else:
        assert answer.status == 2


def test_wrapper_hands_on_what_the_guard_says(tmp_path: Path) -> None:
    credential = sample("ghp_<alnum:30><crc62:6>")
    output = {
        "hook_event_name": "PostToolUse",
        "cwd": str(tmp_path),
        "tool_response": {"stdout": f"a\\n'{credential}'%s"},
    }
    answer = answered(json.dumps(output).encode(), command=tuple(installed(tmp_path)["PostToolUse"]))
    assert answer.specific["updatedToolOutput"]["stdout"].startswith("a\\n'[REDACTED:")
    assert answer.specific["updatedToolOutput"]["stdout"].endswith("]'%s")


def test_command_line_answers_as_the_module_does(tmp_path: Path) -> None:
    program = (*_python(tmp_path), "-m", "agentguard_secrets.cli.main", "hook", "claude")
    assert answered(b"{}", command=program).status == 2
    clean = json.dumps({"hook_event_name": "Stop", "cwd": str(tmp_path)}).encode()
    assert answered(clean, command=program) == Answer(0, b"", b"")


def _python(project: Path) -> list[str]:
    return installed(project)["PreToolUse"][3:4]


def test_shared_settings_find_the_guard_of_whoever_reads_them(tmp_path: Path, home: Path) -> None:
    command = installed(tmp_path)["PreToolUse"]
    program = home / ".local" / "bin" / "agentguard-secrets"
    program.parent.mkdir(parents=True)
    environment = tmp_path / "environment"
    environment.mkdir()
    (environment / "agentguard-secrets").touch(mode=0o755)
    program.symlink_to(environment / "agentguard-secrets")
    elsewhere = tuple("/no/such/python" if word == command[3] else word for word in command)
    (environment / "python").write_text("#!/bin/sh\necho found; exit 0\n")
    (environment / "python").chmod(0o755)
    assert answered(b"{}", command=elsewhere) == Answer(0, b"found\n", b"")
    program.unlink()
    (tmp_path / "python").symlink_to(environment / "python")
    assert answered(b"{}", command=elsewhere, cwd=tmp_path).status == 2


def test_only_a_shared_file_looks_for_another_interpreter(tmp_path: Path) -> None:
    install("local", tmp_path, dry_run=False)
    for command in guard_commands(settings_file("local", tmp_path)).values():
        assert "PATH" not in command[2]


def test_client_denies_files_of_credentials_by_itself(tmp_path: Path) -> None:
    path = given(tmp_path, {"permissions": {"deny": ["Read(./.env)"], "allow": ["Bash(ls)"]}})
    install("project", tmp_path, dry_run=False)
    denied = json.loads(path.read_text())["permissions"]["deny"]
    assert denied[0] == "Read(./.env)"
    assert denied.count("Read(./.env)") == 1
    assert "Read(~/.aws/credentials)" in denied
    uninstall("project", tmp_path, dry_run=False)
    assert json.loads(path.read_text()) == {"permissions": {"deny": ["Read(./.env)"], "allow": ["Bash(ls)"]}}


def test_rules_for_files_can_be_left_out(tmp_path: Path) -> None:
    install("local", tmp_path, dry_run=False, permissions=False)
    assert list(json.loads(settings_file("local", tmp_path).read_text())) == ["hooks"]


@pytest.mark.parametrize("strict", [False, True])
def test_managed_settings_hold_a_repository_off(tmp_path: Path, strict: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claudesettings, "_managed_folder", lambda: tmp_path / "managed")
    given_first = tmp_path / "managed" / "managed-settings.json"
    given_first.parent.mkdir()
    given_first.write_text('{"disableAllHooks": false}')
    install("managed", tmp_path, dry_run=False, strict=strict)
    settings = json.loads(given_first.read_text())
    assert settings["disableAllHooks"] is False
    assert settings["requiredMinimumVersion"] == "2.1.315"
    assert settings.get("allowManagedHooksOnly") is (True if strict else None)
    uninstall("managed", tmp_path, dry_run=False)
    assert json.loads(given_first.read_text()) == {"disableAllHooks": False}


def test_strict_is_for_managed_settings_only(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="strict: expected the scope managed, got user"):
        install("user", tmp_path, dry_run=False, strict=True)


def test_hook_for_windows_keeps_its_quotes_and_closes() -> None:
    hook = on_windows(r"C:\Program Files\python.exe")
    assert hook["command"].lower().endswith("cmd.exe")
    assert hook["args"][:4] == ["/d", "/c", "call", r"C:\Program Files\python.exe"]
    assert hook["args"][-3:] == ["||", "exit", "2"]
    assert hook["timeout"] == TIMEOUT


def test_plugin_is_written_and_taken_away_again(tmp_path: Path) -> None:
    folder = tmp_path / "market"
    (folder / "mine").mkdir(parents=True)
    assert len(install_plugin(folder, sys.executable, dry_run=False)) == 4
    assert install_plugin(folder, sys.executable, dry_run=False) == []
    market = json.loads((folder / ".claude-plugin" / "marketplace.json").read_text())
    (plugin,) = market["plugins"]
    root = folder / plugin["source"]
    assert json.loads((root / ".claude-plugin" / "plugin.json").read_text())["name"] == plugin["name"]
    hooks = json.loads((root / "hooks" / "hooks.json").read_text())["hooks"]
    assert hooks.keys() == set(EVENTS)
    (handler,) = hooks["PreToolUse"][0]["hooks"]
    event = {
        "hook_event_name": "PreToolUse",
        "cwd": str(tmp_path),
        "tool_input": {"a": sample("ghp_<alnum:30><crc62:6>")},
    }
    assert answered(json.dumps(event).encode(), command=(handler["command"], *handler["args"])).verdict == "deny"
    uninstall_plugin(folder, dry_run=False)
    assert [path.name for path in folder.iterdir()] == ["mine"]


def test_module_of_the_plugin_comes_and_goes(tmp_path: Path) -> None:
    market = tmp_path / "market"
    install_plugin(market, sys.executable, dry_run=False, with_module=True)
    hooks = market / "plugin" / "hooks"
    (name,) = json.loads((hooks / "hooks.json").read_text())["modules"]
    module = (hooks / name).read_text()
    assert json.dumps(sys.executable) in module
    assert "@guard@" not in module
    assert "@withheld@" not in module
    assert ").catch(" in module
    assert install_plugin(market, sys.executable, dry_run=False, with_module=True) == []
    assert len(install_plugin(market, sys.executable, dry_run=False)) == 2
    assert not (hooks / name).exists()
    install_plugin(market, sys.executable, dry_run=False, with_module=True)
    uninstall_plugin(market, dry_run=False)
    assert not market.exists()


def test_row_is_judged_as_the_output_of_a_tool(tmp_path: Path) -> None:
    """What the module asks: each string of the row counts, and its shape stays."""
    credential = sample("ghp_<alnum:30><crc62:6>")
    blocks = [{"type": "tool_result", "tool_use_id": "a", "is_error": True, "content": f"Exit code 3\n{credential}"}]
    row = {"role": "user", "content": [*blocks, {"type": "text", "text": f"T={credential}"}]}
    event = {"hook_event_name": "PostToolUse", "session_id": "session-rows", "tool_name": TOOL, "tool_input": {}}
    answer = answered(json.dumps({**event, "tool_response": row}).encode(), cwd=tmp_path)
    cleaned = answer.specific["updatedToolOutput"]
    assert credential.encode() not in answer.output
    assert [block.keys() for block in cleaned["content"]] == [block.keys() for block in row["content"]]
    assert all("[REDACTED:github-pat:" in str(block) for block in cleaned["content"])


def test_module_is_for_a_plugin_only(tmp_path: Path) -> None:
    done = agentguard("install", "claude", "--module", "--yes", cwd=tmp_path)
    assert (done.returncode, b"--plugin FOLDER" in done.stderr) == (2, True)


def test_plugin_of_the_repository_is_the_one_that_is_written() -> None:
    root = Path(__file__).parents[1]
    assert {name: (root / name).read_text(encoding="utf-8") for name in plugin_files()} == plugin_files()


def test_interpreter_that_does_not_find_the_guard_is_refused(tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    python = _python(tmp_path)[0]
    subprocess.run([python, "-m", "venv", "--without-pip", bare], check=True, timeout=60)
    source = Path(__file__).parents[1]
    program = (
        f"import sys; sys.path.insert(0, {str(source)!r}); from pathlib import Path; from agentguard_secrets.state "
        f"import claudesettings; claudesettings.install('project', Path({str(bare)!r}), dry_run=False)"
    )
    done = subprocess.run(
        [bare / "bin" / "python", "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert "StateError" in done.stderr
    assert "install agentguard-secrets into a virtual environment" in done.stderr
