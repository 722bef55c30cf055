"""Turns sessions of the real client that are gone on with, forked or ended into proof of what stays in them."""

from __future__ import annotations

import pytest

from tests.e2e.script import call
from tests.e2e.workplace import Workplace, bash, token


@pytest.mark.parametrize(
    "words",
    [("--resume", "ID"), ("--continue",), ("--resume", "ID", "--fork-session"), ("--continue", "--fork-session")],
    ids=" ".join,
)
def test_tainted_session_is_not_gone_on_with(work: Workplace, words: tuple[str, ...]) -> None:
    credential = token()
    work.write("notes.txt", f"TOKEN={credential}\n")
    done = work.talk(bash("cat notes.txt; exit 3"))
    assert credential not in done.model.sent()
    again = work.talk(prompt="go on", words=tuple(done.session() if word == "ID" else word for word in words))
    assert again.model.requests == []
    assert "session clear" in again.stream


def test_fork_of_a_clean_session_goes_on(work: Workplace) -> None:
    done = work.talk(bash("echo one"))
    again = work.talk(prompt="go on", words=("--resume", done.session(), "--fork-session"))
    assert len(again.model.requests) == 1


def test_events_of_a_session_are_in_the_journal(work: Workplace) -> None:
    work.write("agentguard.toml", "[journal]\nclean = true\n")
    done = work.talk(call("Read", file_path=str(work.write("a.txt", "x"))), bash("exit 3"))
    assert done.status == 0
    events = {line["event"] for line in work.journal()}
    expected = {"SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure", "PostToolBatch"}
    assert events >= expected | {"Stop", "SessionEnd"}
