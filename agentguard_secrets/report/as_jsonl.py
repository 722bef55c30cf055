"""Turns a scan result into one JSON object a line, for programs that read while it is written."""

from __future__ import annotations

import json

from agentguard_secrets.model import ScanResult
from agentguard_secrets.report.as_json import finding_fields, unread_fields


def render(result: ScanResult) -> str:
    """Return a line for each finding, for each unread part, and at last one of the figures; `type` says which.

    The other keys are those of the JSON document. It is pure ASCII.
    """
    lines = [{"type": "finding", **finding_fields(finding)} for finding in result.findings]
    lines += [{"type": "unread", **unread_fields(unread)} for unread in result.unread]
    lines.append({"type": "stats", **result.stats})
    return "".join(f"{json.dumps(line)}\n" for line in lines)
