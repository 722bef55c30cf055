"""Turns what was found in a part of a file into what counts of it, at the lines of the file."""

from __future__ import annotations

from agentguard_secrets.detect.redact import masked_places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.model import Finding, Span


def counting(findings: list[Finding], counted: tuple[Span, ...] | None, *, lines_before: int) -> list[Finding]:
    """Return the findings that touch one of the spans, or all where there are none, that many lines further on."""
    if counted is not None:
        findings = [each for each in findings if any(_touches(each, span) for span in counted)]
    return [each._replace(line=each.line + lines_before, end_line=each.end_line + lines_before) for each in findings]


def _touches(finding: Finding, span: Span) -> bool:
    return any(place.overlaps(span) for place in masked_places(finding))
