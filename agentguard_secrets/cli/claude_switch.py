"""Turns the settings of Claude Code, and its environment, into what keeps an installed guard from running."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentguard_secrets.state.claudeplaces import PRECEDENCE, Place, parsed, settings_places

_SWITCH = "disableAllHooks"
_ONLY_MANAGED = ("allowManagedHooksOnly",)
_PLUGINS = "enabledPlugins"
# With one of these the client starts no hook that is not managed.
_VARIABLES = ("CLAUDE_CODE_SAFE_MODE", "CLAUDE_CODE_SIMPLE")
_LIBRARIES = ("LD_", "DYLD_")


def switched_off_by(guard: Place, root: Path, variables: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what switches off the hooks of `guard`, and what mends that; None when they run.

    `variables` is the environment that the client would be started in. Raises StateError for a settings file that
    cannot be read.
    """
    settings = [(place, parsed(place.path)) for place in settings_places(root)]
    is_forced = guard.plugin != "" and _decision(settings, ("managed",), _PLUGINS, guard.plugin)[1] is True
    if guard.scope != "managed" and not is_forced:
        for place, said in settings:
            for key in _ONLY_MANAGED if place.scope == "managed" else ():
                if said.get(key) is True:
                    return f"{place.path}: {key}", "let an administrator install it: install claude --managed"
        for name in _VARIABLES:
            if variables.get(name):
                return f"the environment: {name}", f"unset {name} before you start the client"
        if fault := _library(settings):
            return fault
    if guard.plugin and (fault := _plugin_off(settings, guard.plugin)):
        return fault
    levels = ("managed",) if guard.scope == "managed" or is_forced else PRECEDENCE
    decider, value = _decision(settings, levels, _SWITCH)
    return (f"{decider}: {_SWITCH}", f"take {_SWITCH} out of {decider}") if value else None


def _library(settings: list[tuple[Place, dict[str, Any]]]) -> tuple[str, str] | None:
    """What is loaded into every program before its first line, the guard's interpreter too, whatever its options."""
    for place, said in settings:
        variables = said.get("env")
        for name in variables if isinstance(variables, dict) else ():
            if name.startswith(_LIBRARIES):
                return f"{place.path}: env.{name}", f"take env.{name} out of {place.path}, or install claude --managed"
    return None


def _plugin_off(settings: list[tuple[Place, dict[str, Any]]], plugin: str) -> tuple[str, str] | None:
    decider, value = _decision(settings, PRECEDENCE, _PLUGINS, plugin)
    if value is True:
        return None
    where = f"{decider}: {_PLUGINS}.{plugin}" if decider else f"{_PLUGINS}.{plugin}, which no settings file sets,"
    return where, f"claude plugin enable {plugin}"


def _decision(
    settings: list[tuple[Place, dict[str, Any]]], levels: tuple[str, ...], *keys: str
) -> tuple[Path | None, Any]:
    """Return the first level's file that says something under `keys`, and what; of managed files the last one."""
    for level in levels:
        said = [(place.path, _at(each, keys)) for place, each in settings if place.scope == level]
        said = [each for each in said if each[1] is not None]
        if said:
            return said[-1]
    return None, None


def _at(settings: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        settings = settings.get(key) if isinstance(settings, dict) else None
    return settings
