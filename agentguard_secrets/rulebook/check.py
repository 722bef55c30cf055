"""Turns rules into what is wrong with them, by trying each one out."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from agentguard_secrets._record import Record
from agentguard_secrets.errors import RuleError
from agentguard_secrets.rulebook.bench import Bench, Problem, bench_of, problem
from agentguard_secrets.rulebook.load import load_own, load_rules, merged, rules_folder
from agentguard_secrets.rulebook.proof import load_contexts, load_decoys
from agentguard_secrets.rulebook.prove_cost import compile_problems, cost_problems
from agentguard_secrets.rulebook.prove_found import prove_found
from agentguard_secrets.rulebook.prove_silent import prove_decoys, prove_look_alikes, prove_near_misses
from agentguard_secrets.rulebook.source import RuleSource

# What has to have been tried for a check to say anything.
COUNTED = ("rules", "samples", "places", "near misses", "decoys", "hostile texts")

# One text may pass by chance.
LEAST = 3

# Why a line that a search does without is asked for.
_WANTED = {
    "provider": "who issues the credential",
    "reference": "where it is described",
    "grants": "what its holder can do",
    "revoke": "how to revoke it",
    "near_miss": "what looks like it and is none",
}


class Report(Record):
    """What was wrong, sorted by place, and how much was tried."""

    problems: tuple[Problem, ...]
    counts: Mapping[str, int]


def check_rules(packs: Sequence[Path] = (), *, workers: int | None = None) -> Report:
    """Try out every rule of `packs` (files or folders) beside the built-in ones; of the built-in rules when empty.

    `workers` is the number of processes, by default one per processor. Raises RuleError when a file cannot be read as
    rules. A report always counts something: where nothing was tried, that is a problem.
    """
    packs = tuple(packs)
    ids = sorted(rule.id for rule in _subjects(packs))
    workers = max(1, min(workers or os.cpu_count() or 1, len(ids)))
    # The look-alikes concern no rule of a pack: they prove the decoys themselves.
    shares = [tuple(ids[start::workers]) for start in range(workers)]
    pool = _pool(workers)
    if pool is None:
        return _joined([prove(packs, share) for share in shares])
    with pool:
        return _joined(list(pool.map(prove, [packs] * workers, shares)))


def _pool(workers: int) -> ProcessPoolExecutor | None:
    """Return the processes, or None for one alone, or where the system has no semaphores for them."""
    try:
        return ProcessPoolExecutor(workers) if workers > 1 else None
    except (OSError, ImportError, NotImplementedError):
        return None


def prove(packs: tuple[Path, ...], ids: tuple[str, ...]) -> Report:
    """Try out the rules called `ids`. Meant to be called in a process of its own."""
    builtin = load_rules(rules_folder())
    subjects = _subjects(packs)
    everything = merged([*builtin, *subjects]) if packs else builtin
    folder = rules_folder()
    bench = bench_of(everything, contexts=load_contexts(folder), decoys=load_decoys(folder))
    parts = [_proved(rule, bench) for rule in subjects if rule.id in ids]
    if ids and not packs and ids[0] == min(rule.id for rule in subjects):
        count, problems = prove_look_alikes(bench)
        parts.append(Report(tuple(problems), {"decoys": count}))
    return _merged(parts)


def _subjects(packs: Sequence[Path]) -> tuple[RuleSource, ...]:
    if not packs:
        return load_rules(rules_folder())
    return merged(rule for pack in packs for rule in load_own(pack))


def _proved(rule: RuleSource, bench: Bench) -> Report:
    problems = compile_problems(rule)
    if problems:
        return Report(tuple(problems), {"rules": 1})
    try:
        return _tried(rule, bench)
    except RuleError as error:
        return Report((problem(rule, str(error)),), {"rules": 1})


def _tried(rule: RuleSource, bench: Bench) -> Report:
    tried = prove_found(rule, bench)
    near, near_problems = prove_near_misses(rule, bench)
    decoys, decoy_problems = prove_decoys(rule, bench)
    hostile, cost = cost_problems(rule)
    counts = {
        "rules": 1,
        "samples": tried.samples,
        "places": tried.places,
        "near misses": near,
        "decoys": decoys,
        "hostile texts": hostile,
    }
    few = [
        problem(rule, f"expected at least {LEAST} {name}, got {counts[name]}")
        for name in ("places", "near misses")
        if counts[name] < LEAST
    ]
    return Report((*tried.problems, *near_problems, *decoy_problems, *cost, *few, *_untold(rule)), counts)


def _untold(rule: RuleSource) -> list[Problem]:
    """Return what the rule leaves out that a search can do without, and whoever meets the credential cannot."""
    missing = [f"{key}: expected {_WANTED[key]}, got no such line" for key in rule.unsaid]
    few = [
        f"{key}: expected at least {LEAST} different ones, got {len(given)}"
        for key, given in (("samples", set(rule.samples)), ("near_miss", set(rule.near_miss)))
        if len(given) < LEAST and key not in rule.unsaid
    ]
    return [problem(rule, text) for text in (*missing, *few)]


def _merged(parts: Sequence[Report]) -> Report:
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part.counts)
    return Report(tuple(problem for part in parts for problem in part.problems), dict(counts))


def _joined(parts: Sequence[Report]) -> Report:
    report = _merged(parts)
    untried = [name for name in COUNTED if not report.counts.get(name)]
    nothing = [Problem("rules", 0, "-", f"expected {name} to try, got none") for name in untried]
    problems = sorted({*report.problems, *nothing}, key=lambda each: (each.path, each.line, each.text))
    return Report(tuple(problems), report.counts)
