"""Turns a table of commands into proof that the gate tells what they do, however they are spelled, and only that."""

from __future__ import annotations

import pytest

from agentguard_secrets.policy.categories import CATEGORIES, READ
from tests.acting import categories_of, harmful, rows

HARMFUL = [*harmful("harmful.txt"), *harmful("blind_harmful.txt")]
HARMLESS = [*rows("harmless.txt"), *rows("blind_harmless.txt")]


def test_there_are_commands_to_judge() -> None:
    assert len(HARMFUL) > 400
    assert len(HARMLESS) > 150


def test_every_category_is_judged_and_is_a_key_of_the_policy() -> None:
    assert {category for category, _command in HARMFUL} == {*CATEGORIES, READ}


@pytest.mark.parametrize(("category", "command"), HARMFUL, ids=[command for _category, command in HARMFUL])
def test_tells_what_it_does(category: str, command: str) -> None:
    assert category in categories_of(command)


@pytest.mark.parametrize("command", HARMLESS, ids=HARMLESS)
def test_lets_pass(command: str) -> None:
    assert categories_of(command) - {"egress"} == set()
