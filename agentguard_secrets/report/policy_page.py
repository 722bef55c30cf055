"""Turns a policy into the one page that engineers, security and leadership read."""

from __future__ import annotations

from collections.abc import Iterator

from agentguard_secrets.model import Allow, Policy

_LEVELS = {
    "observe": "observe: nothing is stopped, everything found is written to the journal",
    "ask": "ask: what would be denied is asked first",
    "enforce": "enforce: the verdicts below hold",
}
_WIDTH = 10


def policy_page(policy: Policy, *, today: str) -> str:
    """The page as text with a final line end; `today` like 2026-01-31 tells which exceptions have expired."""
    lines = (*_head(policy), "", *_verdicts(policy), "", *_exceptions(policy, today))
    return "".join(f"{_printable(line)}\n" for line in lines)


def _printable(line: str) -> str:
    # A policy may come with a stranger's repository: nothing in it steers the terminal.
    return "".join(sign if sign.isprintable() else "?" for sign in line)


def _head(policy: Policy) -> Iterator[str]:
    owner = policy.owner
    contact = f" <{owner.contact}>" if owner.contact else ""
    yield f"Policy of {policy.root}"
    yield ""
    yield f"Owner        {owner.name or 'nobody is named'}{contact}"
    yield f"Mode         {_LEVELS[policy.level]}"
    yield f"On error     {policy.on_error.name.lower()}, also for an event of over {policy.deadline:g} seconds"
    yield f"Fingerprints {'salt of the repository' if policy.salt else 'key of each user'}"
    yield f"Journal      {'every decision' if policy.journal_clean else 'every decision about something found'}"
    yield f"Digest       {policy.digest}"
    for number, source in enumerate(policy.sources or ("no file: these are the defaults",)):
        yield f"{'' if number else 'Files':13}{source}"


def _verdicts(policy: Policy) -> Iterator[str]:
    columns = list(next(iter(policy.verdicts.values())))
    yield "Verdicts".ljust(13) + "".join(column.ljust(_WIDTH) for column in columns).rstrip()
    for face, row in policy.verdicts.items():
        if columns[0] in row:
            cells = (row[column].name.lower().ljust(_WIDTH) for column in columns)
            yield face.ljust(13) + "".join(cells).rstrip()


def _exceptions(policy: Policy, today: str) -> Iterator[str]:
    if not policy.allow:
        yield "Exceptions   none"
        return
    yield f"Exceptions   {len(policy.allow)}"
    for allow in sorted(policy.allow, key=lambda allow: allow.expires):
        state = "EXPIRED" if today > allow.expires else "until"
        yield f"  {state} {allow.expires}  {described(allow)}  {allow.owner}: {allow.reason}"


def described(allow: Allow) -> str:
    """What the exception is about, in a few words."""
    if allow.fingerprint is not None:
        return f"fingerprint {allow.fingerprint}"
    folder = f"{allow.base}/" if allow.base else ""
    return f"{allow.rule} in {folder}{allow.path}"
