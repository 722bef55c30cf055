"""Turns paths into the files below them that git tracks or would track."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from agentguard_secrets.errors import SourceError
from agentguard_secrets.model import Unread
from agentguard_secrets.sources.files import files_below
from agentguard_secrets.sources.repository import run_git

_LISTED = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")


def files_not_ignored(paths: Iterable[str | Path]) -> Iterator[str | Unread]:
    """Yield each file that `paths` name or hold, without those that git ignores; a file named itself always counts.

    Raises SourceError for a folder in no work tree, UsageError for a path that does not exist.
    """
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - a word of the user's, no path of ours
            yield from _below(os.fspath(path))
        else:
            yield from files_below([path])


def _below(folder: str) -> Iterator[str | Unread]:
    try:
        names = run_git(folder, *_LISTED).split(b"\0")[:-1]
    except SourceError as error:
        raise SourceError(f"--skip-ignored: {error}") from error
    for name in sorted(map(os.fsdecode, names)):
        path = name if folder == "." else os.path.join(folder, name)  # noqa: PTH118
        if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114 - a repository in the repository
            yield from _below(path.rstrip("/"))
        elif os.path.exists(path) and not os.path.isdir(path):  # noqa: PTH110, PTH112
            yield path
