"""Turns texts, files and repositories into findings for programs that import the package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agentguard_secrets.detect.bounded import BoundedPattern
from agentguard_secrets.detect.engine import Detector, default_detector, scan_chunk
from agentguard_secrets.detect.known import Known, Watchlist
from agentguard_secrets.detect.redact import redact_text
from agentguard_secrets.errors import LimitError
from agentguard_secrets.model import Chunk, Finding, ScanResult, Unread
from agentguard_secrets.state.key import user_key
from agentguard_secrets.state.known import away_from_home, machine_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable


def scan_text(
    text: str, *, path: str = "", key: bytes | None = None, known: Iterable[Known] | None = None
) -> list[Finding]:
    """Return the credentials in `text` by position, none overlapping another.

    `path` is only reported. `key` is the fingerprint key; without it the user's own key is used, and made if there
    is none yet. `known` are values to look for exactly; without them those of this machine are, as they are seen from
    the working folder, and with () none. What a comment on the line accepts is left out. Raises StateError if the key
    cannot be read or made, DeadlineError if one search takes more than five seconds and LimitError if nothing is found
    in a text that is encoded too often to be read.
    """
    return _accepted(scan_chunk(Chunk(text, path), _detector(key, known)))


def scan(
    chunks: Iterable[Chunk | Unread], *, key: bytes | None = None, known: Iterable[Known] | None = None
) -> ScanResult:
    """Return what is found in `chunks`, as a source of `agentguard_secrets.sources` yields them, and what is unread.

    Findings come in the order of the chunks. Raises what the source raises.
    """
    detector = _detector(key, known)
    findings: list[Finding] = []
    unread: list[Unread] = []
    chunk_count = characters = 0
    for chunk in chunks:
        if isinstance(chunk, Unread):
            unread.append(chunk)
            continue
        chunk_count += 1
        characters += len(chunk.text)
        try:
            findings += _accepted(scan_chunk(chunk, away_from_home(detector, chunk)))
        except LimitError as error:
            unread.append(Unread(chunk.path, str(error)))
    return ScanResult(tuple(findings), tuple(unread), {"chunks": chunk_count, "characters": characters})


def redact(text: str, *, key: bytes | None = None, known: Iterable[Known] | None = None) -> str:
    """Return `text` with every credential replaced by a tag that is the same for the same value.

    Comments that accept a finding do not keep it readable: whoever redacts is about to pass the text on.
    """
    return redact_text(text, scan_chunk(Chunk(text), _detector(key, known)))


def _detector(key: bytes | None, known: Iterable[Known] | None) -> Detector:
    secrets = tuple(machine_secrets(str(Path.cwd())) if known is None else known)
    detector = default_detector(user_key() if key is None else key)
    return detector._replace(compile=BoundedPattern, known=Watchlist(secrets) if secrets else None)


def _accepted(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if not finding.allowed_inline]
