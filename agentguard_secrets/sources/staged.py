"""Turns what the index holds beyond the last commit into chunks: what `git commit` is about to store."""

from __future__ import annotations

from agentguard_secrets.errors import SourceError
from agentguard_secrets.sources.blobs import Place, chunks_of_changes
from agentguard_secrets.sources.changes import changed_from_all, parse_raw
from agentguard_secrets.sources.repository import RAW, ObjectReader, empty_blob, empty_tree, open_repository, run_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from agentguard_secrets.model import Chunk, Unread
    from agentguard_secrets.sources.changes import Change


def from_index(repo: str | os.PathLike[str], *, merging: tuple[str, ...] = ()) -> Iterator[Chunk | Unread]:
    """Yield each staged file, link and name; a finding counts on lines that the next commit adds.

    A merge adds what git itself would not have merged, or, where git cannot tell, what no parent has. `merging` are
    the other parents of a merge of which the repository itself does not tell yet.

    The work tree is never looked at. Raises UsageError when `repo` lies in no repository.
    """
    repository = open_repository(repo)
    if merging and not repository.merging:
        repository = repository._replace(merging=merging)
    if repository.head and repository.merging:
        from agentguard_secrets.sources.merging import chunks_of_merge

        merged = chunks_of_merge(repository, (repository.head, *repository.merging))
        if merged is not None:
            yield from merged
            return
    parents = (repository.head or empty_tree(repository.algorithm), *repository.merging)
    changes = changed_from_all(*(_staged_since(repository.folder, parent) for parent in parents))
    with ObjectReader(repository.folder) as reader:
        yield from chunks_of_changes(changes, reader, repository=repository, place=Place("index"))


def from_tracked(repo: str | os.PathLike[str]) -> Iterator[Chunk | Unread]:
    """Yield everything that the index holds, every line of it, also what was committed long ago."""
    repository = open_repository(repo)
    changes = _staged_since(repository.folder, empty_tree(repository.algorithm))
    with ObjectReader(repository.folder) as reader:
        yield from chunks_of_changes(changes, reader, repository=repository, place=Place("index"))


def check_nothing_staged(repo: str | os.PathLike[str]) -> None:
    """Raise SourceError when the index holds content that the last commit has not.

    It asks in another way than `from_index`: a hook that scanned nothing must not have overlooked something. After a
    merge, content of either side is nothing new.
    """
    repository = open_repository(repo)
    if repository.merging:
        return
    listed = _split(run_git(repository.folder, "ls-files", "--stage", "-z", "--full-name"))
    # What is only intended to be added stands there as an empty file; a submodule holds nothing of its own.
    empty = empty_blob(repository.algorithm).encode()
    staged = {(path, about[1]) for path, about in listed if about[0] != b"160000" and about[1] != empty}
    head = repository.head or empty_tree(repository.algorithm)
    stored = _split(run_git(repository.folder, "ls-tree", "-r", "-z", "--full-tree", head))
    if missed := staged - {(path, about[2]) for path, about in stored}:
        raise SourceError(
            f"{repository.folder}: nothing was scanned, and {len(missed)} files are about to be committed"
        )


def _split(listed: bytes) -> list[tuple[bytes, list[bytes]]]:
    """Return path and fields of each entry `<field> <field>…TAB<path>`."""
    parts = [entry.partition(b"\t") for entry in listed.split(b"\0")[:-1]]
    return [(path, about.split(b" ")) for about, _, path in parts]


def _staged_since(folder: str, parent: str) -> Iterator[Change]:
    output = run_git(folder, "diff-index", "--cached", *RAW, parent, "--")
    return (change for _, change in parse_raw(output.split(b"\0")[:-1]))
