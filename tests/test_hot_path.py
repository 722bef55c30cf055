"""Turns clean runs of the hook into proof that they import only what they need: an agent waits for each of them."""

from __future__ import annotations

import argparse
import hashlib
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from agentguard_secrets.state.keptpatterns import keep_patterns
from tests.making import sample

# What STYLE.md grants, by the names that are imported; what these need themselves comes with them.
GRANTED = ("__future__", "sys", "os", "gc", "json", "re", "enum", "math", "collections", "functools")
# Granted, but done without where an installation has kept the patterns: together a fifth of what the floor costs.
SPARED = {"re", "enum", "json"}
# The standard library calls it by another name since 3.12. `hashlib` would load OpenSSL: 4 ms.
SHA_256 = "_sha2" if sys.version_info >= (3, 12) else "_sha256"
GRANTED_WITH_JOURNAL = (*GRANTED, SHA_256, "time", "fcntl" if os.name == "posix" else "msvcrt")
FORBIDDEN = {"typing", "dataclasses", "pathlib", "logging", "subprocess", "tomllib", "argparse", "regex", "git", "rich"}
# Packages hold nothing but a docstring: the modules are what costs. The last of them collects the values of this
# machine: without looking for them no run is clean.
MOST_OF_OURS = 12

# It is imported at every start of the interpreter and has no `__main__` part: it shows what `-m` itself costs.
NOTHING = "keyword"

EVENTS = {
    "write": {"tool_name": "Write", "tool_input": {"file_path": "app.py", "content": "number = 1\n" * 700}},
    "command": {"tool_name": "Bash", "tool_input": {"command": "ls -l"}},
    "unknown tool": {"tool_name": "mcp__some__thing", "tool_input": {"text": "hello"}},
}
# What the texts of a day hold: escapes, names of credentials, runs of digits, and words of vendors beside none.
TEXTS = {
    "prose": "The quick brown fox reads a file, writes another and goes home.\n" * 120,
    "code of the standard library": inspect.getsource(argparse)[:8000],
    "code about passwords": (
        'def connect(host: str, password: str | None = None) -> Client:\n    token = os.environ["SERVICE_TOKEN"]\n'
        "    return Client(host, token=token, secret=load_secret(name), key='a\\tb')\n\n"
    )
    * 40,
    "digests": "".join(f"{hashlib.sha256(bytes([at])).hexdigest()}  packages/part-{at}.tar.gz\n" for at in range(80)),
    "not ASCII": "Größe und Maß: über 30 € — „so“, sagte sie.\n" * 100,
    "names of vendors": "import stripe, openai, github\nstripe.api_version = '2024-01-01'\nopenai.Model.list()\n" * 60,
}
IMPORTED = re.compile(rb"^import time: +\d+ \| +\d+ \| +(\S+)$", re.MULTILINE)


def imported(*words: str, stdin: bytes, cwd: Path) -> set[str]:
    """The modules that a real process imports, from the interpreter's own account."""
    command = [sys.executable, "-I", "-X", "importtime", *words]
    done = subprocess.run(command, input=stdin, capture_output=True, cwd=cwd, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
    return {name.decode() for name in IMPORTED.findall(done.stderr)}


def clean_run(cwd: Path, event: dict[str, object]) -> set[str]:
    named = {"hook_event_name": "PreToolUse", "session_id": "s", "cwd": str(cwd), **event}
    return imported("-m", "agentguard_secrets.hook", stdin=json.dumps(named).encode(), cwd=cwd)


def granted(names: tuple[str, ...], cwd: Path) -> set[str]:
    return imported("-c", f"import {', '.join(names)}", stdin=b"", cwd=cwd) | imported(
        "-m", NOTHING, stdin=b"", cwd=cwd
    )


def ours(modules: set[str]) -> set[str]:
    return {module for module in modules if module.split(".")[0] == "agentguard_secrets"}


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_clean_run_imports_only_what_is_granted(tmp_path: Path, event: dict[str, object]) -> None:
    modules = clean_run(tmp_path, event)
    assert modules - ours(modules) - granted(GRANTED, tmp_path) == set()
    assert modules & FORBIDDEN == set()


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_clean_run_imports_few_modules_of_ours(tmp_path: Path, event: dict[str, object]) -> None:
    modules = {module for module in ours(clean_run(tmp_path, event)) if not is_package(module)}
    assert len(modules) > 4
    assert len(modules) <= MOST_OF_OURS, sorted(modules)


def is_package(module: str) -> bool:
    return Path(__file__).parents[1].joinpath(*module.split("."), "__init__.py").is_file()


def test_a_home_with_credentials_costs_two_modules(tmp_path: Path, home: Path) -> None:
    without = ours(clean_run(tmp_path, EVENTS["write"]))
    (home / ".npmrc").write_text(f"//localhost:4873/:_authToken={sample('<alnum:40>')}\n")
    added = ours(clean_run(tmp_path, EVENTS["write"])) - without
    assert added == {"agentguard_secrets.detect.kept", "agentguard_secrets.detect.known"}


@pytest.mark.parametrize("hook", ["PreToolUse", "PostToolUse"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_no_pattern_is_compiled_where_all_are_kept(tmp_path: Path, text: str, hook: str) -> None:
    assert keep_patterns()
    (tmp_path / "agentguard.toml").write_text("[journal]\nclean = true\n")
    event = {"hook_event_name": hook, "tool_name": "Write", "tool_input": {"file_path": "a.py", "content": text}}
    event["tool_response"] = {"type": "create", "content": text}
    # Writes the snapshot of the policy.
    clean_run(tmp_path, event)
    assert clean_run(tmp_path, event) & SPARED - granted(("sys",), tmp_path) == set()


def test_policy_is_parsed_once(tmp_path: Path) -> None:
    (tmp_path / "agentguard.toml").write_text("[mode]\nlevel = 'enforce'\n")
    assert "tomllib" in clean_run(tmp_path, EVENTS["write"])
    assert clean_run(tmp_path, EVENTS["write"]) & FORBIDDEN == set()


def test_journal_of_clean_runs_costs_only_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "agentguard.toml").write_text("[journal]\nclean = true\n")
    clean_run(tmp_path, EVENTS["write"])
    modules = clean_run(tmp_path, EVENTS["write"])
    assert modules - ours(modules) - granted(GRANTED_WITH_JOURNAL, tmp_path) == set()
