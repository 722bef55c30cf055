"""Turns the machine that runs the tests into one that has no user, no settings and no secrets of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agentguard_secrets.state.held import is_telling

Git = Callable[..., str]

# A variable of one of these families would let the developer's machine, or the git hook or CI job that runs the tests,
# change what is tested.
_FOREIGN = ("AGENTGUARD_", "CI_", "CLAUDE_", "GIT", "PRE_COMMIT", "XDG_")
_FOREIGN_NAMES = ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "LOCALAPPDATA", "PYTHONPATH", "PYTHONSTARTUP")

# The program `git` of another version, or what starts it, to be tested with instead of the first on PATH.
if _OTHER_GIT := os.environ.get("AGENTGUARD_TEST_GIT"):
    assert os.access(_OTHER_GIT, os.X_OK), f"AGENTGUARD_TEST_GIT: expected a program, got {_OTHER_GIT!r}"
    assert Path(_OTHER_GIT).name == "git", f"AGENTGUARD_TEST_GIT: expected a program called git, got {_OTHER_GIT!r}"
    os.environ["PATH"] = os.pathsep.join([str(Path(_OTHER_GIT).absolute().parent), os.environ["PATH"]])

_GIT_SETTINGS = """\
[user]
\tname = Test
\temail = test@example.invalid
[init]
\tdefaultBranch = main
[commit]
\tgpgSign = false
[protocol "file"]
\tallow = always
"""


def pytest_report_header() -> str:
    """Say which git is tested with."""
    return subprocess.run(["git", "version"], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder that this process and every process started by the test believe to be the user's."""
    folder = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        # What is really a credential on the developer's machine is no business of a test.
        if name.startswith(_FOREIGN) or name in _FOREIGN_NAMES or is_telling(name) or "://" in os.environ[name]:
            monkeypatch.delenv(name)
    settings = folder / ".gitconfig"
    settings.write_text(_GIT_SETTINGS, encoding="utf-8")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.setenv("LOCALAPPDATA", str(folder / "AppData" / "Local"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    return folder


@pytest.fixture
def git() -> Git:
    """`git(folder, "add", "a.txt")` runs real git in the folder, fails loudly, and returns its standard output."""

    def run(folder: Path, *arguments: str, stdin: str | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, input=stdin, capture_output=True, text=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    return run


@pytest.fixture
def repository(tmp_path: Path, git: Git) -> Path:
    """An empty git repository on branch main."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    return folder
