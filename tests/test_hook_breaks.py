"""Turns everything that can break the guard into a refusal: never silence, never an exit status that opens."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import agentguard_secrets
from tests.hooking import HOOK, Answer, answer_to, answered
from tests.making import sample

PACKAGE = Path(agentguard_secrets.__file__).parent


def write(cwd: Path, content: object = "nothing secret") -> dict[str, Any]:
    call = {"tool_name": "Write", "tool_input": {"file_path": str(cwd / "a.py"), "content": content}}
    return {"session_id": "s", "cwd": str(cwd), "hook_event_name": "PreToolUse", **call}


def is_refusal(answer: Answer) -> bool:
    """Whether the client stops, whichever event it was."""
    document = answer.document
    stops = document.get("continue") is False and document.get("decision") == "block"
    return answer.status == 2 and (stops or answer.verdict == "deny") and answer.words != b""


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b" \n", id="blank"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"{} {}", id="two objects"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="nothing"),
        pytest.param(b"{}", id="an object without a name"),
        pytest.param(b'{"hook_event_name": 7}', id="a name of the wrong type"),
        pytest.param(b'{"hook_event_name": "PreToolUse", "hook_event_name": "Stop"}', id="a key twice"),
        pytest.param(b'{"hook_event_name": "PreToolUse", "tool_input": "\xff"}', id="no UTF-8"),
        pytest.param(b'{"a":' * 100_000, id="deeper than the parser goes"),
        pytest.param(b'{"hook_event_name":"Stop","a":' + b"[" * 300 + b"]" * 300 + b"}", id="deeper than is judged"),
        pytest.param(json.dumps(["x" * 65 * 2**20]).encode(), id="larger than is judged"),
    ],
)
def test_what_is_no_event_is_refused(raw: bytes) -> None:
    answer = answered(raw)
    assert is_refusal(answer)
    assert answer.verdict == "block"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("\ud800 \x00 \u2028", id="a lone surrogate and NUL"),
        pytest.param({"a": [1, None, True, 1e400, -0.5]}, id="other types than text"),
        pytest.param([[], {}, "", [""]], id="empty values"),
    ],
)
def test_odd_content_is_judged_and_not_refused(tmp_path: Path, content: object) -> None:
    credential = sample("ghp_<alnum:30><crc62:6>")
    assert answer_to(write(tmp_path, content)) == Answer(0, b"", b"")
    found = answer_to(write(tmp_path, [content, f"\ud800 {credential} \x00"]))
    assert found.verdict == "deny"
    assert credential.encode() not in found.output + found.words


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "Infinity"])
def test_number_that_is_none_of_json_makes_no_answer_unreadable(tmp_path: Path, number: str) -> None:
    """An output is echoed back, and an answer with `Infinity` in it the client would not read."""
    credential = sample("ghp_<alnum:30><crc62:6>")
    response = {"stdout": credential, "n": "NUMBER"}
    event = {**write(tmp_path), "hook_event_name": "PostToolUse", "tool_response": response}
    answer = answered(json.dumps(event).replace('"NUMBER"', number).encode())
    assert answer.verdict == "withhold"
    assert credential.encode() not in answer.output + answer.words


@pytest.mark.parametrize("field", ["tool_name", "tool_input", "session_id", "cwd", "permission_mode"])
@pytest.mark.parametrize("value", [None, 1, [], {}, True], ids=json.dumps)
def test_field_of_the_wrong_type_hides_nothing(tmp_path: Path, field: str, value: object) -> None:
    event = {**write(tmp_path), field: value, "extra": [sample("ghp_<alnum:30><crc62:6>")]}
    assert answer_to(event, cwd=tmp_path).verdict == "deny"


def test_broken_policy_is_named_and_refuses(tmp_path: Path) -> None:
    (tmp_path / "agentguard.toml").write_text("[mode]\nlevel = 'sometimes'\n")
    answer = answer_to(write(tmp_path))
    assert is_refusal(answer)
    assert b"agentguard.toml" in answer.words
    assert b"level" in answer.words


def test_missing_policy_that_was_named_refuses(tmp_path: Path) -> None:
    answer = answer_to(write(tmp_path), "--policy", str(tmp_path / "none.toml"))
    assert is_refusal(answer)
    assert b"none.toml" in answer.words


def test_named_policy_is_gone_by(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("[mode]\nlevel = 'observe'\n")
    event = write(tmp_path, sample("ghp_<alnum:30><crc62:6>"))
    assert answer_to(event, "--policy", str(tmp_path / "own.toml")).verdict == "mention"
    assert answer_to(event).verdict == "deny"


def test_unknown_argument_refuses(tmp_path: Path) -> None:
    assert is_refusal(answer_to(write(tmp_path), "--polcy", "x"))


@pytest.mark.parametrize("content", ["nothing secret", None], ids=["clean", "with a credential"])
@pytest.mark.parametrize("broken", ["agentguard-secrets", "agentguard-secrets/journal.jsonl"])
def test_unusable_state_refuses(tmp_path: Path, home: Path, content: str | None, broken: str) -> None:
    place = home / ".local" / "state" / broken
    place.parent.mkdir(parents=True)
    if broken.endswith("jsonl"):
        place.mkdir()
    else:
        place.write_text("not a folder")
    assert is_refusal(answer_to(write(tmp_path, content or sample("ghp_<alnum:30><crc62:6>"))))


def test_policy_may_have_a_person_asked_instead(tmp_path: Path, home: Path) -> None:
    (tmp_path / "agentguard.toml").write_text("[mode]\non_error = 'ask'\n")
    (home / ".local" / "state" / "agentguard-secrets" / "journal.jsonl").mkdir(parents=True)
    answer = answer_to(write(tmp_path))
    assert (answer.status, answer.verdict) == (0, "ask")


@pytest.mark.parametrize("name", ["json", "re", "enum", "agentguard_secrets", "signal"])
def test_module_in_the_working_folder_is_not_taken(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.py").write_text("import os\nos._exit(0)\n")
    event = write(tmp_path, sample("ghp_<alnum:30><crc62:6>"))
    assert answer_to(event, cwd=tmp_path).verdict == "deny"


@pytest.mark.parametrize(
    "module",
    [
        "errors.py",
        "model.py",
        "protocol/claude.py",
        "protocol/claude_answer.py",
        "detect/table.py",
        "state/snapshot.py",
        "guard/pipeline.py",
        "guard/judge.py",
    ],
)
@pytest.mark.parametrize("text", ["raise SystemExit(0)", "import none_such", "("], ids=["exits", "imports", "syntax"])
def test_module_that_cannot_be_imported_refuses(tmp_path: Path, module: str, text: str) -> None:
    copied = tmp_path / "site" / PACKAGE.name
    shutil.copytree(PACKAGE, copied, ignore=shutil.ignore_patterns("__pycache__"))
    (copied / module).write_text(text)
    start = f"import sys, runpy; sys.path.insert(0, {str(copied.parent)!r}); "
    command = (sys.executable, "-I", "-c", start + f"runpy.run_module({HOOK[-1]!r}, run_name='__main__')")
    event = write(tmp_path, sample("ghp_<alnum:30><crc62:6>"))
    assert is_refusal(answered(json.dumps(event).encode(), command=command))


def test_overrun_deadline_refuses(tmp_path: Path) -> None:
    (tmp_path / "agentguard.toml").write_text("[mode]\ndeadline = 0.1\n")
    answer = answer_to(write(tmp_path, "api_key = zzzzzzzz\n" * 1_000_000))
    assert is_refusal(answer)
    assert b"longer than 0.1 s" in answer.words


@pytest.mark.skipif(os.name == "nt", reason="a hundred thousand folders above each other are no path there")
def test_deadline_holds_for_reading_the_policy_too(tmp_path: Path) -> None:
    """Finding out how a failure is to be answered must not take the time that has run out already."""
    start = "from agentguard_secrets import hook; hook._FIRST_DEADLINE = hook._GRACE = 0.5; hook.main([])"
    event = {**write(tmp_path), "cwd": "/a" * 100_000}
    started = time.monotonic()
    assert is_refusal(answered(json.dumps(event).encode(), command=(sys.executable, "-I", "-c", start)))
    assert time.monotonic() - started < 10


@pytest.mark.skipif(os.name == "nt", reason="the watchdog is another one there")
def test_input_that_never_ends_refuses() -> None:
    started = time.monotonic()
    with subprocess.Popen(HOOK, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as guard:
        assert guard.stdin is not None
        assert guard.stdout is not None
        assert guard.stderr is not None
        guard.stdin.write(b'{"hook_event_name":')
        guard.stdin.flush()
        # Read first: communicate would close the guard's input.
        answer = Answer(2, guard.stdout.read(), guard.stderr.read())
        assert guard.wait(timeout=30) == 2
    assert is_refusal(answer)
    # The client's own limit lets everything through; ours has to come long before it.
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("content", ["nothing secret", None], ids=["clean", "with a credential"])
def test_closed_output_is_no_consent(tmp_path: Path, content: str | None) -> None:
    event = json.dumps(write(tmp_path, content or sample("ghp_<alnum:30><crc62:6>"))).encode()
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(HOOK, input=event, stdout=writing, stderr=writing, timeout=60, check=False)
    os.close(writing)
    assert done.returncode == (0 if content else 2)


@pytest.mark.skipif(os.name == "nt", reason="closes the streams with a shell")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_stream_refuses(tmp_path: Path, closed: str) -> None:
    event = json.dumps(write(tmp_path, sample("ghp_<alnum:30><crc62:6>"))).encode()
    answer = answered(event, command=("/bin/sh", "-c", f'"$0" "$@" {closed}', *HOOK))
    assert answer.status == 2


def test_redaction_that_cannot_be_told_is_no_consent(tmp_path: Path) -> None:
    output = {"hook_event_name": "PostToolUse", "tool_response": {"stdout": sample("ghp_<alnum:30><crc62:6>")}}
    reading, writing = os.pipe()
    os.close(reading)
    event = json.dumps({**write(tmp_path), **output}).encode()
    done = subprocess.run(HOOK, input=event, stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writing)
    assert done.returncode == 2


def test_failure_is_journaled(tmp_path: Path, home: Path) -> None:
    credential = sample("ghp_<alnum:30><crc62:6>")
    (tmp_path / "agentguard.toml").write_text("broken")
    answer_to({**write(tmp_path), "hook_event_name": credential})
    answer_to(write(tmp_path))
    journal = home / ".local" / "state" / "agentguard-secrets" / "journal.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [(line["event"], line["verdict"]) for line in lines] == [("unknown", "deny"), ("PreToolUse", "deny")]


def limited(what: str, most: int) -> tuple[str, ...]:
    """The guard in a process that may have no more of `what`, a limit of the system."""
    set_limit = f"import resource, signal; resource.setrlimit(resource.{what}, ({most}, {most})); "
    ignored = "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    start = "import runpy; runpy.run_module('agentguard_secrets.hook', run_name='__main__')"
    return (sys.executable, "-I", "-c", set_limit + ignored + start)


@pytest.mark.skipif(os.name == "nt", reason="the system has no such limits")
def test_full_disk_refuses(tmp_path: Path) -> None:
    """No file may grow: neither the journal nor the notes of the session."""
    event = write(tmp_path, sample("ghp_<alnum:30><crc62:6>"))
    assert is_refusal(answered(json.dumps(event).encode(), command=limited("RLIMIT_FSIZE", 0)))
    failed = {**event, "hook_event_name": "PostToolUseFailure", "error": sample("ghp_<alnum:30><crc62:6>")}
    assert answered(json.dumps(failed).encode(), command=limited("RLIMIT_FSIZE", 0)).status == 2


@pytest.mark.skipif(sys.platform != "linux", reason="the limit holds on Linux only")
def test_no_memory_refuses(tmp_path: Path) -> None:
    event = json.dumps(write(tmp_path, "api_key = zzzzzzzz\n" * 1_000_000)).encode()
    answer = answered(event, command=limited("RLIMIT_AS", 96 * 2**20))
    assert answer.status == 2
    assert answer.verdict in ("deny", "block")


def test_fifty_megabytes_are_judged_or_refused_but_never_let_through(tmp_path: Path) -> None:
    credential = sample("ghp_<alnum:30><crc62:6>")
    started = time.monotonic()
    answer = answer_to(write(tmp_path, "number = 1\n" * 4_700_000 + f"TOKEN={credential}\n"))
    assert is_refusal(answer)
    assert time.monotonic() - started < 40
