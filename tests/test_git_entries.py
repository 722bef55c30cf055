"""Turns staged links, names, submodules and merges into proof that each counts for what it adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard_secrets.errors import UsageError
from tests.making import sample
from tests.test_git_index import TEMPLATE, Git, commit, line, places, staged, write


def test_the_target_of_a_link_is_text(repository: Path, git: Git) -> None:
    (repository / "link").symlink_to(f"/nowhere/{sample(TEMPLATE)}")
    git(repository, "add", "link")

    assert [(each.path, each.origin) for each in staged(repository).findings] == [("link", "name")]


def test_a_link_that_becomes_a_file_counts_as_a_new_one(repository: Path, git: Git) -> None:
    target = line().strip()
    (repository / "file").symlink_to(target)
    git(repository, "add", "file")
    git(repository, "commit", "--quiet", "--message", "a link")
    (repository / "file").unlink()
    write(repository, git, file=f"elsewhere\n{target}")

    assert places(repository) == [("file", 2)]


def test_a_name_is_text_when_it_is_new(repository: Path, git: Git) -> None:
    name = f"backup-{sample(TEMPLATE)}"
    write(repository, git, **{name: "nothing\n"})
    assert [each.origin for each in staged(repository).findings] == ["name"]

    git(repository, "commit", "--quiet", "--message", "accepted")
    write(repository, git, **{name: "nothing new\n"})
    assert staged(repository).findings == ()


def test_a_submodule_is_passed_over(repository: Path, git: Git, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "--quiet")
    commit(inner, git, file=line())
    git(repository, "submodule", "--quiet", "add", str(inner), "sub")
    result = staged(repository)

    assert (result.findings, result.unread) == ((), ())


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_a_flag_of_the_index_hides_nothing(repository: Path, git: Git, flag: str) -> None:
    commit(repository, git, file="one\n")
    write(repository, git, file=line())
    git(repository, "update-index", flag, "file")

    assert places(repository) == [("file", 1)]


def test_what_is_only_intended_to_be_added_is_not_staged(repository: Path, git: Git) -> None:
    (repository / "later").write_text(line())
    git(repository, "add", "--intent-to-add", "later")

    assert places(repository) == []


def test_a_path_in_conflict_is_unread(repository: Path, git: Git) -> None:
    fork(repository, git)
    merge_with_conflict(repository, git)

    assert [part.path for part in staged(repository).unread] == ["file"]


def fork(folder: Path, git: Git) -> None:
    """Leave branches main and side, both changed in `file`; each has committed a credential of its own."""
    commit(folder, git, file="one\n")
    git(folder, "checkout", "--quiet", "-b", "side")
    commit(folder, git, file="side\n", theirs=line())
    git(folder, "checkout", "--quiet", "main")
    commit(folder, git, file="main\n", ours=line())


def merge_with_conflict(folder: Path, git: Git) -> None:
    with pytest.raises(AssertionError):
        git(folder, "merge", "--quiet", "side")


def test_a_merge_adds_nothing_of_either_side(repository: Path, git: Git) -> None:
    fork(repository, git)
    merge_with_conflict(repository, git)
    theirs = (repository / "theirs").read_text()
    write(repository, git, file="main\nside\n", theirs=theirs)

    assert places(repository) == []


def test_what_the_merge_itself_adds_counts(repository: Path, git: Git) -> None:
    fork(repository, git)
    merge_with_conflict(repository, git)
    theirs = (repository / "theirs").read_text()
    write(repository, git, file=f"main\n{line()}side\n", theirs=theirs + line(), third=line())

    assert sorted(places(repository)) == [("file", 2), ("theirs", 2), ("third", 1)]


def test_what_each_side_added_to_one_file_is_not_the_merges(repository: Path, git: Git) -> None:
    ours, theirs = line(), line()
    commit(repository, git, file="one\n")
    git(repository, "checkout", "--quiet", "-b", "side")
    commit(repository, git, file=theirs)
    git(repository, "checkout", "--quiet", "main")
    commit(repository, git, file=ours)
    merge_with_conflict(repository, git)
    write(repository, git, file=f"{ours}{line()}{theirs}")

    assert places(repository) == [("file", 2)]


def test_a_folder_without_repository_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a git repository"):
        list(staged(tmp_path).findings)


def test_an_empty_index_is_clean(repository: Path, git: Git) -> None:
    assert git(repository, "ls-files") == ""
    result = staged(repository)

    assert (result.findings, result.unread) == ((), ())
