"""Turns the environments of build servers into proof that the commits of a pull request or a push are scanned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentguard_secrets.errors import SourceError
from tests.running import agentguard
from tests.test_git_index import Git, commit, line
from tests.test_git_push import head

ZEROS = "0" * 40
Ids = dict[str, str]


@pytest.fixture
def build(repository: Path, git: Git, tmp_path: Path) -> tuple[Path, Ids]:
    """A clone as a build server makes it: `old` on main, `asked` of two commits on a branch, `merged` checked out."""
    commit(repository, git, old=line())
    ids = {"base": head(repository, git)}
    git(repository, "checkout", "--quiet", "-b", "asked")
    commit(repository, git, first=line())
    ids["first"] = head(repository, git)
    commit(repository, git, second=line())
    ids["head"] = head(repository, git)
    git(repository, "checkout", "--quiet", "main")
    commit(repository, git, main=line())
    ids["main"] = head(repository, git)
    git(tmp_path, "clone", "--quiet", str(repository), "clone")
    clone = tmp_path / "clone"
    git(clone, "checkout", "--quiet", "--detach", "origin/main")
    git(clone, "merge", "--quiet", "--no-edit", "origin/asked")
    ids["merged"] = head(clone, git)
    return clone, ids


# What is checked out, the event, the variables and the files in which something is to be found; names stand for ids.
CASES: dict[str, tuple[str, Any, dict[str, str], list[str]]] = {
    "GitHub: a pull request": (
        "merged",
        {"pull_request": {"base": {"sha": "main"}, "head": {"sha": "head"}}},
        {},
        ["first", "second"],
    ),
    "GitHub: a pull request without event": ("merged", None, {"GITHUB_BASE_REF": "main"}, ["first", "second"]),
    "GitHub: a merge queue": (
        "merged",
        {"merge_group": {"base_sha": "main", "head_sha": "merged"}},
        {},
        ["first", "second"],
    ),
    "GitHub: a push": ("head", {"before": "first"}, {}, ["second"]),
    "GitHub: a new branch": (
        "head",
        {"before": ZEROS, "repository": {"default_branch": "main"}},
        {},
        ["first", "second"],
    ),
    "GitHub: a push by force": (
        "head",
        {"before": "1" * 40, "repository": {"default_branch": "main"}},
        {},
        ["first", "second"],
    ),
    "GitHub: a new repository": ("main", {"before": ZEROS}, {}, ["main", "old"]),
    "GitHub: a schedule": ("head", {"schedule": "x"}, {}, ["first", "old", "second"]),
    "GitHub: nothing new": ("first", {"before": "first"}, {}, ["first"]),
    "GitLab: a merge request": (
        "head",
        None,
        {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "base", "CI_COMMIT_BEFORE_SHA": ZEROS},
        ["first", "second"],
    ),
    "GitLab: a push": ("head", None, {"CI_COMMIT_BEFORE_SHA": "first"}, ["second"]),
    "GitLab: a new branch": (
        "head",
        None,
        {"CI_COMMIT_BEFORE_SHA": ZEROS, "CI_DEFAULT_BRANCH": "main"},
        ["first", "second"],
    ),
}
BRANCHES = ("GITHUB_BASE_REF", "CI_DEFAULT_BRANCH", "default_branch")


def with_ids(values: dict[str, Any], ids: Ids) -> dict[str, Any]:
    """The same with the ids that names stand for."""
    return {
        key: with_ids(value, ids) if isinstance(value, dict) else value if key in BRANCHES else ids.get(value, value)
        for key, value in values.items()
    }


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_range_is_that_of_the_build(
    build: tuple[Path, Ids], git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: tuple[Any, ...]
) -> None:
    checked_out, event, variables, expected = case
    clone, ids = build
    git(clone, "checkout", "--quiet", "--detach", ids[checked_out])
    asked = with_ids(variables, ids)
    if event is not None:
        (tmp_path / "event.json").write_text(json.dumps(with_ids(event, ids)))
        asked |= {"GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    asked |= (
        {"GITHUB_ACTIONS": "true"} if asked.keys() & {"GITHUB_BASE_REF", "GITHUB_EVENT_PATH"} else {"GITLAB_CI": "true"}
    )
    for name, value in asked.items():
        monkeypatch.setenv(name, value)
    done = agentguard("scan", "--ci", "--format", "json", cwd=clone)

    assert sorted(finding["path"] for finding in json.loads(done.stdout)["findings"]) == expected


@pytest.mark.parametrize(
    ("variables", "status", "said"),
    [
        pytest.param({}, 2, b"GitHub Actions or GitLab", id="no build server"),
        pytest.param({"GITHUB_BASE_REF": "gone"}, 3, b"fetch-depth: 0", id="a base that was not fetched"),
        pytest.param(
            {"CI_COMMIT_SHA": "x", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "1" * 40}, 3, b"GIT_DEPTH: 0", id="GitLab"
        ),
        pytest.param({"GITHUB_EVENT_PATH": "/no/such/file"}, 3, b"GITHUB_EVENT_PATH", id="no event"),
        pytest.param({"GITHUB_EVENT_PATH": "old"}, 3, b"in JSON", id="an event that is none"),
    ],
)
def test_a_range_that_cannot_be_told_is_an_error(
    build: tuple[Path, Ids], monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], status: int, said: bytes
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    done = agentguard("scan", "--ci", cwd=build[0])

    assert (done.returncode, said in done.stderr, done.stdout) == (status, True, b"")


SHALLOW: dict[str, tuple[str, dict[str, Any]]] = {
    "a pull request of which the middle is missing": ("2", {"pull_request": {"base": {"sha": "main"}}}),
    "a new branch": ("1", {"before": ZEROS}),
    "a schedule": ("1", {"schedule": "x"}),
}


@pytest.mark.parametrize("case", SHALLOW.values(), ids=SHALLOW)
def test_what_a_shallow_clone_lacks_between_is_an_error(
    build: tuple[Path, Ids], git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: tuple[str, Any]
) -> None:
    """All that its first commits hold would look as if they had added it, and what was before is not seen."""
    depth, event = case
    clone, ids = build
    git(clone, "branch", "merged", ids["merged"])
    words = ("--quiet", f"--depth={depth}", "--branch=merged", clone.as_uri(), "shallow")
    git(tmp_path, "clone", *words)
    (tmp_path / "event.json").write_text(json.dumps(with_ids(event, ids)))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    done = agentguard("scan", "--ci", cwd=tmp_path / "shallow")

    assert (done.returncode, b"fetch-depth: 0" in done.stderr) == (SourceError.exit_code, True), done.stderr


def test_a_shallow_clone_that_has_all_that_is_asked_for_is_enough(
    build: tuple[Path, Ids], git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone, ids = build
    git(clone, "branch", "asked", ids["head"])
    git(tmp_path, "clone", "--quiet", "--depth=2", "--branch=asked", clone.as_uri(), "shallow")
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("CI_COMMIT_BEFORE_SHA", ids["first"])
    done = agentguard("scan", "--ci", "--format", "json", cwd=tmp_path / "shallow")

    assert [finding["path"] for finding in json.loads(done.stdout)["findings"]] == ["second"]


def test_a_shallow_clone_is_an_error(
    build: tuple[Path, Ids], git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", build[0].as_uri(), "shallow")
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("CI_COMMIT_BEFORE_SHA", build[1]["first"])
    done = agentguard("scan", "--ci", cwd=tmp_path / "shallow")

    assert (done.returncode, b"GIT_DEPTH: 0" in done.stderr) == (SourceError.exit_code, True)
