"""Rules that a policy adds hold wherever the built-in ones do, and a wrong one stops everything with its place."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from agentguard_secrets.cli.main import main
from agentguard_secrets.detect.engine import scan_chunk
from agentguard_secrets.errors import DeadlineError, RuleError
from agentguard_secrets.model import Chunk, Entry
from agentguard_secrets.rulebook.packs import detector_for, own_rules
from tests.making import sample

RULE = """
[[rule]]
id = "acme-token"
title = "Acme token"
severity = "high"
pattern = '(acme_[0-9a-f]{24})'
samples = ["acme_<hex:24>"]
"""
WORDS = """
[[rule]]
id = "our-vault"
title = "Key of our vault"
severity = "critical"
words = ["ourvault"]
value = '[0-9A-Z]{18}'
samples = ["<upper:18>"]
"""
TOLD = """
provider = "acme"
reference = "https://wiki.invalid/tokens"
grants = "Orders."
revoke = "Ask the owners of the shop."
"""
PACK = '[[rule]]\npack = "packs/own.toml"\n'
TOKEN, KEY = sample("acme_<hex:24>"), sample("<upper:18>")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose policy adds a rule and names a pack, and a file that both know something in."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "own.toml").write_text(WORDS)
    (tmp_path / "agentguard.toml").write_text(RULE + PACK)
    (tmp_path / "app.py").write_text(f'a = "{TOKEN}"\nOURVAULT_KEY={KEY}\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def event(folder: Path, text: str) -> tuple[int, str]:
    told = {"hook_event_name": "PreToolUse", "tool_name": "Write", "session_id": "s", "cwd": str(folder)}
    told["tool_input"] = {"file_path": "b.py", "content": text}  # type: ignore[assignment]
    command = [sys.executable, "-I", "-m", "agentguard_secrets.hook"]
    done = subprocess.run(command, input=json.dumps(told), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_scan_finds_what_the_policy_adds(project: Path, capsys: pytest.CaptureFixture[str], jobs: str) -> None:
    assert main(["scan", "app.py", "--format", "json", "--jobs", jobs]) == 1
    assert [each["rule"] for each in json.loads(capsys.readouterr().out)["findings"]] == ["acme-token", "our-vault"]


def test_redact_masks_what_the_policy_adds(project: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["redact", "app.py"]) == 0
    assert capsysbinary.readouterr().out.count(b"[REDACTED:") == 2


def test_the_commit_hook_stops_what_the_policy_adds(project: Path) -> None:
    subprocess.run(["git", "add", "app.py"], check=True)
    assert main(["git-hook", "pre-commit"]) == 1


def test_claude_may_not_write_what_the_policy_adds(project: Path) -> None:
    status, answer = event(project, f'a = "{TOKEN}"')
    assert (status, "deny" in answer, TOKEN in answer) == (2, True, False)


def test_claude_may_write_all_else(project: Path) -> None:
    assert event(project, "number = 1\n") == (0, "")


def test_a_wrong_rule_stops_even_a_clean_write(project: Path) -> None:
    (project / "agentguard.toml").write_text(RULE.replace("{24}", "{24}("))
    status, answer = event(project, "number = 1\n")
    assert (status, "agentguard.toml:6: rule acme-token: pattern" in answer) == (2, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            RULE.replace("samples", "sample"), "7: rule acme-token: sample: expected a key of a rule", id="slip"
        ),
        pytest.param(RULE.replace('["acme_<hex:24>"]', "[]"), "samples: expected a list of at least 1", id="no sample"),
        pytest.param(RULE.replace("acme_[", ".*["), "expected bounded repeats", id="unbounded"),
        pytest.param(RULE.replace("(acme", "((?=a)acme"), "linear time, got look-around", id="look-around"),
        pytest.param(RULE.replace("acme-token", "github-pat"), "got one of a built-in rule", id="an id that is taken"),
        pytest.param(RULE.replace("acme_[", "[a-z_"), "keywords: expected this key", id="nothing to look for"),
        pytest.param('[[rule]]\npack = "gone.toml"\n', "2: pack: expected a file or folder of rules", id="no pack"),
    ],
)
def test_an_error_names_the_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "agentguard.toml"
    path.write_text(text)
    with pytest.raises(RuleError) as caught:
        own_rules([Entry(str(path), 1, tomllib.loads(text)["rule"][0])])
    assert str(caught.value).startswith(f"{path}:")
    assert said in str(caught.value)


def test_a_search_of_an_added_rule_has_a_deadline(tmp_path: Path) -> None:
    path = tmp_path / "agentguard.toml"
    slow = RULE.replace("(acme_[0-9a-f]{24})", "(acme_(?:(?:a{1,40}){1,40}){1,40}!)")
    path.write_text(slow)
    detector = detector_for([Entry(str(path), 1, tomllib.loads(slow)["rule"][0])], bytes(32))
    begin = time.monotonic()
    with pytest.raises(DeadlineError):
        scan_chunk(Chunk("acme_" + "a" * 60), detector)
    assert time.monotonic() - begin < 5


def test_rules_check_proves_the_rules_of_a_policy_and_of_its_packs(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = RULE.replace('["acme_<hex:24>"]', '["acme_<hex:24>", "a [[acme_<hex:24>]]", "ACME=[[acme_<hex:24>]]"]')
    near = 'near_miss = ["acme_<hex:23>", "acme_<hex:25>", "acme-<hex:24>"]'
    words = WORDS.replace('["<upper:18>"]', '["<upper:18>", "ourvault: [[<upper:18>]]", "OURVAULT=[[<upper:18>]]"]')
    far = 'near_miss = ["<upper:17>", "<upper:19>", "<lower:18>"]'
    (project / "agentguard.toml").write_text(rule + near + TOLD + PACK)
    (project / "packs" / "own.toml").write_text(words + far + TOLD)
    assert main(["rules", "check", "agentguard.toml", "--workers", "1"]) == 0
    assert "0 problems; tried 2 rules" in capsys.readouterr().out


def test_rules_check_asks_for_what_a_scan_does_without(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "app.py", "--format", "csv"]) == 1
    assert "acme-token" in capsys.readouterr().out
    assert main(["rules", "check", "agentguard.toml", "--workers", "1"]) == 1
    said = capsys.readouterr().out
    for key in ("provider", "reference", "grants", "revoke", "near_miss", "samples"):
        assert f"acme-token: {key}: expected " in said
        assert f"our-vault: {key}: expected " in said


def test_rules_check_tells_of_a_sample_that_is_not_found(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "agentguard.toml").write_text(RULE.replace("<hex:24>", "<hex:23>"))
    assert main(["rules", "check", "agentguard.toml", "--workers", "1"]) == 1
    assert "expected the sample to be found, got nothing" in capsys.readouterr().out


def test_policy_check_refuses_a_wrong_rule(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "agentguard.toml").write_text(RULE.replace("{24}", "{24}("))
    assert main(["policy", "check"]) == 2
    assert "agentguard.toml:6: rule acme-token: pattern" in capsys.readouterr().err
