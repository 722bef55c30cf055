"""Turns a scan result into the JSON document that other tools read."""

from __future__ import annotations

import json
from typing import Any

from agentguard_secrets import __version__
from agentguard_secrets.model import Finding, Part, ScanResult, Unread

_VERSION = 1
_FIELDS = (
    "title",
    "severity",
    "confidence",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "commit",
    "origin",
    "fingerprint",
    "preview",
    "proof",
)
FINDING_KEYS = ("rule", *_FIELDS)


def render(result: ScanResult) -> str:
    """Return the document, ending in a line feed. It is pure ASCII: a path that is no text comes as escapes."""
    document = {
        "version": _VERSION,
        "tool": {"name": "agentguard-secrets", "version": __version__},
        "findings": [finding_fields(finding) for finding in result.findings],
        "unread": [unread_fields(unread) for unread in result.unread],
        "stats": dict(result.stats),
    }
    return json.dumps(document, indent=2) + "\n"


def finding_fields(finding: Finding) -> dict[str, Any]:
    """Return the finding by the keys of the document, in their order; `parts` only where there are some."""
    fields = {"rule": finding.rule_id, **{name: getattr(finding, name) for name in _FIELDS}}
    if finding.parts:
        fields["parts"] = [_part_fields(part) for part in finding.parts]
    return fields


def _part_fields(part: Part) -> dict[str, Any]:
    # A part never ends on another line than it begins on.
    line, column = part.at
    end = column + part.span.end - part.span.start
    return {"name": part.name, "line": line, "column": column, "end_line": line, "end_column": end}


def unread_fields(unread: Unread) -> dict[str, str]:
    """Return the unread part by the keys of the document."""
    return {"path": unread.path, "why": unread.why}
