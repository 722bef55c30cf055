"""Turns a scan result into the report of the format that was asked for."""

from __future__ import annotations

from importlib import import_module

from agentguard_secrets.model import ScanResult

# Each is a module as_NAME of this package with `render(result)`.
FORMATS = ("text", "json", "jsonl", "sarif", "junit", "csv", "github", "html")


def rendered(result: ScanResult, name: str) -> str:
    """Return the report in the format `name`, one of FORMATS, as its module promises. Only that module is imported."""
    report: str = import_module(f"agentguard_secrets.report.as_{name}").render(result)
    return report
