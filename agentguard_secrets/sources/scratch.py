"""Turns a folder that is thrown away into the place where git writes objects, so that the repository stays as it is."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from agentguard_secrets.sources.repository import run_git


class ScratchObjects:
    """While it is entered, git writes its objects to `folder`, and reads the repository's all the same.

    This process's environment says so, and so do the programs it starts: one at a time.
    """

    def __init__(self, repository: str) -> None:
        self._repository = repository
        self._before = dict(os.environ)
        self._scratch = TemporaryDirectory(prefix="agentguard-")
        self.folder = Path(self._scratch.name)

    def __enter__(self) -> Self:
        objects = self.path_of("objects")
        (self.folder / "objects").mkdir()
        others = os.environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "")
        os.environ["GIT_OBJECT_DIRECTORY"] = str(self.folder / "objects")
        os.environ["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = os.pathsep.join(filter(None, [_quoted(objects), others]))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.environ.clear()
        os.environ.update(self._before)
        self._scratch.cleanup()

    def path_of(self, name: str) -> Path:
        """Return where the repository has its `index`, its `objects` or another of its files."""
        path = os.fsdecode(run_git(self._repository, "rev-parse", "--git-path", name)).rstrip("\n")
        return Path(self._repository).absolute() / path


def _quoted(path: Path) -> str:
    """Return a path as the list of alternates wants it: a colon in it would end it."""
    text = str(path)
    special = os.pathsep in text or text.startswith('"')
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if special else text
