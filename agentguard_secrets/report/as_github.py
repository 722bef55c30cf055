"""Turns a scan result into workflow commands that GitHub shows beside the changed lines."""

from __future__ import annotations

from collections.abc import Mapping

from agentguard_secrets.model import Finding, ScanResult, Unread
from agentguard_secrets.report.as_text import printable, summary
from agentguard_secrets.report.place import COMMIT_DIGITS

_COMMANDS = {"critical": "error", "high": "error", "medium": "warning", "low": "notice", "info": "notice"}
_ESCAPES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_ESCAPES_OF_VALUES = {**_ESCAPES, ":": "%3A", ",": "%2C"}


def render(result: ScanResult) -> str:
    """Return an annotation for each finding and each unread part, and a last line that is only shown in the log.

    The format: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    lines = [_finding(finding) for finding in result.findings]
    lines += [_unread(part) for part in result.unread]
    return "".join(f"{line}\n" for line in (*lines, summary(result)))


def _finding(finding: Finding) -> str:
    place: dict[str, object] = {"file": finding.path} if finding.path else {}
    if finding.path and finding.commit is None:
        # Where a commit is named the line is of that commit, and might be any other line of the file that is shown.
        place |= {"line": finding.line, "endLine": finding.end_line}
        if finding.line == finding.end_line:
            place |= {"col": finding.column, "endColumn": finding.end_column}
    told = f"{finding.preview} [{finding.rule_id}, confidence {finding.confidence}, proof {finding.proof}]"
    if finding.commit:
        told += f" in commit {finding.commit[:COMMIT_DIGITS]}, line {finding.line}"
    return _command(_COMMANDS[finding.severity], {**place, "title": finding.title}, told)


def _unread(part: Unread) -> str:
    return _command("warning", {"file": part.path, "title": "Not scanned"}, part.why)


def _command(name: str, values: Mapping[str, object], message: str) -> str:
    written = ",".join(f"{key}={_escaped(str(value), _ESCAPES_OF_VALUES)}" for key, value in values.items())
    return f"::{name} {written}::{_escaped(message, _ESCAPES)}"


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(sign) or printable(sign) for sign in text)
