"""Turns conversations of the real client with a scripted model into proof of what the guard keeps from whom.

The client is installed from npm, once, into the folder that pytest keeps between runs: the version that
docs/claude-code.md was measured on, and the newest. Where that cannot be done the tests are left out, and say so; with
AGENTGUARD_E2E=1 they fail.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.client import plain
from tests.e2e.script import call
from tests.e2e.workplace import PRIVATE_ETC, Workplace, bash, needs_private_etc, token

MCP = Path(__file__).parent / "server.py"


# 1. Every event that carries text.


def test_clean_work_is_left_alone(work: Workplace) -> None:
    path = work.folder / "a.py"
    done = work.talk(call("Write", file_path=str(path), content="x = 1\n"), bash("cat a.py"))
    assert path.read_text() == "x = 1\n"
    assert "x = 1" in done.model.seen(1)
    assert "agentguard" not in done.model.sent()


def test_prompt_with_a_credential_is_not_sent(work: Workplace) -> None:
    credential = token()
    done = work.talk(prompt=f"use {credential} please")
    assert credential not in done.model.sent() + done.stream
    assert "did not send this prompt" in done.stream


@pytest.mark.parametrize("mention", ["@keys.env", "@./keys.env#L1-2", '@"two words.env"', "see (@keys.env)."])
def test_mentioned_file_with_a_credential_is_not_sent(work: Workplace, mention: str) -> None:
    credential = token()
    work.write("keys.env", f"A=1\nTOKEN={credential}\n")
    work.write("two words.env", f"TOKEN={credential}\n")
    done = work.talk(prompt=f"look at {mention}")
    assert credential not in done.everything()
    assert done.model.requests == []


@pytest.mark.parametrize("name", ["CLAUDE.md", ".claude/commands/greet.md"])
def test_instructions_and_commands_with_a_credential_are_not_sent(work: Workplace, name: str) -> None:
    credential = token()
    work.write(name, f"The token is {credential}\n")
    done = work.talk(prompt="/greet bob" if "commands" in name else "hello")
    assert credential not in done.everything()


@pytest.mark.parametrize("name", ["/greet", "/polite", "/mcp__tiny__greet"])
def test_command_skill_or_prompt_with_a_credential_is_not_expanded(work: Workplace, name: str) -> None:
    credential = token()
    work.write(".claude/commands/greet.md", "Greet $ARGUMENTS\n")
    work.write(".claude/skills/polite/SKILL.md", "---\nname: polite\ndescription: d\n---\nBe polite to $ARGUMENTS\n")
    server = {"command": sys.executable, "args": [str(MCP), str(work.write("notes.txt", "x"))]}
    settings = work.write("mcp.json", json.dumps({"mcpServers": {"tiny": server}}))
    words = ("--mcp-config", str(settings))
    work.write("agentguard.toml", "[journal]\nclean = true\n")
    assert len(work.talk(prompt=f"{name} bob", words=words).model.requests) == 1
    assert "UserPromptExpansion" in {line["event"] for line in work.journal()}
    done = work.talk(prompt=f"{name} {credential}", words=words)
    assert done.model.requests == []
    assert credential not in done.stream


@pytest.mark.parametrize(
    "name", [pytest.param("Write", id="write"), pytest.param("Bash", id="command"), pytest.param("Agent", id="agent")]
)
def test_call_with_a_credential_does_not_run(work: Workplace, name: str) -> None:
    credential = token()
    calls = {
        "Write": call("Write", file_path=str(work.folder / "made"), content=f"T={credential}"),
        "Bash": bash(f"touch made; export T={credential}"),
        "Agent": call("Agent", description="d", prompt=f"use {credential}", subagent_type="general-purpose"),
    }
    done = work.talk(calls[name])
    assert not (work.folder / "made").exists()
    assert "rule github-pat" in done.model.seen(0)
    assert len(done.model.requests) == 2


def test_subagent_is_watched_too(work: Workplace) -> None:
    credential = token()
    work.write("notes.txt", f"TOKEN={credential}\n")
    agents = {"reader": [[bash("cat notes.txt")]]}
    done = work.talk(
        call("Agent", description="d", prompt="SCRIPT:reader", subagent_type="general-purpose"), agents=agents
    )
    assert credential not in done.everything()
    assert "[REDACTED:github-pat:" in done.model.sent()


@pytest.mark.parametrize("tool", ["echo", "structured"])
def test_output_of_a_server_is_masked(work: Workplace, tool: str) -> None:
    credential = token()
    work.write("notes.txt", credential)
    server = {"mcpServers": {"tiny": {"command": sys.executable, "args": [str(MCP), str(work.folder / "notes.txt")]}}}
    settings = work.write("mcp.json", json.dumps(server))
    done = work.talk(call(f"mcp__tiny__{tool}"), words=("--mcp-config", str(settings)))
    # Of a structured answer the client keeps a copy beside it, in its stream and transcript, that no hook can change.
    assert credential not in done.model.sent() + ("" if tool == "structured" else done.everything())
    assert "[REDACTED:github-pat:" in done.model.seen(0)


# 2. Before a write, and at the end of a turn.


def test_key_over_two_edits_is_not_completed(work: Workplace) -> None:
    credential = token()
    path = work.write("a.py", f"key = '{credential[:20]}@'\n")
    done = work.talk(
        call("Read", file_path=str(path)), call("Edit", file_path=str(path), old_string="@", new_string=credential[20:])
    )
    assert path.read_text().endswith("@'\n")
    assert "a.py, line 1" in done.model.seen(1)


def test_file_that_a_command_left_behind_keeps_the_turn_going(work: Workplace) -> None:
    credential = token()
    work.git("init", "--quiet")
    half = len(credential) // 2
    hidden = f'python3 -c \'print("".join(["{credential[:half]}", "{credential[half:]}"]))\' > made.env'
    done = work.talk(bash(hidden))
    assert "keeps this turn going" in done.model.sent()
    assert "made.env, line 1" in done.model.sent()
    assert len(done.model.requests) == 3


# 3. After a read or a command.


@pytest.mark.parametrize(
    "name",
    [pytest.param("Bash", id="command"), pytest.param("Read", id="read"), pytest.param("background", id="background")],
)
def test_output_is_masked_for_model_stream_and_transcript(work: Workplace, name: str) -> None:
    credential = token()
    path = work.write("notes.txt", f"port=1\nTOKEN={credential}\n")
    calls = {
        "Bash": [bash("cat notes.txt")],
        "Read": [call("Read", file_path=str(path))],
        "background": [bash("timeout 5 cat notes.txt; cat notes.txt >&2")],
    }
    done = work.talk(*calls[name], bash("echo again; cat notes.txt"))
    assert credential not in done.everything()
    assert "port=1" in done.model.seen(0)
    tags = {part[:45] for part in done.model.sent().split("[REDACTED:")[1:]}
    assert len({tag.split("]")[0] for tag in tags}) == 1


def test_large_output_is_cleaned_where_the_client_keeps_it(work: Workplace) -> None:
    credential = token()
    work.write("notes.txt", f"TOKEN={credential}\n")
    done = work.talk(bash("seq 1 20000; cat notes.txt"))
    assert credential not in done.everything()
    kept = list((work.home / ".claude").rglob("tool-results/*"))
    assert kept
    assert all(credential not in path.read_text() for path in kept)
    assert any("[REDACTED:github-pat:" in path.read_text() for path in kept)


def test_failed_call_ends_the_turn_and_taints_the_session(work: Workplace) -> None:
    credential = token()
    work.write("notes.txt", f"TOKEN={credential}\n")
    done = work.talk(bash("cat notes.txt; exit 3"))
    assert credential not in done.model.sent()
    session = next(event["session_id"] for event in done.events() if event.get("session_id"))
    again = work.talk(prompt="go on", words=("--resume", session))
    assert again.model.requests == []
    assert "session clear" in again.stream


# 4. The agent's own git.


@pytest.mark.parametrize("command", ["git commit --no-verify -am x", "git -c core.hooksPath=/x commit -am x"])
def test_commit_of_a_credential_is_not_made(work: Workplace, command: str) -> None:
    work.git("init", "--quiet")
    path = work.write("a.py", "a = 1\n")
    work.git("add", "a.py")
    work.git("commit", "--quiet", "-m", "first")
    path.write_text(f"key = '{token()}'\n")
    done = work.talk(bash(command))
    assert work.git("rev-list", "--count", "HEAD").strip() == "1"
    assert "a.py, line 1" in done.model.seen(0)


# 6. Failing closed.


@pytest.mark.parametrize("death", ["missing", "killed", "half an answer"])
@pytest.mark.parametrize("event", ["PreToolUse", "PostToolUse", "UserPromptSubmit", "PostToolBatch"])
def test_guard_that_dies_closes_the_door(work: Workplace, event: str, death: str) -> None:
    stand_in = work.folder.parent / "python"
    deaths = {"killed": "kill -9 $$", "half an answer": "printf '{\"hookSpec'; exit 1", "missing": ""}
    if deaths[death]:
        stand_in.write_text(f"#!/bin/sh\n{deaths[death]}\n")
        stand_in.chmod(0o755)
    settings = work.settings()
    for group in settings["hooks"][event]:
        group["hooks"][0]["args"][2] = str(stand_in)
    (work.folder / ".claude" / "settings.local.json").write_text(json.dumps(settings))
    done = work.talk(bash("echo $((40 + 2))-mark; touch made"))
    assert "42-mark" not in done.model.sent()
    assert (work.folder / "made").exists() == (event in ("PostToolUse", "PostToolBatch"))


# 7. Not to be switched off from inside.


@needs_private_etc
@pytest.mark.parametrize("switch", [{"disableAllHooks": True}, {"env": {"PYTHONPATH": "/x", "LD_PRELOAD": "/x.so"}}])
def test_managed_guard_holds_against_a_repository(work: Workplace, switch: dict[str, Any]) -> None:
    credential = token()
    work.write("notes.txt", credential)
    shutil.rmtree(work.folder / ".claude")
    work.write(".claude/settings.json", json.dumps(switch))
    done = work.talk(bash("cat notes.txt"), launcher=(*PRIVATE_ETC, *work.managed()))
    assert credential not in done.everything()
    assert "[REDACTED:github-pat:" in done.model.seen(0)


# 8. Installation.


def test_plugin_is_valid_installs_and_guards(work: Workplace) -> None:
    shutil.rmtree(work.folder / ".claude")
    market = work.folder.parent / "market"
    words = [sys.executable, "-m", "agentguard_secrets.cli.main", "install", "claude", "--plugin", str(market), "--yes"]
    subprocess.run(words, check=True, capture_output=True)
    for place in (market, market / "plugin"):
        assert plain(work.client, work.home, "plugin", "validate", str(place), cwd=work.folder).returncode == 0
    plain(work.client, work.home, "plugin", "marketplace", "add", str(market), cwd=work.folder)
    name = "agentguard-secrets@agentguard-secrets"
    assert plain(work.client, work.home, "plugin", "install", name, cwd=work.folder).returncode == 0
    done = work.talk(call("Write", file_path=str(work.folder / "made"), content=token()))
    assert not (work.folder / "made").exists()
    assert "rule github-pat" in done.model.seen(0)


def test_rules_beside_the_guard_keep_a_file_of_credentials_from_being_mentioned(work: Workplace) -> None:
    work.write(".env", "PLAIN=word-4711\n")
    settings = work.settings()
    del settings["hooks"]
    (work.folder / ".claude" / "settings.local.json").write_text(json.dumps(settings))
    done = work.talk(call("Read", file_path=str(work.folder / ".env")), prompt="see @.env")
    assert "word-4711" not in done.model.sent()
