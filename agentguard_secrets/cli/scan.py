"""Turns `scan` and its options into a report and an exit status."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from agentguard_secrets.cli.masking import without_credentials_in_paths
from agentguard_secrets.cli.output import deliver, standard_input, wants_colour
from agentguard_secrets.cli.progress import Progress
from agentguard_secrets.cli.workers import Item, scan_items
from agentguard_secrets.errors import SourceError, UsageError
from agentguard_secrets.model import Finding, Policy, ScanResult
from agentguard_secrets.policy.evaluate import split_excused
from agentguard_secrets.report import as_text
from agentguard_secrets.report.formats import FORMATS, rendered
from agentguard_secrets.sources.decode import MAX_SIZE
from agentguard_secrets.sources.files import STANDARD_INPUT, files_below, from_stdin
from agentguard_secrets.state.key import fingerprint_key
from agentguard_secrets.state.policyfile import load_policy

CLEAN, FOUND, NOT_SCANNED = 0, 1, 3

_UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the options of `scan`."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="file or folder; - is standard input (default: .)")
    source = parser.add_mutually_exclusive_group()
    parser.add_argument("--skip-ignored", action="store_true", help="leave out the files below PATH that git ignores")
    source.add_argument("--staged", action="store_true", help="what the next commit would add")
    source.add_argument("--range", metavar="A..B", help="what the commits of a range add, commit by commit")
    source.add_argument("--diff", metavar="FILE", help="the added lines of a unified diff; - is standard input")
    parser.add_argument("--format", choices=FORMATS, default="text", help="text for people, others for programs")
    parser.add_argument("--output", metavar="FILE", help="write the report there instead of to standard output")
    parser.add_argument("--allow-unread", action="store_true", help="do not end with 3 when something was not scanned")
    parser.add_argument("--no-inline-allow", action="store_true", help="do not honour comments that accept findings")
    parser.add_argument("--jobs", type=_jobs, default=os.cpu_count() or 1, metavar="N", help="default: all cores")
    parser.add_argument("--max-size", type=_size, default=MAX_SIZE, metavar="BYTES", help="larger files are unread")


def run(arguments: argparse.Namespace) -> int:
    """Scan, report and return 0 clean, 1 findings, 3 something was not scanned; findings win over unread."""
    policy = load_policy(_start(arguments))
    key = fingerprint_key(policy)
    result = _without_excused(_scanned(arguments, key), policy, honour_comments=not arguments.no_inline_allow)
    result = without_credentials_in_paths(result, key)
    deliver(_rendered(result, arguments), arguments.output)
    if result.findings:
        return FOUND
    return NOT_SCANNED if result.unread and not arguments.allow_unread else CLEAN


def _scanned(arguments: argparse.Namespace, key: bytes) -> ScanResult:
    limit = arguments.max_size
    with Progress() as progress:
        if _wants_changes(arguments):
            # Which lines a commit adds is worked out when something is found there, so its chunks stay in this process.
            return scan_items(_changes(arguments), key=key, max_size=limit, jobs=1, advance=progress.advance)
        files = _files(arguments)
        progress.expect(len(files))
        return scan_items(files, key=key, max_size=limit, jobs=arguments.jobs, advance=progress.advance)


def _wants_changes(arguments: argparse.Namespace) -> bool:
    wanted = arguments.staged or arguments.range is not None or arguments.diff is not None
    if wanted and (arguments.paths or arguments.skip_ignored):
        raise UsageError("expected either paths (and --skip-ignored) or one of --staged, --range and --diff, got both")
    return bool(wanted)


def _changes(arguments: argparse.Namespace) -> Iterable[Item]:
    if arguments.staged:
        from agentguard_secrets.sources.staged import from_index

        return from_index(Path())
    if arguments.range is not None:
        from agentguard_secrets.sources.commits import from_range

        return from_range(Path(), arguments.range)
    from agentguard_secrets.sources.patchfile import from_diff

    return from_diff(_diff_text(arguments.diff))


def _files(arguments: argparse.Namespace) -> list[Item]:
    items: list[Item] = []
    named = [path for path in arguments.paths if path != STANDARD_INPUT]
    if STANDARD_INPUT in arguments.paths:
        items += from_stdin(standard_input(), max_size=arguments.max_size)
    elif not named:
        named = ["."]
    if arguments.skip_ignored:
        from agentguard_secrets.sources.worktree import files_not_ignored

        return [*items, *files_not_ignored(named)]
    return [*items, *files_below(named)]


def _diff_text(path: str) -> str:
    # Not decode(): a diff of two encodings is in both of them at once, and only its lines are looked at.
    try:
        raw = standard_input().read() if path == STANDARD_INPUT else Path(path).read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UsageError(f"--diff {path or repr(path)}: expected a file: {error.strerror}") from error
    except OSError as error:
        raise SourceError(f"--diff {path}: cannot be read: {error.strerror}") from error
    return raw.decode("utf-8", "surrogateescape")


def _start(arguments: argparse.Namespace) -> Path:
    """Return the folder whose policy counts: the deepest that holds all named paths, or where we stand."""
    named = [os.path.abspath(path) for path in arguments.paths if path != STANDARD_INPUT]  # noqa: PTH100
    if not named:
        return Path.cwd()
    try:
        start = Path(os.path.commonpath(named))
    except ValueError:  # on two drives
        return Path.cwd()
    return start if start.is_dir() else start.parent


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
