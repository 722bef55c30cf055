"""The generated table is what the rules say now."""

from __future__ import annotations

import re

from agentguard_secrets.detect import table
from agentguard_secrets.detect.edges import EDGES
from agentguard_secrets.detect.engine import rule_of
from agentguard_secrets.rulebook import schema
from agentguard_secrets.rulebook.build import MARKS, OUTLINES, TABLE, marks_text, outlines_text, table_text
from agentguard_secrets.rulebook.load import load_rules, rules_folder


def test_the_tables_equal_a_fresh_build() -> None:
    rules = load_rules(rules_folder())
    assert TABLE.read_text(encoding="utf-8") == table_text(rules), "run rulebook.build"
    assert OUTLINES.read_text(encoding="utf-8") == outlines_text(rules), "run rulebook.build"
    assert MARKS.read_text(encoding="utf-8") == marks_text(rules), "run rulebook.build"


def test_every_row_has_the_fields_of_a_rule() -> None:
    rules = [rule_of(row) for row in table.RULES]
    assert len(rules) > 100
    assert [rule.id for rule in rules] == sorted({rule.id for rule in rules})


def postings_of(lines: str) -> list[tuple[str, int]]:
    """Return keyword and rule of each posting: behind a second tab, each rule has a colon and a length."""
    found = []
    for line in lines.split("\n"):
        keyword, *groups = line.split("\t")
        numbers = [each for group in groups for each in group.split(",") if each]
        found += [(keyword, int(re.split("[:+#]", number)[0])) for number in numbers]
    return found


def test_every_keyword_of_every_rule_stands_in_the_index_once() -> None:
    index = (*table.ANCHORS.values(), *table.SHORT.values())
    indexed = sorted(posting for lines in index for posting in postings_of(lines))
    listed = sorted((keyword, number) for number, row in enumerate(table.RULES) for keyword in rule_of(row).keywords)
    assert indexed == listed


def test_every_keyword_stands_under_one_of_its_own_grams() -> None:
    assert table.ANCHORS
    assert table.SHORT
    for length, index in ((4, table.ANCHORS), (3, table.SHORT)):
        for gram, lines in index.items():
            raw = gram.to_bytes(length, "little")
            assert all(raw in keyword.encode() for keyword, _ in postings_of(lines))


def test_rules_may_name_exactly_the_edges_that_the_engine_knows() -> None:
    assert set(schema.EDGES) == set(EDGES)
