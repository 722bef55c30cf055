"""Turns the page about the client into proof that each test it names is there, on the client where it says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "claude-code.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.endswith("| proof |")]
NAMES = sorted(set(re.findall(r"`(test_\w+)`", PAGE)))
FUNCTIONS = {
    name: path.relative_to(TESTS).as_posix()
    for path in TESTS.rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
}


def test_there_is_something_to_prove() -> None:
    assert len(ROWS) > 40
    assert len(NAMES) > 40


@pytest.mark.parametrize("name", NAMES)
def test_test_that_is_named_is_there(name: str) -> None:
    assert name in FUNCTIONS


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+\.py)`", PAGE))))
def test_file_that_is_named_is_there(name: str) -> None:
    assert (TESTS / name).is_file()


def test_what_drives_the_client_is_said_to() -> None:
    told = {(name, bool(e2e)) for e2e, name in re.findall(r"(e2e )?`(test_\w+)`", PAGE)}
    assert sum(is_told for _name, is_told in told) > 30
    assert [name for name, is_told in told if FUNCTIONS.get(name, "").startswith("e2e/") != is_told] == []


def test_every_row_says_what_proves_it() -> None:
    assert [row for row in ROWS if not re.search(r"test_\w+|\| none|\| the same", row)] == []
