"""Turns merges that git cannot merge once more by itself into what each holds that git would not have merged.

That is one that is about to be committed, and one of more than two parents: git merges those one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import partial
from pathlib import Path

from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources.added import added_since, is_binary
from agentguard_secrets.sources.blobs import Place, chunks_of_changes
from agentguard_secrets.sources.changes import Change, Version, parse_raw
from agentguard_secrets.sources.mergefiles import merged_by_files
from agentguard_secrets.sources.merges import file_before, is_merged_whole, pure_variables
from agentguard_secrets.sources.repository import RAW, ObjectReader, Repository, run_git
from agentguard_secrets.sources.scratch import ScratchObjects

# The commits between are thrown away: any person and any time will do.
_SOMEBODY = {
    f"GIT_{who}_{what}": said
    for who in ("AUTHOR", "COMMITTER")
    for what, said in (("NAME", "nobody"), ("EMAIL", "nobody@localhost"), ("DATE", "@0 +0000"))
}


def chunks_of_merge(repository: Repository, parents: tuple[str, ...]) -> list[Chunk | Unread] | None:
    """Return what the index holds beyond git's own merge of `parents`; None when git cannot, as without one."""
    return _beyond_merge(repository, parents, place=Place("index"), after=("--cached",), is_wanted=None)


def chunks_of_octopus(
    repository: Repository, commit: str, parents: tuple[str, ...], is_wanted: Callable[[Version], bool] | None
) -> list[Chunk | Unread] | None:
    """Return what a commit holds beyond git's own merge of its `parents`; None when git cannot, as without one."""
    return _beyond_merge(repository, parents, place=Place("commit", commit), after=(commit,), is_wanted=is_wanted)


def _beyond_merge(
    repository: Repository,
    parents: tuple[str, ...],
    *,
    place: Place,
    after: tuple[str, ...],
    is_wanted: Callable[[Version], bool] | None,
) -> list[Chunk | Unread] | None:
    """Return what came of a merge beyond git's own; `after` are the words by which git compares that with a tree."""
    folder = repository.folder
    with ScratchObjects(folder) as scratch:
        tree = _merged_tree(repository, parents, scratch.folder)
        if tree is None:
            return None
        words = (
            ("diff-index", *after, *RAW, tree, "--")
            if place.commit is None
            else ("diff-tree", *RAW, "-r", tree, *after)
        )
        changes = [change for _, change in parse_raw(run_git(folder, *words).split(b"\0")[:-1])]
        lines_of = partial(_lines, repository, parents, after)
        with ObjectReader(folder) as reader:
            # All of it at once: what git merged is thrown away with the folder that it lies in.
            return list(
                chunks_of_changes(
                    changes, reader, repository=repository, place=place, lines_of=lines_of, is_wanted=is_wanted
                )
            )


def _merged_tree(repository: Repository, parents: tuple[str, ...], scratch: Path) -> str | None:
    """Return the tree that git makes of `parents`, of each with all before it; None when it cannot."""
    ours, tree = parents[0], None
    for number, theirs in enumerate(parents[1:], 2):
        tree = _merged_at_once(repository, ours, theirs) or merged_by_files(
            repository, (ours, theirs), scratch / str(number)
        )
        if tree is None:
            return None
        if number < len(parents):
            commit = ("commit-tree", "-m", "merged", "-p", ours, "-p", theirs, tree)
            ours = run_git(repository.folder, *commit, variables=_SOMEBODY).decode("ascii").strip()
    return tree


def _merged_at_once(repository: Repository, ours: str, theirs: str) -> str | None:
    words = ("merge-tree", "--write-tree", "--no-messages", "--allow-unrelated-histories", ours, theirs)
    said = run_git(repository.folder, *words, check=False, variables=pure_variables(repository))
    tree = said.split(b"\n", 1)[0].decode("ascii", "replace")
    return tree if len(tree) == len(theirs) else None


def _lines(
    repository: Repository, parents: tuple[str, ...], after: tuple[str, ...], change: Change, content: bytes
) -> Container[int] | None:
    folder, new = repository.folder, change.new.oid
    if is_binary(content) or is_merged_whole(repository, change.path):
        found = (file_before(repository, parent, change, after=after) for parent in parents)
        return added_since(folder, (new, content), tuple(filter(None, found)))
    added = added_since(folder, (new, content), tuple(old.oid for old in change.olds if old.is_regular()))
    # At once: the old side is thrown away with the folder that it lies in.
    return added and added.worked_out()
