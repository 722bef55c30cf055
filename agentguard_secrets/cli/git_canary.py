"""Turns an installed git hook into what it does to a generated credential, in a repository that is thrown away."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from agentguard_secrets._record import Record
from agentguard_secrets.errors import SourceError
from agentguard_secrets.rulebook.samples import make

RULE = "github-pat"
CANARY = "ghp_<alnum:30><crc62:6>"
_SETTINGS = (
    *("-c", "user.name=canary", "-c", "user.email=canary@localhost", "-c", "commit.gpgSign=false"),
    *("-c", "core.autocrlf=false", "-c", "init.templateDir=", "-c", "protocol.file.allow=always"),
)
_ELSEWHERE = ("GIT_", "PRE_COMMIT")
_SETTINGS_FILES = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH", "GIT_SSL_CAINFO")
# A hook that waits for something else, such as another hook's download, has not blocked anything.
_PATIENCE = 120  # seconds
# What the hook reads from the repository that it guards.
_CONFIGURATION = ("agentguard.toml", ".pre-commit-config.yaml")


class Canary(Record):
    """What a hook did: `fault` is None when the clean change passed and the credential did not."""

    fault: str | None
    said: str


class _Yard(Record):
    """The repository in which the canary is let out."""

    folder: Path
    environment: Mapping[str, str]


def try_commit(hook: Path, root: Path, *, skipped: str) -> Canary:
    """Commit something clean and then a credential under `hook`, with the configuration of the repository `root`.

    `skipped` names hooks of the pre-commit framework that are not meant. Raises SourceError when git does not work.
    """
    with _yard(hook, root, skipped=skipped) as yard:
        _write(yard, "clean")
        clean = _git(yard, "commit", "--quiet", "--message", "clean")
        if clean.returncode:
            return Canary("refuses a clean commit", _said(clean))
        _write(yard, make(CANARY, None))
        refused = _git(yard, "commit", "--quiet", "--message", "canary")
        return _judged(refused, "lets a credential be committed")


def try_push(hook: Path, root: Path, *, skipped: str) -> Canary:
    """Push something clean and then a credential under `hook`, to a repository beside it; else as `try_commit`."""
    with _yard(hook, root, skipped=skipped) as yard:
        _must(_git(yard, "init", "--quiet", "--bare", "remote"))
        _must(_git(yard, "remote", "add", "origin", str(yard.folder / "remote")))
        _write(yard, "clean")
        _must(_git(yard, "commit", "--quiet", "--no-verify", "--message", "clean"))
        clean = _git(yard, "push", "--quiet", "origin", "HEAD:refs/heads/main")
        if clean.returncode:
            return Canary("refuses a clean push", _said(clean))
        _write(yard, make(CANARY, None))
        _must(_git(yard, "commit", "--quiet", "--no-verify", "--message", "canary"))
        refused = _git(yard, "push", "--quiet", "origin", "HEAD:refs/heads/main")
        return _judged(refused, "lets a credential be pushed")


def try_message(hook: Path, root: Path, *, skipped: str) -> Canary:
    """Commit with a clean message and then with a credential in it under `hook`; else as `try_commit`."""
    with _yard(hook, root, skipped=skipped) as yard:
        clean = _git(yard, "commit", "--quiet", "--allow-empty", "--message", "clean")
        if clean.returncode:
            return Canary("refuses a clean message", _said(clean))
        message = yard.folder / "message"
        message.write_text(f"token = '{make(CANARY, None)}'\n", encoding="utf-8")
        refused = _git(yard, "commit", "--quiet", "--allow-empty", "--file", str(message))
        return _judged(refused, "lets a credential stand in a message")


def try_merge(hook: Path, root: Path, *, skipped: str) -> Canary:
    """Merge something clean and then with a driver that puts a credential in, under `hook`; else as `try_commit`."""
    with _yard(hook, root, skipped=skipped) as yard:
        _commit_past_hooks(yard, "base")
        _must(_git(yard, "branch", "side"))
        _commit_past_hooks(yard, "ours")
        _must(_git(yard, "checkout", "--quiet", "side"))
        _commit_past_hooks(yard, "theirs")
        attributes = yard.folder / ".git" / "info" / "attributes"
        attributes.parent.mkdir(exist_ok=True)
        attributes.write_text("canary.txt merge=canary\n", encoding="utf-8")
        (yard.folder / "merged").write_text("clean\n", encoding="utf-8")
        words = ("-c", "merge.canary.driver=cat merged >%A", "merge", "--no-edit", "--quiet", "main")
        clean = _git(yard, *words)
        if clean.returncode:
            return Canary("refuses a clean merge", _said(clean))
        _must(_git(yard, "reset", "--quiet", "--hard", "HEAD^1"))
        (yard.folder / "merged").write_text(f"token = '{make(CANARY, None)}'\n", encoding="utf-8")
        return _judged(_git(yard, *words), "lets a merge bring a credential")


def try_revert(hook: Path, root: Path, *, skipped: str) -> Canary:
    """Revert something clean and then what takes a credential out, under `hook`; else as `try_commit`."""
    with _yard(hook, root, skipped=skipped) as yard:
        for value in ("first", make(CANARY, None), "second", "third"):
            _commit_past_hooks(yard, value)
        clean = _git(yard, "revert", "--no-edit", "HEAD")
        if clean.returncode:
            return Canary("refuses a clean revert", _said(clean))
        _must(_git(yard, "reset", "--quiet", "--hard", "HEAD~2"))
        return _judged(_git(yard, "revert", "--no-edit", "HEAD"), "lets a revert bring a credential back")


def try_patch(hook: Path, root: Path, *, skipped: str) -> Canary:
    """Apply a clean mail and then one that adds a credential, under `hook`; else as `try_commit`."""
    with _yard(hook, root, skipped=skipped) as yard:
        for value in ("first", "second", make(CANARY, None)):
            _commit_past_hooks(yard, value)
        _must(_git(yard, "format-patch", "--quiet", "-2", "--output-directory", "mails"))
        _must(_git(yard, "reset", "--quiet", "--hard", "HEAD~2"))
        first, second = sorted(str(path) for path in (yard.folder / "mails").iterdir())
        clean = _git(yard, "am", "--quiet", first)
        if clean.returncode:
            return Canary("refuses a clean mail", _said(clean))
        return _judged(_git(yard, "am", "--quiet", second), "lets a mail bring a credential")


@contextmanager
def _yard(hook: Path, root: Path, *, skipped: str) -> Iterator[_Yard]:
    with TemporaryDirectory(prefix="agentguard-canary-", ignore_cleanup_errors=True) as name:
        yard = _Yard(Path(name), _environment(skipped))
        _must(_git(yard, "init", "--quiet"))
        _must(_git(yard, "symbolic-ref", "HEAD", "refs/heads/main"))
        hooks = yard.folder / "hooks"
        hooks.mkdir()
        # Only this hook: others beside it may do anything, and must not do it because a doctor looks.
        shutil.copy(hook, hooks / hook.name)
        legacy = hook.with_name(f"{hook.name}.legacy")
        if legacy.exists():
            shutil.copy(legacy, hooks / legacy.name)
        _must(_git(yard, "config", "core.hooksPath", str(hooks)))
        for file in _CONFIGURATION:
            if (root / file).is_file():
                shutil.copy(root / file, yard.folder / file)
        yield yard


def _judged(done: subprocess.CompletedProcess[bytes], fault: str) -> Canary:
    said = _said(done)
    if done.returncode == 0:
        return Canary(fault, said)
    return Canary(None if RULE in said else "refuses a credential, but for another reason", said)


def _environment(skipped: str) -> dict[str, str]:
    """Return this process's environment without what would make git look at another repository."""
    kept = {name: os.environ[name] for name in os.environ if not name.startswith(_ELSEWHERE) or name in _SETTINGS_FILES}
    return {**kept, "SKIP": skipped, "GIT_TERMINAL_PROMPT": "0"}


def _write(yard: _Yard, value: str) -> None:
    (yard.folder / "canary.txt").write_text(f"token = '{value}'\n", encoding="utf-8")
    _must(_git(yard, "add", "canary.txt"))


def _commit_past_hooks(yard: _Yard, value: str) -> None:
    _write(yard, value)
    _must(_git(yard, "commit", "--quiet", "--no-verify", "--message", "canary"))


def _git(yard: _Yard, *words: str) -> subprocess.CompletedProcess[bytes]:
    command = ["git", *_SETTINGS, *words]
    try:
        return subprocess.run(
            command,
            cwd=yard.folder,
            env=yard.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"canary: git {words[0]} did not end within {_PATIENCE} seconds") from error
    except OSError as error:
        raise SourceError(f"canary: git cannot be started: {error.strerror or error}") from error


def _must(done: subprocess.CompletedProcess[bytes]) -> None:
    if done.returncode:
        raise SourceError(f"canary: git {' '.join(done.args[len(_SETTINGS) + 1 :])} failed: {_said(done)}")


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    # Both: git turns the output of a pre-commit hook to standard error, and that of a pre-push hook not.
    return (done.stdout + done.stderr).decode("utf-8", "backslashreplace").strip()
