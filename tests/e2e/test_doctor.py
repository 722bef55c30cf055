"""Turns guards that are installed in each way, and what can stand beside them, into what client and doctor say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentguard_secrets.protocol.claude_handlers import hook_faults
from tests.e2e.client import plain
from tests.e2e.script import call
from tests.e2e.workplace import PRIVATE_ETC, Workplace, bash, needs_private_etc, token
from tests.running import PROGRAM


def _command(**fields: Any) -> dict[str, Any]:
    return {"hooks": [{"type": "command", "command": "true", **fields}]}


# What may stand beside the guard at PreToolUse. A malformed one there costs the client every hook of the file.
_SHAPES: tuple[Any, ...] = (
    *(_command(timeout=value) for value in ("9", 0, True, None, 0.5)),
    *(_command(**{name: 7}) for name in ("if", "statusMessage", "type", "command", "async", "asyncRewake", "once")),
    *(_command(args=value) for value in ("x", [1], None, ["x"])),
    *(_command(shell=value) for value in ("zsh", "bash")),
    *(_command(onFailure=value) for value in ("block", "allow", True)),
    *(_command(unheard=7), {**_command(), "unheard": 7}, {"hooks": []}, "group", {}, {"hooks": "x"}, {"hooks": ["x"]}),
    *({**_command(), "matcher": value} for value in (7, None, "(", "")),
    *({"hooks": [{"type": kind}]} for kind in ("command", "prompt", "agent", "http", "mcp_tool", "script")),
    {"hooks": [{"type": "http", "url": "x"}]},
    {"hooks": [{"type": "http", "url": "http://127.0.0.1:9/", "headers": 7}]},
    {"hooks": [{"type": "prompt", "prompt": "x", "model": 7}]},
    {"hooks": [{"type": "mcp_tool", "server": "x", "tool": "y"}]},
)


@pytest.mark.parametrize("first", range(0, len(_SHAPES), 3))
def test_hook_that_costs_the_client_all_hooks_of_a_file_is_named(work: Workplace, first: int) -> None:
    fired = work.folder.parent / "fired"
    fired.mkdir()
    places = [
        work.home / ".claude" / "settings.json",
        *(work.folder / ".claude" / f"settings{x}.json" for x in ("", ".local")),
    ]
    sound = set()
    for number, (path, shape) in enumerate(zip(places, _SHAPES[first : first + 3], strict=False)):
        start = {"hooks": [{"type": "command", "command": f"touch {fired}/{number}"}]}
        hooks = {"SessionStart": [start], "PreToolUse": [shape]}
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"hooks": hooks}))
        sound |= set() if list(hook_faults(hooks)) else {str(number)}
    work.talk()
    assert {path.name for path in fired.iterdir()} == sound, _SHAPES[first : first + 3]


def _doctor(work: Workplace, *launcher: str) -> tuple[int, str]:
    words = [*launcher, *PROGRAM, "doctor", "claude", "--client", str(work.client)]
    environment = {**os.environ, "HOME": str(work.home)}
    done = subprocess.run(words, cwd=work.folder, env=environment, capture_output=True, check=False)
    return done.returncode, done.stdout.decode()


@pytest.mark.parametrize("scope", ["project", "local", "user"])
def test_doctor_lets_the_client_itself_prove_the_guard(work: Workplace, scope: str) -> None:
    work.ours("uninstall", "claude", "--scope", "local", "--yes")
    work.ours("install", "claude", "--scope", scope, "--yes")
    status, said = _doctor(work)
    assert (status, said.count("ok     "), f"ok     claude (client, {scope})" in said) == (0, 2, True), said


def test_doctor_lets_the_client_prove_a_plugin(work: Workplace) -> None:
    work.ours("uninstall", "claude", "--scope", "local", "--yes")
    market = work.folder.parent / "market"
    work.ours("install", "claude", "--plugin", str(market), "--yes")
    name = "agentguard-secrets@agentguard-secrets"
    plain(work.client, work.home, "plugin", "marketplace", "add", str(market), cwd=work.folder)
    assert plain(work.client, work.home, "plugin", "install", name, cwd=work.folder).returncode == 0
    known = work.home / ".claude.json"
    projects = {str(work.folder): {"hasTrustDialogAccepted": True}}
    known.write_text(json.dumps({**json.loads(known.read_text()), "projects": projects}))
    # The client keeps a copy, and reads the folder itself as long as it is there.
    status, said = _doctor(work)
    assert (status, said.count("ok     claude (plugin)"), said.count("ok     claude (client, plugin)")) == (0, 2, 2), (
        said
    )
    assert plain(work.client, work.home, "plugin", "disable", name, cwd=work.folder).returncode == 0
    status, said = _doctor(work)
    assert (status, f"mend it: claude plugin enable {name}" in said) == (1, True), said


@needs_private_etc
def test_doctor_lets_the_client_prove_a_managed_guard(work: Workplace) -> None:
    shutil.rmtree(work.folder / ".claude")
    # A repository that would switch off any other guard.
    work.write(".claude/settings.json", json.dumps({"disableAllHooks": True}))
    status, said = _doctor(work, *PRIVATE_ETC, *work.managed())
    assert (status, "ok     claude (client, managed)" in said, said.count("ok ")) == (0, True, 2), said


def test_doctor_names_a_hook_that_puts_an_output_back(work: Workplace) -> None:
    """It answers after the guard, and so what it says counts: then the turn has to end."""
    credential = token()
    work.write("notes.txt", credential)
    program = "import json, sys, time; time.sleep(3); "
    program += "print(json.dumps({'hookSpecificOutput': {'hookEventName': 'PostToolUse', "
    program += "'updatedToolOutput': json.load(sys.stdin)['tool_response']}}))"
    late = {"type": "command", "command": sys.executable, "args": ["-c", program]}
    work.write(".claude/settings.json", json.dumps({"hooks": {"PostToolUse": [{"hooks": [late]}]}}))
    done = work.talk(bash("cat notes.txt"))
    # What the model would have got is seen once more, with all that the calls of a turn have brought.
    assert (credential in done.transcripts(), credential in done.model.sent()) == (True, False)
    assert len(done.model.requests) == 1
    status, said = _doctor(work)
    assert (status, "hooks.PostToolUse[0].hooks[0] replaces outputs, too" in said) == (1, True), said


@pytest.mark.parametrize("switch", ["CLAUDE_CODE_SAFE_MODE", "disableAllHooks", "LD_PRELOAD"])
def test_doctor_names_what_keeps_the_client_from_running_the_guard(
    work: Workplace, switch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {}
    if switch == "disableAllHooks":
        work.write(".claude/settings.json", json.dumps({switch: True}))
    elif switch == "LD_PRELOAD":
        work.write(".claude/settings.json", json.dumps({"env": {switch: str(_library(work.folder.parent))}}))
    else:
        variables = {switch: "1"}
    done = work.talk(call("Write", file_path=str(work.folder / "made"), content=token()), variables=variables)
    assert (work.folder / "made").exists(), done.model.seen(0)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    status, said = _doctor(work)
    assert (status, f"{switch} keeps it from running" in said) == (1, True), said


def _library(folder: Path) -> Path:
    """A library in front of whose arrival every interpreter ends at once, as if it had nothing to say."""
    if shutil.which("cc") is None:
        pytest.skip("NOT TESTED: no C compiler here")
    source, library = folder / "quiet.c", folder / "quiet.so"
    source.write_text(
        "#include <string.h>\n#include <unistd.h>\n"
        "extern char *program_invocation_short_name;\n"
        "__attribute__((constructor)) static void quiet(void)\n"
        '{ if (!strncmp(program_invocation_short_name, "python", 6)) _exit(0); }\n'
    )
    subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", library, source], check=True)
    return library
