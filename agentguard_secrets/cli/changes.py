"""Turns changes of files into what a person sees before they are made."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import unified_diff

from agentguard_secrets.detect.engine import Detector, default_detector, scan_chunk
from agentguard_secrets.detect.redact import redact_text
from agentguard_secrets.model import Chunk
from agentguard_secrets.report.as_text import printable
from agentguard_secrets.state.atomic import FileChange
from agentguard_secrets.state.key import user_key

_NO_FILE = "/dev/null"


def shown(changes: Iterable[FileChange]) -> str:
    """Return one unified diff of all changes; a file that is made or removed stands against /dev/null.

    Settings hold credentials now and then: what is shown of the files has them masked.
    """
    detector = default_detector(user_key())
    return "".join(line for change in changes for line in _diff(change, detector))


def _diff(change: FileChange, detector: Detector) -> list[str]:
    before, after = (_lines(text, detector) for text in (change.before, change.after))
    old = _NO_FILE if change.before is None else change.path
    new = _NO_FILE if change.after is None else change.path
    lines = list(unified_diff(before, after, fromfile=old, tofile=new))
    # A change of the mode alone has no lines, and is a change.
    return lines or [f"--- {old}\n", f"+++ {new}\n", f"mode {change.mode:o}\n"]


def _lines(text: str | None, detector: Detector) -> list[str]:
    masked = redact_text(text or "", scan_chunk(Chunk(text or ""), detector))
    return [f"{printable(line)}\n" for line in masked.splitlines()]
