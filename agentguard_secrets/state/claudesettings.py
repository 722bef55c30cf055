"""Turns a Claude Code settings file into the same file with our hooks in it, or without them."""

from __future__ import annotations

import copy
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from agentguard_secrets._plainjson import no_constant
from agentguard_secrets.errors import StateError, UsageError
from agentguard_secrets.protocol.claude_handlers import hook_faults
from agentguard_secrets.protocol.claude_settings import MODULE, has_guard
from agentguard_secrets.state import claudebefore
from agentguard_secrets.state.atomic import FileChange, apply_change, read_text
from agentguard_secrets.state.claudeextras import DENIED, MANAGED, STRICT, with_extras, without_extras
from agentguard_secrets.state.claudehooks import EVENTS, handler

SCOPES = ("project", "local", "user", "managed")

_Settings = dict[str, Any]


def install(
    scope: str, root: Path, *, dry_run: bool, permissions: bool = True, strict: bool = False
) -> list[FileChange]:
    """Put the guard into the settings file of `scope`; `root` is the project's folder.

    `permissions` puts rules beside it by which the client itself denies well-known files of credentials; `strict`, in
    managed settings, lets no other hooks run. Returns what changes, nothing when it is there already; with `dry_run`
    nothing is written. Everything else in the file stays. Raises UsageError for an unknown scope; StateError when the
    file is malformed, when something in it would keep the guard from running, when it cannot be written, or when this
    interpreter does not find the guard.
    """
    _check_interpreter()
    if strict and scope != "managed":
        raise UsageError(f"strict: expected the scope managed, got {scope}: only there it holds")
    extras = {**(MANAGED if scope == "managed" else {}), **(STRICT if strict else {})}

    def change(path: str, settings: _Settings) -> _Settings:
        guarded = with_guard(path, settings, is_shared=scope == "project")
        return with_extras(guarded, extras, DENIED if permissions else ())

    return _put_in(scope, root, change, dry_run=dry_run)


def uninstall(scope: str, root: Path, *, dry_run: bool) -> list[FileChange]:
    """Take the guard out of the settings file of `scope`, with what was put beside it, and only that; see `install`.

    If nothing else has changed since, what was there comes back byte for byte, and folders that were made for it go. A
    file in which nothing else is any more is removed.
    """
    return _take_out(scope, root, dry_run=dry_run)


def settings_file(scope: str, root: Path) -> Path:
    """Return where the client keeps the settings of `scope`. Raises UsageError for an unknown scope."""
    if scope not in SCOPES:
        raise UsageError(f"scope: expected one of {', '.join(SCOPES)}, got {scope!r}")
    if scope == "managed":
        return _managed_folder() / "managed-settings.json"
    if scope == "user":
        return Path(os.environ.get("CLAUDE_CONFIG_DIR") or Path.home() / ".claude") / "settings.json"
    return root / ".claude" / ("settings.json" if scope == "project" else "settings.local.json")


def guard_commands(path: Path) -> dict[str, list[str]]:
    """Return event -> command line of the guard as installed in this settings file, empty when there is none.

    Raises StateError when the file is malformed.
    """
    text = read_text(path)
    settings = _parsed(str(path), text) if text is not None else {}
    return {
        event: [hook["command"], *hook["args"]]
        for event, _group, hook in _handlers(str(path), settings)
        if _is_ours(hook)
    }


def guard_hooks(path: str, settings: _Settings) -> dict[str, list[_Settings]]:
    """Return the hooks of the settings that are the guard's, as the client has them. `path` is for messages."""
    ours: dict[str, list[_Settings]] = {}
    for event, group, hook in _handlers(path, settings):
        if _is_ours(hook):
            ours.setdefault(event, []).append({**group, "hooks": [hook]})
    return ours


def with_guard(path: str, settings: _Settings, *, is_shared: bool = False) -> _Settings:
    """Return the settings with the guard at each event that it watches, once. `path` is for messages.

    `is_shared` says that the file goes to other machines, too.
    """
    if settings.get("disableAllHooks"):
        raise StateError(f"{path}: disableAllHooks: expected false, got true: it would switch the guard off")
    wanted = {event: handler(event, is_shared=is_shared) for event in EVENTS}
    if _is_installed(path, settings, wanted):
        return settings
    changed = _without_hooks(path, settings)
    hooks = changed.setdefault("hooks", {})
    for event, hook in wanted.items():
        hooks.setdefault(event, []).append({"matcher": "*", "hooks": [hook]})
    return changed


def without_guard(path: str, settings: _Settings) -> _Settings:
    """Return the settings without the guard and what was put beside it. `path` is for messages."""
    return without_extras(_without_hooks(path, settings))


def _without_hooks(path: str, settings: _Settings) -> _Settings:
    """Return the settings without our hooks and without the groups that held nothing else."""
    changed = copy.deepcopy(settings)
    emptied = []
    for event, group, hook in list(_handlers(path, changed)):
        if _is_ours(hook):
            group["hooks"].remove(hook)
            emptied += [(event, group)] if not group["hooks"] else []
    for event, group in emptied:
        changed["hooks"][event].remove(group)
        if not changed["hooks"][event]:
            del changed["hooks"][event]
    if emptied and not changed["hooks"]:
        del changed["hooks"]
    return changed


