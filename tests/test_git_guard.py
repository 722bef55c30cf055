"""Turns commits and pushes that somebody is about to ask for into proof that they are judged as git's hooks would."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard_secrets.detect.bulk import Sieve, built_sieve
from agentguard_secrets.detect.table import RULES
from agentguard_secrets.gitguard import judge_commit, judge_push
from agentguard_secrets.model import Decision, Verdict
from agentguard_secrets.state import keptsieve
from tests.test_git_index import Git, commit, line, write


def places(decision: Decision) -> list[tuple[str, int]]:
    return sorted((finding.path, finding.line) for finding in decision.findings)


@pytest.fixture
def clone(repository: Path, git: Git, tmp_path: Path) -> Path:
    """A repository whose remote `origin` has its one commit."""
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git(repository, "remote", "add", "origin", str(tmp_path / "remote.git"))
    commit(repository, git, tracked="one\n")
    git(repository, "push", "--quiet", "--set-upstream", "origin", "main")
    return repository


@pytest.mark.parametrize(
    ("adding", "expected"),
    [
        pytest.param((), [("staged", 1)], id="the index as it is"),
        pytest.param((("--update",),), [("staged", 1), ("tracked", 2)], id="--all stages what is tracked"),
        pytest.param((("--", "untracked"),), [("staged", 1), ("untracked", 1)], id="git add FILE before it"),
        pytest.param((("--all",),), [("staged", 1), ("tracked", 2), ("untracked", 1)], id="git add --all before it"),
        pytest.param((("no-such",), ("-u",)), [("staged", 1), ("tracked", 2)], id="a path that is not there"),
    ],
)
def test_a_commit_is_judged_by_what_would_be_staged(
    clone: Path, git: Git, adding: tuple[tuple[str, ...], ...], expected: list[tuple[str, int]]
) -> None:
    write(clone, git, staged=line())
    (clone / "tracked").write_text(f"one\n{line()}")
    (clone / "untracked").write_text(line())
    before = (clone / ".git" / "index").read_bytes(), git(clone, "count-objects")
    decision = judge_commit(str(clone), adding=adding)

    assert (decision.verdict, places(decision)) == (Verdict.DENY, expected)
    assert before == ((clone / ".git" / "index").read_bytes(), git(clone, "count-objects"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param((), ["main"], id="nothing named: what is checked out"),
        pytest.param(("origin",), ["main"], id="only the remote"),
        pytest.param(("-u", "origin", "HEAD:refs/heads/x"), ["main"], id="by another name there"),
        pytest.param(("origin", "side"), ["side"], id="a branch"),
        pytest.param(("origin", "+side:other", "main"), ["main", "side"], id="two, one by force"),
        pytest.param(("--all",), ["main", "side"], id="--all"),
        pytest.param(("--mirror", "origin"), ["main", "side", "tagged"], id="--mirror"),
        pytest.param(("origin", "--tags"), ["tagged"], id="--tags"),
        pytest.param(("origin", "tag", "v1"), ["tagged"], id="a tag"),
        pytest.param(("origin", "refs/heads/s*:refs/heads/s*"), ["side"], id="a pattern"),
        pytest.param(("origin", ":side"), [], id="a deletion"),
        pytest.param(("--delete", "origin", "side"), [], id="another deletion"),
        pytest.param(("origin", "not-yet"), ["main"], id="a branch that will be made"),
        pytest.param(("-o", "side", "origin", "main"), ["main"], id="an option with a value"),
    ],
)
def test_a_push_is_judged_by_what_would_be_sent(
    clone: Path, git: Git, words: tuple[str, ...], expected: list[str]
) -> None:
    for name in ("side", "tagged"):
        git(clone, "checkout", "--quiet", "-b", name, "main")
        commit(clone, git, **{name: line()})
    git(clone, "tag", "v1")
    git(clone, "checkout", "--quiet", "main")
    git(clone, "branch", "--quiet", "-D", "tagged")
    commit(clone, git, main=line())

    assert [path for path, _ in places(judge_push(str(clone), words=words))] == expected


def test_the_policy_is_that_of_the_folder(clone: Path, git: Git, tmp_path: Path) -> None:
    write(clone, git, staged=line())
    (clone / "agentguard.toml").write_text('[mode]\nlevel = "ask"\n')

    assert judge_commit(str(clone)).verdict == Verdict.ASK


def test_a_large_commit_is_looked_at_with_the_sieve_and_finds_the_same(
    clone: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def kept(*, others: int = 0) -> Sieve:
        asked.append(others)
        return built_sieve(RULES)

    filling = "def connect(host, port):\n    return Client(host, port)\n" * 1500
    write(clone, git, early=line(), filling=filling, late=f"{filling}{line()}")
    plain = judge_commit(str(clone))
    monkeypatch.setattr(keptsieve, "kept_sieve", kept)
    sifted = judge_commit(str(clone))
    assert asked == [0]
    assert places(sifted) == places(plain) == [("early", 1), ("late", 3001)]


def test_nothing_to_store_is_allowed(clone: Path) -> None:
    assert judge_commit(str(clone)) == judge_push(str(clone)) == Decision(Verdict.ALLOW, (), (), ())
