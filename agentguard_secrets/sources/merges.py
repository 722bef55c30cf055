"""Turns merge commits into what each of them adds to what git itself would have merged."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Sequence
from functools import partial

from agentguard_secrets.errors import SourceError
from agentguard_secrets.protocol.patch import parse_patch
from agentguard_secrets.sources.added import LazyLines, is_binary, lines_beyond
from agentguard_secrets.sources.changes import Change, parse_raw
from agentguard_secrets.sources.decode import is_wide
from agentguard_secrets.sources.repository import PATCH, RAW, Repository, empty_tree, run_git
from agentguard_secrets.sources.walking import lines_for, tokens_for

# The first git that can merge once more and compare.
_REMERGES = (2, 36)
_REMERGE = ("--no-walk=unsorted", "--remerge-diff", "--no-show-signature", "--root", "-r", "--no-notes")
# What a repository's configuration may say about merging is not what counts here, and no program of its choice is run.
_SETTINGS = {
    "merge.conflictStyle": "merge",
    "merge.renames": "true",
    "merge.directoryRenames": "conflict",
    "merge.renormalize": "false",
    "merge.verbosity": "0",
    "diff.renames": "true",
}
_CONFIGURED = ("GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT")
# By any other driver the merge that git would make is one side as it is, so that the other side would look new.
TRUE_DRIVERS = {"unspecified", "set", "text", "union"}


def merges_among(commits: Sequence[str], repository: Repository) -> list[str]:
    """Return the commits with two parents whose merge this git can make again; without one, or by an old git, none."""
    words = ["rev_list", "--no-walk=unsorted", "--min-parents=2", "--max-parents=2", "--stdin"]
    merges = list(lines_for(repository, words, commits))
    return merges if merges and _version(repository) >= _REMERGES else []


def remerged(merges: Sequence[str], repository: Repository) -> list[tuple[str, Change]] | None:
    """Return what each merge has that git would not have merged by itself, in their order; None when git cannot tell,
    as where a parent is missing or nothing may be written. The old side is no object that could be read."""
    words = ["log", *_REMERGE, *RAW, "--format=tformat:%H", "--stdin"]
    seen = set[str]()
    try:
        tokens = tokens_for(repository, words, merges, variables=pure_variables(repository))
    except SourceError:
        return None
    changes = list(parse_raw(tokens, seen=seen))
    # Newer git ends with 0 and says nothing when it cannot write.
    return changes if seen.issuperset(merges) else None


def lines_of_merge(repository: Repository, commit: str, change: Change, content: bytes) -> Container[int]:
    """Return the lines of one file that its merge adds, to be worked out when they are asked for."""
    if is_binary(content):
        return LazyLines(partial(_beyond_parents, repository, commit, change, is_wide=is_wide(content)))
    return LazyLines(partial(_beyond_merge, repository, commit, change))


def _beyond_merge(repository: Repository, commit: str, change: Change) -> Container[int]:
    if driver_of(repository, change.path) not in TRUE_DRIVERS:
        return _beyond_parents(repository, commit, change, is_wide=False)
    words = (*_REMERGE, "-p", *PATCH, "--format=", commit, "--", change.path)
    patch = run_git(repository.folder, "--literal-pathspecs", "log", *words, variables=pure_variables(repository))
    files = parse_patch(patch.decode("latin-1"))
    return files[0].added if files else ()


def _beyond_parents(repository: Repository, commit: str, change: Change, *, is_wide: bool) -> Container[int]:
    found = (file_in(repository, f"{commit}^{number}", change.path) for number in (1, 2))
    return lines_beyond(repository.folder, change.new.oid, tuple(filter(None, found)), is_wide=is_wide)


def file_in(repository: Repository, tree: str, path: str) -> str | None:
    """Return the object id of a file, or of what a link says, None when there is neither."""
    words = ("--literal-pathspecs", "ls-tree", "-z", "--full-tree", tree, "--", path)
    entry = run_git(repository.folder, *words).partition(b"\t")[0].split()
    return entry[2].decode("ascii") if len(entry) == 3 and entry[1] == b"blob" else None


def driver_of(repository: Repository, path: str) -> str:
    """Return the driver that attributes ask for, where this git still heeds them."""
    words = ("check-attr", "-z", "merge", "--", path)
    said = run_git(repository.folder, *words, variables=pure_variables(repository)).split(b"\0")
    return said[2].decode("utf-8", "replace") if len(said) > 2 else "unspecified"


def _version(repository: Repository) -> tuple[int, ...]:
    numbers = re.findall(rb"\d+", run_git(repository.folder, "version"))
    return tuple(int(number) for number in numbers[:2])


def pure_variables(repository: Repository) -> dict[str, str]:
    """Return the variables under which git merges without the repository's settings, drivers and attributes."""
    listed = run_git(
        repository.folder, "config", "-z", "--name-only", "--get-regexp", r"^merge\..*\.driver$", check=False
    )
    # A driver that fails leaves one side as it is; none may bring in what no side has.
    settings = {**_SETTINGS, **{os.fsdecode(name): "false" for name in listed.split(b"\0") if name}}
    variables = {"GIT_CONFIG_PARAMETERS": "", "GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {**variables, "GIT_ATTR_SOURCE": empty_tree(repository.algorithm)}
