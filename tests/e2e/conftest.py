"""Turns a version of the real client into a program that the tests may start."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.workplace import Workplace


@pytest.fixture(scope="session", params=("pinned", "newest"))
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client, installed once for all runs; where that cannot be, a loud line, or a failure where it is demanded."""
    return _client(str(request.param), request, tmp_path_factory)


@pytest.fixture
def work(client: Path, tmp_path: Path) -> Workplace:
    """A guarded project."""
    return Workplace(client, tmp_path)


@pytest.fixture
def pinned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Workplace:
    """A guarded project for what takes long: one client has to be enough."""
    return Workplace(_client("pinned", request, tmp_path_factory), tmp_path)


def _client(name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if sys.platform != "linux":
        pytest.skip("NOT TESTED: the real client, which is tried on Linux only")
    from tests.e2e import installing

    cache = getattr(request.config, "cache", None)
    scratch = cache.mkdir("claude-code") if cache is not None else tmp_path_factory.getbasetemp().parent / "claude-code"
    try:
        pinned = installing.client(installing.PINNED, scratch)
        if name == "pinned":
            return pinned
        newest = installing.client(installing.NEWEST, scratch)
    except installing.NotInstallableError as problem:
        words = f"NOT TESTED: the real client, {name}: {problem}"
        pytest.fail(words) if installing.IS_DEMANDED else pytest.skip(words)
    if newest == pinned:
        pytest.skip("the newest client is the pinned one")
    return newest
