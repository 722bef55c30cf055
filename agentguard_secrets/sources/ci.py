"""Turns the environment of a build server into the commits that it was started for."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from agentguard_secrets._record import Record
from agentguard_secrets.errors import SourceError, UsageError
from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.protocol.prepush import is_zero
from agentguard_secrets.sources.commits import chunks_of_commits
from agentguard_secrets.sources.repository import Repository, open_repository, run_git
from agentguard_secrets.sources.walking import commits_beyond, cut_off

_FETCH_ALL = "fetch the whole history (GitHub: fetch-depth: 0, GitLab: GIT_DEPTH: 0)"


class Asked(Record):
    """What a build server was started for: from `base`, which may be gone or never have been, to `heads`.

    `fallback` is the branch that was there before a new one was made. `must` says that there is no way without `base`.
    """

    heads: tuple[str, ...]
    base: str = ""
    fallback: str = ""
    must: bool = False


def from_ci(repo: str | os.PathLike[str], environment: Mapping[str, str]) -> Iterator[Chunk | Unread]:
    """Yield what the commits of a pull request or a push add, as GitHub's or GitLab's `environment` names them.

    Where it names none (a schedule, a tag), everything counts that the checked-out commit leads to. A range without
    commits is that commit alone: something is always scanned. Raises UsageError when there is no such environment,
    SourceError when a commit that it names, or one between, was not fetched.
    """
    repository = open_repository(repo)
    asked = asked_by(environment)
    heads = [_found(repository, head) or _lacking(head) for head in asked.heads]
    commits = commits_beyond(heads, _known(repository, asked), repository=repository) or heads[:1]
    if first := cut_off(commits, repository=repository):
        raise SourceError(f"--ci: {first[0]}: expected its parents, but this clone is shallow: {_FETCH_ALL}")
    yield from chunks_of_commits(commits, repository=repository)


def asked_by(environment: Mapping[str, str]) -> Asked:
    """Return what the environment of a build server asks for. Raises UsageError when it is that of none."""
    if environment.get("GITHUB_ACTIONS") or environment.get("GITHUB_EVENT_PATH") or environment.get("GITHUB_BASE_REF"):
        return _by_github(environment)
    if environment.get("GITLAB_CI") or environment.get("CI_COMMIT_SHA"):
        return _by_gitlab(environment)
    raise UsageError("--ci: expected the environment of GitHub Actions or GitLab CI; elsewhere use --range A..B")


def _by_github(environment: Mapping[str, str]) -> Asked:
    event = _event(environment.get("GITHUB_EVENT_PATH", ""))
    branch = environment.get("GITHUB_BASE_REF", "")
    request = event.get("pull_request") or event.get("merge_group") or {}
    if request:
        base = _named(request, "base", "sha") or str(request.get("base_sha", ""))
        head = _named(request, "head", "sha") or str(request.get("head_sha", ""))
        return Asked(tuple(filter(None, ("HEAD", head))), base, _remote(branch), must=True)
    if branch:
        return Asked(("HEAD",), _remote(branch), must=True)
    if "before" in event:
        default = _named(event, "repository", "default_branch")
        return Asked(("HEAD",), str(event["before"]), _remote(default))
    return Asked(("HEAD",))


def _by_gitlab(environment: Mapping[str, str]) -> Asked:
    if base := environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", ""):
        head = environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "")
        return Asked(tuple(filter(None, ("HEAD", head))), base, must=True)
    default = _remote(environment.get("CI_DEFAULT_BRANCH", ""))
    return Asked(("HEAD",), environment.get("CI_COMMIT_BEFORE_SHA", ""), default)


def _event(path: str) -> dict[str, Any]:
    if not path:
        return {}
    try:
        event = json.loads(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise SourceError(f"GITHUB_EVENT_PATH: {path}: expected the event in JSON: {error}") from error
    if not isinstance(event, dict):
        raise SourceError(f"GITHUB_EVENT_PATH: {path}: expected an object, got {type(event).__name__}")
    return event


def _named(event: Mapping[str, Any], outer: str, inner: str) -> str:
    within = event.get(outer)
    return str(within.get(inner, "")) if isinstance(within, dict) else ""


def _remote(branch: str) -> str:
    return f"refs/remotes/origin/{branch}" if branch else ""


def _known(repository: Repository, asked: Asked) -> list[str]:
    """Return the commits that were there before; none when everything is new."""
    if asked.base and not is_zero(asked.base):
        if found := _found(repository, asked.base):
            return [found]
        # A push by force leaves the old commits unnamed, so that nobody can fetch them.
        if asked.must or _is_shallow(repository):
            _lacking(asked.base)
    found = _found(repository, asked.fallback)
    return [found] if found else []


def _found(repository: Repository, name: str) -> str:
    if not name or name.startswith("-"):
        return ""
    asked = ("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return run_git(repository.folder, *asked, check=False).decode().strip()


def _is_shallow(repository: Repository) -> bool:
    return run_git(repository.folder, "rev-parse", "--is-shallow-repository").strip() == b"true"


def _lacking(name: str) -> str:
    raise SourceError(f"--ci: {name}: expected a commit of this clone: {_FETCH_ALL}")
