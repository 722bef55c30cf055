"""Turns what stands around an installed guard into what could keep it from doing its work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agentguard_secrets._record import Record
from agentguard_secrets.cli.claude_others import replacing, rewriting, unknown
from agentguard_secrets.errors import StateError
from agentguard_secrets.protocol.claude_settings import faults, has_guard
from agentguard_secrets.state.claudeplaces import Place, parsed, plugin_places, settings_places

# The first clients that start a hook without a shell, and in which a managed guard cannot be switched off.
OLDEST = (2, 1, 139)
OLDEST_MANAGED = (2, 1, 315)
_PATIENCE = 60  # seconds
# Told of the guards themselves: by the level that decides.
_DECIDED = ("disableAllHooks:", "allowManagedHooksOnly:", "enabledPlugins.", "env.LD_", "env.DYLD_")


class Surrounding(Record):
    """One thing around the guards, what mends it, and whether it keeps a guard from its work now."""

    what: str
    mend: str
    is_fault: bool


def surroundings(root: Path, *, is_filtering: bool) -> Iterator[Surrounding]:
    """Yield each thing around the guards of the project at `root` that a person should know.

    `is_filtering` says that the policy has commands rewritten, so that of two hooks that do that one loses.
    """
    settings = [(place, said) for place in settings_places(root) if (said := _said(place)) is not None]
    for place, said in settings:
        yield from _malformed(place, said)
    for place, said in [*settings, *_plugins(root, [said for _place, said in settings])]:
        yield from _others(place, said, root, is_filtering=is_filtering)
    yield from _trust(root)
    yield from _age(client_version(shutil.which("claude")), settings)


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


def _said(place: Place) -> dict[str, Any] | None:
    """Return what the file says, None when it is no JSON: that is told of the guards themselves."""
    try:
        return parsed(place.path)
    except StateError:
        return None


def _plugins(root: Path, settings: list[dict[str, Any]]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield the hooks of each plugin of others that some settings file switches on."""
    for place in plugin_places(root):
        is_on = any(_enabled(said).get(place.plugin) for said in settings)
        said = _said(place)
        if is_on and not place.is_ours and said:
            yield place, said


def _enabled(settings: dict[str, Any]) -> dict[str, Any]:
    plugins = settings.get("enabledPlugins")
    return plugins if isinstance(plugins, dict) else {}


def _malformed(place: Place, settings: dict[str, Any]) -> Iterator[Surrounding]:
    """A malformed hook costs the client the hooks of that file; beside a guard it is told of the guard itself."""
    for fault in faults(settings):
        if not fault.startswith(_DECIDED) and not (fault.startswith("hooks") and has_guard(settings)):
            yield Surrounding(f"{place.path}: {fault}", f"correct or remove it in {place.path}", is_fault=False)


def _others(place: Place, settings: dict[str, Any], root: Path, *, is_filtering: bool) -> Iterator[Surrounding]:
    """What other hooks can do: all of one event run at once, and the last one that replaces something wins."""
    cure = f"take it out of {place.path}, or let only managed hooks run: install claude --managed --strict"
    if name := replacing(place, settings, root):
        what = f"{place.path}: {name} replaces outputs, too: the last one counts, and a turn ends whose mask is undone"
        yield Surrounding(what, cure, is_fault=True)
    if name := rewriting(place, settings, root):
        what = f"{place.path}: {name} rewrites calls: the guard judges them as they were before"
        yield Surrounding(what, cure, is_fault=is_filtering)
    if name := unknown(place, settings, root):
        what = f"{place.path}: {name}: another hook at PostToolUse may replace an output: of two the last one counts"
        yield Surrounding(what, "see that it only reads", is_fault=False)


def _trust(root: Path) -> Iterator[Surrounding]:
    """A client that is used by a person runs no hook in a folder before that person has trusted it, or one above."""
    folder = os.environ.get("CLAUDE_CONFIG_DIR") or str(Path.home())
    try:
        known = parsed(Path(folder) / ".claude.json")
    except StateError:
        return
    projects = known.get("projects", {})
    folders = [str(each) for each in (root, *root.parents)]
    entries = [projects.get(each) for each in folders] if isinstance(projects, dict) else []
    if known and not any(isinstance(entry, dict) and entry.get("hasTrustDialogAccepted") for entry in entries):
        what = f"{root} is not trusted yet: until you accept it in the client, no hook runs there"
        yield Surrounding(what, f"start claude in {root} once and accept the folder", is_fault=True)


def _age(version: tuple[int, ...] | None, settings: list[tuple[Place, dict[str, Any]]]) -> Iterator[Surrounding]:
    if version is None:
        return
    shown = ".".join(map(str, version))
    if version < OLDEST:
        what = f"client {shown}: expected 2.1.139 or newer, an older one does not run such hooks"
        yield Surrounding(what, "claude update", is_fault=True)
    elif version < OLDEST_MANAGED and any(place.scope == "managed" and has_guard(said) for place, said in settings):
        what = f"client {shown}: before 2.1.315 a repository can disarm a managed guard"
        yield Surrounding(what, "claude update", is_fault=True)
