"""Turns random tampering into proof that each kind of it is found and named."""

from __future__ import annotations

import random
from pathlib import Path

from benchmarks.journal_fuzz import TAMPERINGS, tampered


def test_every_random_change_is_found_and_named(home: Path) -> None:
    outcome = tampered(400, random.Random(7))
    assert {name for name, _what in outcome} == {*TAMPERINGS, "replay of an older journal"}
    assert {what for _name, what in outcome} == {"named"}
