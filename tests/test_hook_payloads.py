"""Turns the recorded events of the real client, with a credential in each of their texts, into the guard's verdicts."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.hooking import Answer, answer_to, answers_to, recorded
from tests.making import sample

Keys = tuple[str | int, ...]

PAYLOADS = recorded()

# Event -> field -> verdict on a credential in it. "" stands for every field that is not named.
VERDICTS = {
    "PreToolUse": {"tool_name": "deny", "tool_input": "deny", "mcp_server": "deny"},
    "PostToolUse": {"tool_response": "redact"},
    "PostToolUseFailure": {"error": "tell"},
    "PostToolBatch": {"tool_calls": "block"},
    "UserPromptSubmit": {"prompt": "block"},
    "UserPromptExpansion": dict.fromkeys(
        ("prompt", "expansion_type", "command_name", "command_args", "command_source"), "block"
    ),
    # Asked about a call that was judged.
    "PermissionRequest": {},
    "PermissionDenied": {},
    "SessionStart": {"": "mention"},
    "Setup": {"": "mention"},
    "InstructionsLoaded": {"": "mention"},
    "MessageDisplay": {"": "mention"},
    "SubagentStart": {"": "mention"},
    "SubagentStop": {"": "mention"},
    "Stop": {"": "mention"},
    "StopFailure": {"": "mention"},
    "FileChanged": {"": "mention"},
    "CwdChanged": {"": "mention"},
    "Notification": {"": "mention"},
    "PostCompact": {"": "mention"},
    "PostModelSwitch": {"": "mention"},
    "SessionEnd": {"": "mention"},
    "ConfigChange": {"": "block"},
    "Elicitation": {"": "block"},
    "ElicitationResult": {"": "block"},
    "PreCompact": {"": "block"},
    "PreModelSwitch": {"": "block"},
}
# The client writes these itself.
METADATA = (
    *("session_id", "transcript_path", "agent_transcript_path", "cwd", "prompt_id", "permission_mode", "effort"),
    *("tool_use_id", "agent_id", "agent_type"),
)


def strings(value: Any, keys: Keys = ()) -> Iterator[Keys]:
    if isinstance(value, str):
        yield keys
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from strings(item, (*keys, key))


def with_credential(payload: dict[str, Any], keys: Keys, credential: str) -> dict[str, Any]:
    changed: Any = copy.deepcopy(payload)
    place = changed
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = f"{place[keys[-1]]} {credential}"
    return dict(changed)


def expected(payload: dict[str, Any], keys: Keys) -> str:
    field = str(keys[0])
    if field in METADATA or keys == ("tool_input", "old_string"):
        return "silence"
    if field == "hook_event_name":
        # With another name it is another event.
        return "block"
    if field == "tool_calls" and keys[2] in ("tool_name", "tool_input"):
        return "silence"
    verdicts = VERDICTS[payload["hook_event_name"]]
    return verdicts.get(field, verdicts.get("", "silence"))


def outline(value: Any) -> Any:
    """The shape of a value: everything but what its strings say."""
    if isinstance(value, dict):
        return {key: outline(item) for key, item in value.items()}
    if isinstance(value, list):
        return [outline(item) for item in value]
    return "text" if isinstance(value, str) else value


def test_there_are_payloads_of_every_kind() -> None:
    assert len(PAYLOADS) > 80
    assert {payload["hook_event_name"] for payload in PAYLOADS.values()} == set(VERDICTS)


@pytest.mark.parametrize("name", PAYLOADS)
def test_credential_in_each_text_gets_its_verdict_and_is_never_repeated(name: str) -> None:
    credential = sample("ghp_<alnum:30><crc62:6>")
    places = list(strings(PAYLOADS[name]))
    assert places
    # Each in a session of its own: one that a credential is left in sends nothing more.
    payloads = [{**PAYLOADS[name], "session_id": str(number)} for number in range(len(places))]
    events = [with_credential(each, keys, credential) for each, keys in zip(payloads, places, strict=True)]
    clean, *answers = answers_to([PAYLOADS[name], *events])
    assert clean == Answer(0, b"", b"")
    for keys, event, answer in zip(places, events, answers, strict=True):
        assert (keys, answer.verdict) == (keys, expected(PAYLOADS[name], keys))
        assert answer.status == (2 if answer.verdict in ("deny", "block") else 0)
        assert credential not in answer.output.decode() + answer.words.decode()
        if answer.verdict == "redact":
            assert outline(answer.specific["updatedToolOutput"]) == outline(event["tool_response"])


def test_what_is_no_credential_stays_as_it_was_in_a_cleaned_output() -> None:
    credential = sample("ghp_<alnum:30><crc62:6>")
    event = with_credential(PAYLOADS["PostToolUse.Bash"], ("tool_response", "stdout"), credential)
    cleaned = answer_to(event).specific["updatedToolOutput"]
    before = PAYLOADS["PostToolUse.Bash"]["tool_response"]
    assert {**cleaned, "stdout": ""} == {**before, "stdout": ""}
    assert cleaned["stdout"].startswith(before["stdout"] + " [REDACTED:github-pat:")


def test_string_of_json_stays_json_when_cleaned() -> None:
    credential = sample("ghp_<alnum:30><crc62:6>")
    payload = PAYLOADS["PostToolUse.mcp__tiny__structured"]
    inner = json.dumps({"token": credential, "note": "a\nb"})
    cleaned = answer_to({**payload, "tool_response": inner}).specific["updatedToolOutput"]
    assert json.loads(cleaned)["note"] == "a\nb"
    assert credential not in cleaned
