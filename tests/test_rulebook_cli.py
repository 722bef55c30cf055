"""`rules list`, `rules show` and `rules check` as people call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentguard_secrets.cli.main import main
from tests.test_rulebook_load import TOKEN, WHOLE, written


def test_list_names_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list", "--format", "json"]) == 0
    rules = json.loads(capsys.readouterr().out)
    assert len(rules) > 100
    assert main(["rules", "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(rules)


def test_stats_count_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list", str(written(tmp_path, TOKEN)), "--stats", "--format", "json"]) == 0
    stats = json.loads(capsys.readouterr().out)
    assert (stats["rules"], stats["kind"]) == (1, {"token": 1})
    assert (stats["samples"], stats["near_misses"]) == (1, 1)


def test_show_tells_the_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "generic-assignment", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "generic"


def test_show_names_the_nearest_id(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "generic-asignment"]) == 2
    assert "did you mean generic-assignment" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "status"), [(WHOLE, 0), (WHOLE.replace("{20})", "{21})"), 1), ("", 2)])
def test_check_ends_with_what_it_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, status: int
) -> None:
    assert main(["rules", "check", str(written(tmp_path, text)), "--workers", "1"]) == status
    said = capsys.readouterr()
    assert ("problems; tried 1 rules" in said.out) == (status < 2)
    assert (str(tmp_path / "shop.toml") in said.out + said.err) == (status > 0)


def test_check_of_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "check", str(tmp_path / "absent.toml")]) == 2
    assert "got nothing there" in capsys.readouterr().err
