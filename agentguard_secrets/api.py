"""Turns texts, files and repositories into findings for programs that import the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentguard_secrets.detect.bounded import BoundedPattern
from agentguard_secrets.detect.engine import Detector, default_detector, scan_chunk
from agentguard_secrets.detect.redact import redact_text
from agentguard_secrets.model import Chunk, Finding, ScanResult, Unread
from agentguard_secrets.state.key import user_key

if TYPE_CHECKING:
    from collections.abc import Iterable


def scan_text(text: str, *, path: str = "", key: bytes | None = None) -> list[Finding]:
    """Return the credentials in `text` by position, none overlapping another.

    `path` is only reported. `key` is the fingerprint key; without it the user's own key is used, and made if there
    is none yet. What a comment on the line accepts is left out. Raises StateError if that key cannot be read or
    made and DeadlineError if one search takes more than five seconds.
    """
    return _accepted(scan_chunk(Chunk(text, path), _detector(key)))


def scan(chunks: Iterable[Chunk | Unread], *, key: bytes | None = None) -> ScanResult:
    """Return what is found in `chunks`, as a source of `agentguard_secrets.sources` yields them, and what is unread.

    Findings come in the order of the chunks. Raises what the source raises.
    """
    detector = _detector(key)
    findings: list[Finding] = []
    unread: list[Unread] = []
    chunk_count = characters = 0
    for chunk in chunks:
        if isinstance(chunk, Unread):
            unread.append(chunk)
            continue
        chunk_count += 1
        characters += len(chunk.text)
        findings += _accepted(scan_chunk(chunk, detector))
    return ScanResult(tuple(findings), tuple(unread), {"chunks": chunk_count, "characters": characters})


def redact(text: str, *, key: bytes | None = None) -> str:
    """Return `text` with every credential replaced by a tag that is the same for the same value.

    Comments that accept a finding do not keep it readable: whoever redacts is about to pass the text on.
    """
    return redact_text(text, scan_chunk(Chunk(text), _detector(key)))


def _detector(key: bytes | None) -> Detector:
    return default_detector(user_key() if key is None else key)._replace(compile=BoundedPattern)


def _accepted(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if not finding.allowed_inline]
