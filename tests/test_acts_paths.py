"""Turns globs into proof that they match files as a shell's do, and that none of them breaks or warns."""

from __future__ import annotations

import random

import pytest

from agentguard_secrets.acts import globs
from agentguard_secrets.acts.globs import glob_matches
from agentguard_secrets.acts.telling import names_something
from agentguard_secrets.policy.categories import GUARDED_PATHS, SECRET_PATHS


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


def test_what_a_glob_without_stars_stands_for_is_as_long_as_it_says() -> None:
    letters, seen = random.Random(7), 0
    for _ in range(3000):
        glob = "".join(letters.choices("aab[]?/!-", k=letters.randrange(1, 8)))
        path = "".join(letters.choices("aaab/]-", k=letters.randrange(1, 4)))
        plain = globs._expression(glob).fullmatch(path) is not None
        seen += plain
        assert glob_matches(glob, path) == plain, (glob, path)
    assert seen > 20


def test_each_path_of_the_lists_is_worth_a_closer_look() -> None:
    """The first look at a call knows words only: what it overlooks no list is asked about."""
    paths = [glob.replace("**", "q").replace("*", "q") for glob in (*SECRET_PATHS, *GUARDED_PATHS)]
    assert len(paths) > 150
    assert [path for path in paths if not names_something(path)] == []
