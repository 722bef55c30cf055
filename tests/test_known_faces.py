"""Whatever face it passes, a value of this machine is stopped, and stays in no file, answer or message."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest

from agentguard_secrets import scan_text
from tests.conftest import Git
from tests.hooking import answer_to
from tests.making import sample
from tests.running import agentguard, scanned


@pytest.fixture
def secret(home: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A value in the .env of the repository, which git ignores; the rules alone find nothing in it."""
    value = sample("<lower:12>")
    (repository / ".env").write_text(f"PORT=8080\nSERVICE_TOKEN={value}\n")
    (repository / ".gitignore").write_text(".env\n")
    monkeypatch.chdir(repository)
    return value


def encoded(text: str) -> str:
    return base64.b64encode(f"see {text} there".encode()).decode()


def event(repository: Path, name: str, tool: str, **more: Any) -> dict[str, Any]:
    return {"hook_event_name": name, "session_id": "s", "cwd": str(repository), "tool_name": tool, **more}


def test_the_value_is_none_that_a_rule_finds(secret: str) -> None:
    assert scan_text(f"value: {secret}\n", known=()) == []


@pytest.mark.parametrize("wrap", [str, encoded], ids=["plain", "base64"])
def test_a_write_of_it_is_denied_with_where_it_belongs(secret: str, repository: Path, wrap: Any) -> None:
    content = {"file_path": str(repository / "app.py"), "content": f"value = '{wrap(secret)}'\n"}
    answer = answer_to(event(repository, "PreToolUse", "Write", tool_input=content))
    assert answer.verdict == "deny"
    assert "SERVICE_TOKEN in .env" in answer.specific["permissionDecisionReason"]
    assert secret not in (answer.output + answer.words).decode()


def test_an_agent_that_reads_its_file_gets_a_tag(secret: str, repository: Path) -> None:
    text = (repository / ".env").read_text()
    response = {
        "type": "text",
        "file": {"filePath": ".env", "content": text, "numLines": 2, "startLine": 1, "totalLines": 2},
    }
    read = event(repository, "PostToolUse", "Read", tool_input={"file_path": ".env"}, tool_response=response)
    answer = answer_to(read)
    assert answer.verdict == "redact"
    assert "[REDACTED:known-secret:" in answer.output.decode()
    assert "PORT=8080" in answer.output.decode()
    assert secret not in answer.output.decode()


@pytest.mark.parametrize("place", ["sub", "../other"], ids=["a repository in it", "a folder beside it"])
def test_value_of_the_project_is_known_wherever_the_agent_works(
    secret: str, repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(repository))
    (repository / place).mkdir()
    git(repository / place, "init", "--quiet")
    response = {"stdout": f"it is {secret}", "stderr": "", "interrupted": False}
    shown = event(repository / place, "PostToolUse", "Bash", tool_input={"command": "x"}, tool_response=response)
    assert answer_to(shown).verdict == "redact"


def test_value_of_an_outer_repository_is_known_in_an_inner_one(secret: str, repository: Path, git: Git) -> None:
    (repository / "sub").mkdir()
    git(repository / "sub", "init", "--quiet")
    content = {"file_path": str(repository / "sub" / "a.py"), "content": f"value = '{secret}'\n"}
    assert answer_to(event(repository / "sub", "PreToolUse", "Write", tool_input=content)).verdict == "deny"


def test_an_agent_that_reads_a_credential_file_of_the_home_gets_a_tag(home: Path, repository: Path) -> None:
    value = sample("<base64:40>")
    (home / ".aws").mkdir()
    (home / ".aws/credentials").write_text(f"[default]\naws_secret_access_key = {value}\n")
    response = {"stdout": f"it is {value}\n", "stderr": "", "interrupted": False, "isImage": False}
    answer = answer_to(event(repository, "PostToolUse", "Bash", tool_input={"command": "x"}, tool_response=response))
    assert (answer.verdict, value in answer.output.decode()) == ("redact", False)


def test_a_clean_event_stays_silent(secret: str, repository: Path) -> None:
    content = {"file_path": str(repository / "app.py"), "content": f"value = '{sample('<lower:12>')}'\n"}
    assert answer_to(event(repository, "PreToolUse", "Write", tool_input=content)).verdict == "silence"


def test_utf_16_whose_zeros_are_characters_is_read(secret: str, repository: Path) -> None:
    hidden = "".join(f"{letter}\0" for letter in f"value {secret} there")
    content = {"file_path": str(repository / "app.py"), "content": hidden}
    assert answer_to(event(repository, "PreToolUse", "Write", tool_input=content)).verdict == "deny"


