"""Turns the notes about sessions of a coding agent into a list of the tainted ones, and clears one for a person."""

from __future__ import annotations

import argparse
import sys

from agentguard_secrets.cli.output import say
from agentguard_secrets.errors import UsageError
from agentguard_secrets.model import AuditEvent
from agentguard_secrets.report.as_text import printable
from agentguard_secrets.state.journal import append
from agentguard_secrets.state.session import CLEARED, remember, tainted_sessions

DONE, DECLINED = 0, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give `parser` what `session` can do."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="sessions of which nothing more is sent, and why", allow_abbrev=False)
    clear = actions.add_parser("clear", help="let a session go on, in a terminal only", allow_abbrev=False)
    clear.add_argument("session", nargs="?", help="its id (default: the only tainted one)")


def run(arguments: argparse.Namespace) -> int:
    """List the tainted sessions, or clear one after a person at a terminal has said so; return 0, or 2 when not."""
    tainted = tainted_sessions()
    if arguments.action == "list":
        for session, note in tainted.items():
            say(f"{printable(session)}  {printable(note.subject)}\n")
        return DONE
    session = _meant(arguments.session, list(tainted))
    if sys.stdin is None or not sys.stdin.isatty() or not sys.stdout.isatty():
        raise UsageError("session clear: expected a person at a terminal: an agent must not clear its own session")
    say(f"{printable(session)}: {printable(tainted[session].subject)}\n")
    say("The next prompt sends the whole conversation, with what stands in it. Clear it? [y/N] ")
    sys.stdout.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        say("nothing was changed\n")
        return DECLINED
    append(AuditEvent("session-clear", session, "", "allow", (), (), "", ""))
    remember(session, CLEARED, "")
    say("cleared\n")
    return DONE


def _meant(named: str | None, tainted: list[str]) -> str:
    if named is None and len(tainted) == 1:
        return tainted[0]
    if named is None:
        raise UsageError(f"session clear: expected the id of a session: {len(tainted)} are tainted")
    if named not in tainted:
        raise UsageError(f"session clear: {named}: expected a tainted session, this one is not")
    return named
