"""Turns globs into proof that they match files as a shell's do, and that none of them breaks or warns."""

from __future__ import annotations

import pytest

from agentguard_secrets.acts.paths import glob_matches


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        pytest.param("x[a-c]", "xb", True, id="range"),
        pytest.param("x[a-c]", "xd", False, id="outside of the range"),
        pytest.param("[!a]b", "cb", True, id="any but"),
        pytest.param("[!a]b", "ab", False, id="the one that is excepted"),
        pytest.param("a[^b]c", "a/c", False, id="no class crosses folders"),
        pytest.param("a[[]b", "a[b", True, id="a bracket stands for itself"),
        pytest.param("a[b--c]", "a-", True, id="hyphens stand for themselves"),
        pytest.param("[z-a]", "q", True, id="a range that is none may be any letter"),
        pytest.param("[!]x", "[!]x", False, id="nothing to except: the exclamation mark itself"),
    ],
)
def test_class_of_letters(glob: str, path: str, *, expected: bool) -> None:
    assert glob_matches(glob, path) is expected