def test_a_commit_of_it_is_refused(secret: str, repository: Path, git: Git) -> None:
    (repository / "app.py").write_text(f"value = '{encoded(secret)}'\n")
    git(repository, "add", "app.py")
    done = agentguard("git-hook", "pre-commit", cwd=repository)
    assert done.returncode == 1
    assert b"Value of SERVICE_TOKEN in .env" in done.stderr
    assert secret.encode() not in done.stderr


def test_a_commit_of_its_own_file_is_refused(secret: str, repository: Path, git: Git) -> None:
    git(repository, "add", "--force", ".env")
    assert agentguard("git-hook", "pre-commit", cwd=repository).returncode == 1


def test_a_scan_finds_it_elsewhere_and_not_at_home(secret: str, repository: Path) -> None:
    (repository / "notes.txt").write_text(f"first\nremember {secret[::-1]}\n")
    status, report = scanned(cwd=repository)
    places = [(each["path"], each["line"], each["rule"], each["proof"]) for each in report["findings"]]
    at_home = [place for place in places if place[3] == "known"]
    assert (status, at_home) == (1, [("notes.txt", 2, "known-secret", "known")])


def test_a_scan_of_much_finds_it_too(secret: str, repository: Path) -> None:
    for number in range(900):
        (repository / f"{number}.txt").write_text(f"line {number}\n")
    (repository / "last.txt").write_text(f"{encoded(secret)}\n")
    (repository / "more.txt").write_text(f"{encoded(sample('ghp_<alnum:30><crc62:6>'))}\n")
    _status, report = scanned("--jobs", "2", cwd=repository)
    assert {(each["path"], each["rule"]) for each in report["findings"]} >= {
        ("last.txt", "known-secret"),
        ("more.txt", "github-pat"),
    }


def test_redact_masks_it(secret: str, repository: Path) -> None:
    done = agentguard("redact", cwd=repository, stdin=f"a {secret} b\n".encode())
    assert done.stdout.startswith(b"a [REDACTED:known-secret:")


def test_the_library_looks_for_it_unless_told_not_to(secret: str) -> None:
    assert [each.proof for each in scan_text(f"a {secret} b")] == ["known"]


def test_what_a_policy_lists_is_known_to_the_hook(repository: Path) -> None:
    listed, named = sample("<lower:12>"), sample("<lower:12>")
    (repository / "deploy.list").write_text(f"{listed}\n")
    policy = "[known]\nfiles = [\"*.list\"]\nnames = ['WHATEVER']\n"
    (repository / "agentguard.toml").write_text(policy)
    os.environ["WHATEVER"] = named
    try:
        for value in (listed, named):
            content = {"file_path": str(repository / "app.py"), "content": f"value = '{value}'\n"}
            assert answer_to(event(repository, "PreToolUse", "Write", tool_input=content)).verdict == "deny"
    finally:
        del os.environ["WHATEVER"]


def test_a_word_elsewhere_in_the_policy_is_no_known_name(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    value = sample("<lower:12>")
    monkeypatch.setenv("WHATEVER", value)
    (repository / "agentguard.toml").write_text('[known]\nnames = []\n[owner]\nname = "WHATEVER"\n')
    content = {"file_path": str(repository / "app.py"), "content": f"value = '{value}'\n"}
    assert answer_to(event(repository, "PreToolUse", "Write", tool_input=content)).verdict == "silence"


def test_the_value_is_in_no_file_afterwards(secret: str, home: Path, repository: Path, git: Git) -> None:
    before = {path for folder in (home, repository) for path in folder.rglob("*")}
    said = b""
    for wrapped in (secret, encoded(secret), secret[::-1], secret.encode().hex()):
        content = {"file_path": str(repository / "app.py"), "content": f"value = '{wrapped}'\n"}
        answer = answer_to(event(repository, "PreToolUse", "Write", tool_input=content))
        said += answer.output + answer.words
    (repository / "app.py").write_text(f"value = '{secret}'\n")
    git(repository, "add", "app.py")
    for words in (
        ["git-hook", "pre-commit"],
        ["scan"],
        ["scan", "--format", "json"],
        ["scan", "--staged"],
        ["redact", "app.py"],
    ):
        done = agentguard(*words, cwd=repository)
        said += done.stdout + done.stderr
    new = {path for folder in (home, repository) for path in folder.rglob("*")} - before - {repository / "app.py"}
    written = b"".join(path.read_bytes() for path in new if path.is_file() and ".git" not in path.parts)
    assert len(written) > 100
    for wrapped in (secret, encoded(secret), secret[::-1], secret.encode().hex()):
        assert wrapped.encode() not in said + written
