"""Turns denials into proof that owners, anchors and collectors are told, and that nobody waits for them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from agentguard_secrets.model import AuditEvent
from agentguard_secrets.state.folders import journal_file, state_folder
from agentguard_secrets.state.journal import append
from agentguard_secrets.state.journalanchor import remember, remembered
from agentguard_secrets.state.journalkeep import retire
from agentguard_secrets.state.journalread import read
from agentguard_secrets.state.policyfile import load_policy
from agentguard_secrets.telling.owners import MOST_A_MINUTE, notified
from tests.conftest import Git
from tests.hooking import answer_to
from tests.making import sample
from tests.running import agentguard

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="commands of a POSIX shell")
pytestmark = posix_only


def write(folder: Path, content: str) -> dict[str, Any]:
    return {
        "hook_event_name": "PreToolUse",
        "session_id": "s",
        "cwd": str(folder),
        "tool_name": "Write",
        "tool_use_id": "call-1",
        "tool_input": {"file_path": str(folder / "a.py"), "content": content},
    }


def denied(folder: Path) -> str:
    """Let the hook deny a write and return the credential it was about."""
    token = sample("ghp_<alnum:30><crc62:6>")
    assert answer_to(write(folder, f"token = '{token}'"), cwd=folder).verdict == "deny"
    return token


def policy(folder: Path, text: str) -> None:
    (folder / "agentguard.toml").write_text(text, encoding="utf-8")


def within(seconds: float, path: Path) -> str:
    """What stands in the file as soon as a whole line does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if path.is_file() and path.read_text(encoding="utf-8").endswith("\n"):
            return path.read_text(encoding="utf-8")
        time.sleep(0.02)
    return ""


def notes(kind: str, *, seconds: float = 20) -> list[str]:
    """The notes of the journal's lines of this kind, once there is one."""
    until = time.monotonic() + seconds
    found: list[str] = []
    while not found and time.monotonic() < until:
        found = [entry["note"] for entry in read(journal_file()) if entry and entry["event"] == kind]
        time.sleep(0.05)
    return found


def test_the_owner_is_told_of_a_denial_without_the_value(repository: Path) -> None:
    policy(repository, '[owner]\nname = "Security"\nnotify = ["sh", "-c", "cat > told.json"]\n')
    token = denied(repository)
    told = within(20, repository / "told.json")
    event = json.loads(told)
    assert (event["verdict"], event["tool"], event["rules"]) == ("deny", "Write", ["github-pat"])
    assert (event["owner"]["name"], event["sequence"], event["held_back"]) == ("Security", 1, 0)
    assert token not in told


def test_nobody_is_told_of_a_clean_event(repository: Path) -> None:
    policy(repository, '[owner]\nnotify = ["sh", "-c", "cat > told.json"]\n[journal]\nclean = true\n')
    assert answer_to(write(repository, "number = 1"), cwd=repository).verdict == "silence"
    assert within(1, repository / "told.json") == ""


def test_the_verdict_does_not_wait_for_the_owner(repository: Path) -> None:
    policy(repository, '[owner]\nnotify = ["sleep", "8"]\n')
    start = time.monotonic()
    denied(repository)
    assert time.monotonic() - start < 6


def test_the_owner_is_told_of_an_event_that_could_not_be_judged(repository: Path) -> None:
    policy(repository, '[owner]\nnotify = ["sh", "-c", "cat > told.json"]\n')
    (Path(state_folder()) / "sessions").write_text("in the way of what is remembered", encoding="utf-8")
    token = sample("ghp_<alnum:30><crc62:6>")
    done = {"hook_event_name": "PostToolUse", "tool_response": {"stdout": token, "stderr": "", "interrupted": False}}
    answer = answer_to({**write(repository, ""), **done, "tool_name": "Bash"}, cwd=repository)
    assert "could not" in (answer.output + answer.words).decode()
    assert json.loads(within(20, repository / "told.json"))["verdict"] == "deny"


