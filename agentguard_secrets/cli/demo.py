"""Turns a throw-away repository and credentials made on the spot into a proof of what is refused."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from agentguard_secrets._record import Record
from agentguard_secrets.rulebook.samples import make

_OK, _NOT_AS_PROMISED = 0, 1
_IDENTITY = ("-c", "user.name=demo", "-c", "user.email=demo@localhost", "-c", "commit.gpgSign=false")


class _Step(Record):
    """What was run, how it ended, what it said, and whether that is what is promised."""

    title: str
    command: str
    status: int
    output: str
    as_promised: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`demo` takes no options."""


def run(arguments: argparse.Namespace) -> int:  # noqa: ARG001 - every command is called with its arguments
    """Show each guard stop a credential; return 0 when all did, 1 when one did not."""
    with tempfile.TemporaryDirectory(prefix="agentguard-demo-") as folder:
        steps = _steps(Path(folder))
        kept = [_shown(step, folder) for step in steps]
    print(f"\n{sum(kept)} of {len(kept)} as promised. The folder with the repository is gone again.")
    return _OK if all(kept) else _NOT_AS_PROMISED


def _steps(folder: Path) -> list[_Step]:
    """Play the whole story in `folder`: its own HOME, its own remote, nothing of the user's is read or written."""
    world = _world(folder)
    repository = folder / "repository"
    token = make("ghp_<alnum:30><crc62:6>")
    for words in (("init", "-q", "--bare", "remote"), ("init", "-q", "repository")):
        _git(folder, world, *words)
    _git(repository, world, "remote", "add", "origin", str(folder / "remote"))
    _python(repository, world, "agentguard_secrets.cli.main", "install", "git")
    return [*_commits(repository, world, token), *_agent(repository, world, token)]


def _world(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "AGENTGUARD_", "XDG_"))}
    return {
        **kept,
        "HOME": str(folder),
        "USERPROFILE": str(folder),
        "LOCALAPPDATA": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
    }


def _commits(repository: Path, world: Mapping[str, str], token: str) -> list[_Step]:
    settings = repository / "settings.py"
    settings.write_text('import os\n\nTOKEN = os.environ["GITHUB_TOKEN"]\n', encoding="utf-8")
    clean = _commit(repository, world, "Read the token from the environment")
    settings.write_text(f'TOKEN = "{token}"\n', encoding="utf-8")
    refused = _commit(repository, world, "Write the token down")
    _commit(repository, world, "Write the token down, around the hook", "--no-verify")
    settings.write_text('import os\n\nTOKEN = os.environ["GITHUB_TOKEN"]\n', encoding="utf-8")
    _commit(repository, world, "Take it out again: it stays in the history")
    pushed = _git(repository, world, "push", "origin", "HEAD:refs/heads/main")
    return [
        _step("A clean commit goes through", "git commit", clean, token, expected=clean.returncode == 0),
        _step(
            "A commit with a GitHub token is refused", "git commit", refused, token, expected=refused.returncode != 0
        ),
        _step("A push whose history holds it is refused", "git push", pushed, token, expected=pushed.returncode != 0),
    ]


def _agent(repository: Path, world: Mapping[str, str], token: str) -> list[_Step]:
    common = {"session_id": "demo", "cwd": str(repository)}
    write = {"file_path": str(repository / "client.py"), "content": f'TOKEN = "{token}"\n'}
    denied = _event(
        repository, world, {**common, "hook_event_name": "PreToolUse", "tool_name": "Write", "tool_input": write}
    )
    response = {"stdout": f"GITHUB_TOKEN={token}", "stderr": "", "interrupted": False, "isImage": False}
    output = {"tool_name": "Bash", "tool_input": {"command": "env"}, "tool_response": response}
    redacted = _event(repository, world, {**common, "hook_event_name": "PostToolUse", **output})
    hidden = redacted.returncode == 0 and "[REDACTED:" in redacted.stdout
    command = "python -I -m agentguard_secrets.hook"
    return [
        _step("Claude Code may not write it", command, denied, token, expected=denied.returncode == 2),
        _step("Claude Code does not see it in a command's output", command, redacted, token, expected=hidden),
    ]


def _commit(
    repository: Path, world: Mapping[str, str], message: str, *options: str
) -> subprocess.CompletedProcess[str]:
    _git(repository, world, "add", "--all")
    return _git(repository, world, "commit", "-q", "-m", message, *options)


def _git(folder: Path, world: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return _run(folder, world, ["git", *_IDENTITY, *words])


def _python(folder: Path, world: Mapping[str, str], module: str, *words: str) -> subprocess.CompletedProcess[str]:
    return _run(folder, world, [sys.executable, "-I", "-m", module, *words])


def _event(folder: Path, world: Mapping[str, str], event: Mapping[str, object]) -> subprocess.CompletedProcess[str]:
    return _run(folder, world, [sys.executable, "-I", "-m", "agentguard_secrets.hook"], text=json.dumps(event) + "\n")


def _run(
    folder: Path, world: Mapping[str, str], command: list[str], *, text: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=dict(world), input=text, capture_output=True, text=True, check=False)


def _step(title: str, command: str, done: subprocess.CompletedProcess[str], token: str, *, expected: bool) -> _Step:
    output = (done.stdout + done.stderr).strip()
    return _Step(title, command, done.returncode, output, expected and token not in output)


def _shown(step: _Step, folder: str) -> bool:
    print(f"\n{'ok ' if step.as_promised else 'NOT AS PROMISED '}- {step.title}")
    print(f"    $ {step.command}    (exit status {step.status})")
    for line in step.output.replace(folder, "").splitlines():
        print(f"    {line}")
    return step.as_promised