def _is_ours(hook: _Settings) -> bool:
    arguments = hook.get("args")
    return isinstance(arguments, list) and MODULE in arguments and isinstance(hook.get("command"), str)


def _is_installed(path: str, settings: _Settings, wanted: dict[str, _Settings]) -> bool:
    ours = [(event, group.get("matcher"), hook) for event, group, hook in _handlers(path, settings) if _is_ours(hook)]
    return sorted(ours, key=str) == sorted(((event, "*", hook) for event, hook in wanted.items()), key=str)


def _handlers(path: str, settings: _Settings) -> Iterator[tuple[str, _Settings, _Settings]]:
    """Yield event, group and handler of each hook. A malformed one makes the client drop the guard's, too."""
    hooks = settings.get("hooks", {})
    for fault in hook_faults(hooks):
        raise StateError(f"{path}: {fault}")
    for event, groups in hooks.items():
        for group in groups:
            for hook in group["hooks"]:
                yield event, group, hook


def _put_in(
    scope: str, root: Path, change: Callable[[str, _Settings], _Settings], *, dry_run: bool
) -> list[FileChange]:
    path = str(settings_file(scope, root))
    text = read_text(path)
    settings = _parsed(path, text) if text is not None else {}
    changed = change(path, settings)
    if changed == settings:
        return []
    after = _written(changed, like=text)
    planned = FileChange(path=path, before=text, after=after, mode=_mode(path, scope))
    if not dry_run:
        before = claudebefore.kept(path, text)
        if before is None and not has_guard(settings):
            before = claudebefore.Before(text, _missing_folders(path))
        _make_folder(path)
        apply_change(planned)
        if before is None:
            claudebefore.forget(path)
        else:
            claudebefore.keep(path, before, after)
    return [planned]


def _take_out(scope: str, root: Path, *, dry_run: bool) -> list[FileChange]:
    path = str(settings_file(scope, root))
    text = read_text(path)
    settings = _parsed(path, text) if text is not None else {}
    changed = without_guard(path, settings)
    if changed == settings:
        return []
    before = claudebefore.kept(path, text)
    after = _written(changed, like=text) if changed else None
    planned = FileChange(path=path, before=text, after=before.text if before else after, mode=_mode(path, scope))
    if not dry_run:
        apply_change(planned)
        claudebefore.forget(path)
        if planned.after is None:
            for folder in before.made if before else (str(Path(path).parent),):
                _remove_empty_folder(Path(folder))
    return [planned]


def _missing_folders(path: str) -> tuple[str, ...]:
    """The folders that have to be made for the file, the nearest first."""
    return tuple(str(folder) for folder in Path(path).parents if not folder.exists())


def _remove_empty_folder(folder: Path) -> None:
    """Leave no folder behind that `install` may have made: only an empty one can be removed."""
    with suppress(OSError):
        folder.rmdir()


def _parsed(path: str, text: str) -> _Settings:
    try:
        settings = json.loads(text, object_pairs_hook=_without_repetition, parse_constant=no_constant)
    except json.JSONDecodeError as error:
        raise StateError(f"{path}:{error.lineno}: expected JSON: {error.msg} at column {error.colno}") from error
    except ValueError as error:
        raise StateError(f"{path}: expected JSON: {error}") from error
    except KeyError as error:
        raise StateError(f"{path}: {error.args[0]}: expected each key once, found it twice") from error
    except RecursionError as error:
        raise StateError(f"{path}: expected settings, found JSON nested too deeply") from error
    if not isinstance(settings, dict):
        raise StateError(f"{path}: settings: expected an object, got {json.dumps(settings)[:60]}")
    return settings


def _without_repetition(pairs: list[tuple[str, Any]]) -> _Settings:
    entries: _Settings = {}
    for key, value in pairs:
        if key in entries:
            raise KeyError(key)
        entries[key] = value
    return entries


def _written(settings: _Settings, *, like: str | None) -> str:
    """Return the JSON text, indented as the file was."""
    indent = re.search(r'^\{\r?\n([ \t]+)"', like or "")
    text = json.dumps(settings, indent=indent[1] if indent else 2, ensure_ascii=False) + "\n"
    return text.replace("\n", "\r\n") if like and "\r\n" in like else text


def _mode(path: str, scope: str) -> int:
    try:
        return stat.S_IMODE(Path(path).stat().st_mode)
    except OSError:
        # What the team or every user of the machine shares has to be readable for them.
        return 0o644 if scope in ("project", "managed") else 0o600


def _make_folder(path: str) -> None:
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(f"{path}: its folder cannot be made: {error.strerror or error}") from error


def _managed_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMFILES") or r"C:\Program Files") / "ClaudeCode"
    return Path("/Library/Application Support/ClaudeCode" if sys.platform == "darwin" else "/etc/claude-code")


def _check_interpreter() -> None:
    """A package in the user's own site folder, or one beside the working folder, is not there for `python -I`."""
    if not sys.executable or not Path(sys.executable).is_absolute():
        raise StateError(f"interpreter: expected the absolute path of Python, got {sys.executable!r}")
    done = subprocess.run([sys.executable, "-I", "-c", f"import {MODULE}"], capture_output=True, check=False)
    if done.returncode != 0:
        raise StateError(
            f"{sys.executable} -I: expected it to find {MODULE}, which it does not: install agentguard-secrets into a "
            "virtual environment (or with pipx) and run `install` from there"
        )
