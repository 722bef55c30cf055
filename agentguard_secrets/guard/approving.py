"""Turns the events after a question into the answer that the person gave, and a standing grant into one beforehand."""

from __future__ import annotations

from agentguard_secrets.state.session import remember, remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentguard_secrets.model import Event

# Kinds of notes about a session.
ASKED = "asked"
SETTLED = "settled"

# The tool has run, so the person let it.
_RAN = frozenset({"PostToolUse", "PostToolUseFailure"})
# Nothing that was asked before can still be waiting for an answer.
_OVER = frozenset({"UserPromptSubmit", "Stop", "SessionEnd"})


def note_question(event: Event) -> None:
    """Note that a person is asked about this call. Raises StateError when it cannot be written."""
    call = event.payload.get("tool_use_id")
    if isinstance(call, str) and call:
        remember(event.session, ASKED, call)


def settle(event: Event) -> None:
    """Write down what became of the calls that a person was asked about. Raises StateError when it cannot be."""
    notes = remembered(event.session)
    settled = {note.subject for note in notes if note.kind == SETTLED}
    waiting = dict.fromkeys(note.subject for note in notes if note.kind == ASKED and note.subject not in settled)
    if not waiting:
        return
    ended = [call for call in _ended(event, waiting) if call in waiting]
    answer = "approved" if event.name in _RAN else "refused"
    for call in ended:
        _record(event, call, answer)
        remember(event.session, SETTLED, call)


def _ended(event: Event, waiting: Iterable[str]) -> list[str]:
    if event.name in _OVER:
        return list(waiting)
    if event.name != "PostToolBatch":
        call = event.payload.get("tool_use_id")
        return [call] if isinstance(call, str) else []
    calls = event.payload.get("tool_calls")
    named = [each.get("tool_use_id") for each in calls if isinstance(each, dict)] if isinstance(calls, list) else []
    return [call for call in named if isinstance(call, str)]


def _record(event: Event, call: str, answer: str) -> None:
    from agentguard_secrets.model import AuditEvent
    from agentguard_secrets.state.journal import append

    verdict = "allow" if answer == "approved" else "deny"
    append(AuditEvent("approval", event.session, event.tool, verdict, (), (), "", "", call=call, answer=answer))


def is_granted(event: Event, folder: str) -> bool:
    """Whether a person has granted exactly this command, in this folder, for now. Raises StateError."""
    tool_input = event.payload.get("tool_input")
    command = tool_input.get("command") if isinstance(tool_input, dict) else None
    if not isinstance(command, str):
        return False
    from agentguard_secrets.state import grants

    return grants.is_granted(command.strip(), folder=folder, session=event.session)
