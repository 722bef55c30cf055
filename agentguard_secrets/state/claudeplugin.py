"""Turns the guard into a plugin of the client, in a folder that is a marketplace of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agentguard_secrets import __version__
from agentguard_secrets.protocol.claude_settings import PLUGIN
from agentguard_secrets.state.atomic import FileChange, apply_change, read_text
from agentguard_secrets.state.claudehooks import EVENTS, handler

# Where no interpreter is: the plugin then looks for the one beside the installed program.
ANYWHERE = "/nowhere/python"

_SUMMARY = "Keeps credentials out of what Claude Code writes, runs, sends and reads."
_OWNER = {"name": PLUGIN}


def plugin_files(python: str = ANYWHERE) -> dict[str, str]:
    """Return path -> text of each file of the marketplace and of the plugin in it, for this interpreter."""
    source = "plugin"
    hooks = {event: [{"matcher": "*", "hooks": [handler(event, is_shared=True, python=python)]}] for event in EVENTS}
    plugin = {"name": PLUGIN, "version": __version__, "description": _SUMMARY, "author": _OWNER}
    offered = {"name": PLUGIN, "source": f"./{source}", "description": _SUMMARY}
    market = {"name": PLUGIN, "owner": _OWNER, "metadata": {"description": _SUMMARY}, "plugins": [offered]}
    return {
        ".claude-plugin/marketplace.json": _text(market),
        f"{source}/.claude-plugin/plugin.json": _text(plugin),
        f"{source}/hooks/hooks.json": _text({"description": _SUMMARY, "hooks": hooks}),
    }


def install_plugin(folder: Path, python: str, *, dry_run: bool) -> list[FileChange]:
    """Write the plugin into `folder`. Returns what changes. Raises StateError when it cannot be written."""
    return _changed(folder, dict(plugin_files(python)), dry_run=dry_run)


def uninstall_plugin(folder: Path, *, dry_run: bool) -> list[FileChange]:
    """Remove the plugin's files from `folder`, and the folders that are empty then. Raises StateError."""
    return _changed(folder, dict.fromkeys(plugin_files()), dry_run=dry_run)


def _changed(folder: Path, wanted: dict[str, str | None], *, dry_run: bool) -> list[FileChange]:
    found = [(folder / name, text) for name, text in wanted.items()]
    changes = [FileChange(str(path), before, text) for path, text in found if (before := read_text(path)) != text]
    for change in () if dry_run else changes:
        path = Path(change.path)
        if change.after is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        apply_change(change)
        if change.after is None:
            _remove_empty(path.parent, folder)
    return changes


def _remove_empty(folder: Path, last: Path) -> None:
    while folder.is_relative_to(last) and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"
