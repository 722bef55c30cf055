"""Kept patterns are what `re` makes of them, and are made anew for another interpreter or table."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from agentguard_secrets.detect import engine
from agentguard_secrets.detect.engine import rule_of
from agentguard_secrets.detect.table import RULES
from agentguard_secrets.state import kept, keptpatterns
from agentguard_secrets.state.kept import read_kept
from agentguard_secrets.state.keptpatterns import compiled, keep_patterns

GENERIC = [rule.pattern for rule in map(rule_of, RULES) if rule.kind == "generic"]


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """A package's folder in which the patterns were kept."""
    shutil.copy2(Path(engine.__file__).with_name("table.py"), tmp_path)
    assert keep_patterns(folder=str(tmp_path))
    return str(tmp_path)


def values_in(folder: str) -> dict[str, object]:
    values = read_kept("patterns", folder, keptpatterns._stamp(folder))
    return {} if values is None else dict(values[0])


def test_all_patterns_of_generic_rules_are_kept(folder: str) -> None:
    assert len(GENERIC) > 3
    assert set(values_in(folder)) == set(GENERIC)


@pytest.mark.parametrize("pattern", [*GENERIC, "one that (nobody) keeps"])
def test_a_kept_pattern_is_what_is_compiled(folder: str, pattern: str) -> None:
    made, plain = compiled(pattern, folder=folder), re.compile(pattern)
    # This compares what the patterns were compiled to.
    assert made == plain
    assert (made.groups, made.groupindex, made.flags) == (plain.groups, plain.groupindex, plain.flags)


def test_a_kept_pattern_is_not_compiled_again(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(re, "compile", lambda _pattern: pytest.fail("it was compiled"))
    assert compiled(GENERIC[0], folder=folder) is not None


def test_another_table_makes_them_anew(folder: str) -> None:
    assert values_in(folder)
    os.utime(Path(folder, "table.py"), ns=(1, 1))
    assert not values_in(folder)
    assert keep_patterns(folder=folder)
    assert values_in(folder)


def test_another_interpreter_does_not_believe_them(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert values_in(folder)
    monkeypatch.setattr(kept.sys, "version", "another one")
    assert not values_in(folder)


def test_what_others_may_write_is_not_believed(folder: str) -> None:
    (path,) = Path(folder, "__pycache__").iterdir()
    path.chmod(0o666)
    assert not values_in(folder)
    assert compiled(GENERIC[0], folder=folder) == re.compile(GENERIC[0])
