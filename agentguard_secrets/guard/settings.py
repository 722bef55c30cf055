"""Turns a change of the client's settings into the acts by which it would disarm the guard."""

from __future__ import annotations

import json
import os

from agentguard_secrets._plainjson import no_constant
from agentguard_secrets.guard.files import text_of
from agentguard_secrets.model import Act
from agentguard_secrets.protocol.claude_settings import faults, has_guard
from agentguard_secrets.state.session import GUARDED, remember, remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from agentguard_secrets.guard.pipeline import Case
    from agentguard_secrets.model import Event

_CATEGORY = "self-protection"
_SETTINGS = ("settings.json", "settings.local.json", "managed-settings.json", "hooks.json")


def with_disarming(case: Case) -> Case:
    """Return the case with one act for each thing in the changed file that keeps a guard from running."""
    path = case.event.payload.get("file_path")
    if not isinstance(path, str) or not path:
        return case
    return case._replace(acts=(*case.acts, *(Act(_CATEGORY, path, fault) for fault in _faults(case.event, path))))


def note_guards(event: Event, folder: str) -> None:
    """Note the settings files that hold a guard when the session starts: it has to stay in them. Raises StateError."""
    from pathlib import Path

    from agentguard_secrets.state.claudesettings import SCOPES, settings_file
    from agentguard_secrets.state.folders import project_folders

    root = Path(project_folders(folder)[0])
    for path in (str(settings_file(scope, root)) for scope in SCOPES):
        if has_guard(_parsed(path)):
            remember(event.session, GUARDED, path)


def _faults(event: Event, path: str) -> Iterator[str]:
    # Where the settings are a link, the path may be that of a file with any name: the client says what it is.
    is_told = str(event.payload.get("source")).endswith("settings")
    is_named = os.path.basename(path) in _SETTINGS or os.path.basename(os.path.dirname(path)) == "managed-settings.d"
    if not is_told and not is_named:
        return
    settings = _parsed(path)
    if settings is None:
        yield "expected JSON: the client drops a file that is none, with the guard in it"
        return
    yield from faults(settings)
    guarded = {note.subject for note in remembered(event.session) if note.kind == GUARDED}
    if path in guarded and not has_guard(settings):
        yield "the guard was taken out of it"


def _parsed(path: str) -> Any:
    """Return what the file says, nothing said when there is none; None when it is no JSON."""
    found = text_of(path)
    try:
        return json.loads(found[0] or "{}", parse_constant=no_constant) if found is not None else {}
    except (ValueError, RecursionError):
        return None
