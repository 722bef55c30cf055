"""Turns `git add` that has not run yet into an index and objects of their own, so that it can be scanned."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import Self

from agentguard_secrets.sources.repository import run_git
from agentguard_secrets.sources.scratch import ScratchObjects


class StagedAfter(ScratchObjects):
    """While it is entered, git sees `repository` as if `git add` had run with each of `adding`."""

    def __init__(self, repository: str, adding: Sequence[Sequence[str]]) -> None:
        super().__init__(repository)
        self._adding = adding

    def __enter__(self) -> Self:
        index = self.path_of("index")
        super().__enter__()
        if index.exists():
            shutil.copyfile(index, self.folder / "index")
        os.environ["GIT_INDEX_FILE"] = str(self.folder / "index")
        for words in self._adding:
            # Where this fails, the real one will fail, and what it has staged until then is staged here as well.
            run_git(self._repository, "add", *words, check=False)
        return self
