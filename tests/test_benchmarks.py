"""The comparison with other programs runs: it is started seldom, and would break unseen."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.peercases import doubted, is_flagged

REPOSITORY = Path(__file__).parents[1]


def test_a_clean_write_is_measured() -> None:
    command = [sys.executable, "-m", "benchmarks", "--only", "clean write", "--rounds", "1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=300, check=True)
    ours = next(line for line in done.stdout.splitlines() if line.startswith("| agentguard-secrets |"))
    ratio, _seconds, _processor, _memory, status = (cell.strip() for cell in ours.strip("| ").split("|")[1:])
    assert (ratio, status) == ("1.00", "0")


def test_other_scanners_cases_are_scored_with_and_without_the_doubted(tmp_path: Path) -> None:
    doubts = REPOSITORY / "benchmarks" / "peercases_doubts.csv"
    doubtful = next(iter(doubted(doubts)))
    cases = [
        {"id": name, "label": "positive", "provider": name, "tags": [], "text": "a = value", "secret": "value"}
        for name in ("1", doubtful)
    ]
    places = {"1": [{"at": [1, 5, 1, 10]}], doubtful: [{"at": [1, 1, 1, 2]}]}
    corpus, findings = tmp_path / "corpus.jsonl", tmp_path / "findings.jsonl"
    corpus.write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")
    lines = [json.dumps({"id": name, "findings": found}) for name, found in places.items()]
    findings.write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, "benchmarks/peercases.py", str(corpus), str(findings)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=60, check=True)
    assert "| core recall | 1/2 50.0 % | 1/1 100.0 % |" in done.stdout
    assert "| mean over vendors | 2 vendors 50.0 % | 1 vendors 100.0 % |" in done.stdout
    findings.write_text('{"id": "strange", "findings": []}', encoding="utf-8")
    assert subprocess.run(command, capture_output=True, cwd=REPOSITORY, timeout=60, check=False).returncode == 2


def test_a_doubt_without_a_reason_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "doubts.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "reason"], ["one", " "]])
    with pytest.raises(ValueError, match="one: expected a reason"):
        doubted(tmp_path / "doubts.csv")


def test_a_finding_beside_the_credential_is_no_hit() -> None:
    case = {"label": "positive", "text": "first\nkey = value", "secret": "value"}
    assert is_flagged(case, [{"at": [2, 7, 2, 12]}])
    assert not is_flagged(case, [{"at": [1, 1, 1, 6]}])
