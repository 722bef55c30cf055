"""Turns ranges of commits into proof that each introduced change is told once, with the commit that made it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard_secrets import scan, sources
from agentguard_secrets.errors import UsageError
from tests.test_git_index import KEY, Git, commit, line
from tests.test_git_push import head


def told(folder: Path, commit_range: str) -> list[tuple[str, int, str | None]]:
    findings = scan(sources.from_range(folder, commit_range), key=KEY).findings
    return [(finding.path, finding.line, finding.commit) for finding in findings]


def test_each_change_is_told_once(repository: Path, git: Git) -> None:
    commit(repository, git, before=line())
    start = head(repository, git)
    commit(repository, git, file=line())
    first = head(repository, git)
    commit(repository, git, file=f"clean\n{(repository / 'file').read_text()}", other=line())
    second = head(repository, git)
    git(repository, "rm", "--quiet", "file")
    git(repository, "commit", "--quiet", "--message", "removed")

    assert told(repository, f"{start}..HEAD") == [("file", 1, first), ("other", 1, second)]
    assert told(repository, f"{first}..HEAD") == [("other", 1, second)]


def test_the_first_commit_adds_all_it_holds(repository: Path, git: Git) -> None:
    commit(repository, git, file=line())

    assert told(repository, "HEAD") == [("file", 1, head(repository, git))]


def test_a_graft_does_not_cut_history_off(repository: Path, git: Git) -> None:
    commit(repository, git, file=line())
    first = head(repository, git)
    commit(repository, git, file="clean\n")
    git(repository, "replace", "--graft", "HEAD")

    assert told(repository, "HEAD") == [("file", 1, first)]


@pytest.mark.parametrize("commit_range", ["no-such..HEAD", "--all", "-x", ""])
def test_a_range_git_does_not_know_is_wrong_use(repository: Path, git: Git, commit_range: str) -> None:
    commit(repository, git, file=line())
    with pytest.raises(UsageError, match="expected commits of this repository"):
        told(repository, commit_range)
