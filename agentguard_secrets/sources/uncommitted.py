"""Turns a work tree into the files that differ from the last commit, each with the lines that are new."""

from __future__ import annotations

import os
from functools import partial

from agentguard_secrets.protocol.patch import parse_patch
from agentguard_secrets.sources.added import LazyLines
from agentguard_secrets.sources.changes import parse_raw
from agentguard_secrets.sources.decode import is_wide
from agentguard_secrets.sources.repository import PATCH, RAW, empty_tree, open_repository, run_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

_EVERY_LINE = range(1, 1 << 62)
_SAMPLE = 4096


def tracked_changes(folder: str, pathspecs: tuple[str, ...] = ()) -> dict[str, Container[int] | None]:
    """Return the absolute path of each tracked file that is not as in the last commit, with its new lines.

    `pathspecs` are as git has them, relative to `folder`. Raises SourceError when `folder` lies in no work tree.
    """
    repository = open_repository(folder)
    base = repository.head or empty_tree(repository.algorithm)
    top = os.fsdecode(run_git(folder, "rev-parse", "--show-toplevel")).rstrip("\n")
    output = run_git(folder, "diff-index", *RAW, base, "--", *pathspecs)
    return {
        os.path.join(top, change.path): LazyLines(partial(_new_lines, top, base, change.path))
        for _, change in parse_raw(output.split(b"\0")[:-1])
        if not change.new.is_submodule()
    }


def untracked_files(folder: str, pathspecs: tuple[str, ...] = ()) -> dict[str, Container[int] | None]:
    """Return the absolute path of each file that git does not know and does not ignore; every line of it is new."""
    top = folder if pathspecs else os.fsdecode(run_git(folder, "rev-parse", "--show-toplevel")).rstrip("\n")
    names = run_git(top, "ls-files", "-z", "--others", "--exclude-standard", "--", *pathspecs).split(b"\0")[:-1]
    return {os.path.normpath(os.path.join(top, os.fsdecode(name))): None for name in names}


def _new_lines(top: str, base: str, name: str) -> Container[int]:
    with open(os.path.join(top, name), "rb") as stream:
        if is_wide(stream.read(_SAMPLE)):
            # Git's lines are not those of the text.
            return _EVERY_LINE
    patch = run_git(top, "diff", *PATCH, "--no-renames", base, "--", f":(top,literal){name}")
    return parse_patch(patch.decode("latin-1"))[0].added if patch else ()
