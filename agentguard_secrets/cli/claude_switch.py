"""Turns the settings files of Claude Code into the key that keeps a guard in them from running."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agentguard_secrets.errors import StateError
from agentguard_secrets.state.atomic import read_text
from agentguard_secrets.state.claudesettings import settings_file

# The first of them that has the key decides.
_PRECEDENCE = ("managed", "local", "project", "user")
_SWITCH = "disableAllHooks"
_ONLY_MANAGED = "allowManagedHooksOnly"


def switched_off_by(scope: str, root: Path) -> str | None:
    """Return file and key that switch off the hooks of `scope`, None when they run.

    Raises StateError for a settings file that cannot be read.
    """
    managed = settings_file("managed", root)
    if scope != "managed" and _settings(managed).get(_ONLY_MANAGED) is True:
        return f"{managed}: {_ONLY_MANAGED}"
    for each in ("managed",) if scope == "managed" else _PRECEDENCE:
        path = settings_file(each, root)
        settings = _settings(path)
        if _SWITCH in settings:
            return f"{path}: {_SWITCH}" if settings[_SWITCH] else None
    return None


def _settings(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(read_text(path) or "{}")
    except (ValueError, RecursionError) as error:
        raise StateError(f"{path}: expected JSON, got something else") from error
    if not isinstance(settings, dict):
        raise StateError(f"{path}: expected an object, got {type(settings).__name__}")
    return settings
