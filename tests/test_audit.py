"""Turns what people say about findings into proof that it is kept, counted, and never the value itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentguard_secrets.model import AuditEvent
from agentguard_secrets.state.folders import state_folder
from agentguard_secrets.state.journal import append
from tests.making import sample
from tests.running import agentguard, scanned
from tests.test_cli_terminal import on_terminal

FINGERPRINT = "ab" * 16


def kept(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def own_file() -> Path:
    return Path(state_folder()) / "audit.jsonl"


@pytest.fixture
def tokens(repository: Path) -> list[str]:
    """Two credentials in two files; the first stands in both."""
    made = [sample("ghp_<alnum:30><crc62:6>") for _ in range(2)]
    (repository / "a.py").write_text(f"first = '{made[0]}'\nsecond = '{made[1]}'\n", encoding="utf-8")
    (repository / "b.py").write_text(f"again = '{made[0]}'\n", encoding="utf-8")
    return made


def fingerprints(folder: Path) -> list[str]:
    _status, document = scanned(cwd=folder)
    return list(dict.fromkeys(each["fingerprint"] for each in document["findings"]))


def test_each_value_is_asked_about_once_and_the_answers_are_kept(repository: Path, tokens: list[str]) -> None:
    shown = on_terminal("audit", "a.py", "b.py", cwd=repository, typed=b"t\n\nf\nit opens nothing\n")
    assert b"2 of 2" in shown
    assert b"[REDACTED:github-pat:" in shown
    assert [token for token in tokens if token.encode() in shown] == []
    words = {line["fingerprint"]: (line["word"], line["note"], line["rule"]) for line in kept(own_file())}
    first, second = fingerprints(repository)
    assert words == {first: ("true", "", "github-pat"), second: ("false", "it opens nothing", "github-pat")}


def test_what_was_judged_is_not_asked_again_and_later_is(repository: Path, tokens: list[str]) -> None:
    on_terminal("audit", cwd=repository, typed=b"t\n\nl\n\n")
    shown = on_terminal("audit", cwd=repository, typed=b"f\n\n")
    assert b"1 of 1" in shown
    assert b"judged later by" in shown
    assert b"nothing to judge" in on_terminal("audit", cwd=repository)
    assert b"2 of 2" in on_terminal("audit", "--again", cwd=repository, typed=b"s\ns\n")


def test_a_wrong_letter_is_asked_again_and_quit_keeps_what_was_said(repository: Path, tokens: list[str]) -> None:
    on_terminal("audit", cwd=repository, typed=b"x\n\nt\nsure\nq\n")
    assert [line["note"] for line in kept(own_file())] == ["sure"]


def test_without_a_terminal_nobody_is_asked(repository: Path, tokens: list[str]) -> None:
    done = agentguard("audit", cwd=repository)
    assert (done.returncode, b"expected a terminal to ask on" in done.stderr) == (2, True)


def test_a_program_judges_by_fingerprint(repository: Path) -> None:
    append(AuditEvent("PreToolUse", "s", "Write", "deny", ("github-pat",), (FINGERPRINT,), "", ""))
    done = agentguard("audit", "--judge", f"{FINGERPRINT}=false", "--note", "a sample", "--by", "ci", cwd=repository)
    assert done.returncode == 0
    (line,) = kept(own_file())
    assert (line["rule"], line["word"], line["note"], line["by"]) == ("github-pat", "false", "a sample", "ci")
    agentguard("audit", "--judge", f"{FINGERPRINT}=true", cwd=repository)
    (line,) = kept(own_file())
    assert (line["rule"], line["word"]) == ("github-pat", "true")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        pytest.param(f"{FINGERPRINT}=maybe", b"expected true, false, later after '='", id="no such word"),
        pytest.param(FINGERPRINT, b"expected true, false, later after '='", id="no word"),
        pytest.param("abc=false", b"expected the 32 hex digits of a fingerprint", id="no fingerprint"),
    ],
)
def test_a_word_that_says_nothing_is_2(repository: Path, word: str, message: bytes) -> None:
    done = agentguard("audit", "--judge", word, cwd=repository)
    assert (done.returncode, message in done.stderr) == (2, True)


def test_a_credential_in_place_of_a_fingerprint_is_not_repeated(repository: Path) -> None:
    token = sample("ghp_<alnum:30><crc62:6>")
    assert token.encode() not in agentguard("audit", "--judge", f"{token}=false", cwd=repository).stderr


def test_with_a_salt_the_team_shares_the_judgements(repository: Path) -> None:
    (repository / "agentguard.toml").write_text(f"[fingerprint]\nsalt = '{'0f' * 32}'\n", encoding="utf-8")
    for number, word in ((2, "false"), (1, "true")):
        agentguard("audit", "--judge", f"{number:032x}={word}", "--rule", "some-rule", cwd=repository)
    lines = kept(repository / ".agentguard-audit.jsonl")
    assert [(line["fingerprint"][-1], line["word"]) for line in lines] == [("1", "true"), ("2", "false")]
    assert not own_file().exists()


def test_statistics_count_by_rule(repository: Path) -> None:
    for number, (rule, word) in enumerate([("a", "true"), ("a", "false"), ("a", "false"), ("b", "later")]):
        agentguard("audit", "--judge", f"{number:032x}={word}", "--rule", rule, cwd=repository)
    done = agentguard("audit", "--stats", "--format", "json", cwd=repository)
    document = json.loads(done.stdout)
    assert (document["version"], document["true"], document["false"], document["later"]) == (1, 1, 2, 1)
    assert document["rules"][0] == {"rule": "a", "true": 1, "false": 2, "later": 0, "false_share": 0.6667}
    text = agentguard("audit", "--stats", cwd=repository).stdout.decode()
    assert "1 credentials, 2 false alarms, 67% of those decided, 1 for later\n" in text


def test_a_broken_file_of_judgements_is_3_and_names_the_line(repository: Path) -> None:
    own_file().write_text('{"fingerprint": 1}\n', encoding="utf-8")
    done = agentguard("audit", "--stats", cwd=repository)
    assert done.returncode == 3
    assert b"audit.jsonl:1: expected a JSON object with fingerprint, rule" in done.stderr
