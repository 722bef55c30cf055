"""Turns globs into proof that they match files as a shell's do, and that none of them breaks or warns."""

from __future__ import annotations

import random

import pytest

from agentguard_secrets.acts import command, globs, routes, stores
from agentguard_secrets.acts.globs import glob_matches
from agentguard_secrets.acts.telling import is_telling, names_something
from agentguard_secrets.policy.categories import GUARDED_PATHS, SECRET_PATHS
from tests.acting import WORLD, harmful, rows


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


def test_each_call_that_prints_out_of_a_store_is_worth_a_closer_look() -> None:
    calls = [*map(" ".join, (*stores._STORES, *stores._GETTERS)), *routes.PRINTING]
    assert len(calls) > 100
    assert [text for text in calls if not is_telling(f"q {text}")] == []


def spelled(text: str, letters: random.Random) -> str:
    """The text with quotes or a wildcard somewhere in it."""
    at = letters.randrange(1, len(text))
    until = letters.randrange(at, min(len(text), at + 6))
    changed = [
        text[:at] + "''" + text[at:],
        text[:at] + "\\" + text[at:],
        f"{text[:at]}'{text[at:until]}'{text[until:]}",
        f"{text[:at]}*{text[until:]}",
        text.replace(" ", "\t", 1),
    ]
    return letters.choice(changed)


def test_what_a_first_look_lets_pass_no_closer_one_would_stop() -> None:
    letters, passed = random.Random(11), 0
    for text in (*(text for _category, text in harmful("harmful.txt")), *rows("harmless.txt")):
        again = spelled(spelled(text, letters), letters)
        if is_telling(again):
            continue
        passed += 1
        found = {act.category for act in command._acts(again, WORLD)}
        assert found <= {"egress", "unreadable-command"}, again
    assert passed > 10
