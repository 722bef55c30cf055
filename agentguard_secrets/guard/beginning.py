"""Turns the start of a session into the notes that are kept of it."""

from __future__ import annotations

from agentguard_secrets.guard.settings import note_guards
from agentguard_secrets.guard.taint import taint_fork
from agentguard_secrets.state.session import is_started

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.model import Event


def note_beginning(event: Event, folder: str) -> None:
    """Note the guards that have to stay, and whether this may be a copy of a tainted session. Raises StateError."""
    if not is_started(event.session):
        note_guards(event, folder)
    if event.payload.get("source") == "fork":
        taint_fork(event)
