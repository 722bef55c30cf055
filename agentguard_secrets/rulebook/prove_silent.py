"""Turns near misses and decoys into the problems of rules that speak up about them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard_secrets.rulebook.bench import Bench, Problem, detector_of, found_in, problem
from agentguard_secrets.rulebook.near import near_of
from agentguard_secrets.rulebook.proof import Decoy, bare, named, placed
from agentguard_secrets.rulebook.prove_found import contexts_for, seed_of
from agentguard_secrets.rulebook.samples import make
from agentguard_secrets.rulebook.source import RuleSource

# Contexts that near misses are tried in: the rest differs in what stands around, not in what is near.
_TRIED = ("alone", "Python assignment", "environment file", "YAML, quoted")


def prove_near_misses(rule: RuleSource, bench: Bench) -> tuple[int, list[Problem]]:
    """Return how many near misses were tried and the problems: `rule` on its own has to stay silent on all of them."""
    alone = detector_of([rule], re.compile)
    tried = [(template, make(template, seed_of(rule.id, template))) for template in rule.near_miss]
    tried += list(_derived(rule))
    problems = [
        problem(rule, f"near miss {label}: expected silence, got a finding")
        for label, made in tried
        if any(found_in(text, alone) for text in _texts(rule, made, bench))
    ]
    return len(tried), problems


def _derived(rule: RuleSource) -> Iterator[tuple[str, str]]:
    """Yield the near misses that follow from the samples, each with what it is called."""
    if rule.kind != "generic":
        for template in rule.samples:
            made = make(template, seed_of(rule.id, template, "near"))
            yield from ((f"of {template}", near) for near in near_of(rule, made))


def _texts(rule: RuleSource, made: str, bench: Bench) -> Iterator[str]:
    value = bare(made)
    yield value
    if rule.kind == "generic":
        return
    contexts = [context for context in bench.contexts if context.id in _TRIED]
    for context, name in contexts_for(rule, value, contexts):
        if "\n" not in value or context.lines:
            yield placed(context, value, name=name).text


def decoy_names(rule: RuleSource) -> tuple[str, ...]:
    """Return the names under which decoys are tried for `rule`: its words, or none that means anything."""
    return rule.words or ("service",)


def prove_decoys(rule: RuleSource, bench: Bench) -> tuple[int, list[Problem]]:
    """Return how many decoys were tried and the problems: `rule` among all rules has to stay silent on all of them."""
    problems, count = [], 0
    for decoy in bench.decoys:
        # A decoy without a name in it is the same for every rule: once is enough, see prove_look_alikes.
        for name in decoy_names(rule) if "{name" in decoy.text.lower() else ():
            count += 1
            if rule.id in _rules_in(decoy, name, bench):
                problems.append(problem(rule, f"decoy {decoy.id!r} with {name!r}: expected silence, got a finding"))
    return count, problems


def prove_look_alikes(bench: Bench) -> tuple[int, list[Problem]]:
    """Return how many decoys were tried and the problems: silence about each decoy, a finding in its look-alike."""
    problems: list[Problem] = []
    for decoy in bench.decoys:
        problems.extend(
            Problem(decoy.path, decoy.line, rule, f"decoy {decoy.id!r}: expected silence, got a finding")
            for rule in sorted(_rules_in(decoy, "service", bench))
        )
        twin = named(make(decoy.look_alike, seed_of(decoy.id, "twin")), "service")
        if not found_in(twin, bench.standard):
            text = f"decoy {decoy.id!r}: expected a finding in its look-alike, got nothing"
            problems.append(Problem(decoy.path, decoy.line, "-", text))
    return len(bench.decoys), problems


def _rules_in(decoy: Decoy, name: str, bench: Bench) -> set[str]:
    text = named(make(decoy.text, seed_of(decoy.id, name)), name)
    return {finding.rule_id for finding in found_in(text, bench.standard)}
