"""Turns a rule into the problems that engines have with it: it does not compile, or takes more than linear time."""

from __future__ import annotations

import importlib
import re
import time
import warnings
from importlib.util import find_spec
from typing import Any

import regex

from agentguard_secrets.detect.bounded import BoundedPattern
from agentguard_secrets.errors import DeadlineError
from agentguard_secrets.rulebook.bench import Problem, problem
from agentguard_secrets.rulebook.proof import bare
from agentguard_secrets.rulebook.prove_found import seed_of
from agentguard_secrets.rulebook.samples import make
from agentguard_secrets.rulebook.source import RuleSource

# Characters of the longest hostile text, and the time that is no trouble for so many whatever the growth.
LONGEST = 8_192
_HARMLESS = 0.015
# Twice the text may take this many times as long: 2 is linear, 4 quadratic, the rest is the machine's unrest.
_STEEPEST = 3.2
_DEADLINE = 1.0
_TRIES = 6
_REPEATED_BLANK = 60
# Two neighbouring repeats that both take some of these divide them in many ways.
_SIGNS = "c!d%e*f-" * 15


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
    pattern, bounded = re.compile(rule.pattern), BoundedPattern(rule.pattern, seconds=_DEADLINE)
    units, problems = hostile_units(rule), []
    for label, unit in units.items():
        complaint = _cost_complaint(unit, pattern, bounded=bounded)
        if complaint:
            problems.append(problem(rule, f"{complaint} ({label})"))
    return len(units), problems


def hostile_units(rule: RuleSource) -> dict[str, str]:
    """Return texts, by what they are, that repeated make a pattern begin a match again and again without ending one."""
    units = {}
    for keyword in rule.keywords[:1]:
        units[keyword] = f"{keyword!r} again and again"
        units[keyword + " " * _REPEATED_BLANK] = f"{keyword!r} and blanks"
        units[f'{keyword}_key = "'] = f"{keyword!r} and an assignment"
        units[f"{keyword} key key token key = key key key: key token: "] = f"{keyword!r} and names again and again"
    for template in rule.samples[:1]:
        value = bare(make(template, seed_of(rule.id, template, "hostile")))
        units[value[:-1] + "\n"] = f"all but the last character of {template}"
        units[value[: len(value) // 2 + 1]] = f"the first half of {template}"
        units[f"{value[: len(value) // 2 + 1]}{_SIGNS}\n"] = f"the first half of {template} and many signs"
        units[value[-1]] = f"the last character of {template}"
        units[f'{rule.keywords[0]} = "{value[:-1]}'] = f"a keyword and all but the last character of {template}"
    return {label: unit for unit, label in units.items()}


def _cost_complaint(unit: str, pattern: re.Pattern[str], *, bounded: BoundedPattern) -> str:
    text = unit * (LONGEST // len(unit))
    for length in (LONGEST // 16, LONGEST // 4, LONGEST):
        # `re` cannot be interrupted: it is asked for no more than what went well with a shorter text.
        try:
            bounded.search(text, 0, length)
        except DeadlineError:
            return f"expected a search of {length} hostile characters within {_DEADLINE:g} s, got no answer"
        whole = _seconds(text[:length], pattern)
        if whole > _DEADLINE:
            return f"expected {length} hostile characters to take less than {_DEADLINE:g} s, got {whole:.1f} s"
    if whole <= _HARMLESS:
        return ""
    half = min(_seconds(text[: len(text) // 2], pattern) for _ in range(2))
    # The machine's unrest only ever adds: the least of several times comes near what the pattern itself takes.
    for _ in range(_TRIES):
        whole = min(whole, _seconds(text, pattern))
        half = min(half, _seconds(text[: len(text) // 2], pattern))
        if whole <= max(_HARMLESS, half * _STEEPEST):
            return ""
    return f"expected time to grow like the text, got {whole / half:.1f} times the time for twice the text"


def _seconds(text: str, pattern: re.Pattern[str]) -> float:
    """Return the processor time of finding everything in `text`, as far as it stays within the deadline.

    What else the machine does is not counted.
    """
    begin = time.process_time()
    start = 0
    while (found := pattern.search(text, start)) is not None and time.process_time() - begin < _DEADLINE:
        start = max(found.end(1), found.start() + 1)
    return time.process_time() - begin
