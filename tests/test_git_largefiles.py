"""Turns pointers of Git LFS into proof that what is sent beside them is scanned as well."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from agentguard_secrets import scan, sources
from agentguard_secrets.sources.hunks import Excerpt
from agentguard_secrets.sources.suspects import FarWords, all_suspects, look_at
from tests.test_git_index import KEY, Git, line, places, staged, write


def pointer_of(repository: Path, content: bytes, *, storage: str = ".git/lfs", kept: bool = True) -> str:
    """The pointer of `content`, kept as git-lfs keeps it."""
    oid = hashlib.sha256(content).hexdigest()
    if kept:
        place = repository / storage / "objects" / oid[:2] / oid[2:4] / oid
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n"


def test_the_content_behind_a_pointer_is_scanned(repository: Path, git: Git) -> None:
    write(repository, git, **{"big.csv": pointer_of(repository, f"one\n{line()}".encode())})

    assert places(repository) == [("big.csv", 2)]


def test_only_what_is_new_behind_a_pointer_counts(repository: Path, git: Git) -> None:
    old, new = line(), line()
    write(repository, git, **{"big.csv": pointer_of(repository, old.encode())})
    git(repository, "commit", "--quiet", "--message", "old")
    write(repository, git, **{"big.csv": pointer_of(repository, f"{old}two\n{new}".encode())})

    assert places(repository) == [("big.csv", 3)]


def test_history_looks_behind_pointers(repository: Path, git: Git) -> None:
    write(repository, git, **{"big.csv": pointer_of(repository, line().encode())})
    git(repository, "commit", "--quiet", "--message", "one")
    oid = git(repository, "rev-parse", "HEAD:big.csv").strip()
    head = git(repository, "rev-parse", "HEAD").strip()

    assert [each.path for each in scan(sources.from_history(repository), key=KEY).findings] == ["big.csv"]
    looked = look_at(str(repository), [head], holds_any=are_clean, far=FarWords((), ()))
    assert all_suspects([looked]).ids == {bytes.fromhex(oid)}


def are_clean(excerpts: Sequence[Excerpt]) -> list[bool]:
    return [False] * len(excerpts)


@pytest.mark.parametrize("storage", ["elsewhere", "/absolute"])
def test_it_is_looked_for_where_it_is_kept(repository: Path, git: Git, tmp_path: Path, storage: str) -> None:
    absolute = str(tmp_path / "absolute") if storage == "/absolute" else f".git/{storage}"
    git(repository, "config", "lfs.storage", absolute if storage == "/absolute" else storage)
    write(repository, git, **{"big.csv": pointer_of(repository, line().encode(), storage=absolute)})

    assert places(repository) == [("big.csv", 1)]


def test_what_is_not_here_is_not_sent_from_here(repository: Path, git: Git) -> None:
    write(repository, git, **{"big.csv": pointer_of(repository, line().encode(), kept=False)})

    assert (places(repository), staged(repository).unread) == ([], ())


def test_a_linked_work_tree_has_the_content_of_its_repository(repository: Path, git: Git, tmp_path: Path) -> None:
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "one")
    git(repository, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    write(tmp_path / "linked", git, **{"big.csv": pointer_of(repository, line().encode())})

    assert places(tmp_path / "linked") == [("big.csv", 1)]


def test_content_that_is_too_large_is_said(repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentguard_secrets.sources.largefiles.MAX_SIZE", 10)
    write(repository, git, **{"big.csv": pointer_of(repository, line().encode())})

    assert [(part.path, part.partly) for part in staged(repository).unread] == [("big.csv", True)]
    assert places(repository) == []


def test_a_zip_behind_a_pointer_is_opened(repository: Path, git: Git, tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("inner.txt", line())
    write(repository, git, **{"big.zip": pointer_of(repository, (tmp_path / "x.zip").read_bytes())})

    assert places(repository) == [("big.zip!inner.txt", 1)]
