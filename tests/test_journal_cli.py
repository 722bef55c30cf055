"""Turns `journal show` and `journal verify` into their exit status and what a person reads."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.parametrize("rest", [b"", b"\0"], ids=["cut short", "filled with nothing"])
def test_head_that_a_power_failure_tore_is_named_and_a_person_can_begin_anew(tmp_path: Path, rest: bytes) -> None:
    path = journal_of("a", "b")
    head = Path(f"{path}.head")
    half = head.read_bytes()[:60]
    head.write_bytes(half + rest * (head.stat().st_size - len(half)))
    done = agentguard("journal", "verify", cwd=tmp_path)
    assert b"unanchored: the head is torn (a power failure) or was changed: lines may have been cut" in done.stdout
    journal_of("c")
    done = agentguard("journal", "verify", cwd=tmp_path)
    assert (done.returncode, done.stdout.count(b"\n")) == (1, 1)
    assert b":3: unanchored: the head was torn or changed here: lines before may have been cut off" in done.stdout
    # What docs/policy.md says a person may do.
    kept = tmp_path / "kept"
    kept.mkdir()
    for each in path.parent.glob("journal*"):
        each.rename(kept / each.name)
    journal_of("d")
    assert agentguard("journal", "verify", cwd=tmp_path).returncode == 0
    assert agentguard("journal", "verify", str(kept / path.name), cwd=tmp_path).stdout.count(b"\n") == 1


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


def told(*words: str, cwd: Path) -> list[dict[str, Any]]:
    """The lines that `journal show` prints for these words."""
    done = agentguard("journal", "show", "--format", "jsonl", *words, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, b"")
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def varied() -> None:
    """A journal of decisions of several kinds."""
    plain = AuditEvent("PreToolUse", "one", "Write", "deny", ("github-pat",), ("ab" * 16,), "src/a.py", "p")
    append(plain)
    append(
        plain._replace(session="two", verdict="ask", tool="Bash", rules=(), acts=("force-push",), subjects=("main",))
    )
    append(plain._replace(verdict="allow", tool="mcp__web__get", rules=(), path="", hosts=("example.com",), unread=2))


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        pytest.param((), [1, 2, 3], id="all"),
        pytest.param(("--session", "one"), [1, 3], id="a session"),
        pytest.param(("--tool", "mcp__*"), [3], id="a glob of tools"),
        pytest.param(("--tool", "Bash", "--tool", "Write"), [1, 2], id="one tool or the other"),
        pytest.param(("--verdict", "ask"), [2], id="a verdict"),
        pytest.param(("--rule", "github-*"), [1], id="a rule"),
        pytest.param(("--act", "force-push"), [2], id="an act"),
        pytest.param(("--path", "src/*", "--verdict", "deny"), [1], id="a path and a verdict"),
        pytest.param(("--since", "1h"), [1, 2, 3], id="the last hour"),
        pytest.param(("--since", "2999-01-01"), [], id="the future"),
        pytest.param(("--until", "2001-01-01T00:00"), [], id="long ago"),
        pytest.param(("--session", "one", "--last", "1"), [3], id="the last of those asked for"),
    ],
)
def test_show_prints_only_what_is_asked_for(
    varied: None, tmp_path: Path, words: tuple[str, ...], numbers: list[int]
) -> None:
    assert [entry["sequence"] for entry in told(*words, cwd=tmp_path)] == numbers


def test_a_time_that_is_none_is_2(varied: None, tmp_path: Path) -> None:
    done = agentguard("journal", "show", "--since", "yesterday", cwd=tmp_path)
    assert (done.returncode, b"'yesterday': expected a time like 2026-01-31" in done.stderr) == (2, True)


def exported(form: str, cwd: Path, *words: str) -> str:
    done = agentguard("journal", "export", "--format", form, *words, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


def test_exported_lines_are_those_of_the_journal(varied: None, tmp_path: Path) -> None:
    assert exported("jsonl", tmp_path) == Path(journal_file()).read_text(encoding="utf-8")


def test_export_as_csv_has_a_row_for_each_line_and_defuses_formulas(varied: None, tmp_path: Path) -> None:
    append(AuditEvent("e", "s", "t", "allow", (), (), "=1+1", "p"))
    rows = list(csv.DictReader(io.StringIO(exported("csv", tmp_path))))
    assert [(row["sequence"], row["verdict"], row["acts"]) for row in rows[:3]] == [
        ("1", "deny", ""),
        ("2", "ask", "force-push"),
        ("3", "allow", ""),
    ]
    assert rows[3]["path"] == "'=1+1"


def test_export_as_ocsf_is_a_detection_finding_a_line(varied: None, tmp_path: Path) -> None:
    events = [json.loads(line) for line in exported("ocsf", tmp_path).splitlines()]
    assert {(event["class_uid"], event["category_uid"], event["type_uid"]) for event in events} == {(2004, 2, 200401)}
    assert [(event["severity_id"], event["action_id"], event["disposition_id"]) for event in events] == [
        (4, 2, 2),
        (3, 99, 99),
        (1, 1, 1),
    ]
    required = {"activity_id", "finding_info", "metadata", "severity_id", "time"}
    assert all(required <= event.keys() for event in events)
    assert events[0]["finding_info"]["types"] == ["github-pat"]
    assert abs(events[0]["time"] / 1000 - time.time()) < 600


def test_export_as_opentelemetry_logs_is_one_document(varied: None, tmp_path: Path) -> None:
    (resource,) = json.loads(exported("otel", tmp_path))["resourceLogs"]
    (scope,) = resource["scopeLogs"]
    records = scope["logRecords"]
    assert [record["severityText"] for record in records] == ["ERROR", "WARN", "INFO"]
    assert records[0]["body"] == {"stringValue": "deny PreToolUse Write: github-pat"}
    attributes = {each["key"]: each["value"] for each in records[1]["attributes"]}
    assert attributes["agentguard.acts"] == {"arrayValue": {"values": [{"stringValue": "force-push"}]}}
    assert attributes["agentguard.sequence"] == {"intValue": "2"}


def test_export_writes_a_file_and_selects(varied: None, tmp_path: Path) -> None:
    assert exported("jsonl", tmp_path, "--verdict", "ask", "--output", "out.jsonl") == ""
    (line,) = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["sequence"] == 2


def test_a_broken_policy_hides_no_tampering(varied: None, tmp_path: Path) -> None:
    (tmp_path / "agentguard.toml").write_text("[mode\n", encoding="utf-8")
    path = Path(journal_file())
    path.write_bytes(path.read_bytes().replace(b'"deny"', b'"allow"'))
    done = agentguard("journal", "verify", cwd=tmp_path)
    assert (done.returncode, b":1: edited: " in done.stdout, b"warning: " in done.stderr) == (1, True, True)


def test_show_reads_the_files_that_were_put_aside(tmp_path: Path) -> None:
    for _ in range(3):
        append(AuditEvent("e", "s", "t", "allow", (), (), "", "p"), rotate=1)
    assert [entry["sequence"] for entry in told(cwd=tmp_path)] == [1, 2, 3]
