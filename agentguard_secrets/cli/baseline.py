"""Turns `baseline create`, `update`, `import` and `export` into a file of accepted findings."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

from agentguard_secrets.cli.accepting import Scope, without_excused
from agentguard_secrets.cli.masking import without_credentials_in_paths
from agentguard_secrets.cli.output import say
from agentguard_secrets.cli.progress import Progress
from agentguard_secrets.cli.targets import files_of, jobs
from agentguard_secrets.cli.workers import scan_items, terms_of
from agentguard_secrets.errors import UsageError
from agentguard_secrets.model import Policy, ScanResult
from agentguard_secrets.sources.decode import MAX_SIZE
from agentguard_secrets.state.atomic import read_text, write_atomically
from agentguard_secrets.state.baseline import NAME, Baseline, Entry, entry_of, load_baseline, write_baseline
from agentguard_secrets.state.key import fingerprint_key
from agentguard_secrets.state.policyfile import load_policy

DONE = 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the four actions and their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="accept every finding there is", allow_abbrev=False)
    update = actions.add_parser("update", help="accept new findings, leave out what is gone", allow_abbrev=False)
    for action in (create, update):
        action.add_argument("paths", nargs="*", metavar="PATH", help="file or folder (default: the repository)")
        action.add_argument("--skip-ignored", action="store_true", help="leave out the files that git ignores")
        action.add_argument("--history", action="store_true", help="also what all commits add")
        action.add_argument("--no-inline-allow", action="store_true", help="also what a comment accepts already")
        action.add_argument("--jobs", type=jobs, default=os.cpu_count() or 1, metavar="N", help="default: all cores")
    bring = actions.add_parser("import", help="accept what a baseline of detect-secrets accepts", allow_abbrev=False)
    bring.add_argument("file", metavar="FILE", help="such as .secrets.baseline")
    give = actions.add_parser("export", help="write a baseline of detect-secrets", allow_abbrev=False)
    give.add_argument("--output", metavar="FILE", help="write it there instead of to standard output")
    for action in (create, update, bring, give):
        action.add_argument("--baseline", metavar="FILE", help=f"default: {NAME} in the repository's root")


def run(arguments: argparse.Namespace) -> int:
    """Do what the action says; return 0. Raises UsageError when `create` finds a baseline, or another action none."""
    policy = load_policy(Path.cwd())
    before = _before(arguments, policy)
    if arguments.action in ("create", "update"):
        _write(before, _accepted_now(arguments, policy, before), policy)
        return DONE
    # Only these two ask for the library of detect-secrets.
    from agentguard_secrets.cli.exchange import export, imported

    if arguments.action == "import":
        _write(before, imported(arguments.file, policy, before), policy)
    else:
        export(arguments.output, policy, before)
    return DONE


def _before(arguments: argparse.Namespace, policy: Policy) -> Baseline:
    path = arguments.baseline or os.path.join(policy.root, NAME)
    is_there = os.path.lexists(path)
    if arguments.action == "create" and is_there:
        raise UsageError(f"{path}: is there already; `baseline update` brings it up to date")
    if arguments.action in ("update", "export") and not is_there:
        raise UsageError(f"{path}: expected a baseline; `baseline create` makes it")
    return load_baseline(policy.root, path) if is_there else Baseline(path, frozenset())


def _accepted_now(arguments: argparse.Namespace, policy: Policy, before: Baseline) -> set[Entry]:
    """Return an entry for each finding there is, and those of files that were not looked at."""
    key = fingerprint_key(policy)
    paths = [os.path.realpath(path) for path in arguments.paths] or [policy.root]
    result = _scanned(paths, arguments, policy, key)
    if result.unread:
        say(f"{len(result.unread)} not wholly scanned: `agentguard-secrets scan` lists them\n")
    result = without_excused(result, policy, honour_comments=not arguments.no_inline_allow)
    result = without_credentials_in_paths(result, key)
    scope = Scope(is_whole=policy.root in paths, folders=tuple(paths))
    kept = {entry for entry in before.entries if not scope.holds(os.path.join(policy.root, entry.path))}
    return kept | {entry_of(finding, root=policy.root) for finding in result.findings}


def _scanned(paths: list[str], arguments: argparse.Namespace, policy: Policy, key: bytes) -> ScanResult:
    terms = terms_of(policy, key=key, max_size=MAX_SIZE)
    with Progress() as progress:
        named = files_of(paths, skip_ignored=arguments.skip_ignored)
        found = scan_items(progress.counting(named), terms=terms, jobs=arguments.jobs, advance=progress.advance)
    if not arguments.history:
        return found
    from agentguard_secrets.cli.pasts import chunks_of_history

    with Progress() as progress:
        chunks = chunks_of_history(policy.root, terms=terms, jobs=arguments.jobs, told=progress.reach)
        past = scan_items(chunks, terms=terms, jobs=arguments.jobs, advance=lambda _count: None)
    return ScanResult(found.findings + past.findings, found.unread + past.unread, found.stats)


def _write(before: Baseline, entries: Iterable[Entry], policy: Policy) -> None:
    after = frozenset(entries)
    write_baseline(before.path, after)
    new, gone = len(after - before.entries), len(before.entries - after)
    say(f"{before.path}: {len(after)} accepted ({new} new, {gone} gone)\n")
    if not policy.salt:
        say("Its fingerprints are this user's own: for a team, run `agentguard-secrets policy init` first.\n")
    _merge_by_union(before.path, policy.root)


def _merge_by_union(path: str, root: str) -> None:
    """Tell git to merge the baseline by lines, so that it never conflicts."""
    name = os.path.relpath(os.path.abspath(path), root).replace(os.sep, "/")
    if name.startswith("../") or not os.path.lexists(os.path.join(root, ".git")):
        return
    attributes, line = os.path.join(root, ".gitattributes"), f"{_pattern(name)} merge=union"
    text = read_text(attributes) or ""
    if line in text.splitlines():
        return
    gap = "" if not text or text.endswith("\n") else "\n"
    write_atomically(attributes, f"{text}{gap}{line}\n", mode=0o644)
    say(f"{attributes}: {line}\n")


def _pattern(name: str) -> str:
    """Return what git's attributes call the file `name`: a space would end it there, and a star be any word."""
    pattern = "/" + re.sub(r"([*?\[\\])", r"\\\1", name)
    return pattern if name.isprintable() and " " not in name else json.dumps(pattern, ensure_ascii=False)