def test_the_outer_owner_is_told_that_the_repositorys_policy_is_broken(repository: Path, home: Path) -> None:
    user = home / ".config" / "agentguard" / "policy.toml"
    user.parent.mkdir(parents=True)
    user.write_text('[owner]\nnotify = ["sh", "-c", "cat > told.json"]\n', encoding="utf-8")
    policy(repository, "[mode\n")
    assert answer_to(write(repository, "number = 1"), cwd=repository).verdict == "deny"
    assert json.loads(within(20, repository / "told.json"))["verdict"] == "deny"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        pytest.param('["sh", "-c", "exit 3"]', "owner.notify sh: exit status 3", id="it fails"),
        pytest.param('["no-such-program-here"]', "No such file", id="it is not there"),
    ],
)
def test_an_owner_who_cannot_be_told_is_journaled(repository: Path, command: str, why: str) -> None:
    policy(repository, f"[owner]\nnotify = {command}\n")
    denied(repository)
    (note,) = notes("untold")
    assert why in note


def test_at_most_twenty_a_minute_are_told_and_the_rest_is_counted(repository: Path) -> None:
    policy(repository, '[owner]\nnotify = ["sh", "-c", "cat >> told.json"]\n')
    rules = load_policy(repository)
    for number in range(MOST_A_MINUTE + 5):
        assert [why for _name, why in notified(rules, repository, {"sequence": number}) if why] == []
    told = (repository / "told.json").read_text(encoding="utf-8").splitlines()
    assert len(told) == MOST_A_MINUTE


def test_the_next_one_told_says_how_many_were_held_back(repository: Path) -> None:
    policy(repository, '[owner]\nnotify = ["sh", "-c", "cat >> told.json"]\n')
    rules = load_policy(repository)
    for number in range(MOST_A_MINUTE + 3):
        list(notified(rules, repository, {"sequence": number}))
    kept = {key: value for key, value in remembered("notified").items() if key != "digest"}
    remember("notified", {**kept, "since": 0.0})
    list(notified(rules, repository, {"sequence": 99}))
    last = json.loads((repository / "told.json").read_text(encoding="utf-8").splitlines()[-1])
    assert (last["sequence"], last["held_back"]) == (99, 3)


def test_an_anchor_command_gets_the_head_and_verify_compares_with_it(repository: Path) -> None:
    policy(repository, '[journal]\nanchor = ["sh", "-c", "cat >> heads.jsonl"]\n')
    assert agentguard("journal", "verify", cwd=repository).returncode == 0
    denied(repository)
    head = json.loads(within(20, repository / "heads.jsonl"))
    (entry,) = (each for each in read(journal_file()) if each)
    assert (head["sequence"], head["digest"]) == (1, entry["digest"])
    verified = agentguard("journal", "verify", "--anchors", "heads.jsonl", cwd=repository)
    assert verified.returncode == 0, verified.stdout
    for path in Path(state_folder()).glob("journal.jsonl*"):
        path.unlink()
    append(AuditEvent("other", "", "", "allow", (), (), "", ""))
    verified = agentguard("journal", "verify", "--anchors", "heads.jsonl", cwd=repository)
    assert verified.returncode == 1
    assert b":1: edited: outside, number 1 is known as another line" in verified.stdout


def test_a_git_ref_keeps_every_head_and_verify_compares_with_it(repository: Path, git: Git) -> None:
    policy(repository, '[journal]\nanchor = "git"\n')
    for _ in range(2):
        append(AuditEvent("told", "", "", "allow", (), (), "", ""))
        assert agentguard("journal", "anchor", cwd=repository).stdout == b"anchor git: told\n"
    (ref,) = git(repository, "for-each-ref", "--format=%(refname)", "refs/agentguard/").split()
    assert git(repository, "rev-list", "--count", ref).strip() == "2"
    assert agentguard("journal", "verify", cwd=repository).returncode == 0
    path = Path(journal_file())
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    Path(f"{path}.head").unlink()
    verified = agentguard("journal", "verify", cwd=repository)
    assert verified.returncode == 1
    assert b"truncated: outside, number 2 is known" in verified.stdout


def test_the_old_marks_count_when_state_and_key_were_thrown_away(repository: Path, git: Git) -> None:
    policy(repository, '[journal]\nanchor = "git"\n')
    append(AuditEvent("told", "", "", "deny", (), (), "", ""))
    assert agentguard("journal", "anchor", cwd=repository).returncode == 0
    shutil.rmtree(state_folder())
    append(AuditEvent("other", "", "", "allow", (), (), "", ""))
    verified = agentguard("journal", "verify", cwd=repository)
    assert (verified.returncode, b":1: edited: outside, number 1 is known" in verified.stdout) == (1, True)


