"""Turns the guard into a plugin of the client, in a folder that is a marketplace of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agentguard_secrets import __version__
from agentguard_secrets.protocol.claude_settings import PLUGIN
from agentguard_secrets.state.atomic import FileChange, apply_change, read_text
from agentguard_secrets.state.claudehooks import EVENTS, handler
from agentguard_secrets.state.claudemodule import NAME, module_text

# Where no interpreter is: the plugin then looks for the one beside the installed program.
ANYWHERE = "/nowhere/python"

_SUMMARY = "Keeps credentials out of what Claude Code writes, runs, sends and reads."
_LICENSE = "Apache-2.0"
_README = f"""# {PLUGIN}

{_SUMMARY}

Each event of a session goes to a program on this machine, which has to be there first (`pipx install {PLUGIN}`).
It denies a write or a command with a credential in it, masks credentials in what a tool brings back, does not send a
prompt that holds one, and judges `git commit` and `git push` as git's hooks would. Nothing leaves the machine. Where
the program is missing or dies, the call is denied. `{PLUGIN} doctor claude` proves that it works.
"""
_OWNER = {"name": PLUGIN}
_MODULE = f"plugin/hooks/{NAME}"


def plugin_files(python: str = ANYWHERE, *, with_module: bool = False) -> dict[str, str]:
    """Return path -> text of each file of the marketplace and of the plugin in it, for this interpreter.

    `with_module` adds the module of functions, which is experimental.
    """
    source = "plugin"
    hooks = {event: [{"matcher": "*", "hooks": [handler(event, is_shared=True, python=python)]}] for event in EVENTS}
    plugin = {"name": PLUGIN, "version": __version__, "description": _SUMMARY, "author": _OWNER, "license": _LICENSE}
    offered = {"name": PLUGIN, "source": f"./{source}", "description": _SUMMARY}
    market = {"name": PLUGIN, "owner": _OWNER, "metadata": {"description": _SUMMARY}, "plugins": [offered]}
    modules = {"modules": [f"./{NAME}"]} if with_module else {}
    return {
        ".claude-plugin/marketplace.json": _text(market),
        f"{source}/.claude-plugin/plugin.json": _text(plugin),
        f"{source}/README.md": _README,
        f"{source}/hooks/hooks.json": _text({"description": _SUMMARY, "hooks": hooks, **modules}),
        **({_MODULE: module_text(python)} if with_module else {}),
    }


def install_plugin(folder: Path, python: str, *, dry_run: bool, with_module: bool = False) -> list[FileChange]:
    """Write the plugin into `folder`, and take the module of functions out that is there and not wanted.

    Returns what changes. Raises StateError when it cannot be written.
    """
    wanted: dict[str, str | None] = {_MODULE: None, **plugin_files(python, with_module=with_module)}
    return _changed(folder, wanted, dry_run=dry_run)


def uninstall_plugin(folder: Path, *, dry_run: bool) -> list[FileChange]:
    """Remove the plugin's files from `folder`, and the folders that are empty then. Raises StateError."""
    return _changed(folder, dict.fromkeys(plugin_files(with_module=True)), dry_run=dry_run)


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
