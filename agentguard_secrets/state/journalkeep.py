"""Turns the policy's retention into the end of what is older."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from agentguard_secrets.errors import StateError
from agentguard_secrets.model import AuditEvent
from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.journal import append, last_line_of, put_aside
from agentguard_secrets.state.journalline import opened_line, signer


def retire(keep: int, *, now: datetime) -> int:
    """Remove the files put aside whose last line is over `keep` days old (0: none); return the last number removed.

    A line of the journal says so first, so that `verify` does not miss the lines. How old a file is, its last line
    tells, if it is genuine: the file's own time is anybody's to set. Raises StateError when a file cannot be removed.
    """
    if not keep:
        return 0
    oldest = (now - timedelta(days=keep)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    sign = signer()
    over: list[str] = []
    last = 0
    for path in put_aside(journal_file()):
        values = opened_line(last_line_of(path).rstrip(b"\n"), sign)
        if values is None or values["time"] >= oldest:
            break
        over.append(path)
        last = values["sequence"]
    if over:
        note = f"lines up to number {last} were removed: the policy keeps {keep} days"
        append(AuditEvent("retention", "", "agentguard-secrets", "allow", (), (), "", "", note=note, retired=last))
    for path in over:
        try:
            os.unlink(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StateError(f"{path}: cannot be removed: {error.strerror or error}") from error
    return last
