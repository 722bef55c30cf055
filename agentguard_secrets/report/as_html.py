"""Turns a scan result into one self-contained page for a browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from agentguard_secrets import __version__
from agentguard_secrets.model import SEVERITIES, Finding, ScanResult
from agentguard_secrets.report.advice import Advice, advice_on
from agentguard_secrets.report.as_text import printable, summary
from agentguard_secrets.report.place import COMMIT_DIGITS, named


def render(result: ScanResult) -> str:
    """Return the page: findings by severity and rule, what to do about each, and what was not scanned.

    It loads nothing and runs nothing.
    """
    pages = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
    pages.filters["printable"] = printable
    found = Counter(finding.severity for finding in result.findings)
    page = pages.get_template("scan_page.html").render(
        headline=_headline(result),
        summary=summary(result),
        version=__version__,
        counts=[(severity, found[severity]) for severity in reversed(SEVERITIES) if found[severity]],
        groups=list(_groups(result.findings, advice_on({finding.rule_id for finding in result.findings}))),
        unread=result.unread,
    )
    return page + "\n"


def _headline(result: ScanResult) -> str:
    count = len(result.findings)
    if count:
        return f"{count} credential{'s' * (count != 1)} found"
    return "No credential found, but not everything was scanned" if result.unread else "No credential found"


def _groups(findings: Sequence[Finding], advice: Mapping[str, Advice]) -> Iterator[dict[str, Any]]:
    grouped: dict[tuple[int, str], list[Finding]] = {}
    for finding in findings:
        grouped.setdefault((-SEVERITIES.index(finding.severity), finding.rule_id), []).append(finding)
    for (_rank, rule), members in sorted(grouped.items(), key=lambda entry: entry[0]):
        yield {
            "rule": rule,
            "title": printable(members[0].title),
            "severity": members[0].severity,
            "advice": advice.get(rule),
            "places": [_place(finding) for finding in members],
        }


def _place(finding: Finding) -> dict[str, str]:
    told = [finding.preview, f"confidence {finding.confidence}", f"proof {finding.proof}"]
    told += [f"commit {finding.commit[:COMMIT_DIGITS]}"] if finding.commit else []
    where = f"{printable(named(finding))}:{finding.line}:{finding.column}"
    return {"where": where, "told": ", ".join(told)}
