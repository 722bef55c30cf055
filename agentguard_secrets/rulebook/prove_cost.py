"""Turns a rule into the problems that engines have with it: it does not compile, or takes more than linear time."""

from __future__ import annotations

import importlib
import re
import time
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import regex

from agentguard_secrets.detect.bounded import BoundedPattern
from agentguard_secrets.detect.engine import Detector
from agentguard_secrets.errors import DeadlineError
from agentguard_secrets.rulebook.bench import Problem, detector_of, found_in, problem
from agentguard_secrets.rulebook.proof import bare
from agentguard_secrets.rulebook.prove_found import seed_of
from agentguard_secrets.rulebook.samples import make
from agentguard_secrets.rulebook.source import RuleSource

# Characters of the longest hostile text, and the time that is no trouble for so many whatever the growth.
LONGEST = 16_384
_HARMLESS = 0.030
# Twice the text may take this many times as long: 2 is linear, 4 quadratic, the rest is the machine's unrest.
_STEEPEST = 3.2
_DEADLINE = 2.0
_REPEATED_BLANK = 60


def compile_problems(rule: RuleSource) -> list[Problem]:
    """Return what `regex` and, where it is installed, Hyperscan have against the pattern; `re` compiled it already."""
    problems = []
    try:
        regex.compile(rule.pattern)
    except regex.error as error:
        problems.append(problem(rule, f"regex does not compile the pattern: {error}"))
    hyperscan = hyperscan_module()
    if hyperscan is not None:
        try:
            hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK).compile(expressions=[rule.pattern.encode()], flags=[0])
        except hyperscan.error as error:
            problems.append(problem(rule, f"Hyperscan does not compile the pattern: {error}"))
    return problems


def hyperscan_module() -> Any:
    """Return the `hyperscan` module, None where it is not installed."""
    if find_spec("hyperscan") is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("hyperscan")


def cost_problems(rule: RuleSource) -> tuple[int, list[Problem]]:
    """Return how many hostile texts were tried and the problems: time has to grow no faster than the text."""
    detector, bounded = detector_of([rule], re.compile), detector_of([rule], _impatient)
    problems, count = [], 0
    for unit in dict.fromkeys(hostile_units(rule)):
        count += 1
        complaint = _cost_complaint(unit, detector, bounded=bounded)
        if complaint:
            problems.append(problem(rule, complaint))
    return count, problems


def hostile_units(rule: RuleSource) -> Iterator[str]:
    """Return texts that, repeated, make a pattern begin a match again and again without ending one."""
    for keyword in rule.keywords[:2]:
        yield keyword
        yield keyword + " " * _REPEATED_BLANK
        yield f'{keyword}_key = "'
    for template in rule.samples[:2]:
        value = bare(make(template, seed_of(rule.id, template, "hostile")))
        yield value[:-1] + "\n" if len(value) > 1 else value
        yield value[: max(1, len(value) // 2)]
        yield value[-1]
        for keyword in rule.keywords[:1]:
            yield f'{keyword} = "{value[:-1]}'


def _cost_complaint(unit: str, detector: Detector, *, bounded: Detector) -> str:
    text = unit * (LONGEST // len(unit))
    try:
        found_in(text[:2000], bounded)
        found_in(text, bounded)
    except DeadlineError:
        return f"expected a search of {LONGEST} hostile characters within {_DEADLINE:g} s, got none"
    whole = _seconds(text, detector)
    if whole <= _HARMLESS:
        return ""
    whole = min(whole, _seconds(text, detector))
    half = min(_seconds(text[: len(text) // 2], detector) for _ in range(2))
    if whole > _HARMLESS and whole > half * _STEEPEST:
        return f"expected time to grow like the text, got {whole / half:.1f} times the time for twice the hostile text"
    return ""


def _seconds(text: str, detector: Detector) -> float:
    begin = time.perf_counter()
    found_in(text, detector)
    return time.perf_counter() - begin


def _impatient(pattern: str) -> BoundedPattern:
    return BoundedPattern(pattern, seconds=_DEADLINE)
