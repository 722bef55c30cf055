"""Turns two commits into the tree that git before 2.38 makes of them, in a work tree that is thrown away."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from agentguard_secrets.sources.merges import pure_variables
from agentguard_secrets.sources.repository import Repository, command, empty_tree, environment, run_git
from agentguard_secrets.sources.spawn import output_of

_CONFLICT = 1


def merged_by_files(repository: Repository, pair: tuple[str, str], place: Path) -> str | None:
    """Return the tree of the merge of two commits, None when git cannot merge them; `place` is a folder to be made.

    What conflicts stands there with git's marks around both sides, as in newer git's trees.
    """
    (place / "tree").mkdir(parents=True)
    variables = {
        **pure_variables(repository),
        "GIT_INDEX_FILE": str(place / "index"),
        "GIT_WORK_TREE": str(place / "tree"),
    }
    folder, (ours, theirs) = repository.folder, pair
    run_git(folder, "read-tree", ours, variables=variables)
    bases = run_git(folder, "merge-base", "--all", ours, theirs, check=False).decode("ascii").split()
    words = ("merge-recursive", *(bases or [empty_tree(repository.algorithm)]), "--", ours, theirs)
    # What stands in neither index nor work tree is not missed there: only what the merge changes is written.
    status, _ = output_of(command(folder, *words), {**environment(), **variables})
    if status not in (0, _CONFLICT):
        return None
    for path, stages in _unmerged(folder, variables).items():
        left, written = stages.get("2") or stages.get("3"), place / "tree" / path
        if written.is_symlink() or written.is_file():
            words = ("--add", "--", path)
        elif left is not None:  # the version that git would leave as it is, and so does not write
            words = ("--add", "--cacheinfo", f"{','.join(left)},{path}")
        else:
            words = ("--force-remove", "--", path)
        run_git(folder, "update-index", *words, check=False, variables=variables)
    tree = run_git(folder, "write-tree", check=False, variables=variables).decode("ascii").strip()
    return tree or None


def _unmerged(folder: str, variables: Mapping[str, str]) -> dict[str, dict[str, tuple[str, str]]]:
    """Return mode and object id of each version of every path in conflict, by their stages: 2 is ours, 3 theirs."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for entry in run_git(folder, "ls-files", "--unmerged", "-z", variables=variables).split(b"\0")[:-1]:
        about, _, path = entry.partition(b"\t")
        mode, oid, stage = about.decode("ascii").split(" ")
        found.setdefault(os.fsdecode(path), {})[stage] = mode, oid
    return found
