"""Turns the rules that a policy adds into a detector that has them beside the built-in ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agentguard_secrets.detect import table
from agentguard_secrets.detect.bounded import BoundedPattern
from agentguard_secrets.detect.engine import Detector, default_detector, rule_of
from agentguard_secrets.errors import RuleError
from agentguard_secrets.model import Entry
from agentguard_secrets.rulebook.anchors import index_of
from agentguard_secrets.rulebook.build import compiled_rule, row_of
from agentguard_secrets.rulebook.load import merged, own_rules_at, read_text
from agentguard_secrets.rulebook.locate import table_lines
from agentguard_secrets.rulebook.schema import Place
from agentguard_secrets.rulebook.source import RuleSource

# A pattern of ours is proved to be quick; of others it is not known.
_SECONDS = 1.0


def own_rules(entries: Sequence[Entry]) -> tuple[RuleSource, ...]:
    """Return the rules of a policy's [[rule]] tables, and of the packs that those name with `pack = "file"`.

    Raises RuleError that names file, line, rule and key when something is not as expected, or when an id is taken.
    """
    rules = merged(rule for entry in entries for rule in _rules_of(entry))
    taken = {rule_of(row).id for row in table.RULES} if rules else set()
    for rule in rules:
        if rule.id in taken:
            raise RuleError(
                f"{rule.path}:{rule.line}: rule {rule.id}: id: expected an id of its own, got one of a built-in rule"
            )
    return rules


def detector_for(entries: Sequence[Entry], key: bytes) -> Detector:
    """Return the detector of the built-in rules and of those that a policy's `entries` add. Raises RuleError."""
    return detector_with(own_rules(entries), key)


def detector_with(rules: Sequence[RuleSource], key: bytes) -> Detector:
    """Return a detector of the built-in rules and of `rules`, whose searches have a deadline each."""
    if not rules:
        return default_detector(key)
    rows = tuple(row_of(compiled_rule(rule)) for rule in rules)
    mine = frozenset(rule.pattern for rule in rules)
    # The numbers of the added rules go on where the table's end.
    anchors, short = index_of(rules, len(table.RULES))

    def compiled(pattern: str) -> Any:
        return BoundedPattern(pattern, seconds=_SECONDS) if pattern in mine else re.compile(pattern)

    return Detector(
        (*table.RULES, *rows), _joined(table.ANCHORS, anchors), _joined(table.SHORT, short), compiled, key, {}
    )


def _rules_of(entry: Entry) -> Sequence[RuleSource]:
    text = read_text(Path(entry.path))
    lines = table_lines(text, "rule")
    line = lines[entry.number - 1] if entry.number <= len(lines) else 1
    return own_rules_at(entry.values, Place(entry.path, text, line))


def _joined(index: Mapping[int, str], more: Mapping[int, str]) -> dict[int, str]:
    return {**index, **{gram: f"{index[gram]}\n{lines}" if gram in index else lines for gram, lines in more.items()}}
