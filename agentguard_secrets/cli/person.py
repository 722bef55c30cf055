"""Turns standard input and output into proof that a person sits at a terminal, and into that person's yes."""

from __future__ import annotations

import sys

from agentguard_secrets.cli.output import say
from agentguard_secrets.errors import UsageError


def require_person(command: str) -> None:
    """Raise UsageError unless both ends are a terminal: what loosens the guard is not for an agent to say."""
    if sys.stdin is None or sys.stdout is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(f"{command}: expected a person at a terminal: an agent must not loosen its own guard")


def says_yes(question: str) -> bool:
    """Whether the person agrees; no is the default."""
    say(f"{question} [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
