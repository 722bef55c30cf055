"""Turns the tables of the judges into proof that every program of theirs finds its way to them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from agentguard_secrets.acts import (
    cloud,
    databases,
    files,
    launchers,
    publishing,
    reading,
    routes,
    senders,
    stores,
    system,
    tampering,
    variables,
    wrappers,
)

TABLES: dict[str, tuple[Iterable[str], Iterable[str]]] = {
    "files": (files._JUDGES, routes.FILES),
    "system": (system._JUDGES, routes.SYSTEM),
    "tampering": ([*tampering._ALL_OPERANDS, *tampering._REMOVERS], routes.TAMPERING),
    "reading": (
        [*reading._SHOWING, *stores.PROGRAMS, *variables.TELLING, *reading._REPEATING],
        routes.READING | routes.TELLING,
    ),
    "sending": (senders._SENDERS, routes.SENDING),
    "databases": ([*databases.CLIENTS, *(program for program, _verbs in databases._RESETS)], routes.DATABASES),
    "cloud": ([*cloud._JUDGES, *cloud._DEPLOYERS, *cloud._TASKS], routes.CLOUD),
    "publishing": (publishing._PUBLISHING, routes.PUBLISHING),
    "code": ([*wrappers.SHELLS, *launchers.INTERPRETERS], routes.RUNNING),
    "wrappers": ([*wrappers._PLAIN, *wrappers._UNWRAP, *launchers._RUNNERS, *launchers._LAUNCH], routes.WRAPPING),
}


@pytest.mark.parametrize("name", TABLES)
def test_every_program_of_a_judge_is_led_to_it(name: str) -> None:
    programs, led = TABLES[name]
    assert set(programs) - set(led) == set()
