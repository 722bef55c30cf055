"""Turns a merge that is about to be committed into the changes of the index that git itself would not have merged."""

from __future__ import annotations

from collections.abc import Container
from functools import partial

from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources.added import added_since, is_binary
from agentguard_secrets.sources.blobs import Place, chunks_of_changes
from agentguard_secrets.sources.changes import Change, parse_raw
from agentguard_secrets.sources.merges import file_before, is_merged_whole, pure_variables
from agentguard_secrets.sources.repository import RAW, ObjectReader, Repository, run_git
from agentguard_secrets.sources.scratch import ScratchObjects


def chunks_of_merge(repository: Repository, parents: tuple[str, str]) -> list[Chunk | Unread] | None:
    """Return what the index holds beyond git's own merge of `parents`; None when git cannot tell, as before 2.38."""
    with ScratchObjects(repository.folder):
        words = ("merge-tree", "--write-tree", "--no-messages", *parents)
        said = run_git(repository.folder, *words, check=False, variables=pure_variables(repository))
        tree = said.split(b"\n", 1)[0].decode("ascii", "replace")
        if len(tree) != len(parents[0]):
            return None
        output = run_git(repository.folder, "diff-index", "--cached", *RAW, tree, "--")
        changes = [change for _, change in parse_raw(output.split(b"\0")[:-1])]
        lines_of = partial(_lines, repository, parents)
        with ObjectReader(repository.folder) as reader:
            # All of it at once: what git merged is thrown away with the folder that it lies in.
            return list(
                chunks_of_changes(changes, reader, repository=repository, place=Place("index"), lines_of=lines_of)
            )


def _lines(repository: Repository, parents: tuple[str, str], change: Change, content: bytes) -> Container[int] | None:
    folder, new = repository.folder, change.new.oid
    if is_binary(content) or is_merged_whole(repository, change.path):
        found = (file_before(repository, parent, change, after=("--cached",)) for parent in parents)
        return added_since(folder, (new, content), tuple(filter(None, found)))
    added = added_since(folder, (new, content), tuple(old.oid for old in change.olds if old.is_regular()))
    # At once: the old side is thrown away with the folder that it lies in.
    return added and added.worked_out()
