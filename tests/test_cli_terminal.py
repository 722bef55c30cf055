"""Turns a terminal, or its absence, into proof of what is coloured, what moves and what is asked."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from agentguard_secrets.cli.progress import Progress
from tests.making import sample
from tests.running import PROGRAM

pty = pytest.importorskip("pty", reason="Windows has no such terminals")

BOLD = b"\x1b[1m"


def on_terminal(*words: str, cwd: Path, typed: bytes = b"", environment: dict[str, str] | None = None) -> bytes:
    """Run our program with a terminal for all three streams and return everything it showed."""
    try:
        ours, theirs = pty.openpty()
    except OSError as error:
        pytest.skip(f"NOT TESTED: this system gives no pseudo-terminal ({error.strerror or error})")
    settings = {**os.environ, "TERM": "xterm", "COLUMNS": "40", **(environment or {})}
    with subprocess.Popen(
        [*PROGRAM, *words], cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs, env=settings
    ) as process:
        os.close(theirs)
        if typed:
            os.write(ours, typed)
        try:
            shown = everything(ours)
        finally:
            process.kill()
    os.close(ours)
    return shown


def everything(terminal: int) -> bytes:
    """Read until the other side closes; a program that shows nothing for a minute fails the test."""
    shown, end = b"", time.monotonic() + 60
    while True:
        assert time.monotonic() < end
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # what Linux says when the other side has closed
            break
        if not piece:
            break
        shown += piece
    return shown


@pytest.fixture
def found(tmp_path: Path) -> Path:
    """A folder with one finding in a file of a long name."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / ("long" * 40)).write_text(sample("ghp_<alnum:30><crc62:6>"))
    return folder


def test_report_has_colours_and_keeps_each_finding_on_its_line(found: Path) -> None:
    shown = on_terminal("scan", cwd=found)
    assert BOLD in shown
    assert len(shown.splitlines()) == 2


@pytest.mark.parametrize(
    "environment",
    [pytest.param({"NO_COLOR": "1"}, id="NO_COLOR"), pytest.param({"TERM": "dumb"}, id="a terminal that cannot")],
)
def test_colours_can_be_refused(found: Path, environment: dict[str, str]) -> None:
    assert b"\x1b" not in on_terminal("scan", cwd=found, environment=environment)


def test_short_work_shows_no_bar(found: Path) -> None:
    assert b"scanning" not in on_terminal("scan", cwd=found)


def test_work_of_more_than_a_second_shows_a_bar_and_takes_it_away_again(found: Path) -> None:
    # Each value is weighed: some seconds for a megabyte.
    for number in range(4):
        (found / f"{number}.txt").write_text("password = other than before\n" * 12_000)
    shown = on_terminal("scan", "--jobs", "1", cwd=found)
    assert b"scanning" in shown
    assert b"scanning" not in shown.splitlines()[-1]


@pytest.mark.parametrize(("is_shown", "ahead"), [(False, 10), (True, 100)], ids=["no bar", "a bar"])
def test_a_bar_knows_soon_how_much_there_is(monkeypatch: pytest.MonkeyPatch, is_shown: bool, ahead: int) -> None:
    """Without one nothing is taken that is not yet wanted: what is to be scanned is looked for meanwhile."""
    taken: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    with Progress() as progress:
        if is_shown:
            monkeypatch.setattr(progress, "_is_wanted", lambda: True)
            progress.advance(0)
        items = progress.counting(numbers())
        first = list(islice(items, 10))
        assert len(taken) == ahead
        assert [*first, *items] == taken == list(range(100))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [pytest.param(b"\n", True, id="enter"), pytest.param(b"y\n", True, id="yes"), pytest.param(b"n\n", False, id="no")],
)
def test_install_asks_a_person_before_it_writes(repository: Path, typed: bytes, expected: bool) -> None:
    shown = on_terminal("install", "git", cwd=repository, typed=typed)
    assert b"Write this?" in shown
    assert (repository / ".git" / "hooks" / "pre-push").exists() is expected


def test_install_does_not_ask_when_told_so(repository: Path) -> None:
    assert b"Write this?" not in on_terminal("install", "git", "--yes", cwd=repository)
    assert (repository / ".git" / "hooks" / "pre-push").exists()


@pytest.mark.parametrize("command", [["scan", "-"], ["redact"], ["scan", "--diff", "-"]], ids=" ".join)
def test_closed_standard_input_is_wrong_use(tmp_path: Path, command: list[str]) -> None:
    words = ["sh", "-c", '"$@" <&-', "sh", sys.executable, *PROGRAM[1:], *command]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert b"standard input" in done.stderr


def test_closed_standard_output_is_no_clean_run(tmp_path: Path) -> None:
    words = ["sh", "-c", '"$@" >&-', "sh", sys.executable, *PROGRAM[1:], "scan"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.count(b"\n")) == (3, 1)


def test_working_folder_that_is_gone_is_told_in_one_line(tmp_path: Path) -> None:
    words = ["sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "sh", sys.executable, *PROGRAM[1:]]
    done = subprocess.run([*words, "scan"], cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.count(b"\n")) == (3, 1)
