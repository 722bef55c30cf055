"""Turns lines of the journal that a collector has not got yet into records that it gets."""

from __future__ import annotations

import json
import logging.handlers
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agentguard_secrets import __version__
from agentguard_secrets.errors import AgentguardError
from agentguard_secrets.model import JournalTerms
from agentguard_secrets.report.journal_export import log_fields
from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.journalanchor import Outcome, remember, remembered
from agentguard_secrets.state.journalread import read

# At once: what is over comes with the next decision.
MOST_LINES = 2000
PATIENCE = 10.0
_SYSLOG_PORT = 514
_LOCAL_SYSLOG = ("/dev/log", "/var/run/syslog")

Entry = dict[str, Any]


def sent(terms: JournalTerms) -> Iterator[Outcome]:
    """Send each collector the lines after those that it got; yield its name and why that failed, empty if not."""
    senders = [(f"otlp {address}", address, _send_otlp) for address in terms.otlp]
    senders += [(f"syslog {address}", address, _send_syslog) for address in terms.syslog]
    for name, address, send in senders:
        state = remembered("sent")
        entries = [entry for entry in read(journal_file()) if entry and _number(entry) > state.get(name, 0)][
            :MOST_LINES
        ]
        if not entries:
            continue
        try:
            send(address, entries)
        except (OSError, AgentguardError) as error:
            yield name, str(error)
            continue
        seal = {key: value for key, value in state.items() if key != "digest"}
        remember("sent", {**seal, name: _number(entries[-1])})
        yield name, ""


def _number(entry: Entry) -> int:
    number = entry.get("sequence")
    return number if isinstance(number, int) else 0


def _send_otlp(address: str, entries: Sequence[Entry]) -> None:
    """Send through the OpenTelemetry SDK, which `pip install agentguard-secrets[otlp]` brings."""
    try:
        from opentelemetry._logs import LogRecord, SeverityNumber
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
        from opentelemetry.sdk import _logs as sdk
        from opentelemetry.sdk.resources import Resource
    except ImportError as error:
        raise AgentguardError("the OpenTelemetry SDK is missing: pip install agentguard-secrets[otlp]") from error
    keeper = sdk.export.InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]
    provider = sdk.LoggerProvider(
        resource=Resource({"service.name": "agentguard-secrets", "service.version": __version__})
    )
    provider.add_log_record_processor(sdk.export.SimpleLogRecordProcessor(keeper))
    logger = provider.get_logger("agentguard_secrets.journal", __version__)
    for entry in entries:
        time, number, word, text, attributes = log_fields(entry)
        severity = SeverityNumber(number)
        record = LogRecord(
            timestamp=time, severity_number=severity, severity_text=word, body=text, attributes=attributes
        )
        logger.emit(record)
    exporter = OTLPLogExporter(endpoint=_logs_address(address), timeout=PATIENCE)
    result = exporter.export(keeper.get_finished_logs())
    exporter.shutdown()  # type: ignore[no-untyped-call]
    if result.name != "SUCCESS":
        raise AgentguardError("the collector did not take the lines")


def _logs_address(address: str) -> str:
    """The collector's own address names no path; the one for logs then follows."""
    return address if urlsplit(address).path.strip("/") else f"{address.rstrip('/')}/v1/logs"


def _send_syslog(address: str, entries: Sequence[Entry]) -> None:
    """Send each line as one JSON object with the program's name; a denial is a warning, the rest is information."""
    handler = logging.handlers.SysLogHandler(**_syslog_place(address))
    handler.ident = "agentguard-secrets: "
    try:
        for entry in entries:
            level = logging.WARNING if entry.get("verdict") == "deny" else logging.INFO
            text = json.dumps(entry, separators=(",", ":"))
            handler.emit(logging.LogRecord("agentguard_secrets", level, "", 0, text, None, None))
    finally:
        handler.close()


def _syslog_place(address: str) -> dict[str, Any]:
    if address == "local":
        places = [path for path in _LOCAL_SYSLOG if Path(path).exists()]
        if not places:
            raise AgentguardError(f"no local syslog: neither {' nor '.join(_LOCAL_SYSLOG)} is there")
        return {"address": places[0]}
    parts = urlsplit(address)
    kind = socket.SOCK_STREAM if parts.scheme == "tcp" else socket.SOCK_DGRAM
    return {"address": (parts.hostname or "localhost", parts.port or _SYSLOG_PORT), "socktype": kind}
