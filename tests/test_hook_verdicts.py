"""Turns events that hold a credential into the verdicts of the policy, in the form that the client obeys."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.hooking import Answer, answer_to
from tests.making import sample

# Something only the word beside it makes a credential of: sure enough to ask, not sure enough to deny.
CONTEXT = "password"


def event(name: str, **fields: Any) -> dict[str, Any]:
    return {"session_id": "s", "cwd": "/", "hook_event_name": name, **fields}


def call(tool: str, **tool_input: Any) -> dict[str, Any]:
    return event("PreToolUse", tool_name=tool, tool_input=tool_input)


def token() -> str:
    return sample("ghp_<alnum:30><crc62:6>")


def lines_of(home: Path) -> list[dict[str, Any]]:
    journal = home / ".local" / "state" / "agentguard-secrets" / "journal.jsonl"
    return [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []


@pytest.mark.parametrize("tool", ["Write", "Bash", "mcp__mail__send", "NoSuchTool"])
def test_deny_is_said_in_every_way_the_client_hears(tool: str) -> None:
    answer = answer_to(call(tool, text=f"TOKEN={token()}"))
    assert answer.status == 2
    assert answer.specific["hookEventName"] == "PreToolUse"
    assert answer.specific["permissionDecision"] == "deny"
    assert answer.words.decode() == answer.specific["permissionDecisionReason"]


def test_denial_tells_what_where_how_sure_and_what_to_do_instead() -> None:
    credential = token()
    answer = answer_to(call("Write", file_path="/src/app.py", content=f"import os\n\nTOKEN = '{credential}'\n"))
    words = answer.words.decode()
    assert "GitHub personal access token (rule github-pat; its checksum is right) in /src/app.py, line 3" in words
    for advice in ("environment variable", "secret manager", "another way round", "ask the person"):
        assert advice in words
    assert credential not in words


def test_medium_confidence_is_asked_and_never_allowed() -> None:
    answer = answer_to(call("mcp__db__connect", **{CONTEXT: sample("<alnum:20>")}))
    assert (answer.status, answer.verdict, answer.words) == (0, "ask", b"")


def test_comment_that_accepts_does_not_silence_what_an_agent_writes() -> None:
    text = f"TOKEN = '{token()}'  # agentguard:allow\n"
    assert answer_to(call("Write", file_path="/a.py", content=text)).verdict == "ask"
    assert answer_to(call("Bash", command=text)).verdict == "deny"


def test_taking_a_credential_out_is_let_through() -> None:
    removed = call("Edit", file_path="/a.py", old_string=token(), new_string="os.environ['TOKEN']")
    assert answer_to(removed) == Answer(0, b"", b"")
    # Only the client's own tool is known to keep it to itself.
    assert answer_to(call("mcp__files__edit", old_string=token())).verdict == "deny"


def test_key_across_lines_of_a_list_is_found() -> None:
    key = sample("<pem:RSA>")
    assert "\n" in key
    assert answer_to(call("mcp__files__write", lines=key.split("\n"))).verdict == "deny"


def test_credential_in_one_line_of_a_list_is_told_once() -> None:
    answer = answer_to(call("mcp__files__write", lines=["first", token()]))
    assert answer.words.decode().count("(rule github-pat") == 1


def test_key_is_masked_wherever_its_lines_stand() -> None:
    key = sample("<pem:RSA>")
    patch = [{"lines": [f"+{line}" for line in key.split("\n")]}]
    output = {"type": "update", "content": key, "structuredPatch": patch}
    answer = answer_to(event("PostToolUse", tool_name="Write", tool_response=output))
    assert answer.verdict == "redact"
    assert not [line for line in key.split("\n") if len(line) > 8 and line in answer.output.decode()]


def test_same_credential_has_the_same_tag_in_every_output() -> None:
    credential = token()
    tags = set()
    for text in (credential, f"again: {credential}"):
        answer = answer_to(event("PostToolUse", tool_name="Bash", tool_response={"stdout": text, "stderr": credential}))
        tags |= set(re.findall(r"\[REDACTED:[^\]]+\]", json.dumps(answer.specific["updatedToolOutput"])))
    assert len(tags) == 1
    assert tags.pop() in answer.specific["additionalContext"]


def test_output_that_cannot_be_cleaned_in_its_shape_is_withheld() -> None:
    answer = answer_to(event("PostToolUse", tool_name="mcp__a__b", tool_response={token(): 1}))
    assert (answer.status, answer.verdict) == (0, "withhold")


def test_prompt_is_blocked_and_not_echoed() -> None:
    answer = answer_to(event("UserPromptSubmit", prompt=f"use {token()} please"))
    assert (answer.status, answer.document["decision"]) == (2, "block")
    assert answer.specific == {"hookEventName": "UserPromptSubmit", "suppressOriginalPrompt": True}


def test_failed_call_is_told_and_its_batch_stopped() -> None:
    text = f"Exit code 3\n{token()}"
    failed = answer_to(event("PostToolUseFailure", tool_name="Bash", error=text))
    assert (failed.status, failed.specific["hookEventName"]) == (0, "PostToolUseFailure")
    batch = answer_to(event("PostToolBatch", tool_calls=[{"tool_name": "Bash", "tool_response": text}]))
    assert (batch.status, batch.document["decision"], batch.document["continue"]) == (2, "block", False)


def test_path_that_holds_the_credential_is_told_masked() -> None:
    credential = token()
    answer = answer_to(call("Write", file_path=f"/{credential}.txt", content=credential))
    assert answer.verdict == "deny"
    assert credential.encode() not in answer.output + answer.words
    assert b"/[REDACTED:github-pat:" in answer.words


def test_observing_policy_only_mentions(tmp_path: Path) -> None:
    (tmp_path / "agentguard.toml").write_text("[mode]\nlevel = 'observe'\n")
    answer = answer_to({**call("Write", content=token()), "cwd": str(tmp_path)})
    assert (answer.status, list(answer.document)) == (0, ["systemMessage"])


def test_accepted_value_is_let_through_and_journaled(tmp_path: Path, home: Path) -> None:
    written = {**call("Write", content=token()), "cwd": str(tmp_path)}
    fingerprint = re.search(r"fingerprint ([0-9a-f]{32})", answer_to(written).words.decode())
    assert fingerprint is not None
    entry = f"fingerprint = '{fingerprint[1]}'\nreason = 'a test'\nowner = 'the test'\nexpires = 2999-01-01\n"
    (tmp_path / "agentguard.toml").write_text(f"[[allow]]\n{entry}")
    assert answer_to(written) == Answer(0, b"", b"")
    assert [line["verdict"] for line in lines_of(home)] == ["deny", "allow"]


@pytest.mark.parametrize(
    ("tool", "verdict"),
    [("Write", "silence"), ("Bash", "deny"), ("mcp__mail__send", "deny"), ("Unknown", "deny")],
)
def test_accepted_path_excuses_only_tools_that_write_there(tmp_path: Path, tool: str, verdict: str) -> None:
    entry = "[[allow]]\nreason = 'r'\nowner = 'o'\nexpires = 2099-01-01\npath = 'docs/*'\nrule = 'github-pat'\n"
    (tmp_path / "agentguard.toml").write_text(entry)
    given = {"file_path": str(tmp_path / "docs" / "a.md"), "content": sample("ghp_<alnum:30><crc62:6>")}
    event = {"hook_event_name": "PreToolUse", "cwd": str(tmp_path), "tool_name": tool, "tool_input": given}
    assert answer_to(event).verdict == verdict


def test_decision_is_journaled_without_the_value(home: Path) -> None:
    credential = token()
    answer_to({**call(credential, text=credential), "session_id": credential})
    (line,) = lines_of(home)
    assert (line["event"], line["verdict"], line["rules"]) == ("PreToolUse", "deny", ["github-pat"])
    assert credential not in json.dumps(line)


def test_clean_run_is_journaled_where_the_policy_says_so(tmp_path: Path, home: Path) -> None:
    (tmp_path / "agentguard.toml").write_text("[journal]\nclean = true\n")
    assert answer_to({**call("Bash", command="ls"), "cwd": str(tmp_path)}) == Answer(0, b"", b"")
    assert [(line["tool"], line["verdict"]) for line in lines_of(home)] == [("Bash", "allow")]


def test_link_below_an_accepted_path_excuses_nothing(tmp_path: Path) -> None:
    entry = "[[allow]]\nreason = 'r'\nowner = 'o'\nexpires = 2099-01-01\npath = 'docs/*'\nrule = 'github-pat'\n"
    (tmp_path / "agentguard.toml").write_text(entry)
    (tmp_path / "docs").mkdir()
    (tmp_path / "src").mkdir()
    (tmp_path / "docs" / "link.md").symlink_to(tmp_path / "src" / "app.py")
    for name, verdict in (("plain.md", "silence"), ("link.md", "deny")):
        written = call("Write", file_path=str(tmp_path / "docs" / name), content=token())
        assert answer_to({**written, "cwd": str(tmp_path)}).verdict == verdict


@pytest.mark.parametrize("name", ["PermissionRequest", "PermissionDenied"])
def test_what_the_client_decides_is_journaled(home: Path, name: str) -> None:
    asked = event(name, tool_name="Bash", tool_input={"command": "ls"})
    assert answer_to(asked) == Answer(0, b"", b"")
    assert [(line["event"], line["tool"]) for line in lines_of(home)] == [(name, "Bash")]
