"""Turns the words after `audit` into what a person says about findings, kept and counted."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agentguard_secrets.cli.asking import ask_about
from agentguard_secrets.cli.masking import without_credentials_in_paths
from agentguard_secrets.cli.output import deliver
from agentguard_secrets.cli.progress import Progress
from agentguard_secrets.cli.targets import add_targets, changes, files, jobs, start_of, wants_changes
from agentguard_secrets.cli.workers import Terms, scan_items, terms_of
from agentguard_secrets.errors import UsageError
from agentguard_secrets.model import Finding, Policy
from agentguard_secrets.report.overview import Judged, judged_by_rule
from agentguard_secrets.sources.decode import MAX_SIZE
from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.journalread import read
from agentguard_secrets.state.judgements import WORDS, Judgement, judgements_file, read_judgements, write_judgements
from agentguard_secrets.state.key import fingerprint_key
from agentguard_secrets.state.policyfile import load_policy

_FINGERPRINT = re.compile(r"[0-9a-f]{32}", re.ASCII)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is searched, and the ways to judge without being asked."""
    add_targets(parser)
    parser.add_argument("--stats", action="store_true", help="count what was judged, by rule; nothing is searched")
    parser.add_argument(
        "--judge",
        action="append",
        default=[],
        metavar="FINGERPRINT=WORD",
        help=f"say {', '.join(WORDS)} about one value without being asked; may be said more than once",
    )
    parser.add_argument("--rule", help="the rule to keep with --judge (default: what the journal or the search says)")
    parser.add_argument("--note", default="", help="why, to keep with --judge")
    parser.add_argument("--by", help="who judges (default: the user's name)")
    parser.add_argument("--again", action="store_true", help="ask also about what was judged before")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="of --stats (default: text)")
    parser.add_argument("--jobs", type=jobs, default=os.cpu_count() or 1, metavar="N", help="default: all cores")
    parser.set_defaults(max_size=MAX_SIZE)


def run(arguments: argparse.Namespace) -> int:
    """Judge or count, and return 0. Raises UsageError for a word that says nothing, or where nobody can be asked."""
    policy = load_policy(start_of(arguments))
    path = judgements_file(policy)
    if arguments.stats:
        deliver(_counted(judged_by_rule(read_judgements(path).values()), arguments.format), None)
        return 0
    if arguments.judge:
        _judge(arguments, path)
        return 0
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("audit: expected a terminal to ask on; programs say --judge FINGERPRINT=true|false|later")
    return _ask(arguments, policy, path)


def _judge(arguments: argparse.Namespace, path: Path) -> None:
    said = [_said(word) for word in arguments.judge]
    known = read_judgements(path)
    rules = _rules_in_journal() if arguments.rule is None else {}
    for fingerprint, word in said:
        before = known.get(fingerprint)
        rule = arguments.rule or (before.rule if before else "") or rules.get(fingerprint, "unknown")
        known[fingerprint] = _judgement(fingerprint, rule, word, note=arguments.note, by=arguments.by)
    write_judgements(path, known.values())
    print(f"{path}: {len(said)} judged, {len(known)} in all")


def _said(word: str) -> tuple[str, str]:
    fingerprint, _, verdict = word.partition("=")
    if not _FINGERPRINT.fullmatch(fingerprint):
        # What stands there is not repeated: it may be the value itself.
        raise UsageError("--judge: expected the 32 hex digits of a fingerprint before '='")
    if verdict not in WORDS:
        raise UsageError(f"--judge {fingerprint}=: expected {', '.join(WORDS)} after '='")
    return fingerprint, verdict


def _rules_in_journal() -> dict[str, str]:
    """The rule of each value that the journal knows with one rule only."""
    if not Path(journal_file()).exists():
        return {}
    found: dict[str, str] = {}
    for entry in read(journal_file()):
        rules = entry.get("rules", []) if entry else []
        if entry and len(rules) == 1:
            found.update(dict.fromkeys(entry.get("fingerprints", []), str(rules[0])))
    return found


def _judgement(fingerprint: str, rule: str, word: str, *, note: str, by: str | None) -> Judgement:
    day = datetime.now(UTC).date().isoformat()
    return Judgement(fingerprint, rule, word, note, by or getpass.getuser(), day)


def _ask(arguments: argparse.Namespace, policy: Policy, path: Path) -> int:
    key = fingerprint_key(policy)
    found = _found(arguments, terms_of(policy, key=key, max_size=arguments.max_size))
    known = read_judgements(path)
    open_ones = [places for fingerprint, places in found.items() if arguments.again or _is_open(known.get(fingerprint))]
    if not open_ones:
        print("nothing to judge")
        return 0
    for number, places in enumerate(open_ones, 1):
        answer = ask_about(places, known.get(places[0].fingerprint), key=key, of=(number, len(open_ones)))
        if answer is None:
            break
        word, note = answer
        if not word:
            continue
        first = places[0]
        known[first.fingerprint] = _judgement(first.fingerprint, first.rule_id, word, note=note, by=arguments.by)
        # At once: whoever is interrupted has not judged in vain.
        write_judgements(path, known.values())
    print(f"{path}: {len(known)} judged in all; `agentguard-secrets audit --stats` counts them")
    return 0


def _is_open(before: Judgement | None) -> bool:
    return before is None or before.word == "later"


def _found(arguments: argparse.Namespace, terms: Terms) -> dict[str, list[Finding]]:
    """The findings by value, in the order in which they were met."""
    with Progress() as progress:
        items = changes(arguments, progress, terms) if wants_changes(arguments) else files(arguments)
        result = scan_items(items, terms=terms, jobs=arguments.jobs, advance=progress.advance)
    found: dict[str, list[Finding]] = {}
    for finding in without_credentials_in_paths(result, terms.key, known=terms.known).findings:
        found.setdefault(finding.fingerprint, []).append(finding)
    return found


def _counted(judged: tuple[Judged, ...], form: str) -> str:
    total = {name: sum(getattr(each, f"is_{name}") for each in judged) for name in ("true", "false")}
    total["later"] = sum(each.later for each in judged)
    if form == "json":
        return json.dumps({"version": 1, **total, "rules": [_row(each) for each in judged]}, indent=2) + "\n"
    lines = [f"{'rule':40}{'true':>8}{'false':>8}{'later':>8}{'false alarms':>15}"] if judged else []
    lines += [f"{each.rule:40}{each.is_true:>8}{each.is_false:>8}{each.later:>8}{each.share:>15.0%}" for each in judged]
    decided = total["true"] + total["false"]
    share = f", {total['false'] / decided:.0%} of those decided" if decided else ""
    lines.append(f"{total['true']} credentials, {total['false']} false alarms{share}, {total['later']} for later")
    return "".join(f"{line}\n" for line in lines)


def _row(each: Judged) -> dict[str, Any]:
    share = round(each.share, 4)
    return {"rule": each.rule, "true": each.is_true, "false": each.is_false, "later": each.later, "false_share": share}
