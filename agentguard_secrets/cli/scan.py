"""Turns `scan` and its options into a report and an exit status."""

from __future__ import annotations

import argparse
import os
import re
import sys
from datetime import UTC, datetime

from agentguard_secrets.cli.masking import without_credentials_in_paths
from agentguard_secrets.cli.output import deliver, wants_colour
from agentguard_secrets.cli.progress import Progress
from agentguard_secrets.cli.targets import add_targets, changes, files, start_of, wants_changes
from agentguard_secrets.cli.workers import scan_items
from agentguard_secrets.model import Finding, Policy, ScanResult
from agentguard_secrets.policy.evaluate import split_excused
from agentguard_secrets.report import as_text
from agentguard_secrets.report.formats import FORMATS, rendered
from agentguard_secrets.sources.decode import MAX_SIZE
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
    parser.add_argument("--jobs", type=_jobs, default=os.cpu_count() or 1, metavar="N", help="default: all cores")
    parser.add_argument("--max-size", type=_size, default=MAX_SIZE, metavar="BYTES", help="larger files are unread")


def run(arguments: argparse.Namespace) -> int:
    """Scan, report and return 0 clean, 1 findings, 3 something was not scanned; findings win over unread."""
    policy = load_policy(start_of(arguments))
    key = fingerprint_key(policy)
    result = _without_excused(_scanned(arguments, key), policy, honour_comments=not arguments.no_inline_allow)
    result = without_credentials_in_paths(result, key)
    deliver(_rendered(result, arguments), arguments.output)
    if result.findings:
        return FOUND
    return NOT_SCANNED if result.unread and not arguments.allow_unread else CLEAN


def _scanned(arguments: argparse.Namespace, key: bytes) -> ScanResult:
    limit, jobs = arguments.max_size, arguments.jobs
    with Progress() as progress:
        if wants_changes(arguments):
            advance = _nothing if arguments.history else progress.advance
            return scan_items(changes(arguments, progress), key=key, max_size=limit, jobs=jobs, advance=advance)
        named = files(arguments)
        progress.expect(len(named))
        return scan_items(named, key=key, max_size=limit, jobs=jobs, advance=progress.advance)


def _nothing(_count: int) -> None:
    """The source itself tells how far it is."""


def _without_excused(result: ScanResult, policy: Policy, *, honour_comments: bool) -> ScanResult:
    today = datetime.now(UTC).date().isoformat()
    counted = tuple(
        finding
        for finding in result.findings
        if split_excused("scan", [_as_judged(finding, honour_comments)], policy=policy, today=today)[0]
    )
    accepted = len(result.findings) - len(counted)
    return ScanResult(counted, result.unread, {**result.stats, "accepted": accepted})


def _as_judged(finding: Finding, honour_comments: bool) -> Finding:
    """Return `finding` as the policy knows it: its path from the root, its comment only if comments count."""
    path = os.path.abspath(finding.path) if finding.origin == "file" else finding.path  # noqa: PTH100
    return finding._replace(path=path, allowed_inline=finding.allowed_inline and honour_comments)


def _rendered(result: ScanResult, arguments: argparse.Namespace) -> str:
    if arguments.format == "text" and arguments.output is None and wants_colour(sys.stdout):
        return as_text.render(result, colour=True)
    return rendered(result, arguments.format)


def _jobs(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"expected a number of processes from 1, got {word!r}")
    return int(word)


def _size(word: str) -> int:
    match = re.fullmatch(r"([0-9]+)([kmg]?)b?", word.lower())
    if match is None:
        raise argparse.ArgumentTypeError(f"expected a number of bytes such as 500000, 500k or 20M, got {word!r}")
    return int(match[1]) * _UNITS[match[2]]
