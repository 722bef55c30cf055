"""The sieve that was kept finds the same, is believed only where the program itself is, and never stands in the way."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentguard_secrets.detect import engine
from agentguard_secrets.detect.bulk import Sieve, built_sieve
from agentguard_secrets.detect.engine import default_detector, rule_of, scan_chunk
from agentguard_secrets.detect.excerpts import built_places
from agentguard_secrets.detect.native import library
from agentguard_secrets.detect.table import RULES
from agentguard_secrets.model import Chunk
from agentguard_secrets.rulebook.samples import make
from agentguard_secrets.state.keptsieve import keep, keep_places, kept_places, kept_sieve, make_ready
from tests.test_hot_path import imported

pytest.importorskip("hyperscan")

DETECT = Path(engine.__file__).parent


@pytest.fixture(scope="module")
def sieve() -> Sieve:
    return built_sieve(RULES)


@pytest.fixture
def folder(tmp_path: Path, sieve: Sieve) -> Path:
    """A package's folder in which the sieve was kept."""
    for source in DETECT.glob("*.py"):
        shutil.copy2(source, tmp_path)
    assert keep(sieve, folder=str(tmp_path))
    return tmp_path


def kept_file(folder: Path) -> Path:
    (found,) = folder.joinpath("__pycache__").glob("sieve.*")
    return found


def test_it_finds_what_the_built_one_finds(folder: Path, sieve: Sieve) -> None:
    kept = kept_sieve(folder=str(folder))
    assert kept is not None
    credential = make("ghp_<alnum:30><crc62:6>")
    text = f"some words\ntoken = {credential}\n" * 3
    plain = default_detector(b"k")
    found = scan_chunk(Chunk(text), plain._replace(sieve=kept))
    assert found
    assert found == scan_chunk(Chunk(text), plain._replace(sieve=sieve)) == scan_chunk(Chunk(text), plain)


def _touch(name: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        status = folder.joinpath(name).stat()
        os.utime(folder / name, ns=(status.st_atime_ns, status.st_mtime_ns + 1))

    return act


def _let_others_write(folder: Path) -> None:
    kept_file(folder).chmod(0o666)


def _put_a_link(folder: Path) -> None:
    kept = kept_file(folder)
    kept.rename(folder / "elsewhere")
    kept.symlink_to(folder / "elsewhere")


def _cut(folder: Path) -> None:
    kept_file(folder).write_bytes(kept_file(folder).read_bytes()[:100_000])


def _damage(folder: Path) -> None:
    raw = bytearray(kept_file(folder).read_bytes())
    raw[len(raw) // 2] ^= 255
    kept_file(folder).write_bytes(raw)


def _put_something_else(folder: Path) -> None:
    # As long as its first bytes say would be more than there is memory.
    kept_file(folder).write_bytes((b"\xff" * 6).ljust(1000, b"\0"))


def _remove_a_source(folder: Path) -> None:
    (folder / "escapes.py").unlink()


def _put_a_folder(folder: Path) -> None:
    path = kept_file(folder)
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(_touch("table.py"), id="the rules are others"),
        pytest.param(_touch("outlines.py"), id="the outlines are others"),
        pytest.param(_touch("bulk.py"), id="it would be built in another way"),
        pytest.param(_touch("unwrap.py"), id="other runs are looked for"),
        pytest.param(_let_others_write, id="others than the program's owner may write it"),
        pytest.param(_put_a_link, id="it is a link"),
        pytest.param(_cut, id="half of it is there"),
        pytest.param(_damage, id="a byte of it is wrong"),
        pytest.param(_put_something_else, id="it is something else"),
        pytest.param(_remove_a_source, id="the program lies elsewhere"),
        pytest.param(_put_a_folder, id="it is a folder"),
    ],
)
def test_it_is_not_believed_when(folder: Path, act: Callable[[Path], None]) -> None:
    assert kept_sieve(folder=str(folder)) is not None
    act(folder)
    assert kept_sieve(folder=str(folder)) is None


def test_what_looks_at_many_excerpts_is_kept_likewise(folder: Path) -> None:
    assert kept_places(folder=str(folder)) is None
    places = built_places(RULES[:40])
    assert keep_places(places, folder=str(folder))
    assert kept_places(folder=str(folder)) == places

    _touch("excerpts.py")(folder)
    assert kept_places(folder=str(folder)) is None


@pytest.mark.skipif(not hasattr(os, "chown") or os.geteuid() != 0, reason="only root gives files away")
def test_it_is_not_believed_when_somebody_else_owns_it(folder: Path) -> None:
    os.chown(kept_file(folder), 12345, -1)
    assert kept_sieve(folder=str(folder)) is None


def test_rules_of_a_policy_are_tried_although_it_does_not_know_them(folder: Path) -> None:
    kept = kept_sieve(others=2, folder=str(folder))
    assert kept is not None
    sifted = kept.sift("nothing here")
    assert sifted is not None
    assert sifted.rules == (len(RULES), len(RULES) + 1)
    assert kept.holds(len(RULES), rule_of(RULES[0]), re.compile("what is not there"), "nothing here\n" * 10_000)


def test_where_it_cannot_be_kept_that_is_said(tmp_path: Path, sieve: Sieve) -> None:
    assert not keep(sieve, folder=str(tmp_path / "missing"))
    assert list(tmp_path.iterdir()) == []


def test_without_hyperscan_there_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    assert library() is None
    assert kept_sieve(folder=str(folder)) is None


@pytest.fixture
def ready() -> Path:
    assert make_ready()
    return DETECT / "__pycache__"


@pytest.mark.usefixtures("ready")
def test_only_the_hook_of_a_large_output_loads_it_without_what_lies_around_it(tmp_path: Path) -> None:
    def modules(text: str) -> set[str]:
        call = {"tool_name": "Bash", "tool_input": {"command": "ls"}, "tool_response": {"stdout": text}}
        event = {"hook_event_name": "PostToolUse", "session_id": "s", "cwd": str(tmp_path), **call}
        return imported("-m", "agentguard_secrets.hook", stdin=json.dumps(event).encode(), cwd=tmp_path)

    module = "agentguard_secrets.state.keptsieve"
    assert module not in modules("a line of words\n" * 4000)
    large = modules("a line of words\n" * 5000)
    assert module in large
    assert (
        large & {"typing", "hyperscan", "agentguard_secrets.detect.outlines", "agentguard_secrets.detect.outline"}
        == set()
    )


def test_nobody_else_may_write_what_is_kept(ready: Path) -> None:
    (path,) = ready.glob("sieve.*")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
