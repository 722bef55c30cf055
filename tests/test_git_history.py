"""Turns whole histories into proof that each version of a file is told once, with the commit that brought it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard_secrets import scan, sources
from agentguard_secrets.model import Finding
from tests.making import sample
from tests.running import scanned
from tests.test_git_index import KEY, TEMPLATE, Git, commit, line
from tests.test_git_push import head


def told(folder: Path) -> list[Finding]:
    return list(scan(sources.from_history(folder), key=KEY).findings)


def places(folder: Path) -> list[tuple[str, int, str | None]]:
    return [(each.path, each.line, each.commit) for each in told(folder)]


def test_a_version_is_told_once_with_the_commit_that_brought_it(
    repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = f"one\n{line()}"
    commit(repository, git, file=content)
    first = head(repository, git)
    commit(repository, git, copy=content)
    commit(repository, git, file="clean\n")
    commit(repository, git, file=content)
    git(repository, "checkout", "--quiet", "--orphan", "other")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2090-01-01T00:00:00Z")
    git(repository, "commit", "--quiet", "--message", "all of it once more")

    assert places(repository) == [("file", 2, first)]


def test_what_a_later_version_keeps_is_not_told_again(repository: Path, git: Git) -> None:
    old, new = line(), line()
    commit(repository, git, file=old)
    first = head(repository, git)
    commit(repository, git, file=f"{old}{new}")
    second = head(repository, git)
    commit(repository, git, file=f"{old}{new}clean\n")

    assert places(repository) == [("file", 1, first), ("file", 2, second)]


@pytest.mark.parametrize("name", ["refs/heads/x", "refs/tags/x", "refs/notes/x", "refs/stash", "refs/odd/x", "HEAD"])
def test_every_reference_is_followed(repository: Path, git: Git, name: str) -> None:
    commit(repository, git, file="clean\n")
    git(repository, "checkout", "--quiet", "--detach")
    commit(repository, git, file=line())
    hidden = head(repository, git)
    if name != "HEAD":
        git(repository, "checkout", "--quiet", "main")
        git(repository, "update-ref", name, hidden)

    assert places(repository) == [("file", 1, hidden)]


def test_what_is_stashed_is_seen(repository: Path, git: Git) -> None:
    commit(repository, git, file="clean\n")
    (repository / "file").write_text(line())
    (repository / "untracked").write_text(line())
    git(repository, "stash", "push", "--quiet", "--include-untracked")

    assert sorted({each.path for each in told(repository)}) == ["file", "untracked"]


def test_names_people_and_messages_are_text(repository: Path, git: Git) -> None:
    commit(repository, git, **{sample(TEMPLATE): "clean\n"})
    git(repository, "commit", "--quiet", "--allow-empty", "--message", line())
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "x", "--author", f"{sample(TEMPLATE)} <a@b.c>")
    git(repository, "tag", "--annotate", "--message", line(), "v1")
    git(repository, "tag", "v2", "v1")
    git(repository, "branch", f"x-{sample(TEMPLATE)}")

    assert sorted(each.origin for each in told(repository)) == ["message", "message", "name", "name", "tag"]


@pytest.mark.parametrize("kind", ["blob", "tree"])
def test_a_tag_of_no_commit_is_seen(repository: Path, git: Git, kind: str) -> None:
    (repository / "loose").write_text(line())
    oid = git(repository, "hash-object", "-w", "loose").strip()
    if kind == "tree":
        oid = git(repository, "mktree", stdin=f"100644 blob {oid}\tloose\n").strip()
    git(repository, "tag", "odd", oid)

    assert [each.path for each in told(repository)] == ["loose" if kind == "tree" else "refs/tags/odd"]


def test_an_empty_repository_holds_nothing(repository: Path) -> None:
    assert (told(repository), scanned("--history", cwd=repository)[0]) == ([], 0)


def test_a_shallow_clone_is_not_all_of_it(repository: Path, git: Git, tmp_path: Path) -> None:
    commit(repository, git, file=line())
    commit(repository, git, file="clean\n")
    git(tmp_path, "clone", "--quiet", "--depth=1", repository.as_uri(), "shallow")
    status, document = scanned("--history", cwd=tmp_path / "shallow")

    assert (status, document["findings"]) == (3, [])
    assert ["shallow" in each["why"] for each in document["unread"]] == [True]


def test_it_is_a_command(repository: Path, git: Git) -> None:
    for number in range(3):
        commit(repository, git, **{f"file{number}": line() * 200})
    git(repository, "rm", "--quiet", "file0", "file1", "file2")
    git(repository, "commit", "--quiet", "--message", "removed")
    one = scanned("--history", "--jobs", "1", cwd=repository)
    many = scanned("--history", "--jobs", "3", cwd=repository)

    assert (one[0], len(one[1]["findings"])) == (1, 600)
    assert one == many


def test_a_history_of_many_batches_ends_with_several_workers(repository: Path, git: Git) -> None:
    # More than is read before the workers are started: git waited for questions that only they could have asked.
    clean = "nothing to see\n" * 70_000
    commit(repository, git, **{f"file{number}": f"{clean}{number}\n" for number in range(6)}, last=line())

    status, _ = scanned("--history", "--jobs", "2", cwd=repository)

    assert status == 1
