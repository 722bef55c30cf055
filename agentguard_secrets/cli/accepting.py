"""Turns findings into those that count, and exceptions that nothing needs into lines that say so."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from agentguard_secrets._record import Record
from agentguard_secrets.model import Allow, Finding, Policy, ScanResult
from agentguard_secrets.policy.evaluate import covers, split_excused
from agentguard_secrets.report.as_text import printable
from agentguard_secrets.state.baseline import Baseline, Entry


class Scope(Record):
    """Of which exceptions a scan can say that nothing needs them: of all, or of those of files below `folders`."""

    is_whole: bool = False
    folders: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Say whether the scan saw the file at this absolute path, if it is there."""
        return self.is_whole or any(path == each or path.startswith(each.rstrip("/") + "/") for each in self.folders)


def without_excused(result: ScanResult, policy: Policy, *, honour_comments: bool) -> ScanResult:
    """Return `result` without what an exception of the policy or, if they count, a comment accepts."""
    judged = [(finding, as_judged(finding, honour_comments=honour_comments)) for finding in result.findings]
    counted = tuple(
        finding for finding, known in judged if split_excused("scan", [known], policy=policy, today=today())[0]
    )
    return _counted(result, counted)


def without_baseline(result: ScanResult, baseline: Baseline, *, root: str) -> ScanResult:
    """Return `result` without what the baseline accepts."""
    return _counted(result, tuple(baseline.outside(result.findings, root=root)))


def unused_exceptions(
    policy: Policy, baseline: Baseline, findings: Sequence[Finding], *, scope: Scope
) -> Iterator[str]:
    """Yield a line for each exception that has expired or that none of `findings`, those before any was accepted,
    needs; only what lies within `scope` is judged."""
    known = [as_judged(finding, honour_comments=True) for finding in findings]
    for allow in policy.allow:
        if allow.expires < today():
            yield f"expired on {allow.expires}: [[allow]] {_about(allow)}"
        elif scope.is_whole and not any(covers(allow, each, root=policy.root, today=today()) for each in known):
            yield f"unused: [[allow]] {_about(allow)}"
    for entry in baseline.unused(findings, root=policy.root):
        if scope.holds(os.path.join(policy.root, entry.path)):
            yield f"unused: {os.path.basename(baseline.path)}: {_line(entry)}"


def as_judged(finding: Finding, *, honour_comments: bool) -> Finding:
    """Return `finding` as the policy knows it: its path from the root, its comment only if comments count."""
    path = os.path.abspath(finding.path) if finding.origin == "file" else finding.path
    return finding._replace(path=path, allowed_inline=finding.allowed_inline and honour_comments)


def today() -> str:
    """Return the date by which exceptions expire."""
    return datetime.now(UTC).date().isoformat()


def _counted(result: ScanResult, counted: tuple[Finding, ...]) -> ScanResult:
    accepted = result.stats.get("accepted", 0) + len(result.findings) - len(counted)
    return ScanResult(counted, result.unread, {**result.stats, "accepted": accepted})


def _about(allow: Allow) -> str:
    what = f"fingerprint {allow.fingerprint}" if allow.fingerprint else f"rule {allow.rule} in {allow.path}"
    return printable(f"{what} ({allow.reason}; {allow.owner})")


def _line(entry: Entry) -> str:
    return printable(f"{entry.fingerprint}  {entry.rule}  {entry.path}")
