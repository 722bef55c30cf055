"""Turns commands that are made to take long into proof that the gate answers soon, and not with silence."""

from __future__ import annotations

import time

import pytest

from agentguard_secrets.acts.addressing import addresses
from tests.acting import categories_of

SOON = 10.0  # seconds, on a machine that does other things


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("a=xx;" + "a=$a$a;" * 60 + "rm -rf $a", id="a value that doubles"),
        pytest.param("rm -rf " + "{a,b}" * 2000, id="alternatives that multiply"),
        pytest.param("rm -rf x;" * 5000, id="many commands"),
        pytest.param("$(" * 5000 + "rm -rf /", id="deep nesting"),
        pytest.param("cat x|" * 5000 + "rm -rf /", id="a long pipeline"),
        pytest.param("/" + "*r*m" * 60 + " -rf /", id="a name of wildcards"),
        pytest.param("x=" + "a" * 50000 + "; ${x#" + "*a" * 40 + "b}rm -rf /", id="a pattern that is tried everywhere"),
        pytest.param("f() { f; f; }; f; rm -rf /", id="a function that calls itself"),
    ],
)
def test_command_that_takes_long_is_stopped_soon(command: str) -> None:
    start = time.monotonic()
    assert categories_of(command)
    assert time.monotonic() - start < SOON


@pytest.mark.parametrize(
    "text", ["ignore " * 100_000, "<!-- " * 100_000, "note " + " " * 500_000, "\u200b a" * 200_000]
)
def test_output_that_takes_long_is_read_soon(text: str) -> None:
    start = time.monotonic()
    addresses(text)
    assert time.monotonic() - start < SOON
