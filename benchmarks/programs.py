"""Turns names of programs into the commands that do a kind of work with them, each in its fastest offline setting."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import agentguard_secrets
from agentguard_secrets.state import keptpatterns, keptsieve

OURS = "agentguard-secrets"

# What stands for the place of the work: a file, a folder, a repository. `-` in front of a command: it reads the file
# from standard input. A program that has no command for a kind of work is left out of it.
_LEAKS = ("--no-banner", "--log-level", "error")
_KINGFISHER = ("--no-validate", "--no-update-check", "--format", "json", "--output", os.devnull)
_HOG = ("--no-verification", "--no-update", "--json")

COMMANDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    OURS: {
        "event": (sys.executable, "-I", "-m", "agentguard_secrets.hook"),
        "staged": (sys.executable, "-m", "agentguard_secrets.cli.main", "git-hook", "pre-commit"),
        "files": (sys.executable, "-m", "agentguard_secrets.cli.main", "scan", "{place}", "--output", os.devnull),
        "history": (sys.executable, "-m", "agentguard_secrets.cli.main", "scan", "--history", "--output", os.devnull),
    },
    "gitleaks": {
        "event": ("gitleaks", "stdin", *_LEAKS),
        "staged": ("gitleaks", "git", "--staged", "--pre-commit", *_LEAKS),
        "files": ("gitleaks", "dir", "{place}", *_LEAKS),
        "history": ("gitleaks", "git", "--log-opts=--all", *_LEAKS),
    },
    "betterleaks": {
        "event": ("betterleaks", "stdin", *_LEAKS, "--validation=false"),
        "staged": ("betterleaks", "git", "--staged", "--pre-commit", *_LEAKS, "--validation=false"),
        "files": ("betterleaks", "dir", "{place}", *_LEAKS, "--validation=false"),
        "history": ("betterleaks", "git", "--log-opts=--all", *_LEAKS, "--validation=false"),
    },
    "trufflehog": {
        "event": ("trufflehog", "stdin", *_HOG),
        "files": ("trufflehog", "filesystem", "{place}", *_HOG),
        "history": ("trufflehog", "git", "file://{place}", *_HOG),
    },
    "kingfisher": {
        "event": ("kingfisher", "scan", "-", *_KINGFISHER),
        "staged": ("kingfisher", "scan", "{place}", "--staged", *_KINGFISHER),
        "files": ("kingfisher", "scan", "{place}", "--git-history", "none", *_KINGFISHER),
        "history": ("kingfisher", "scan", "{place}", *_KINGFISHER),
    },
    "ripsecrets": {"files": ("ripsecrets", "{place}")},
    "detect-secrets": {"files": ("detect-secrets", "-C", "{place}", "scan", "--all-files", "--no-verify", ".")},
}
# What git itself takes to show what we scan: it is no scanner, and the measure of a history.
FLOORS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "python (floor)": {"event": (sys.executable, "-I", "-c", "import json")},
    "git diff --staged -U0 (floor)": {"staged": ("git", "diff", "--staged", "-U0")},
    "git log -p --all -U0 (floor)": {"history": ("git", "log", "-p", "--all", "-U0")},
}
_VERSIONS = {
    OURS: (sys.executable, "-c", "import agentguard_secrets; print(agentguard_secrets.__version__)"),
    "gitleaks": ("go", "version", "-m", "{program}"),
    "betterleaks": ("betterleaks", "version"),
    "trufflehog": ("trufflehog", "--version"),
    "kingfisher": ("kingfisher", "--version"),
    "ripsecrets": ("ripsecrets", "--version"),
    "detect-secrets": ("detect-secrets", "--version"),
}


def installed(folders: list[str]) -> dict[str, str]:
    """Return each program that is there with its version; `folders` are searched before PATH."""
    os.environ["PATH"] = os.pathsep.join([*map(os.path.abspath, folders), os.environ["PATH"]])
    return {name: _version(name) for name in COMMANDS if name == OURS or shutil.which(name)}


def make_ready() -> None:
    """Leave the package as an installation does: with byte code, and with what is kept beside it."""
    compileall.compile_dir(Path(agentguard_secrets.__file__).parent, quiet=1)
    keptsieve.make_ready()
    keptpatterns.keep_patterns()


def _version(name: str) -> str:
    words = [word.format(program=shutil.which(name) or "") for word in _VERSIONS[name]]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    told = (done.stdout or done.stderr).strip()
    # What `go install` builds says its version only here.
    modules = [line.split()[2] for line in told.splitlines() if line.strip().startswith("mod")]
    return modules[0] if modules else told.splitlines()[0].split()[-1] if told else "?"


def command(name: str, kind: str, place: Path) -> list[str] | None:
    """Return the words that do this kind of work at `place`; None when the program cannot."""
    words = {**COMMANDS, **FLOORS}[name].get(kind)
    return None if words is None else [word.replace("{place}", str(place)) for word in words]
