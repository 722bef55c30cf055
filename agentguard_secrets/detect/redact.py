"""Turns a text and its findings into the same text without the credentials."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from agentguard_secrets.model import Finding, Span

# What `tag_of` returns; the group is the rule's id.
TAG = r"\[REDACTED:([a-z0-9-]{1,64}):[0-9a-f]{8}\]"


def tag_of(finding: Finding) -> str:
    """Return the stand-in of a credential: the same value has the same tag wherever it stands."""
    return tag(finding.rule_id, finding.fingerprint)


def tag(rule_id: str, fingerprint: str) -> str:
    """Return the stand-in of what `rule_id` finds."""
    return f"[REDACTED:{rule_id}:{fingerprint[:8]}]"


def masked_places(finding: Finding) -> dict[Span, str]:
    """Return the places of a finding that have to go, each with its stand-in: the secret, and ids found with it."""
    return {finding.span: tag_of(finding), **{part.span: part.tag for part in finding.parts if part.tag}}


def redact_text(text: str, findings: Iterable[Finding]) -> str:
    """Return `text` with each finding's span replaced by its tag; everything else stays as it was.

    The findings are those of this very text; they may come in any order but do not overlap.
    """
    pieces: list[str] = []
    position = 0
    masks = {span: tag for finding in findings for span, tag in masked_places(finding).items()}
    for span in sorted(masks, key=lambda span: span.start):
        pieces += text[position : span.start], masks[span]
        position = span.end
    return "".join(pieces) + text[position:]


def without_tags(text: str, rule_ids: Container[str]) -> str:
    """Return `text` with dots where a tag of one of these rules stands.

    Words like `rabbitmq-password` in it would be a finding. Whatever else is put between such brackets stays.
    """
    return re.sub(TAG, lambda tag: "." * len(tag[0]) if tag[1] in rule_ids else tag[0], text)
