"""Turns rules into detectors to try them with: all of them together, each on its own, in both engines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from agentguard_secrets._record import Record
from agentguard_secrets.detect.bounded import BoundedPattern
from agentguard_secrets.detect.engine import Detector, scan_chunk
from agentguard_secrets.model import Chunk, Finding
from agentguard_secrets.rulebook.anchors import index_of
from agentguard_secrets.rulebook.build import compiled_rule, row_of
from agentguard_secrets.rulebook.proof import Context, Decoy
from agentguard_secrets.rulebook.source import RuleSource

# Fingerprints are of no interest here; any key does.
_KEY = bytes(32)


class Problem(Record):
    """One thing that is wrong with a rule, and where the rule stands."""

    path: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


class Bench(Record):
    """Everything that a rule is tried with: all rules in two engines, the contexts and the decoys."""

    standard: Detector
    second: Detector
    contexts: tuple[Context, ...]
    decoys: tuple[Decoy, ...]


def detector_of(rules: Sequence[RuleSource], compile_pattern: Callable[[str], Any]) -> Detector:
    """Return a detector of exactly `rules`."""
    rows = tuple(row_of(compiled_rule(rule)) for rule in rules)
    anchors, short = index_of(rules)
    return Detector(rows, anchors, short, compile_pattern, _KEY, {})


def bench_of(rules: Sequence[RuleSource], *, contexts: Sequence[Context], decoys: Sequence[Decoy]) -> Bench:
    """Return the bench on which all `rules` stand together."""
    both = detector_of(rules, re.compile), detector_of(rules, BoundedPattern)
    return Bench(*both, tuple(contexts), tuple(decoys))


def found_in(text: str, detector: Detector) -> list[Finding]:
    """Return the findings of `detector` in `text`."""
    return scan_chunk(Chunk(text), detector)


def problem(rule: RuleSource, text: str) -> Problem:
    """Return the problem that `text` tells about `rule`."""
    return Problem(rule.path, rule.line, rule.id, text)
