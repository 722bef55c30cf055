"""Turns what stands around an installed guard into what could keep it from doing its work."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agentguard_secrets.protocol.claude_settings import MODULE, faults, has_guard
from agentguard_secrets.state.claudesettings import SCOPES, settings_file

# The first clients that start a hook without a shell, and in which a managed guard cannot be switched off.
OLDEST = (2, 1, 139)
OLDEST_MANAGED = (2, 1, 315)
_PATIENCE = 60  # seconds


def surroundings(root: Path) -> Iterator[str]:
    """Yield one line for each thing around the guards of the project at `root` that a person should know."""
    for scope in SCOPES:
        path = settings_file(scope, root)
        settings = _settings(path)
        if settings is None:
            yield f"{path} is no JSON: the client drops the file and says nothing"
            continue
        yield from (f"{path}: {fault}" for fault in faults(settings))
        yield from (f"{path}: {word}" for word in _others(settings))
    yield from _trust(root)
    yield from _age(client_version(shutil.which("claude")), root)


def client_version(client: str | None) -> tuple[int, ...] | None:
    """Return the version of the client, None when there is none or it does not say."""
    if client is None:
        return None
    try:
        done = subprocess.run([client, "--version"], capture_output=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(rb"(\d+)\.(\d+)\.(\d+)", done.stdout)
    return tuple(int(part) for part in found.groups()) if found else None


def _settings(path: Path) -> Any:
    """Return what the file says, {} without one, None when it is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return {}
    except (ValueError, RecursionError):
        return None


def _others(settings: Any) -> Iterator[str]:
    """Yield what other hooks can do to an output that was masked: all run at once, and the last one wins."""
    groups = settings.get("hooks", {}).get("PostToolUse", []) if isinstance(settings, dict) else []
    for group in groups if isinstance(groups, list) else []:
        hooks = group.get("hooks", []) if isinstance(group, dict) else []
        for hook in hooks if isinstance(hooks, list) else []:
            if isinstance(hook, dict) and MODULE not in json.dumps(hook):
                yield "another hook at PostToolUse may replace an output, too: of two the last one counts"


def _trust(root: Path) -> Iterator[str]:
    """A client that is used by a person runs no hook in a folder before that person has trusted it."""
    known = _settings(Path.home() / ".claude.json")
    projects = known.get("projects", {}) if isinstance(known, dict) else {}
    entry = projects.get(str(root), {}) if isinstance(projects, dict) else {}
    if known and not (isinstance(entry, dict) and entry.get("hasTrustDialogAccepted")):
        yield f"{root} is not trusted yet: until you accept it in the client, no hook runs there"


def _age(version: tuple[int, ...] | None, root: Path) -> Iterator[str]:
    if version is None:
        return
    shown = ".".join(map(str, version))
    if version < OLDEST:
        yield f"client {shown}: expected 2.1.139 or newer, an older one does not run such hooks"
    elif version < OLDEST_MANAGED and has_guard(_settings(settings_file("managed", root))):
        yield f"client {shown}: before 2.1.315 a repository can disarm a managed guard"
