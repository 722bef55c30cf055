"""Turns a text into why each rule that came near it did, or did not, report something."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from agentguard_secrets.cli.output import deliver, standard_input
from agentguard_secrets.detect.bounded import BoundedPattern
from agentguard_secrets.detect.engine import Detector, scan_chunk
from agentguard_secrets.detect.known import RULE_ID
from agentguard_secrets.detect.lines import Lines
from agentguard_secrets.detect.redact import redact_text
from agentguard_secrets.detect.steps import Near, near
from agentguard_secrets.errors import DeadlineError, LimitError
from agentguard_secrets.model import Chunk, Finding, Policy, Unread
from agentguard_secrets.policy.evaluate import covers, decide
from agentguard_secrets.report import as_explanation
from agentguard_secrets.report.as_explanation import Explanation, Place, Remedy
from agentguard_secrets.rulebook.load import load_rules, rules_folder
from agentguard_secrets.rulebook.packs import detector_for, own_rules
from agentguard_secrets.sources.contents import chunks_of
from agentguard_secrets.sources.files import STANDARD_INPUT, read_file
from agentguard_secrets.state.baseline import Baseline, load_baseline
from agentguard_secrets.state.key import fingerprint_key
from agentguard_secrets.state.known import listed
from agentguard_secrets.state.policyfile import load_policy

CLEAN, FOUND, NOT_SCANNED = 0, 1, 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the options of `explain`."""
    parser.add_argument(
        "text",
        nargs="?",
        default=STANDARD_INPUT,
        metavar="TEXT",
        help="a file, or the text itself, which the shell remembers; default: standard input, as for -",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--output", metavar="FILE", help="write the explanation there instead of to standard output")


def run(arguments: argparse.Namespace) -> int:
    """Explain, and return 0 when nothing is reported, 1 when something is, 3 when something could not be scanned."""
    policy = load_policy(Path.cwd())
    detector = detector_for(policy.rules, fingerprint_key(policy))
    detector = detector._replace(compile=BoundedPattern, known=listed(policy, str(Path.cwd())))
    baseline = load_baseline(policy.root)
    parts = [_explained(chunk, detector, policy, baseline=baseline) for chunk in _chunks(arguments.text)]
    deliver(as_explanation.render(parts, form=arguments.format, remedies=_remedies(policy)), arguments.output)
    if any(place.is_reported for part in parts for place in part.places):
        return FOUND
    return NOT_SCANNED if any(part.unread for part in parts) else CLEAN


def _chunks(text: str) -> Iterator[Chunk | Unread]:
    if text == STANDARD_INPUT:
        yield from chunks_of(standard_input().read(), STANDARD_INPUT, origin="stdin")
    elif os.path.isfile(text):  # noqa: PTH113 - a text may be longer than any path
        yield from read_file(text)
    else:
        yield Chunk(text, origin="stdin")


def _explained(chunk: Chunk | Unread, detector: Detector, policy: Policy, *, baseline: Baseline) -> Explanation:
    path = redact_text(chunk.path, scan_chunk(Chunk(chunk.path), detector))
    if isinstance(chunk, Unread):
        return Explanation(path, (), chunk.why)
    seen: list[Near] = []
    watching = detector._replace(observer=lambda *told: seen.append(near(*told)))
    try:
        findings, unread = scan_chunk(chunk, watching), ""
    except (DeadlineError, LimitError) as error:
        findings, unread = [], str(error)
    lines = Lines(chunk.text)
    places = tuple(_place(each, findings, lines) for each in dict.fromkeys(seen))
    judged = tuple(_judged(place, policy, baseline) for place in places)
    return Explanation(path, judged, unread)


def _place(each: Near, findings: list[Finding], lines: Lines) -> Place:
    """Return where it is, and which finding came of it or took its place."""
    if each.span is None:
        return Place(each)
    line, column = lines.position(each.span.start)
    own = [one for one in findings if one.span.overlaps(each.span) and one.rule_id == each.rule.id]
    others = [one for one in findings if one.span.overlaps(each.span) and one.rule_id != each.rule.id]
    is_match = not isinstance(each.decided, str)
    return Place(
        each,
        line=line,
        column=column,
        finding=own[0] if own and is_match else None,
        better=others[0].rule_id if others and not own else "",
    )


def _judged(place: Place, policy: Policy, baseline: Baseline) -> Place:
    """Add what comments, exceptions, the baseline and the policy's verdicts say about the finding."""
    finding = place.finding
    if finding is None:
        return place
    today = as_explanation.today()
    excused = [
        f"[[allow]] of {each.owner} until {each.expires}: {each.reason}"
        for each in policy.allow
        if covers(each, finding, root=policy.root, today=today)
    ]
    if not baseline.outside([finding], root=policy.root):
        excused.append("the baseline")
    verdicts = {
        face: decide(face, [finding], policy=policy, today=today).verdict.name.lower() for face in policy.verdicts
    }
    return place._replace(excused=tuple(excused), verdicts=verdicts)


def _remedies(policy: Policy) -> dict[str, Remedy]:
    rules = (*load_rules(rules_folder()), *own_rules(policy.rules))
    known = Remedy(
        "Whatever the value is good for: it is one that is kept on this machine.",
        "Where it was issued; then change it where it is kept.",
    )
    return {RULE_ID: known, **{rule.id: Remedy(rule.grants, rule.revoke) for rule in rules}}
