"""Turns what is known of one guard into the lines that a person reads."""

from __future__ import annotations

from agentguard_secrets._record import Record
from agentguard_secrets.report.as_text import printable


class Check(Record):
    """One guard: where it stands, what is wrong with it (None: nothing), and what mends it."""

    guard: str
    place: str
    fault: str | None
    mend: str


def told(check: Check, *, first: str = "") -> str:
    """Return the lines about one guard; `first` is what has to be mended before."""
    if check.fault is None:
        return f"ok     {check.guard}: lets what is clean pass and blocks a canary ({printable(check.place)})\n"
    return f"FAULT  {check.guard}: {printable(check.fault)}\n       mend it: {first}{printable(check.mend)}\n"
