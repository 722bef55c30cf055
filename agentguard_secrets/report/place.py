"""Turns the place of a finding into the words that reports name it by."""

from __future__ import annotations

from agentguard_secrets.model import Finding

COMMIT_DIGITS = 12
_NAMELESS = {"message": "message or people", "name": "file, branch or tag name", "tag": "tag message"}


def named(finding: Finding) -> str:
    """Return the path, or in brackets what kind of text without a path it was."""
    return finding.path or f"({_NAMELESS.get(finding.origin, finding.origin)})"
