"""Turns a scan result whose file names may hold a credential into one that can be shown."""

from __future__ import annotations

from agentguard_secrets.detect.engine import Detector, default_detector, scan_chunk
from agentguard_secrets.detect.known import Watchlist
from agentguard_secrets.detect.redact import redact_text
from agentguard_secrets.model import Chunk, ScanResult


def without_credentials_in_paths(result: ScanResult, key: bytes, *, known: Watchlist | None = None) -> ScanResult:
    """Return `result` with every credential in a path replaced by its tag, which `key` makes the same everywhere."""
    detector = default_detector(key)._replace(known=known)
    paths = {finding.path for finding in result.findings} | {unread.path for unread in result.unread}
    shown = {path: _masked(path, detector) for path in paths}
    return ScanResult(
        findings=tuple(finding._replace(path=shown[finding.path]) for finding in result.findings),
        unread=tuple(unread._replace(path=shown[unread.path]) for unread in result.unread),
        stats=result.stats,
    )


def _masked(path: str, detector: Detector) -> str:
    return redact_text(path, scan_chunk(Chunk(path), detector))
