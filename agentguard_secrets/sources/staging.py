"""Turns `git add` that has not run yet into an index and objects of their own, so that it can be scanned."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from agentguard_secrets.sources.repository import run_git


class StagedAfter:
    """While it is entered, git sees `folder` as if `git add` had run with each of `adding`; nothing of the repository
    changes. This process's environment says so, and so do the programs it starts: one at a time."""

    def __init__(self, folder: str, adding: Sequence[Sequence[str]]) -> None:
        self._folder = folder
        self._adding = adding
        self._before = dict(os.environ)
        self._scratch = TemporaryDirectory(prefix="agentguard-")

    def __enter__(self) -> Self:
        asked = ("rev-parse", "--git-path", "index", "--git-path", "objects")
        index, objects = (Path(self._folder).absolute() / each for each in self._lines(*asked))
        scratch = Path(self._scratch.name)
        (scratch / "objects").mkdir()
        if index.exists():
            shutil.copyfile(index, scratch / "index")
        others = os.environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "")
        os.environ["GIT_INDEX_FILE"] = str(scratch / "index")
        os.environ["GIT_OBJECT_DIRECTORY"] = str(scratch / "objects")
        os.environ["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = os.pathsep.join(filter(None, [_quoted(objects), others]))
        for words in self._adding:
            # Where this fails, the real one will fail, and what it has staged until then is staged here as well.
            run_git(self._folder, "add", *words, check=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.environ.clear()
        os.environ.update(self._before)
        self._scratch.cleanup()

    def _lines(self, *asked: str) -> list[str]:
        return os.fsdecode(run_git(self._folder, *asked)).rstrip("\n").split("\n")


def _quoted(path: Path) -> str:
    """Return a path as the list of alternates wants it: a colon in it would end it."""
    text = str(path)
    special = os.pathsep in text or text.startswith('"')
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if special else text
