"""Turns the words after `report` into what leadership monitors, on a terminal or as a page."""

from __future__ import annotations

import argparse
import gc
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from agentguard_secrets.cli.output import deliver, wants_colour
from agentguard_secrets.model import Policy
from agentguard_secrets.report import overview_page, overview_text
from agentguard_secrets.report.overview import Overview, overview
from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.grants import grants
from agentguard_secrets.state.journal import put_aside
from agentguard_secrets.state.journalanchor import known_outside, lateness
from agentguard_secrets.state.journalproof import Problem, Proof, prove
from agentguard_secrets.state.journalselect import Selection, moment, selected
from agentguard_secrets.state.judgements import judgements_file, read_judgements
from agentguard_secrets.state.policyfile import load_policy

# Without a terminal, what is printed is read by something that has room.
_WIDTH = 140


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the period, the journal, and where the page goes."""
    parser.add_argument("--html", metavar="FILE", help="write one self-contained page to this file instead")
    parser.add_argument("--since", metavar="TIME", help="like 2026-01-31, 12h or 30d (default: everything)")
    parser.add_argument("--until", metavar="TIME", help="before this time")
    parser.add_argument("file", nargs="?", metavar="FILE", help="a journal (default: this user's)")


def run(arguments: argparse.Namespace) -> int:
    """Show it and return 0: what the journal's proof finds wrong is part of the report.

    Raises PolicyError, UsageError for a time that is none, StateError when the journal cannot be read.
    """
    shown = _overview(arguments)
    if arguments.html:
        deliver(overview_page.render(shown), arguments.html)
        print(f"{arguments.html}: written", file=sys.stderr)
        return 0
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    plain = not wants_colour(sys.stdout)
    console = Console(no_color=plain, highlight=False, width=None if is_terminal else _WIDTH)
    overview_text.show(shown, console)
    return 0


def _overview(arguments: argparse.Namespace) -> Overview:
    # Tens of thousands of small values that all live to the end: looking for garbage among them doubles the time.
    gc.disable()
    policy = load_policy(Path.cwd())
    proof = _proof(arguments.file, policy)
    now = datetime.now(UTC)
    selection = Selection(
        since=moment(arguments.since, now=now) if arguments.since else "",
        until=moment(arguments.until, now=now) if arguments.until else "",
    )
    return overview(
        list(selected(proof.entries, selection)) if selection != Selection() else proof.entries,
        policy=policy,
        judgements=read_judgements(judgements_file(policy)).values(),
        problems=proof.problems,
        unreadable=len(proof.unreadable),
        today=now.date(),
        grants=grants(),
    )


def _proof(named: str | None, policy: Policy) -> Proof:
    path = named or journal_file()
    if not named and not put_aside(path) and not any(Path(f"{path}{end}").exists() for end in ("", ".head")):
        return Proof((), (), ())
    proof = prove(path, anchors=known_outside(policy.journal, Path.cwd()))
    late = "" if named else lateness(policy.journal)
    return proof._replace(problems=(*proof.problems, Problem("unanchored", 0, late, path))) if late else proof
