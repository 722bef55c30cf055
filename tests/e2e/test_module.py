"""Turns what no hook of the settings sees into proof that the experimental module of functions cleans it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.e2e.client import plain
from tests.e2e.script import call
from tests.e2e.workplace import Workplace, bash, token


def _with_module(work: Workplace) -> tuple[str, ...]:
    """The words that load the plugin for one session."""
    work.ours("uninstall", "claude", "--scope", "local", "--yes")
    market = work.folder.parent / "market"
    work.ours("install", "claude", "--plugin", str(market), "--module", "--yes")
    assert plain(work.client, work.home, "plugin", "validate", str(market / "plugin"), cwd=work.folder).returncode == 0
    return ("--plugin-dir", str(market / "plugin"))


def _shell_in_a_command(work: Workplace) -> None:
    work.write(".claude/commands/tell.md", "---\nallowed-tools: Bash\n---\nHere: !`cat notes.txt`\n")


def _hook_that_speaks(work: Workplace) -> None:
    speaking = {"type": "command", "command": f"cat {work.folder}/notes.txt"}
    work.write(".claude/settings.json", json.dumps({"hooks": {"SessionStart": [{"hooks": [speaking]}]}}))


@pytest.mark.parametrize(
    "way", [_shell_in_a_command, _hook_that_speaks], ids=["shell of a slash command", "SessionStart"]
)
def test_module_cleans_what_no_hook_sees(work: Workplace, way: object) -> None:
    assert callable(way)
    credential = token()
    work.write("notes.txt", f"port=1\nTOKEN={credential}\n")
    way(work)
    prompt = "/tell" if way is _shell_in_a_command else "hello"
    assert credential in work.talk(prompt=prompt).model.sent()
    done = work.talk(prompt=prompt, words=_with_module(work))
    assert credential not in done.model.sent()
    assert "[REDACTED:github-pat:" in done.model.sent()
    assert "port=1" in done.model.sent()


def test_module_leaves_a_failed_call_to_the_hooks(work: Workplace) -> None:
    credential = token()
    work.write("notes.txt", f"port=1\nTOKEN={credential}\n")
    done = work.talk(bash("cat notes.txt; exit 3"), bash("echo again"), words=_with_module(work))
    assert credential not in done.model.sent()
    assert len(done.model.requests) == 1


@pytest.mark.parametrize("death", ["missing", "killed", "hangs", "rubbish"])
def test_module_without_its_guard_withholds(work: Workplace, death: str) -> None:
    words = _with_module(work)
    module = work.folder.parent / "market" / "plugin" / "hooks" / "clean.mjs"
    stand_in = work.folder.parent / "python"
    deaths = {"killed": "kill -9 $$", "hangs": "exec sleep 30", "rubbish": "echo '{\"hook'"}
    if death in deaths:
        stand_in.write_text(f"#!/bin/sh\n{deaths[death]}\n")
        stand_in.chmod(0o755)
    python = json.dumps(sys.executable)
    assert python in module.read_text()
    # Only the module's: what the hooks do without their guard is another matter.
    module.write_text(module.read_text().replace(python, json.dumps(str(stand_in))))
    if death == "missing":
        module.write_text(module.read_text().replace("command -v", "false"))
    if death == "hangs":
        module.write_text(module.read_text().replace("8000", "1000"))
    work.write(".claude/commands/tell.md", "---\nallowed-tools: Bash\n---\nHere: !`echo $((40 + 2))-mark`\n")
    done = work.talk(prompt="/tell", words=words)
    assert done.model.requests
    assert "42-mark" not in done.model.sent()
    assert "could not judge this" in done.model.sent()


def test_plugin_with_the_module_is_sound(work: Workplace) -> None:
    words = _with_module(work)
    assert Path(words[1]).is_dir()
    done = work.talk(
        call("Write", file_path=str(work.folder / "made"), content="x = 1\n"), bash("cat made"), words=words
    )
    assert "x = 1" in done.model.seen(1)
    assert "agentguard" not in done.model.sent()
