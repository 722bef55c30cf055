"""Turns the installed guards of Claude Code into proof that each one runs and blocks a canary."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from agentguard_secrets.cli.check import Check
from agentguard_secrets.cli.claude_canary import canary
from agentguard_secrets.cli.claude_program import faults_of
from agentguard_secrets.cli.claude_surroundings import surroundings
from agentguard_secrets.cli.claude_switch import switched_off_by
from agentguard_secrets.cli.claude_trial import NO_PROOF, trial
from agentguard_secrets.cli.git_canary import CANARY
from agentguard_secrets.cli.output import say
from agentguard_secrets.errors import AgentguardError
from agentguard_secrets.protocol.claude_settings import has_guard
from agentguard_secrets.report.as_text import printable
from agentguard_secrets.rulebook.samples import make
from agentguard_secrets.state import claudesettings
from agentguard_secrets.state.atomic import read_text
from agentguard_secrets.state.claudeplaces import Place, parsed, plugin_places, settings_places
from agentguard_secrets.state.claudeplugin import ANYWHERE, plugin_files
from agentguard_secrets.state.policyfile import load_policy

_PROGRAM = "agentguard-secrets"


def claude_checks(root: Path) -> list[Check]:
    """Return what is known of each guard of the project at `root`; one check when there is none at all."""
    checks = [check for place in _places(root) if (check := _check(place, root)) is not None]
    return checks or [Check("claude", "", "is missing in every scope", f"{_PROGRAM} install claude --scope user")]


def client_checks(checks: list[Check], root: Path, client: str | None) -> list[Check]:
    """Return what the real client does with each of the guards that are sound so far.

    `client` is the program, None for the one in PATH, if there is one: then a trial that proves nothing is no fault.
    """
    program = shutil.which(client or "claude")
    mend = "install the client, or name it: doctor claude --client PROGRAM"
    if program is None:
        if client is None:
            say("-      claude: no client in PATH, so no guard was tried through one\n")
            return []
        return [Check("claude (client)", client, f"{client}: expected the client, found none", mend)]
    sound = {check.place for check in checks if check.fault is None}
    found = []
    for place in (place for place in _places(root) if str(place.path) in sound):
        words = ("--plugin-dir", str(place.folder)) if place.plugin else ()
        problems = trial(program, _trial_settings(place, root), make(CANARY), words=words)
        if problems == [NO_PROOF] and client is None:
            say(f"-      claude (client, {place.scope}): {printable(program)}: {NO_PROOF}\n")
            continue
        guard, mend = f"claude (client, {place.scope})", f"{_PROGRAM} doctor claude"
        found.append(Check(guard, program, "; ".join(problems) or None, mend))
    return found


def surrounding_checks(root: Path) -> list[Check]:
    """Return what around the guards keeps one from its work; tell what only might."""
    try:
        is_filtering = load_policy(root).failed_output == "filter"
    except AgentguardError:
        is_filtering = False
    found = list(surroundings(root, is_filtering=is_filtering))
    for each in found:
        if not each.is_fault:
            say(f"-      claude: {printable(each.what)} ({printable(each.mend)})\n")
    return [Check("claude", "", each.what, each.mend) for each in found if each.is_fault]


def _places(root: Path) -> list[Place]:
    return [*settings_places(root), *(place for place in plugin_places(root) if place.is_ours)]


def _check(place: Place, root: Path) -> Check | None:
    """Return what is known of the guard in one file, None when there is no guard in it."""
    mend = f"{_PROGRAM} install claude --scope {place.scope}"
    if place.plugin:
        mend = f"{_PROGRAM} install claude --plugin {place.folder.parent}, then claude plugin update {place.plugin}"
    try:
        if not has_guard(parsed(place.path)):
            return None
        fault = _fault(place, root, mend)
    except AgentguardError as error:
        fault = str(error), f"correct {place.path}, then {mend}"
    what, cure = fault or (None, mend)
    return Check(f"claude ({place.scope})", str(place.path), what, cure)


def _fault(place: Place, root: Path, mend: str) -> tuple[str, str] | None:
    """Return what is wrong with the guard in one file, and what mends it."""
    commands = claudesettings.guard_commands(place.path)
    if off := switched_off_by(place, root, os.environ):
        return f"{off[0]} keeps it from running", off[1]
    if broken := faults_of(commands, root):
        return "; ".join(what for what, _cure in broken), mend
    if problems := canary(place.path, make(CANARY), folder=root):
        return "; ".join(problems), mend
    if not _is_current(place, root):
        return "blocks a canary, but it is not the guard that this program installs", mend
    return None


def _is_current(place: Place, root: Path) -> bool:
    if place.plugin:
        kinds = [plugin_files(each, with_module=more) for each in (ANYWHERE, sys.executable) for more in (False, True)]
        return any(all(_is_like(place.folder, name, text) for name, text in files.items()) for files in kinds)
    if place.path != claudesettings.settings_file(place.scope, root):
        settings = parsed(place.path)
        return claudesettings.with_guard(str(place.path), settings) == settings
    return not claudesettings.install(place.scope, root, dry_run=True)


def _is_like(folder: Path, name: str, text: str) -> bool:
    """Say whether the file of the plugin in `folder` is what this program writes; the marketplace is no part of it."""
    within = name.removeprefix("plugin/")
    return within == name or read_text(folder / within) == text


def _trial_settings(place: Place, root: Path) -> dict[str, Any]:
    """Return what each level says about hooks, and of the hooks only those of this guard: others may do anything."""
    said: dict[str, dict[str, Any]] = {}
    for each in settings_places(root):
        if each.scope != "managed":
            settings = parsed(each.path)
            said[each.scope] = {key: settings[key] for key in ("disableAllHooks",) if key in settings}
            if each.path == place.path:
                ours = claudesettings.guard_hooks(str(each.path), settings)
                said[each.scope]["hooks"] = ours
    return said
