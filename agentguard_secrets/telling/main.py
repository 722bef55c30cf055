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

from agentguard_secrets.model import AuditEvent, JournalTerms, Owner, Policy
from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.journal import append
from agentguard_secrets.state.journalanchor import Outcome, is_due, marks
from agentguard_secrets.state.journalkeep import retire
from agentguard_secrets.state.journallock import locked
from agentguard_secrets.state.policyfile import DEFAULTS
from agentguard_secrets.telling.collectors import sent
from agentguard_secrets.telling.owners import notified

# A commit and a push are when a repository's own mark of the journal is worth most.
_ALWAYS_MARKED = ("commit", "push")


def main() -> int:
    """Read the decision, tell everybody; what failed is written to the journal, where the report finds it."""
    told = json.loads(sys.stdin.buffer.read())
    policy = _policy(told["policy"])
    folder = Path(policy.root) if Path(policy.root).is_dir() else Path()
    failures = [f"{name}: {why}" for name, why in outcomes(policy, folder, told) if why]
    for failure in failures:
        line = AuditEvent("untold", "", "agentguard-secrets", "allow", (), (), "", policy.digest, note=failure[:200])
        append(line, rotate=policy.journal.rotate)
    return 1 if failures else 0


def _policy(said: dict[str, Any]) -> Policy:
    """What the decision's own policy says of those outside, which may have been changed since."""
    terms, owner = said["journal"], said["owner"]
    lists = {name: tuple(terms[name]) for name in ("otlp", "syslog")}
    return DEFAULTS._replace(
        owner=Owner(owner["name"], owner["contact"]),
        notify=tuple(tuple(command) for command in said["notify"]),
        journal=JournalTerms(**{**terms, **lists, "anchors": tuple(tuple(each) for each in terms["anchors"])}),
        digest=said["digest"],
        root=said["root"],
    )


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
    sys.exit(main())
