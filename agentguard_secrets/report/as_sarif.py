"""Turns a scan result into SARIF 2.1.0, which code-scanning services read.

Written as plain dictionaries: the libraries that model SARIF have stood still for years, or bring a validator of ten
megabytes along for the thirty keys that are used here. The format:
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import quote

from agentguard_secrets import __version__
from agentguard_secrets.model import Finding, ScanResult, Unread
from agentguard_secrets.report.advice import Advice, advice_on
from agentguard_secrets.report.place import named

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
# GitHub's scale: from 9.0 it is critical, 0.1 is the least (docs.github.com, "SARIF support for code scanning").
_SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.5", "info": "0.1"}
# A name for the way fingerprints are made: what compares them must not compare those of two ways.
_FINGERPRINT = "agentguardKeyed/v1"


def render(result: ScanResult) -> str:
    """Return the document. It is pure ASCII."""
    firsts: dict[str, Finding] = {}
    for finding in result.findings:
        firsts.setdefault(finding.rule_id, finding)
    advice = advice_on(firsts)
    places = {rule: number for number, rule in enumerate(firsts)}
    run = {
        "tool": {
            "driver": {
                "name": "agentguard-secrets",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(finding, advice.get(rule)) for rule, finding in firsts.items()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(result)],
        "results": [_result(finding, places[finding.rule_id]) for finding in result.findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(finding: Finding, advice: Advice | None) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": finding.rule_id,
        "shortDescription": {"text": finding.title},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": {
            "tags": ["security", "secret"],
            "security-severity": _SCORES[finding.severity],
            "problem.severity": _LEVELS[finding.severity].replace("note", "recommendation"),
        },
    }
    if advice is not None:
        text = f"{advice.grants}\n\nTo revoke it: {advice.revoke}"
        rule |= {"helpUri": advice.reference, "help": {"text": text}, "fullDescription": {"text": advice.grants}}
    return rule


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    return {
        "ruleId": finding.rule_id,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        # No path here: viewers make links of what a file's name may hold.
        "message": {"text": f"{finding.title}: {finding.preview}" + ("" if finding.path else f" {named(finding)}")},
        "locations": [{"physicalLocation": _location(finding)}] if finding.path else [],
        "partialFingerprints": {_FINGERPRINT: finding.fingerprint},
        "properties": {
            "confidence": finding.confidence,
            "proof": finding.proof,
            "origin": finding.origin,
            **({"commit": finding.commit} if finding.commit else {}),
        },
    }


def _location(finding: Finding) -> dict[str, Any]:
    return {
        "artifactLocation": _artifact(finding.path),
        "region": {
            "startLine": finding.line,
            "startColumn": finding.column,
            "endLine": finding.end_line,
            "endColumn": finding.end_column,
        },
    }


def _artifact(path: str) -> dict[str, str]:
    uri, is_relative = _uri(path)
    return {"uri": uri, "uriBaseId": "%SRCROOT%"} if is_relative else {"uri": uri}


def _invocation(result: ScanResult) -> dict[str, Any]:
    # What was not scanned is told where the format tells that a run was not whole.
    return {
        "executionSuccessful": not result.unread,
        "toolExecutionNotifications": [_notification(part) for part in result.unread],
    }


def _notification(part: Unread) -> dict[str, Any]:
    what = "Not wholly scanned" if part.partly else "Not scanned"
    notification: dict[str, Any] = {"level": "warning", "message": {"text": f"{what}: {part.why}"}}
    if part.path:
        notification["locations"] = [{"physicalLocation": {"artifactLocation": _artifact(part.path)}}]
    return notification


def _uri(path: str) -> tuple[str, bool]:
    """Return a path as a URI reference (RFC 3986), and whether it is relative to the folder that was scanned.

    Bytes that are no text (they come as lone surrogates) are percent-encoded as the bytes they are.
    """
    windows = PureWindowsPath(path)
    if windows.drive and windows.is_absolute():
        return f"file:///{quote(windows.as_posix(), safe='/:')}", False
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character pair, as Windows allows in names
        raw = path.encode("utf-8", "surrogatepass")
    if PurePosixPath(path).is_absolute():
        return f"file://{quote(raw)}", False
    return quote(raw), True
