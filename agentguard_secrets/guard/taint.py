"""Turns a session that holds a credential nobody could take out into one of which nothing more is sent."""

from __future__ import annotations

import os

from agentguard_secrets.model import Verdict
from agentguard_secrets.protocol.claude_answer import stopped
from agentguard_secrets.protocol.claude_masks import masked_text
from agentguard_secrets.protocol.claude_message import tainted
from agentguard_secrets.state.session import ACCEPTED, TAINTED, remember, taint_of, tainted_sessions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentguard_secrets.model import Decision, Event, Field, Finding
    from agentguard_secrets.protocol.claude_answer import Answer

# The text of these stays in the conversation even when the turn is stopped.
_UNREPLACED = frozenset({"PostToolUseFailure", "PostToolBatch", "InstructionsLoaded"})
# Where the answer of a tool that writes repeats what it wrote.
_NEW = frozenset({"content", "newString", "new_source"})


def stopped_if_tainted(event: Event) -> Answer | None:
    """Return the answer to an event of a tainted session, journaled, and None for any other. Raises StateError."""
    why = taint_of(event.session)
    if why is None:
        return None
    from agentguard_secrets.guard.masking import masks_of
    from agentguard_secrets.guard.record import record

    masks = masks_of(event, [], key=b"")
    record(event, masks, policy=None, verdict=Verdict.DENY.name)
    return stopped(event.name, masked_text(tainted(event.session, why), masks.values))


def taint(event: Event, decision: Decision, verdict: Verdict) -> None:
    """Taint the session when the event leaves a credential in it; `verdict` is what came of the decision."""
    is_left = event.name in _UNREPLACED and decision.verdict > Verdict.ALLOW
    if is_left or (event.name == "PostToolUse" and verdict == Verdict.DENY):
        rules = ", ".join(sorted({finding.rule_id for finding in decision.findings})) or "something unread"
        remember(event.session, TAINTED, f"{event.name}: {rules}")


def taint_fork(event: Event) -> None:
    """Taint a session that was forked while one that is tainted could be its origin: the client does not say which is.

    Raises StateError when the notes cannot be read or written.
    """
    transcript = event.payload.get("transcript_path")
    kept = os.path.dirname(os.path.dirname(transcript)) if isinstance(transcript, str) else ""
    for session in tainted_sessions():
        if session != event.session and _has_transcript(session, kept):
            remember(event.session, TAINTED, f"it may be a fork of the session {session}, which holds a credential")
            return


def _has_transcript(session: str, kept: str) -> bool:
    """Say whether the client can still read the session; where its folder cannot be looked into, it can."""
    try:
        return any(os.path.lexists(os.path.join(kept, each, f"{session}.jsonl")) for each in os.listdir(kept))
    except OSError:
        return True


def accept(event: Event, found: Iterable[tuple[Field, list[Finding]]]) -> None:
    """Note each credential that a call has written: it was judged before, so a person has let it pass."""
    if event.name == "PostToolUse" and event.path:
        written = [finding for field, findings in found if _NEW & {*field.keys} for finding in findings]
        for fingerprint in sorted({finding.fingerprint for finding in written}):
            remember(event.session, ACCEPTED, fingerprint)


def taint_after_failure(event: Event | None) -> None:
    """Taint the session when an output of it could not be judged. Raises StateError."""
    if event is not None and (event.name in _UNREPLACED or event.name == "PostToolUse"):
        remember(event.session, TAINTED, f"{event.name}: an output that could not be judged")
