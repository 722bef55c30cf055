"""Turns the page about commands into proof that its table says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from agentguard_secrets.policy.categories import CATEGORIES

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"


def test_every_category_stands_in_the_table_with_its_default() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \|.*\| (\w+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(rows) == {name: category.verdict.name.lower() for name, category in CATEGORIES.items()}
