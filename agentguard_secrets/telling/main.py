"""Turns one journaled decision on standard input into calls to those whom the policy names."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agentguard_secrets.errors import AgentguardError
from agentguard_secrets.model import AuditEvent, Policy
from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.journal import append
from agentguard_secrets.state.journalanchor import Outcome, is_due, marks
from agentguard_secrets.state.journalkeep import retire
from agentguard_secrets.state.journallock import locked
from agentguard_secrets.state.policyfile import load_policy
from agentguard_secrets.telling.collectors import sent
from agentguard_secrets.telling.owners import notified

# A commit and a push are when a repository's own mark of the journal is worth most.
_ALWAYS_MARKED = ("commit", "push")


def main(arguments: list[str]) -> int:
    """Read the decision, tell everybody; what failed is written to the journal, where the report finds it.

    `arguments` is the folder whose policy holds. The policy is read again: who is called, only its files say.
    """
    told = json.loads(sys.stdin.buffer.read())
    folder = Path(arguments[0])
    try:
        policy = load_policy(folder)
    except AgentguardError:
        # The hooks say so themselves, at every event.
        return 2
    failures = [f"{name}: {why}" for name, why in outcomes(policy, folder, told) if why]
    for failure in failures:
        line = AuditEvent("untold", "", "agentguard-secrets", "allow", (), (), "", policy.digest, note=failure[:200])
        append(line, rotate=policy.journal.rotate)
    return 1 if failures else 0


def outcomes(policy: Policy, folder: Path, told: dict[str, Any]) -> Iterator[Outcome]:
    """Whom it was told, and why not where it failed: the owners first, for a person may be waiting."""
    event = told["event"]
    if told["is_news"]:
        yield from notified(policy, folder, event)
    with _alone():
        if event.get("event") in _ALWAYS_MARKED or is_due(policy.journal, sequence=event["sequence"]):
            yield from marks(policy.journal, folder)
        yield from sent(policy.journal)
        retire(policy.journal.keep, now=datetime.now(UTC))


def everything(policy: Policy, folder: Path) -> Iterator[Outcome]:
    """Tell every anchor and collector now, whether it is due or not."""
    with _alone():
        yield from marks(policy.journal, folder)
        yield from sent(policy.journal)
        retire(policy.journal.keep, now=datetime.now(UTC))


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One process at a time: two would send the same lines twice."""
    lock = locked(f"{journal_file()}.told.lock")
    with os.fdopen(lock, "rb"):
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
