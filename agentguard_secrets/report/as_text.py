"""Turns a scan result into lines for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from agentguard_secrets.model import SEVERITIES, Finding, ScanResult, Unread
from agentguard_secrets.report.place import COMMIT_DIGITS, named

_COLOURS = {"critical": "1;31", "high": "31", "medium": "33", "low": "36", "info": "2"}
_UNREAD_SHOWN = 20


def render(result: ScanResult, *, colour: bool = False) -> str:
    """Return one line a finding, what was not scanned, and a summary; with `colour`, for a terminal.

    No line is broken to a width, and no path can move the cursor: control characters come as escapes.
    """
    lines = [_line(finding, colour=colour) for finding in result.findings]
    lines += _unread_lines(result.unread)
    lines.append(summary(result))
    return "\n".join(lines) + "\n"


def printable(text: str) -> str:
    """Return `text` with control characters (but tabs) and bytes that are no text written as escapes."""
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(character: str) -> str:
    if 0xDC80 <= ord(character) <= 0xDCFF:
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character if character.isprintable() or character == "\t" else character.encode("unicode_escape").decode()


def _line(finding: Finding, *, colour: bool) -> str:
    place = f"{printable(named(finding))}:{finding.line}:{finding.column}"
    place = _coloured(place, "1" if colour else "")
    severity = _coloured(finding.severity, _COLOURS[finding.severity] if colour else "")
    told = [finding.rule_id, f"confidence {finding.confidence}", f"proof {finding.proof}"]
    if finding.commit:
        told.append(f"commit {finding.commit[:COMMIT_DIGITS]}")
    return f"{place}: {severity}: {finding.title}: {finding.preview} [{', '.join(told)}]"


def _coloured(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def _unread_lines(unread: Sequence[Unread]) -> Iterator[str]:
    for each in unread[:_UNREAD_SHOWN]:
        yield f"{printable(each.path)}: {'not wholly scanned' if each.partly else 'not scanned'}: {printable(each.why)}"
    if len(unread) > _UNREAD_SHOWN:
        yield f"… and {len(unread) - _UNREAD_SHOWN} more were not wholly scanned (--format json lists them all)"


def summary(result: ScanResult) -> str:
    """Return the last line: how much was found in how many texts, accepted and not wholly scanned."""
    counts = Counter(finding.severity for finding in result.findings)
    by_severity = ", ".join(f"{counts[name]} {name}" for name in reversed(SEVERITIES) if counts[name])
    found = f"{_number(len(result.findings), 'finding')} ({by_severity})" if by_severity else "no findings"
    parts = [f"{found} in {_number(result.stats.get('chunks', 0), 'text')}"]
    if accepted := result.stats.get("accepted", 0):
        parts.append(f"{accepted} accepted")
    if result.unread:
        parts.append(f"{len(result.unread)} not wholly scanned")
    return ", ".join(parts)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
