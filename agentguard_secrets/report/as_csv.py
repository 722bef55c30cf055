"""Turns a scan result into comma-separated values, for people with a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from agentguard_secrets.model import ScanResult
from agentguard_secrets.report.as_json import FINDING_KEYS, finding_fields
from agentguard_secrets.report.as_text import printable

_KEYS = (*FINDING_KEYS, "unread")
# A cell that begins like this is a formula to a spreadsheet, and a file may be named by a stranger
# (https://owasp.org/www-community/attacks/CSV_Injection). The exact path stands in the JSON document.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(result: ScanResult) -> str:
    """Return a header, a row for each finding, and for each unread part a row with its path and, last, why (RFC 4180).

    Rows end in CR LF. A cell that a spreadsheet would compute is given a leading apostrophe.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _KEYS, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(_rows(result))
    return text.getvalue()


def _rows(result: ScanResult) -> Iterator[dict[str, str]]:
    for finding in result.findings:
        yield _cells(finding_fields(finding))
    for part in result.unread:
        yield _cells({"path": part.path, "unread": part.why})


def _cells(values: Mapping[str, object]) -> dict[str, str]:
    texts = {key: "" if value is None else printable(str(value)) for key, value in values.items()}
    return {key: f"'{text}" if text.startswith(_FORMULA) else text for key, text in texts.items()}
