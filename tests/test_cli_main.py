"""Turns command lines into proof of how the program starts, helps and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agentguard_secrets import __version__
from agentguard_secrets.cli.main import COMMANDS
from tests.running import PROGRAM, agentguard


def test_help_names_every_command_with_a_line(tmp_path: Path) -> None:
    done = agentguard("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert [name for name in COMMANDS if f"    {name}".encode() not in done.stdout] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps(tmp_path: Path, command: str) -> None:
    done = agentguard(command, "--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"usage: agentguard-secrets " + command.encode() in done.stdout


def test_version(tmp_path: Path) -> None:
    assert agentguard("--version", cwd=tmp_path).stdout.split() == [b"agentguard-secrets", __version__.encode()]


@pytest.mark.parametrize("words", [[], ["sacn"], ["scan", "--no-such-option"], ["scan", "--stag"]])
def test_wrong_use_ends_with_2(tmp_path: Path, words: list[str]) -> None:
    done = agentguard(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert b"usage: " in done.stderr
    assert b"Traceback" not in done.stderr


def test_console_script_is_the_same_program(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("agentguard-secrets")
    if not script.exists():
        pytest.skip("the package is not installed here")
    done = subprocess.run([script, "--version"], cwd=tmp_path, capture_output=True, check=False)
    assert done.stdout == agentguard("--version", cwd=tmp_path).stdout


def test_only_the_chosen_command_is_imported(tmp_path: Path) -> None:
    code = "import sys; from agentguard_secrets.cli.main import main; main(['redact', '-h']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False)
    assert b"agentguard_secrets.cli.redact" in done.stdout
    assert b"agentguard_secrets.cli.scan" not in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows interrupts in another way")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_interrupt_ends_with_130_and_no_traceback(tmp_path: Path, jobs: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number}.txt").write_text("password = value of a long text; " * 20_000)
    command = [*PROGRAM, "scan", "--jobs", jobs, str(folder)]
    pipe = subprocess.PIPE
    # A shell that runs the tests in the background hands on that interrupts are ignored.
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=pipe,
        stderr=pipe,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        time.sleep(3)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: every process is told
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, b"")