def test_a_policy_of_a_nearer_folder_names_who_is_told(repository: Path) -> None:
    policy(repository, "[mode]\nlevel = 'enforce'\n")
    (repository / "near").mkdir()
    policy(repository / "near", '[owner]\nnotify = ["sh", "-c", "cat > told.json"]\n')
    denied(repository / "near")
    assert json.loads(within(20, repository / "told.json"))["verdict"] == "deny"


def test_a_clean_commit_marks_the_journal_in_the_repository(repository: Path, git: Git) -> None:
    policy(repository, '[journal]\nanchor = "git"\nclean = true\n')
    assert agentguard("install", "git", "--yes", cwd=repository).returncode == 0
    git(repository, "add", "agentguard.toml")
    git(repository, "commit", "--quiet", "-m", "policy")
    until = time.monotonic() + 20
    while not (refs := git(repository, "for-each-ref", "refs/agentguard/")) and time.monotonic() < until:
        time.sleep(0.05)
    assert "commit\trefs/agentguard/journal-" in refs


def test_an_anchor_that_was_never_told_leaves_the_journal_unanchored(repository: Path) -> None:
    append(AuditEvent("before", "", "", "allow", (), (), "", ""))
    os.utime(f"{journal_file()}.head", (0, 0))
    policy(repository, '[journal]\nanchor = ["true"]\n')
    verified = agentguard("journal", "verify", cwd=repository)
    assert verified.returncode == 1
    assert b"unanchored: the policy names an anchor, and none has been told yet" in verified.stdout
    assert agentguard("journal", "anchor", cwd=repository).returncode == 0
    assert agentguard("journal", "verify", cwd=repository).returncode == 0


def test_an_anchor_that_fails_is_3_and_says_why(repository: Path) -> None:
    append(AuditEvent("before", "", "", "allow", (), (), "", ""))
    policy(repository, '[journal]\nanchor = ["false"]\n')
    done = agentguard("journal", "anchor", cwd=repository)
    assert (done.returncode, done.stdout) == (3, b"anchor false: failed: exit status 1\n")


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """An HTTP server on this machine, and what was sent to it."""
    received: list[tuple[str, bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_collector_gets_each_line_once_through_opentelemetry(
    repository: Path, collector: tuple[str, list[tuple[str, bytes]]]
) -> None:
    pytest.importorskip("opentelemetry.sdk")
    address, received = collector
    policy(repository, f'[journal]\notlp = "{address}"\n')
    for name in ("first", "second"):
        append(AuditEvent(name, "", "Write", "deny", ("some-rule",), (), "", ""))
        done = agentguard("journal", "anchor", cwd=repository)
        assert done.stdout.decode() == f"otlp {address}: told\n"
    assert [path for path, _body in received] == ["/v1/logs"] * 2
    assert b"deny first Write: some-rule" in received[0][1]
    assert b"deny second Write: some-rule" in received[1][1]
    assert b"first" not in received[1][1]
    assert agentguard("journal", "anchor", cwd=repository).stdout == b"nobody waits for anything\n"


def test_syslog_gets_each_line_as_json(repository: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(20)
        policy(repository, f'[journal]\nsyslog = "udp://127.0.0.1:{server.getsockname()[1]}"\n')
        append(AuditEvent("first", "", "Write", "deny", ("some-rule",), (), "", ""))
        assert agentguard("journal", "anchor", cwd=repository).returncode == 0
        packet = server.recv(65536)
    assert packet.startswith(b"<12>agentguard-secrets: {")
    assert json.loads(packet.partition(b": ")[2].rstrip(b"\0"))["rules"] == ["some-rule"]


def test_retention_removes_what_was_put_aside_and_the_proof_still_holds(repository: Path) -> None:
    for _ in range(4):
        append(AuditEvent("old", "", "", "allow", (), (), "", ""), rotate=1)
    assert retire(30, now=datetime.now(UTC)) == 0
    assert retire(0, now=datetime.now(UTC) + timedelta(days=9999)) == 0
    assert retire(30, now=datetime.now(UTC) + timedelta(days=31)) == 3
    assert [entry["event"] for entry in read(journal_file()) if entry] == ["old", "retention"]
    assert agentguard("journal", "verify", cwd=repository).returncode == 0
