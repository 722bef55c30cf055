"""Turns a rule's samples into the problems that show when they stand in every context."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zlib import crc32

from agentguard_secrets.model import Finding
from agentguard_secrets.rulebook.bench import Bench, Problem, found_in, problem
from agentguard_secrets.rulebook.proof import Context, Placed, bare, is_marked, placed
from agentguard_secrets.rulebook.samples import make
from agentguard_secrets.rulebook.source import RuleSource

# What stands where a rule of kind context has its word.
_NEUTRAL_NAME = "service"
_GENERIC_NAME = "access"
# A rule's first word is tried in every context, the others in these: they differ in spelling, not in what follows.
_FOR_EACH_WORD = ("Python assignment", "JSON", "environment file", "command line, blank")
_PROVED = ("checksum", "structure", "known")


class Tried:
    """How many samples were tried in how many contexts, and what went wrong."""

    def __init__(self) -> None:
        self.samples = 0
        self.places = 0
        self.problems: list[Problem] = []


def prove_found(rule: RuleSource, bench: Bench) -> Tried:
    """Try each sample of `rule` in each context that takes it; the rule alone has to find exactly its span."""
    tried = Tried()
    proofs: set[str] = set()
    for template in rule.samples:
        tried.samples += 1
        places = 0
        for context, name in contexts_for(rule, template, bench.contexts):
            value = make(template, seed_of(rule.id, template, context.id, name))
            if not context.takes(value):
                continue
            places += 1
            proofs.update(_try(rule, placed(context, value, name=name), context, tried=tried, bench=bench))
        tried.places += places
        if not places:
            tried.problems.append(problem(rule, f"sample {template}: expected a context that takes it, got none"))
        tried.problems.extend(_keyword_problems(rule, template))
    if rule.confirm is not None and proofs.isdisjoint(_PROVED):
        tried.problems.append(problem(rule, f"expected a sample for which the check {rule.confirm} holds, got none"))
    return tried


def contexts_for(rule: RuleSource, template: str, contexts: Iterable[Context]) -> Iterator[tuple[Context, str]]:
    """Return the contexts in which `rule` has to find the sample, each with the name that stands in it."""
    for context in contexts:
        if is_marked(template):
            # The sample brings its own surroundings: only contexts that add none.
            if not context.names_something():
                yield context, _NEUTRAL_NAME
        elif rule.kind == "token":
            yield context, _NEUTRAL_NAME
        elif rule.kind == "generic":
            if context.generic:
                yield context, _GENERIC_NAME
        elif context.names_something():
            words = rule.words or rule.keywords[:1]
            yield from ((context, word) for word in (words if context.id in _FOR_EACH_WORD else words[:1]))


def seed_of(*parts: str) -> int:
    """Return a number that is always the same for the same texts, so that a problem shows again."""
    return crc32("\0".join(parts).encode())


def _try(rule: RuleSource, place: Placed, context: Context, *, tried: Tried, bench: Bench) -> set[str]:
    """Try one text in both engines and return how the finding, if it is there, was proved."""
    findings = found_in(place.text, bench.standard)
    here = [finding for finding in findings if finding.span.overlaps(place.span)]
    complaint = _complaint(rule, place, here)
    if complaint:
        tried.problems.append(problem(rule, f"in the context {context.id!r}: {complaint}"))
    if findings != found_in(place.text, bench.second):
        tried.problems.append(problem(rule, f"in the context {context.id!r}: re and regex disagree"))
    return {finding.proof for finding in here if finding.rule_id == rule.id}


def _complaint(rule: RuleSource, place: Placed, here: list[Finding]) -> str:
    if not here:
        return "expected the sample to be found, got nothing"
    accepted = {rule.id}
    if rule.kind == "generic":
        accepted |= {each.rule_id for each in here if "generic" in each.rule_id}
    strangers = sorted({finding.rule_id for finding in here} - accepted)
    if strangers:
        return f"expected only this rule to find the sample, got {', '.join(strangers)}"
    if [finding.span for finding in here] != [place.span]:
        got = ", ".join(_offsets(finding, place) for finding in here)
        return f"expected exactly the sample's characters, got {got} (start and end, compared with the sample's)"
    return ""


def _offsets(finding: Finding, place: Placed) -> str:
    return f"{finding.span.start - place.span.start:+d} {finding.span.end - place.span.end:+d}"


def _keyword_problems(rule: RuleSource, template: str) -> list[Problem]:
    text = bare(make(template, seed_of(rule.id, template))).lower()
    needs_one = rule.kind == "token" or (is_marked(template) and rule.kind in ("context", "place"))
    if needs_one and not any(keyword in text for keyword in rule.keywords):
        return [problem(rule, f"sample {template}: expected one of the keywords in it, got none")]
    return []
