"""Turns a person's word into minutes in which the guard only watches, and back before they are over."""

from __future__ import annotations

import argparse
import time

from agentguard_secrets.cli.output import say
from agentguard_secrets.cli.person import require_person, says_yes
from agentguard_secrets.errors import UsageError
from agentguard_secrets.model import AuditEvent
from agentguard_secrets.state.journal import append
from agentguard_secrets.state.pausing import LONGEST, end_pause, pause, paused_until

DONE, DECLINED = 0, 2
_MOST = int(LONGEST) // 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the minutes and `--end`."""
    parser.add_argument("minutes", nargs="?", type=int, metavar="MINUTES", help=f"how long, at most {_MOST}")
    parser.add_argument("--end", action="store_true", help="let the guard stand in the way again")


def run(arguments: argparse.Namespace) -> int:
    """Pause, end the pause, or tell whether there is one; return 0, or 2 when the person declined."""
    if arguments.end:
        if end_pause():
            append(AuditEvent("pause", "", "", "deny", (), (), "", "", note="ended"))
        say("the guard stands in the way\n")
        return DONE
    if arguments.minutes is None:
        return _tell()
    require_person("pause")
    if not 0 < arguments.minutes <= _MOST:
        raise UsageError(f"pause: expected 1 to {_MOST} minutes, got {arguments.minutes}")
    say("While it is paused the guard of Claude Code only writes down what it would have stopped. Git hooks go on.\n")
    if not says_yes(f"Pause it for {arguments.minutes} minutes?"):
        say("nothing was changed\n")
        return DECLINED
    until = pause(arguments.minutes * 60.0)
    append(AuditEvent("pause", "", "", "allow", (), (), "", "", note=f"paused for {arguments.minutes} minutes"))
    say(f"paused until {_clock(until)}\n")
    return DONE


def _tell() -> int:
    until = paused_until()
    say(f"paused until {_clock(until)}\n" if until is not None else "the guard stands in the way\n")
    return DONE


def _clock(moment: float) -> str:
    return time.strftime("%H:%M", time.localtime(moment))
