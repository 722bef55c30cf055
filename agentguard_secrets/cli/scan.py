"""Turns `scan` and its options into a report and an exit status."""

from __future__ import annotations

import argparse
import os
import re
import sys

from agentguard_secrets.cli.accepting import Scope, unused_exceptions, without_baseline, without_excused
from agentguard_secrets.cli.limit import LONGEST, deadline, within
from agentguard_secrets.cli.masking import without_credentials_in_paths
from agentguard_secrets.cli.output import deliver, note, wants_colour
from agentguard_secrets.cli.progress import Progress
from agentguard_secrets.cli.tally import Tally
from agentguard_secrets.cli.targets import add_targets, changes, files, jobs, start_of, wants_changes
from agentguard_secrets.cli.workers import Terms, scan_items, terms_of
from agentguard_secrets.errors import UsageError
from agentguard_secrets.model import Policy, ScanResult
from agentguard_secrets.report import as_text
from agentguard_secrets.report.formats import FORMATS, rendered
from agentguard_secrets.sources.decode import MAX_SIZE
from agentguard_secrets.sources.files import STANDARD_INPUT
from agentguard_secrets.state.baseline import NAME, Baseline, load_baseline
from agentguard_secrets.state.key import fingerprint_key
from agentguard_secrets.state.policyfile import load_policy

CLEAN, FOUND, NOT_SCANNED = 0, 1, 3

_UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the options of `scan`."""
    add_targets(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="text for people, others for programs")
    parser.add_argument("--output", metavar="FILE", help="write the report there instead of to standard output")
    parser.add_argument("--allow-unread", action="store_true", help="do not end with 3 when something was not scanned")
    parser.add_argument("--no-inline-allow", action="store_true", help="do not honour comments that accept findings")
    parser.add_argument("--baseline", metavar="FILE", help=f"accepted findings (default: {NAME} in the root)")
    parser.add_argument("--no-baseline", action="store_true", help="do not honour the baseline")
    parser.add_argument("--fail-on-unused", action="store_true", help="end with 2 when an exception is not needed")
    parser.add_argument("--stats", action="store_true", help="say on standard error what was scanned")
    parser.add_argument("--jobs", type=jobs, default=os.cpu_count() or 1, metavar="N", help="default: all cores")
    parser.add_argument("--max-size", type=_size, default=MAX_SIZE, metavar="BYTES", help="larger files are unread")

    parser.add_argument(
        "--deadline",
        type=deadline,
        default=LONGEST,
        metavar="SECONDS",
        help=f"the rest is unread (default: {LONGEST})",
    )


def run(arguments: argparse.Namespace) -> int:
    """Scan, report and return 0 clean, 1 findings, 3 something was not scanned, 2 an exception that is not needed and
    must not be there; the first that holds of findings, unread and exceptions."""
    policy = load_policy(start_of(arguments))
    key = fingerprint_key(policy)
    baseline = _baseline(arguments, policy)
    tally = Tally()
    terms = terms_of(policy, key=key, max_size=arguments.max_size)
    found = _scanned(arguments, terms, tally)
    result = without_excused(found, policy, honour_comments=not arguments.no_inline_allow)
    result = without_credentials_in_paths(result, key, known=terms.known)
    result = without_baseline(result, baseline, root=policy.root)
    unused = list(unused_exceptions(policy, baseline, found.findings, scope=_scope(arguments, policy)))
    deliver(_rendered(result, arguments, unused), arguments.output)
    if arguments.stats:
        note(tally.told(result))
    if result.findings:
        return FOUND
    if result.unread and not arguments.allow_unread:
        return NOT_SCANNED
    if unused and arguments.fail_on_unused:
        raise UsageError("\n  ".join(["--fail-on-unused: exceptions that nothing needs:", *unused]))
    return CLEAN


def _baseline(arguments: argparse.Namespace, policy: Policy) -> Baseline:
    if arguments.no_baseline:
        if arguments.baseline:
            raise UsageError("expected one of --baseline and --no-baseline, got both")
        return Baseline("", frozenset())
    return load_baseline(policy.root, arguments.baseline)


def _scope(arguments: argparse.Namespace, policy: Policy) -> Scope:
    """Return which exceptions this scan can judge: a part of the changes says nothing of the others."""
    if wants_changes(arguments):
        return Scope(is_whole=arguments.history)
    if arguments.skip_ignored:
        return Scope()
    scope = Scope(folders=tuple(os.path.realpath(path) for path in arguments.paths or ["."] if path != STANDARD_INPUT))
    return scope._replace(is_whole=scope.holds(policy.root))


def _scanned(arguments: argparse.Namespace, terms: Terms, tally: Tally) -> ScanResult:
    jobs = arguments.jobs
    with Progress() as progress:
        if wants_changes(arguments):
            advance = _nothing if arguments.history else progress.advance
            changed = within(changes(arguments, progress, terms, tally.looked), arguments.deadline)
            found = scan_items(tally.counting(changed), terms=terms, jobs=jobs, advance=advance)
            return tally.with_looks(found)
        items = tally.counting(within(progress.counting(files(arguments)), arguments.deadline))
        return scan_items(items, terms=terms, jobs=jobs, advance=progress.advance)


def _nothing(_count: int) -> None:
    """The source itself tells how far it is."""


def _rendered(result: ScanResult, arguments: argparse.Namespace, unused: list[str]) -> str:
    if arguments.format != "text":
        return rendered(result, arguments.format)
    colour = arguments.output is None and wants_colour(sys.stdout)
    return "".join(f"{line}\n" for line in unused) + as_text.render(result, colour=colour)


def _size(word: str) -> int:
    match = re.fullmatch(r"([0-9]+)([kmg]?)b?", word.lower())
    if match is None:
        raise argparse.ArgumentTypeError(f"expected a number of bytes such as 500000, 500k or 20M, got {word!r}")
    return int(match[1]) * _UNITS[match[2]]
