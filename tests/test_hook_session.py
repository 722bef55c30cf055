"""Turns the events of one session, one after the other, into what the guard remembers from each for the next."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Git
from tests.hooking import Answer, answer_to
from tests.making import sample
from tests.running import agentguard
from tests.test_cli_terminal import on_terminal


def event(name: str, cwd: Path | str = "/", **fields: Any) -> dict[str, Any]:
    return {"session_id": "s", "cwd": str(cwd), "hook_event_name": name, **fields}


def token() -> str:
    return sample("ghp_<alnum:30><crc62:6>")


def failed(text: str) -> dict[str, Any]:
    return event("PostToolUseFailure", tool_name="Bash", tool_input={}, error=f"Exit code 1\n{text}")


SENDING = {
    "a prompt": event("UserPromptSubmit", prompt="go on"),
    "a command": event("UserPromptExpansion", prompt="/x", command_name="x"),
    "a batch": event("PostToolBatch", tool_calls=[]),
    "compaction": event("PreCompact", trigger="manual"),
}


@pytest.mark.parametrize("later", SENDING.values(), ids=SENDING)
@pytest.mark.parametrize(
    "earlier",
    [
        pytest.param(failed("TOKEN={0}"), id="a failed call"),
        pytest.param(event("PostToolBatch", tool_calls=[{"tool_response": "{0}"}]), id="an unreplaced output"),
        pytest.param(event("PostToolUse", tool_name="x", tool_response={"{0}": 1}), id="an output withheld"),
    ],
)
def test_session_that_holds_a_credential_sends_nothing_more(earlier: dict[str, Any], later: dict[str, Any]) -> None:
    credential = token()
    assert answer_to(later) == Answer(0, b"", b"")
    answer_to(json.loads(json.dumps(earlier).replace("{0}", credential)))
    answer = answer_to(later)
    assert (answer.status, answer.verdict) == (2, "block")
    assert b"session clear s" in answer.words
    assert credential.encode() not in answer.output + answer.words
    assert answer_to({**later, "session_id": "another"}) == Answer(0, b"", b"")


@pytest.mark.parametrize("is_kept", [True, False])
def test_fork_while_a_session_is_tainted_sends_nothing(tmp_path: Path, is_kept: bool) -> None:
    (tmp_path / "projects" / "a").mkdir(parents=True)
    (tmp_path / "projects" / "a" / ("s.jsonl" if is_kept else "other.jsonl")).write_text("")
    answer_to(failed(f"TOKEN={token()}"))
    start = {"source": "fork", "transcript_path": str(tmp_path / "projects" / "b" / "f.jsonl")}
    assert answer_to({**event("SessionStart", **start), "session_id": "f"}) == Answer(0, b"", b"")
    answer = answer_to({**SENDING["a prompt"], "session_id": "f"})
    assert answer.verdict == ("block" if is_kept else "silence")
    assert (b"fork of the session s" in answer.words) == is_kept


def test_clean_failure_and_masked_output_taint_nothing() -> None:
    answer_to(failed("no such file"))
    answer_to(event("PostToolUse", tool_name="Bash", tool_response={"stdout": token(), "stderr": ""}))
    assert answer_to(SENDING["a prompt"]) == Answer(0, b"", b"")


def test_output_that_could_not_be_judged_taints(tmp_path: Path) -> None:
    (tmp_path / "agentguard.toml").write_text("broken")
    answer_to({**failed("x"), "cwd": str(tmp_path)})
    assert answer_to(SENDING["a prompt"]).verdict == "block"


def test_observing_policy_taints_nothing(tmp_path: Path) -> None:
    (tmp_path / "agentguard.toml").write_text("[mode]\nlevel = 'observe'\n")
    answer_to({**failed(token()), "cwd": str(tmp_path)})
    assert answer_to(SENDING["a prompt"]) == Answer(0, b"", b"")


def test_notes_that_cannot_be_read_refuse(home: Path) -> None:
    answer_to(failed(token()))
    (notes,) = (home / ".local/state/agentguard-secrets/sessions").iterdir()
    assert notes.stat().st_mode & 0o777 == 0o600
    notes.write_text("{")
    assert answer_to(SENDING["a prompt"]).status == 2


def test_only_a_person_at_a_terminal_clears_a_session(tmp_path: Path) -> None:
    answer_to(failed(token()))
    assert b"github-pat" in agentguard("session", "list", cwd=tmp_path).stdout
    assert agentguard("session", "clear", "s", cwd=tmp_path, stdin=b"y\n").returncode == 2
    on_terminal("session", "clear", cwd=tmp_path, typed=b"n\n")
    assert answer_to(SENDING["a prompt"]).verdict == "block"
    assert b"cleared" in on_terminal("session", "clear", cwd=tmp_path, typed=b"y\n")
    assert answer_to(SENDING["a prompt"]) == Answer(0, b"", b"")
    assert agentguard("session", "list", cwd=tmp_path).stdout == b""


@pytest.mark.parametrize("words", [[], ["none"]])
def test_clear_names_what_it_expects(tmp_path: Path, words: list[str]) -> None:
    assert b"expected" in agentguard("session", "clear", *words, cwd=tmp_path).stderr


@pytest.fixture
def worktree(repository: Path, git: Git) -> Path:
    (repository / "old.py").write_text(f"a = 1\nkey = '{token()}'\n")
    (repository / ".gitignore").write_text("*.log\n")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "first")
    return repository


STOP = {"stop_hook_active": False, "last_assistant_message": "done"}


@pytest.mark.parametrize("name", ["Stop", "SubagentStop"])
@pytest.mark.parametrize("state", ["untracked", "staged", "tracked", "in a folder below"])
def test_turn_does_not_end_with_a_credential_in_a_changed_file(worktree: Path, git: Git, name: str, state: str) -> None:
    credential = token()
    path = worktree / ("old.py" if state == "tracked" else "new.py")
    before = path.read_text() if path.exists() else ""
    path.write_text(f"{before}# new\nkey = '{credential}'\n")
    if state == "staged":
        git(worktree, "add", ".")
    folder = worktree / "below"
    folder.mkdir()
    answer = answer_to(event(name, folder if "below" in state else worktree, **STOP))
    assert (answer.status, answer.verdict) == (2, "block")
    assert f"{path}, line {before.count(chr(10)) + 2}".encode() in answer.words
    assert credential.encode() not in answer.output + answer.words
    again = answer_to(event(name, worktree, **{**STOP, "stop_hook_active": True}))
    assert (again.status, again.verdict) == (0, "mention")


def test_turn_ends_when_what_is_new_is_clean(worktree: Path) -> None:
    assert answer_to(event("Stop", worktree, **STOP)) == Answer(0, b"", b"")
    with (worktree / "old.py").open("a") as stream:
        stream.write("b = 2\n")
    (worktree / "run.log").write_text(token())
    (worktree / "link").symlink_to("/nowhere")
    assert answer_to(event("Stop", worktree, **STOP)) == Answer(0, b"", b"")


def test_file_that_was_there_before_the_session_is_not_its_work(worktree: Path) -> None:
    (worktree / "mine.txt").write_text(token())
    hour = 60 * 60
    answer_to(event("SessionStart", worktree, source="startup"))
    (notes,) = (Path(os.environ["HOME"]) / ".local/state/agentguard-secrets/sessions").iterdir()
    later = re.sub(r'("time":)(\d+)', lambda found: found[1] + str(int(found[2]) + hour), notes.read_text())
    notes.write_text(later)
    assert answer_to(event("Stop", worktree, **STOP)) == Answer(0, b"", b"")


def test_file_that_git_does_not_look_at_counts_when_a_tool_wrote_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("first\n")
    called = {"tool_name": "Write", "tool_input": {"file_path": str(path)}, "tool_response": {"type": "create"}}
    answer_to(event("PostToolUse", tmp_path, **called))
    path.write_text(token())
    answer = answer_to(event("Stop", tmp_path, **STOP))
    assert answer.verdict == "block", answer


def test_value_that_a_person_let_be_written_is_not_asked_for_again(tmp_path: Path) -> None:
    path, text = tmp_path / "a.txt", f"TOKEN={token()}"
    path.write_text(text)
    called = {"tool_name": "Write", "tool_input": {"file_path": str(path), "content": text}}
    answer_to(event("PostToolUse", tmp_path, **called, tool_response={"type": "create", "content": text}))
    assert answer_to(event("Stop", tmp_path, **STOP)) == Answer(0, b"", b"")


def stored(tmp_path: Path, content: bytes) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path / "p" / "s" / "tool-results"
    folder.mkdir(parents=True)
    path = folder / "b1.txt"
    path.write_bytes(content)
    fields = {"transcript_path": f"{tmp_path}/p/s.jsonl", "tool_name": "Bash"}
    response = {"stdout": "x" * 100, "stderr": "", "interrupted": False, "persistedOutputPath": str(path)}
    return path, event("PostToolUse", tmp_path, **fields, tool_response=response)


def test_stored_output_is_cleaned_where_it_lies(tmp_path: Path) -> None:
    credential = token()
    path, called = stored(tmp_path, f"begin\n{'x' * 40_000}\n{credential}\nend \u00e9\n".encode())
    answer = answer_to(called)
    assert (answer.status, answer.verdict) == (0, "redact")
    assert answer.specific["updatedToolOutput"] == called["tool_response"]
    assert credential not in path.read_text()
    assert path.read_text().startswith("begin\n")
    assert path.read_text().endswith("]\nend \u00e9\n")


def test_binary_stored_output_keeps_its_other_bytes(tmp_path: Path) -> None:
    credential = token()
    path, called = stored(tmp_path, b"\xff\xfe\x81 " + credential.encode() + b" \x00\xff")
    answer_to(called)
    assert credential.encode() not in path.read_bytes()
    assert path.read_bytes().startswith(b"\xff\xfe\x81 [REDACTED")


def test_stored_output_that_is_too_large_to_look_through_is_removed(tmp_path: Path) -> None:
    path, called = stored(tmp_path, b"")
    with path.open("wb") as stream:
        stream.truncate(33 * 1024 * 1024)
    assert answer_to(called) == Answer(0, b"", b"")
    assert path.read_text().startswith("[agentguard-secrets removed this stored output: is larger than")


def test_only_files_of_the_session_are_rewritten(tmp_path: Path) -> None:
    other = tmp_path / "tool-results" / "mine.txt"
    other.parent.mkdir()
    other.write_text(token())
    before = other.read_text()
    _path, called = stored(tmp_path, b"clean")
    answer_to({**called, "tool_response": f"saved to {other}"})
    assert other.read_text() == before
