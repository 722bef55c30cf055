"""Kept patterns are what `re` makes of them, each can be read alone, and they are made anew for another interpreter."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agentguard_secrets import _patterns
from agentguard_secrets._patterns import PARTS, Deferred, compiled, kept_in, part_of, pattern
from agentguard_secrets.acts import addressing
from agentguard_secrets.detect import engine, escapes
from agentguard_secrets.detect.begun import beginnings
from agentguard_secrets.detect.engine import rule_of
from agentguard_secrets.detect.table import RULES
from agentguard_secrets.state.keptpatterns import keep_patterns

OF_RULES = [rule.pattern for rule in map(rule_of, RULES)]


def texts_of(values: object) -> list[str]:
    if isinstance(values, Deferred):
        return [values.text]
    return [text for value in values for text in texts_of(value)] if isinstance(values, tuple) else []


OF_MODULES = [
    *texts_of((engine._HALVES, engine._LETTERS, *escapes._FOUND.values(), addressing._PHRASES)),
    *(beginnings(rule.starts) for rule in map(rule_of, RULES) if rule.kind == "generic" and rule.starts),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package's folder in which the patterns were kept: that takes two seconds."""
    folder = tmp_path_factory.mktemp("made")
    shutil.copy2(Path(engine.__file__).with_name("table.py"), folder)
    assert keep_patterns(folder=str(folder))
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> str:
    """The same, to be changed."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    assert kept_in(str(tmp_path)) is not None
    return str(tmp_path)


def kept_file(folder: str) -> Path:
    (path,) = Path(folder, "__pycache__").iterdir()
    return path


def test_there_are_patterns_to_keep() -> None:
    assert len(OF_RULES) > 1000
    assert len(OF_MODULES) > 10


def test_a_kept_pattern_is_what_is_compiled(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = kept_in(str(made))
    found = {}
    with monkeypatch.context() as patched:
        patched.setattr(re, "compile", lambda written: pytest.fail(f"compiled: {written}"))
        for written in {*OF_RULES, *OF_MODULES}:
            found[written] = compiled(written, kept)
    for written, made_of in found.items():
        plain = re.compile(written)
        # This compares what the patterns were compiled to.
        assert made_of == plain
        assert (made_of.groups, made_of.groupindex, made_of.flags) == (plain.groups, plain.groupindex, plain.flags)


def test_what_nobody_keeps_is_compiled(made: Path) -> None:
    kept = kept_in(str(made))
    alike = next(f"{number}" for number in range(10**6) if part_of(f"{number}") == part_of(OF_RULES[0]))
    for written in (alike, *map(str, range(PARTS // 100))):
        assert compiled(written, kept) == re.compile(written)


def test_another_table_makes_them_anew(folder: str) -> None:
    os.utime(Path(folder, "table.py"), ns=(1, 1))
    assert kept_in(folder) is None
    assert keep_patterns(folder=folder)
    assert kept_in(folder) is not None


def test_one_that_is_missing_makes_them_anew(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    new = "one that (somebody) came to look for"
    monkeypatch.setattr(engine, "_HALVES", pattern(new))
    kept = kept_in(folder)
    assert kept is not None
    assert kept.made_of(new) is None
    assert keep_patterns(folder=folder)
    again = kept_in(folder)
    assert again is not None
    assert again.made_of(new) is not None


def test_another_interpreter_does_not_believe_them(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_patterns.sys, "version", "another one")
    assert kept_in(folder) is None


def test_what_others_may_write_is_not_believed(folder: str) -> None:
    kept_file(folder).chmod(0o666)
    assert kept_in(folder) is None


def test_a_link_is_not_followed(folder: str) -> None:
    elsewhere = Path(folder, "elsewhere")
    kept_file(folder).rename(elsewhere)
    Path(folder, "__pycache__", elsewhere.name).symlink_to(elsewhere)
    Path(folder, "__pycache__", elsewhere.name).rename(_patterns.path_of("patterns", folder))
    assert kept_in(folder) is None


@pytest.mark.skipif(not hasattr(os, "chown") or os.geteuid() != 0, reason="only root gives files away")
def test_what_somebody_else_owns_is_not_believed(folder: str) -> None:
    os.chown(kept_file(folder), 12345, -1)
    assert kept_in(folder) is None


@pytest.mark.parametrize("size", [0, 3, 100, 4000, 5000, 100_000])
def test_of_half_a_file_nothing_wrong_is_made(folder: str, size: int) -> None:
    kept_file(folder).write_bytes(kept_file(folder).read_bytes()[:size])
    kept = kept_in(folder)
    for written in OF_RULES[:100]:
        assert compiled(written, kept) == re.compile(written)


def test_a_pattern_is_compiled_when_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    deferred = pattern("b(c+)")
    assert "search" not in vars(deferred)
    found = deferred.search("abcc")
    assert found is not None
    assert found[1] == "cc"
    assert "search" in vars(deferred)


def _differs(made_of: Callable[[str], object], expected: dict[str, object]) -> bool:
    return any(made_of(written) != expected[written] for _ in range(20) for written in expected)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is a copy of another one here")
def test_copies_of_a_process_read_the_same_open_file(folder: str) -> None:
    kept = kept_in(folder)
    assert kept is not None
    expected: dict[str, object] = {written: kept.made_of(written) for written in OF_RULES[:200]}
    assert None not in expected.values()
    copies = []
    for _ in range(4):
        copy = os.fork()
        if not copy:
            # Whatever goes wrong in it: a copy must not go on as the tests.
            status = 2
            try:
                status = int(_differs(kept.made_of, expected))
            finally:
                os._exit(status)
        copies.append(copy)
    assert [os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) for copy in copies] == [0] * 4
