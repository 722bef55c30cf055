"""Turns merge commits into what each of them adds to what git itself would have merged."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Mapping, Sequence
from functools import partial

from agentguard_secrets.protocol.patch import parse_patch
from agentguard_secrets.sources.added import LazyLines, is_binary, lines_beyond
from agentguard_secrets.sources.changes import Change, parse_raw
from agentguard_secrets.sources.decode import is_wide
from agentguard_secrets.sources.repository import PATCH, RAW, Repository, begin_git, empty_tree, run_git
from agentguard_secrets.sources.walking import lines_for

# The first git that can merge once more and compare.
_REMERGES = (2, 36)
_REMERGE = ("--no-walk=unsorted", "--remerge-diff", "--no-show-signature", "--no-follow", "--root", "-r", "--no-notes")
# What a repository's configuration may say about merging is not what counts here, and no program of its choice is run.
_SETTINGS = {
    "merge.conflictStyle": "merge",
    "merge.default": "text",
    "merge.renameLimit": "7000",
    "merge.renames": "true",
    "merge.directoryRenames": "conflict",
    "merge.renormalize": "false",
    "merge.verbosity": "0",
    "core.autocrlf": "false",
    "diff.renames": "true",
}
_PROGRAMS = r"^(merge\..*\.driver|filter\..*\.(clean|smudge|process|required))$"
# What a driver of the repository's own would do: it could bring in what no side has.
_BY_LINES = "git merge-file --quiet --marker-size=%L %A %O %B"
# By these the merge that git would make is one side as it is, so that the other side would look new.
_WHOLE = {"unset", "binary"}


def merges_among(commits: Sequence[str], repository: Repository) -> frozenset[str]:
    """Return the commits with two parents, if this git can merge once more and compare; else none."""
    words = ["rev-list", "--no-walk=unsorted", "--min-parents=2", "--max-parents=2", "--stdin"]
    merges = frozenset(lines_for(repository, words, commits))
    return merges if merges and _version(repository) >= _REMERGES else frozenset()


def octopuses_among(commits: Sequence[str], repository: Repository) -> dict[str, tuple[str, ...]]:
    """Return the commits with more than two parents, or with two if this git cannot compare, each with its parents."""
    words = ["rev-list", "--no-walk=unsorted", "--parents", "--min-parents=2", "--stdin"]
    told = [line.split(" ") for line in lines_for(repository, words, commits)]
    fewest = 3 if told and _version(repository) >= _REMERGES else 2
    return {commit: tuple(parents) for commit, *parents in told if len(parents) >= fewest}


class Remerging:
    """A merge that is made once more by git meanwhile, to see what it has that git would not have merged by itself."""

    def __init__(self, merge: str, repository: Repository, variables: Mapping[str, str]) -> None:
        """`variables` are the pure ones. One merge for each git: 2.39 gives other answers when it is asked for several.

        Raises SourceError when git cannot be started.
        """
        words = ("log", *_REMERGE, *RAW, "--format=tformat:%H", merge)
        self._merge = merge
        self._git = begin_git(repository.folder, *words, variables=variables)

    def changes(self) -> list[Change] | None:
        """Return what the merge has of its own, None when git cannot tell, as where a parent is missing or nothing may
        be written. The old side is no object that could be read."""
        answer = self._git.answering.read()
        self.close()
        seen = set[str]()
        changes = [change for _, change in parse_raw(answer.split(b"\0")[:-1], seen=seen)]
        # Newer git ends with 0 and says nothing when it cannot write.
        return changes if self._merge in seen else None

    def close(self) -> None:
        """End it, whether it was asked or not."""
        self._git.close()


def lines_of_merge(repository: Repository, commit: str, change: Change, content: bytes) -> Container[int]:
    """Return the lines of one file that its merge adds, to be worked out when they are asked for."""
    if is_binary(content):
        return LazyLines(partial(_beyond_parents, repository, commit, change, is_wide=is_wide(content)))
    return LazyLines(partial(_beyond_merge, repository, commit, change))


def _beyond_merge(repository: Repository, commit: str, change: Change) -> Container[int]:
    if is_merged_whole(repository, change.path):
        return _beyond_parents(repository, commit, change, is_wide=False)
    words = (*_REMERGE, "-p", *PATCH, "--format=", commit, "--", change.path)
    patch = run_git(repository.folder, "--literal-pathspecs", "log", *words, variables=pure_variables(repository))
    files = parse_patch(patch.decode("latin-1"))
    return files[0].added if files else ()


def _beyond_parents(repository: Repository, commit: str, change: Change, *, is_wide: bool) -> Container[int]:
    found = (file_before(repository, f"{commit}^{number}", change, after=(commit,)) for number in (1, 2))
    return lines_beyond(repository.folder, change.new.oid, tuple(filter(None, found)), is_wide=is_wide)


def file_before(repository: Repository, tree: str, change: Change, *, after: tuple[str, ...]) -> str | None:
    """Return the object id of what a file was in `tree`, under its name or another; None when it was not there.

    `after` are the words by which git compares `tree` with what came then: a commit, or `--cached`.
    """
    words = ("--literal-pathspecs", "ls-tree", "-z", "--full-tree", tree, "--", change.path)
    entry = run_git(repository.folder, *words).partition(b"\t")[0].split()
    if len(entry) == 3 and entry[1] == b"blob":
        return entry[2].decode("ascii")
    command = "diff-index" if after == ("--cached",) else "diff-tree"
    asked = (command, "-r", "--raw", "-z", "--no-abbrev", "--find-renames=40%", "--diff-filter=R", "--no-relative")
    order = (*after, tree) if command == "diff-index" else (tree, *after)
    parts = iter(run_git(repository.folder, *asked, *order, check=False).split(b"\0")[:-1])
    path = change.path.encode("utf-8", "surrogateescape")
    renames = ((about.split(b" ")[2], next(parts, b""), next(parts, b"")) for about in parts)
    return next((oid.decode("ascii") for oid, _old, new in renames if new == path), None)


def is_merged_whole(repository: Repository, path: str) -> bool:
    """Say whether attributes that this git still heeds forbid it to merge a file line by line."""
    words = ("check-attr", "-z", "merge", "--", path)
    said = run_git(repository.folder, *words, variables=pure_variables(repository)).split(b"\0")
    return len(said) > 2 and said[2].decode("utf-8", "replace") in _WHOLE


def _version(repository: Repository) -> tuple[int, ...]:
    numbers = re.findall(rb"\d+", run_git(repository.folder, "version"))
    return tuple(int(number) for number in numbers[:2])


def pure_variables(repository: Repository) -> dict[str, str]:
    """Return the variables under which git merges without the repository's settings, programs and attributes."""
    names = run_git(repository.folder, "config", "-z", "--name-only", "--get-regexp", _PROGRAMS, check=False)
    settings = dict(_SETTINGS)
    for name in (os.fsdecode(each) for each in names.split(b"\0") if each):
        settings[name] = _BY_LINES if name.startswith("merge.") else "false" if name.endswith(".required") else ""
    # Git before 2.31 knows only the second of these ways to say it.
    variables = {
        "GIT_CONFIG_COUNT": str(len(settings)),
        "GIT_CONFIG_PARAMETERS": " ".join(map(_quoted, settings.items())),
    }
    for number, (key, value) in enumerate(settings.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {**variables, "GIT_ATTR_SOURCE": empty_tree(repository.algorithm)}


def _quoted(setting: tuple[str, str]) -> str:
    return "'" + "=".join(setting).replace("'", "'\\''") + "'"
