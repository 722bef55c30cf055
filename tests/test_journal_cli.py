"""Turns `journal show` and `journal verify` into their exit status and what a person reads."""

from __future__ import annotations

import json
from pathlib import Path

from agentguard_secrets.model import AuditEvent
from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.journal import append
from tests.running import agentguard


def journal_of(*paths: str) -> Path:
    for path in paths:
        append(AuditEvent("PreToolUse", "s", "Write", "deny", ("github-pat",), ("ab" * 16,), path, "defaults"))
    return Path(journal_file())


def test_verify_is_0_when_nothing_is_wrong(tmp_path: Path) -> None:
    journal_of("a", "b")
    done = agentguard("journal", "verify", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"every line is there and as it was written" in done.stdout


def test_verify_is_1_and_names_line_and_kind(tmp_path: Path) -> None:
    path = journal_of("a", "b", "c")
    path.write_bytes(path.read_bytes().replace(b'"path":"b"', b'"path":"x"'))
    done = agentguard("journal", "verify", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.decode() == f"{path}:2: edited: the line is not as it was written\n"


def test_verify_of_a_cut_off_journal_is_1(tmp_path: Path) -> None:
    path = journal_of("a", "b")
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    done = agentguard("journal", "verify", cwd=tmp_path)
    assert done.returncode == 1
    assert b":1: truncated: 1 line is cut off after number 1" in done.stdout


def test_before_the_first_decision_there_is_nothing_wrong(tmp_path: Path) -> None:
    for action in ("verify", "show"):
        done = agentguard("journal", action, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, b"")
        assert b"nothing has been journaled yet" in done.stderr


def test_a_named_journal_that_is_missing_is_3(tmp_path: Path) -> None:
    for action in ("verify", "show"):
        done = agentguard("journal", action, "missing.jsonl", cwd=tmp_path)
        assert done.returncode == 3
        assert b"missing.jsonl: the journal cannot be read" in done.stderr


def test_show_prints_one_line_a_decision_oldest_first(tmp_path: Path) -> None:
    journal_of("a.txt", "b.txt")
    done = agentguard("journal", "show", cwd=tmp_path)
    rows = [line.split() for line in done.stdout.decode().splitlines()]
    assert [(row[0], *row[2:]) for row in rows] == [
        ("1", "deny", "PreToolUse", "Write", "github-pat", "a.txt"),
        ("2", "deny", "PreToolUse", "Write", "github-pat", "b.txt"),
    ]


def test_show_as_json_keeps_every_field(tmp_path: Path) -> None:
    path = journal_of("a", "b", "c")
    done = agentguard("journal", "show", "--format", "json", "--last", "2", cwd=tmp_path)
    document = json.loads(done.stdout)
    assert document["version"] == 1
    assert document["entries"] == [json.loads(line) for line in path.read_bytes().splitlines()[1:]]


def test_show_does_not_let_a_path_steer_the_terminal(tmp_path: Path) -> None:
    journal_of("\x1b]0;a\x07\nb\u202e")
    done = agentguard("journal", "show", cwd=tmp_path)
    assert len(done.stdout.splitlines()) == 1
    assert done.stdout.decode().rstrip().isprintable()
    assert "\u202e" not in done.stdout.decode()


def test_show_tells_what_it_could_not_read(tmp_path: Path) -> None:
    path = journal_of("a", "b")
    with path.open("ab") as stream:
        stream.write(b"torn")
    done = agentguard("journal", "show", cwd=tmp_path)
    assert done.returncode == 3
    assert len(done.stdout.splitlines()) == 2
    assert b"journal.jsonl:3: expected a JSON object" in done.stderr


def test_show_needs_a_number_from_one(tmp_path: Path) -> None:
    assert agentguard("journal", "show", "--last", "0", cwd=tmp_path).returncode == 2
