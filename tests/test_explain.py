"""`explain` says of each rule that came near what decided, by the engine's own word, and never what stood there."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from agentguard_secrets.detect.engine import default_detector, scan_chunk
from agentguard_secrets.detect.steps import Near, near
from agentguard_secrets.model import Chunk
from tests.containing import zipped
from tests.making import sample
from tests.running import agentguard

TOKEN = sample("ghp_<alnum:30><crc62:6>")
BROKEN = TOKEN[:-1] + ("a" if TOKEN[-1] != "a" else "b")
CUT = sample("duffel_live_<alnum:14>")
PASSWORD = sample("<alpha:4><digits:3>!<alpha:4>")


def explained(text: str, cwd: Path) -> dict[str, Any]:
    done = agentguard("explain", "--format", "json", cwd=cwd, stdin=text.encode())
    assert (done.stderr, done.returncode in (0, 1)) == (b"", True)
    assert TOKEN.encode() not in done.stdout
    (part,) = json.loads(done.stdout)["texts"]
    assert isinstance(part, dict)
    return part


def deciders(text: str, cwd: Path) -> dict[str, str]:
    """Rule -> the last step of each place, with its answer."""
    last = {each["rule"]: each["steps"][-1] for each in explained(text, cwd)["near"]}
    return {rule: f"{step['step']} {step['holds']}" for rule, step in last.items()}


@pytest.mark.parametrize(
    ("text", "rule", "decider"),
    [
        pytest.param(TOKEN, "github-pat", "checksum True", id="a checksum that holds"),
        pytest.param(f"{TOKEN}x", "github-pat", "checksum True", id="a checksum that holds beside a letter"),
        pytest.param(f"{BROKEN}x", "github-pat", "edge False", id="a part of something longer"),
        pytest.param("AKIA" + "IOSFODNN7" + "EXAMPLE", "aws-access-key-id", "placeholder False", id="a placeholder"),
        pytest.param(f"password = '{PASSWORD}'", "generic-assignment", "weight True", id="an assignment"),
        pytest.param("password = 'changeme'", "generic-assignment", "value False", id="no credential"),
        pytest.param(f"token = '{CUT}'", "generic-assignment", "cut False", id="the beginning of a token"),
        pytest.param(f"Server=db;UID=shop;PWD={'password'};", "odbc-password", "word False", id="the word for it"),
    ],
)
def test_says_what_decided(tmp_path: Path, text: str, rule: str, decider: str) -> None:
    assert deciders(text, tmp_path)[rule] == decider


def test_a_public_id_is_told_from_the_secret_beside_it(tmp_path: Path) -> None:
    text = f"AUTH0_CLIENT_ID={sample('<alnum:32>')}\nAUTH0_CLIENT_SECRET={sample('<alnum:64>')}\n"
    near = [each for each in explained(text, tmp_path)["near"] if each["rule"] == "auth0-client-secret"]
    steps = [[step["step"] for step in each["steps"] if not step["holds"]] for each in near]
    assert steps == [["client"], []]
    assert [each["outcome"].split(",")[0] for each in near] == ["reported: confidence low", "reported: confidence high"]


def test_a_check_that_fails_says_so(tmp_path: Path) -> None:
    (place,) = [each for each in explained(BROKEN, tmp_path)["near"] if each["rule"] == "github-pat"]
    assert place["steps"][-1] == {
        "step": "checksum",
        "holds": False,
        "said": "it does not hold, so it is no credential",
    }
    assert (place["reported"], place["outcome"]) == (False, "not reported: checksum decided")


def test_says_the_entropy_that_was_measured_and_asked_for() -> None:
    seen: list[Near] = []
    detector = default_detector(b"")._replace(observer=lambda *told: seen.append(near(*told)))
    # A value of the right shape whose characters hardly differ, for every rule that asks for entropy.
    scan_chunk(Chunk('<add key="ClearTextPassword" value="aaaaaabbbbbb11" />'), detector)
    said = [step.said for each in seen for step in each.steps if step.name == "entropy"]
    assert any(each.endswith("at least 3.00 are asked for") for each in said)


def test_names_rules_of_which_only_a_keyword_stands_there(tmp_path: Path) -> None:
    part = explained("the prefix ghp_ belongs to tokens", tmp_path)
    assert {"rule": "github-pat", "said": "the text holds 'ghp_'"} in part["keyword_only"]


def test_nothing_near_is_said(tmp_path: Path) -> None:
    done = agentguard("explain", "zz yy", cwd=tmp_path)
    assert (done.returncode, done.stdout[:18]) == (0, b"No rule came near:")


def test_what_a_better_proved_rule_takes_over_is_said(tmp_path: Path) -> None:
    part = explained(f"password = '{TOKEN}'", tmp_path)
    outcomes = {each["rule"]: each["outcome"] for each in part["near"]}
    assert outcomes["github-pat"] == "reported: confidence high, proof checksum"
    others = [outcome for rule, outcome in outcomes.items() if rule != "github-pat"]
    assert others
    assert all(outcome == "not reported: github-pat is better proved here" for outcome in others)


def test_what_is_encoded_is_explained_where_it_stands(tmp_path: Path) -> None:
    text = f"first\ndata: {base64.b64encode(TOKEN.encode()).decode()}\n"
    (place,) = [each for each in explained(text, tmp_path)["near"] if each["reported"]]
    assert (place["line"], place["column"], place["preview"]) == (2, 7, "ghp_… (40 characters, in base64)")


def test_a_value_of_this_machine_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    value = sample("<lower:12>")
    monkeypatch.setenv("SERVICE_TOKEN", value)
    (place,) = [each for each in explained(f"a {value} b", tmp_path)["near"] if each["reported"]]
    assert (place["rule"], place["title"]) == ("known-secret", "Value of the environment variable SERVICE_TOKEN")


def test_a_comment_and_an_exception_are_named(repository: Path) -> None:
    (place,) = [each for each in explained(TOKEN, repository)["near"] if each["rule"] == "github-pat"]
    (repository / "agentguard.toml").write_text(
        f'[[allow]]\nfingerprint = "{place["fingerprint"]}"\nreason = "why"\nowner = "who"\nexpires = 2999-01-01\n'
    )
    (excused,) = [each for each in explained(TOKEN, repository)["near"] if each["rule"] == "github-pat"]
    assert excused["accepted_by"] == ["[[allow]] of who until 2999-01-01: why"]
    (commented,) = [
        each for each in explained(f"{TOKEN}  # agentguard:allow", repository)["near"] if each["rule"] == "github-pat"
    ]
    assert "a comment" in commented["accepted_by"]
    assert not commented["reported"]


def test_grants_and_revocation_are_told(tmp_path: Path) -> None:
    done = agentguard("explain", cwd=tmp_path, stdin=TOKEN.encode())
    assert done.returncode == 1
    assert b"whoever holds it: " in done.stdout
    assert b"to revoke it: " in done.stdout


def test_a_file_and_an_archive_are_explained_by_their_content(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"b.txt": TOKEN}))
    done = agentguard("explain", "--format", "json", "a.zip", cwd=tmp_path)
    texts = json.loads(done.stdout)["texts"]
    assert [each["path"] for each in texts if any(place["reported"] for place in each["near"])] == ["a.zip!b.txt"]


def test_what_cannot_be_read_ends_with_3(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04nothing")
    assert agentguard("explain", "a.zip", cwd=tmp_path).returncode == 3


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_value_is_printed(tmp_path: Path, form: str) -> None:
    text = f"password = '{PASSWORD}'\na = '{TOKEN}'\nb = '{BROKEN}'\n{base64.b64encode(TOKEN.encode()).decode()}\n"
    done = agentguard("explain", "--format", form, cwd=tmp_path, stdin=text.encode())
    for value in (PASSWORD, TOKEN, BROKEN, base64.b64encode(TOKEN.encode()).decode(), TOKEN[4:]):
        assert value.encode() not in done.stdout + done.stderr


def test_what_explain_reports_is_what_the_engine_finds(tmp_path: Path) -> None:
    text = f"password = '{PASSWORD}'\na = '{TOKEN}'\nb = '{BROKEN}'\ntoken: ${{TOKEN}}\nkey = changeme\n"
    found = {(each.rule_id, each.line, each.column) for each in scan_chunk(Chunk(text), default_detector(b""))}
    near_ones = explained(text, tmp_path)["near"]
    assert {(each["rule"], each["line"], each["column"]) for each in near_ones if each["reported"]} == found
