"""Turns a project into the files in which Claude Code looks for hooks: settings of each level, and its plugins."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agentguard_secrets._plainjson import no_constant
from agentguard_secrets._record import Record
from agentguard_secrets.errors import StateError
from agentguard_secrets.protocol.claude_settings import PLUGIN
from agentguard_secrets.state.atomic import read_text
from agentguard_secrets.state.claudesettings import SCOPES, settings_file

# The first level that says something decides.
PRECEDENCE = ("managed", "local", "project", "user")


class Place(Record):
    """One file of hooks: the level that it belongs to ("plugin" for a plugin's), and of which plugin, "" for none."""

    scope: str
    path: Path
    plugin: str = ""

    @property
    def folder(self) -> Path:
        """The plugin's folder."""
        return self.path.parent.parent

    @property
    def is_ours(self) -> bool:
        """Whether the plugin is the one that this program makes."""
        return self.plugin.startswith(f"{PLUGIN}@")


def settings_places(root: Path) -> list[Place]:
    """Return each settings file of the project at `root` that is there, managed ones in the order they are read."""
    found = []
    for scope in SCOPES:
        path = settings_file(scope, root)
        found += [Place(scope, path)] if path.exists() else []
        if scope == "managed":
            found += [Place(scope, each) for each in sorted((path.parent / "managed-settings.d").glob("*.json"))]
    return found


def plugin_places(root: Path) -> list[Place]:
    """Return the hooks of each plugin that is installed for the project at `root`, switched on or not.

    Of a marketplace that is a folder the client reads the folder itself, so that comes before the copy.
    """
    known = _object(claude_folder() / "plugins" / "installed_plugins.json").get("plugins")
    markets = _object(claude_folder() / "plugins" / "known_marketplaces.json")
    found: dict[Path, Place] = {}
    for name, entries in known.items() if isinstance(known, dict) else ():
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, dict) or entry.get("projectPath", str(root)) != str(root):
                continue
            for folder in _folders(name, entry, markets):
                path = folder / "hooks" / "hooks.json"
                found.setdefault(path, Place("plugin", path, name))
    return list(found.values())


def claude_folder() -> Path:
    """Return the folder in which the client keeps what is the user's own."""
    return Path(os.environ.get("CLAUDE_CONFIG_DIR") or Path.home() / ".claude")


def parsed(path: Path) -> dict[str, Any]:
    """Return what a file of settings says, {} without one. Raises StateError when it is no object of JSON."""
    try:
        settings = json.loads(read_text(path) or "{}", parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise StateError(f"{path}: expected JSON, got something else") from error
    if not isinstance(settings, dict):
        raise StateError(f"{path}: expected an object, got {type(settings).__name__}")
    return settings


def _folders(name: str, entry: dict[str, Any], markets: dict[str, Any]) -> Iterator[Path]:
    plugin, _, market = name.partition("@")
    about = markets.get(market)
    source = about.get("source") if isinstance(about, dict) else None
    if isinstance(source, dict) and source.get("source") == "directory" and isinstance(source.get("path"), str):
        offered = _object(Path(source["path"]) / ".claude-plugin" / "marketplace.json").get("plugins")
        for each in offered if isinstance(offered, list) else ():
            if isinstance(each, dict) and each.get("name") == plugin and isinstance(each.get("source"), str):
                yield Path(source["path"]) / each["source"]
    if isinstance(entry.get("installPath"), str):
        yield Path(entry["installPath"])


def _object(path: Path) -> dict[str, Any]:
    """Return what the client itself has written there, {} when it is not to be read."""
    try:
        return parsed(path)
    except StateError:
        return {}
