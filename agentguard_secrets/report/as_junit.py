"""Turns a scan result into the JUnit XML that build servers show as tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from agentguard_secrets.model import Finding, ScanResult, Unread
from agentguard_secrets.report.as_text import printable
from agentguard_secrets.report.place import COMMIT_DIGITS, named

_SUITE = "agentguard-secrets"


def render(result: ScanResult) -> str:
    """Return a test case for each rule that found something in a file (a failure) and for each unread part (an error).

    Where there is neither, one case that passed, because servers take a report without cases for a run that failed.
    The format: https://github.com/testmoapp/junitxml
    """
    suite = Element("testsuite", name=_SUITE)
    grouped: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in result.findings:
        grouped[named(finding), finding.rule_id].append(finding)
    for (path, rule), findings in grouped.items():
        _add_failure(suite, path, rule, findings)
    for part in result.unread:
        _add_error(suite, part)
    if not len(suite):
        SubElement(suite, "testcase", classname=_SUITE, name="no credential found")
    counts = {
        "tests": str(len(suite)),
        "failures": str(len(grouped)),
        "errors": str(len(result.unread)),
        "skipped": "0",
    }
    suite.attrib |= counts
    document = Element("testsuites", {"name": _SUITE, **counts})
    document.append(suite)
    indent(document)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(document, encoding="unicode") + "\n"


def _add_failure(suite: Element, path: str, rule: str, findings: list[Finding]) -> None:
    first = findings[0]
    case = SubElement(suite, "testcase", classname=printable(path), name=rule, file=printable(path))
    case.set("line", str(first.line))
    failure = SubElement(case, "failure", type=first.severity, message=printable(first.title))
    failure.text = "\n".join(_told(finding) for finding in findings)


def _add_error(suite: Element, part: Unread) -> None:
    case = SubElement(suite, "testcase", classname=printable(part.path), name="not scanned", file=printable(part.path))
    SubElement(case, "error", type="unread", message=_one_line((part.why,)))


def _told(finding: Finding) -> str:
    told = [f"confidence {finding.confidence}", f"proof {finding.proof}", f"fingerprint {finding.fingerprint}"]
    if finding.commit:
        told.append(f"commit {finding.commit[:COMMIT_DIGITS]}")
    return _one_line((f"{named(finding)}:{finding.line}:{finding.column}: {finding.preview}", f"[{', '.join(told)}]"))


def _one_line(words: Iterable[str]) -> str:
    return printable(" ".join(words))
