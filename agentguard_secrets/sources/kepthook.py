"""Turns a git hook that stood where ours stands into its exit status."""

from __future__ import annotations

import errno
import os

from agentguard_secrets.errors import SourceError

_START = 4096


def run_kept(path: str, words: list[str], *, sent: bytes) -> int:
    """Run the hook at `path` with the words and the standard input that git gave ours; return its exit status.

    As with git, a hook that is not there, or may not be executed, is no hook. Raises SourceError if it does not start.
    """
    if not path or not os.access(path, os.X_OK) or _comes_round(path):
        return 0
    try:
        status = _started([path, *words], sent)
    except OSError as error:
        raise SourceError(f"{path}: the hook cannot be started: {error.strerror or error}") from error
    # A hook that a signal ended has a negative status.
    return status if status >= 0 else 128 - status


def _started(words: list[str], sent: bytes) -> int:
    import subprocess  # most repositories have no such hook, and its import costs 10 ms

    # With nothing to pass on, the hook keeps the standard input that git gave us.
    given = sent or None
    try:
        return subprocess.run(words, input=given).returncode
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
        # No `#!` line: git lets the shell read such a hook.
        return subprocess.run(["sh", *words], input=given).returncode


def _comes_round(path: str) -> bool:
    """Say whether the pre-commit framework called us and is the hook that was kept: it refuses to be called again."""
    if "PRE_COMMIT_RUNNING_LEGACY" not in os.environ:
        return False
    with open(path, "rb") as stream:  # noqa: PTH123 - pathlib would cost every commit its import
        return b"pre-commit" in stream.read(_START)
