"""Turns lines of the journal into the formats that other programs read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from agentguard_secrets import __version__

Entry = Mapping[str, Any]

# A cell that begins like this is a formula to a spreadsheet, and a path may be named by a stranger.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = (
    *("sequence", "time", "event", "session", "tool", "verdict", "rules", "fingerprints", "path", "policy", "acts"),
    *("subjects", "hosts", "unread", "milliseconds", "level", "folder", "call", "answer", "note", "retired", "remark"),
    *("key", "previous", "digest"),
)

# OCSF 1.3, class 2004 (Detection Finding) with the profile security_control: action and disposition by verdict.
_OCSF_ANSWERS = {"allow": (1, 1), "ask": (99, 99), "redact": (4, 11), "deny": (2, 2)}
_OCSF_WORDS = {1: "Allowed", 2: "Denied", 4: "Modified", 99: "Asked"}
# OCSF: 1 informational, 2 low, 3 medium, 4 high; OpenTelemetry: 9 INFO, 13 WARN, 17 ERROR.
_WEIGHTS = {"allow": (1, 9, "INFO"), "redact": (3, 13, "WARN"), "ask": (3, 13, "WARN"), "deny": (4, 17, "ERROR")}


def as_jsonl(entries: Iterable[Entry]) -> str:
    """Return the lines as they were read, one JSON object each, the chain included."""
    return "".join(f"{json.dumps(entry, separators=(',', ':'))}\n" for entry in entries)


def as_csv(entries: Iterable[Entry]) -> str:
    """Return a header and a row for each line (RFC 4180); lists are joined by blanks, formulas defused."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in entry.items()} for entry in entries)
    return text.getvalue()


def as_ocsf(entries: Iterable[Entry]) -> str:
    """Return one OCSF event (Detection Finding, 2004) a line."""
    return "".join(f"{json.dumps(_ocsf(entry), separators=(',', ':'))}\n" for entry in entries)


def as_otel(entries: Iterable[Entry]) -> str:
    """Return one document of OpenTelemetry logs, as its JSON encoding over HTTP has it."""
    resource = {"attributes": _attributes({"service.name": "agentguard-secrets", "service.version": __version__})}
    scope = {"name": "agentguard_secrets.journal", "version": __version__}
    logs = [{"scope": scope, "logRecords": [_log_record(entry) for entry in entries]}]
    return json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": logs}]}, indent=2) + "\n"


EXPORTS: dict[str, Callable[[Iterable[Entry]], str]] = {
    "jsonl": as_jsonl,
    "csv": as_csv,
    "ocsf": as_ocsf,
    "otel": as_otel,
}


def log_fields(entry: Entry) -> tuple[int, int, str, str, dict[str, Any]]:
    """Nanoseconds, severity as number and word, the text and the attributes of a line, as OpenTelemetry names them."""
    _weight, number, word = _WEIGHTS.get(str(entry.get("verdict")), _WEIGHTS["deny"])
    attributes = {f"agentguard.{key}": value for key, value in entry.items() if key != "time" and value not in ("", [])}
    return _milliseconds(entry) * 1_000_000, number, word, _sentence(entry), attributes


def _cell(value: Any) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = "".join(sign if sign.isprintable() else "?" for sign in text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _ocsf(entry: Entry) -> dict[str, Any]:
    verdict = str(entry.get("verdict"))
    weight = _WEIGHTS.get(verdict, _WEIGHTS["deny"])[0]
    action, disposition = _OCSF_ANSWERS.get(verdict, (0, 0))
    types = [*entry.get("rules", []), *entry.get("acts", [])]
    return {
        "class_uid": 2004,
        "class_name": "Detection Finding",
        "category_uid": 2,
        "category_name": "Findings",
        "activity_id": 1,
        "activity_name": "Create",
        "type_uid": 200401,
        "time": _milliseconds(entry),
        "severity_id": weight,
        "severity": {1: "Informational", 3: "Medium", 4: "High"}[weight],
        "status_id": 1,
        "action_id": action,
        "action": _OCSF_WORDS.get(action, "Unknown"),
        "disposition_id": disposition,
        "message": _sentence(entry),
        "metadata": {
            "version": "1.3.0",
            "profiles": ["security_control"],
            "uid": str(entry.get("digest", "")),
            "sequence": entry.get("sequence", 0),
            "product": {"name": "agentguard-secrets", "vendor_name": "agentguard-secrets", "version": __version__},
        },
        "finding_info": {
            "uid": str(entry.get("digest", "")),
            "title": _sentence(entry),
            "types": types or ["decision"],
            "created_time": _milliseconds(entry),
        },
        "policy": {"uid": str(entry.get("policy", ""))},
        "observables": list(_observables(entry)),
        "unmapped": {
            key: entry[key] for key in ("session", "tool", "event", "unread", "answer", "note") if entry.get(key)
        },
    }


def _observables(entry: Entry) -> Iterator[dict[str, Any]]:
    if entry.get("path"):
        yield {"name": "path", "type_id": 45, "type": "File Path", "value": entry["path"]}
    for host in entry.get("hosts", []):
        yield {"name": "hosts", "type_id": 1, "type": "Hostname", "value": host}
    for value in entry.get("fingerprints", []):
        yield {"name": "fingerprints", "type_id": 30, "type": "Fingerprint", "value": value}


def _log_record(entry: Entry) -> dict[str, Any]:
    nanoseconds, number, word, text, attributes = log_fields(entry)
    return {
        "timeUnixNano": str(nanoseconds),
        "observedTimeUnixNano": str(nanoseconds),
        "severityNumber": number,
        "severityText": word,
        "body": {"stringValue": text},
        "attributes": _attributes(attributes),
    }


def _attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(each) for each in value]}}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": str(value)}


def _sentence(entry: Entry) -> str:
    what = ", ".join(map(str, [*entry.get("rules", []), *entry.get("acts", [])]))
    words = [str(entry.get(key, "")) for key in ("verdict", "event", "tool")]
    return " ".join(word for word in words if word) + (f": {what}" if what else "")


def _milliseconds(entry: Entry) -> int:
    try:
        return int(datetime.fromisoformat(str(entry.get("time"))).timestamp() * 1000)
    except ValueError:
        return 0
