"""Turns a decision about a commit or a push into what a person reads in the terminal."""

from __future__ import annotations

from agentguard_secrets.report.as_text import printable
from agentguard_secrets.report.place import COMMIT_DIGITS, named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentguard_secrets.model import Finding, Unread

_UNREAD_SHOWN = 20
_TAKE_OUT = {
    "commit": (
        "Take the value out and stage the file again: read it from an environment variable or a secret manager.",
        "Was it ever pushed or shared? Then revoke it where it was issued: removing it is not enough.",
    ),
    "push": (
        "Rewrite the commits that hold the value (git commit --amend, git rebase -i): a later commit that deletes it",
        "still sends it. Read it from an environment variable or a secret manager instead.",
        "Was it ever pushed or shared before? Then revoke it where it was issued: removing it is not enough.",
    ),
}


def refusal(face: str, findings: Sequence[Finding], unread: Sequence[Unread]) -> str:
    """Return why a commit or push is stopped, by which findings and unread parts, and what to do."""
    lines = [f"agentguard-secrets: {face} refused: {_counted(findings, unread)}", ""]
    lines += _places(findings, unread)
    lines += ["", "What to do"]
    if findings:
        lines += [f"  {line}" for line in _TAKE_OUT[face]]
        lines += _false_alarm(face, findings)
    if unread:
        lines.append(
            f'  Not scanned is not clean. If it has to pass: [verdicts] {face}.unread = "allow" in agentguard.toml.'
        )
    return "\n".join(lines) + "\n"


def observation(face: str, findings: Sequence[Finding], unread: Sequence[Unread]) -> str:
    """Return what is said when the policy lets pass what was found, or what was not scanned."""
    head = f"agentguard-secrets: {face} not refused, because the policy says so: {_counted(findings, unread)}"
    return "\n".join([head, *_places(findings, unread)]) + "\n"


def partly_read(unread: Sequence[Unread]) -> str:
    """Return one line about files of which only the plain text was scanned."""
    first = f"{printable(unread[0].path)}: {printable(unread[0].why)}"
    more = f" (and {len(unread) - 1} more)" if len(unread) > 1 else ""
    return f"agentguard-secrets: {first}{more}\n"


def _counted(findings: Sequence[Finding], unread: Sequence[Unread]) -> str:
    parts = []
    if findings:
        parts.append(f"{len(findings)} credential{'s' * (len(findings) != 1)} found")
    if unread:
        parts.append(f"{len(unread)} not scanned")
    return ", ".join(parts)


def _places(findings: Sequence[Finding], unread: Sequence[Unread]) -> Iterator[str]:
    for finding in findings:
        yield f"  {_place(finding)}: {finding.rule_id}: {finding.title}: {finding.preview}"
        proof = f"{finding.severity}, confidence {finding.confidence}, proof {finding.proof}"
        yield f"      {proof}, fingerprint {finding.fingerprint}"
    for part in unread[:_UNREAD_SHOWN]:
        yield f"  {printable(part.path)}: not scanned: {printable(part.why)}"
    if len(unread) > _UNREAD_SHOWN:
        yield f"  and {len(unread) - _UNREAD_SHOWN} more that were not scanned"


def _place(finding: Finding) -> str:
    commit = f"commit {finding.commit[:COMMIT_DIGITS]} " if finding.commit else ""
    return f"{commit}{printable(named(finding))}:{finding.line}:{finding.column}"


def _false_alarm(face: str, findings: Sequence[Finding]) -> Iterator[str]:
    yield "  A false alarm, or accepted with good reason?"
    if face == "commit":
        yield f"    Write agentguard:allow[{findings[0].rule_id}] in a comment on that line, or"
    yield "    add to agentguard.toml, with who accepts it, why and until when:"
    yield "      [[allow]]"
    yield f'      fingerprint = "{findings[0].fingerprint}"'
    yield '      reason = "…"'
    yield '      owner = "…"'
    yield '      expires = "YYYY-MM-DD"'
