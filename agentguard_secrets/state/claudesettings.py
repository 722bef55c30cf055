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
from pathlib import Path
from typing import Any

from agentguard_secrets.errors import StateError, UsageError
from agentguard_secrets.state.atomic import FileChange, apply_change, read_text

SCOPES = ("project", "local", "user", "managed")
EVENTS = (
    "PreToolUse",
    "PostToolUse",
    "PostToolUseFailure",
    "PostToolBatch",
    "UserPromptSubmit",
    "UserPromptExpansion",
)
MODULE = f"{__name__.partition('.')[0]}.hook"

# In seconds, above every deadline of our own: what the client itself ends, it lets through.
_TIMEOUT = 60

# The client goes on after any exit status but 0 and 2, whatever it was that died.
_CLOSED = '"$0" "$@"; [ $? -eq 0 ] || exit 2'
# After the call exit status 2 only adds words; what keeps the output back is this answer.
_WITHHELD = json.dumps(
    {
        "continue": False,
        "stopReason": "agentguard-secrets could not judge this output, so it was not sent to the model. "
        "Run agentguard-secrets doctor.",
    }
)
_COLLECTED = f"""if answer=$("$0" "$@"); then printf '%s' "$answer"; else printf '%s' '{_WITHHELD}'; fi"""

_KINDS = {"dict": "an object", "list": "a list", "str": "a string"}

_Settings = dict[str, Any]


def install(scope: str, root: Path, *, dry_run: bool) -> list[FileChange]:
    """Put the guard into the settings file of `scope`; `root` is the project's folder.

    Returns what changes, nothing when it is there already; with `dry_run` nothing is written. Everything else in
    the file stays. Raises UsageError for an unknown scope; StateError when the file is malformed, when something in
    it would keep the guard from running, when it cannot be written, or when this interpreter does not find the guard.
    """
    _check_interpreter()
    return _changed(scope, root, with_guard, dry_run=dry_run)


def uninstall(scope: str, root: Path, *, dry_run: bool) -> list[FileChange]:
    """Take the guard out of the settings file of `scope`, and only the guard; see `install`.

    A file in which nothing else was is removed.
    """
    return _changed(scope, root, without_guard, dry_run=dry_run)


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
        event: [handler["command"], *handler["args"]]
        for event, _group, handler in _handlers(str(path), settings)
        if _is_ours(handler)
    }


def with_guard(path: str, settings: _Settings) -> _Settings:
    """Return the settings with the guard at each event that it watches, once. `path` is for messages."""
    if settings.get("disableAllHooks"):
        raise StateError(f"{path}: disableAllHooks: expected false, got true: it would switch the guard off")
    if _is_installed(path, settings):
        return settings
    changed = without_guard(path, settings)
    hooks = changed.setdefault("hooks", {})
    for event in EVENTS:
        hooks.setdefault(event, []).append({"matcher": "*", "hooks": [_handler(event)]})
    return changed


def without_guard(path: str, settings: _Settings) -> _Settings:
    """Return the settings without the guard and without the groups that held nothing else. `path` is for messages."""
    changed = copy.deepcopy(settings)
    emptied = []
    for event, group, handler in list(_handlers(path, changed)):
        if _is_ours(handler):
            group["hooks"].remove(handler)
            emptied += [(event, group)] if not group["hooks"] else []
    for event, group in emptied:
        changed["hooks"][event].remove(group)
        if not changed["hooks"][event]:
            del changed["hooks"][event]
    if emptied and not changed["hooks"]:
        del changed["hooks"]
    return changed


def _handler(event: str) -> _Settings:
    guard = [sys.executable, "-I", "-m", MODULE]
    if sys.platform == "win32":
        return {"type": "command", "command": guard[0], "args": guard[1:], "timeout": _TIMEOUT}
    wrapper = _COLLECTED if event == "PostToolUse" else _CLOSED
    return {"type": "command", "command": "/bin/sh", "args": ["-c", wrapper, *guard], "timeout": _TIMEOUT}


def _is_ours(handler: _Settings) -> bool:
    arguments = handler.get("args")
    return isinstance(arguments, list) and MODULE in arguments and isinstance(handler.get("command"), str)


def _is_installed(path: str, settings: _Settings) -> bool:
    ours = [
        (event, group.get("matcher"), handler)
        for event, group, handler in _handlers(path, settings)
        if _is_ours(handler)
    ]
    return sorted(ours, key=str) == sorted(((event, "*", _handler(event)) for event in EVENTS), key=str)


def _handlers(path: str, settings: _Settings) -> Iterator[tuple[str, _Settings, _Settings]]:
    """Yield event, group and handler of each hook. A malformed one makes the client drop the guard's, too."""
    hooks = _checked(path, "hooks", settings.get("hooks", {}), kind=dict)
    for event, groups in hooks.items():
        for number, group in enumerate(_checked(path, f"hooks.{event}", groups, kind=list)):
            place = f"hooks.{event}[{number}]"
            _checked(path, place, group, kind=dict)
            for index, handler in enumerate(_checked(path, f"{place}.hooks", group.get("hooks"), kind=list)):
                _check_handler(path, f"{place}.hooks[{index}]", handler)
                yield event, group, handler


def _check_handler(path: str, place: str, handler: Any) -> None:
    _checked(path, place, handler, kind=dict)
    _checked(path, f"{place}.type", handler.get("type"), kind=str)
    timeout = handler.get("timeout", 1)
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or timeout <= 0:
        raise StateError(f"{path}: {place}.timeout: expected a positive number of seconds, got {json.dumps(timeout)}")


def _checked(path: str, place: str, value: Any, *, kind: type[dict[str, Any] | list[Any] | str]) -> Any:
    if not isinstance(value, kind):
        expected = _KINDS[kind.__name__]
        raise StateError(f"{path}: {place}: expected {expected}, got {json.dumps(value)[:60]}")
    return value


def _changed(
    scope: str, root: Path, change: Callable[[str, _Settings], _Settings], *, dry_run: bool
) -> list[FileChange]:
    path = str(settings_file(scope, root))
    before = read_text(path)
    settings = _parsed(path, before) if before is not None else {}
    changed = change(path, settings)
    if changed == settings:
        return []
    after = _written(changed, like=before) if changed else None
    planned = FileChange(path=path, before=before, after=after, mode=_mode(path, scope))
    if not dry_run:
        _make_folder(path)
        apply_change(planned)
    return [planned]


def _parsed(path: str, text: str) -> _Settings:
    try:
        settings = json.loads(text, object_pairs_hook=_without_repetition)
    except json.JSONDecodeError as error:
        raise StateError(f"{path}:{error.lineno}: expected JSON: {error.msg} at column {error.colno}") from error
    except KeyError as error:
        raise StateError(f"{path}: {error.args[0]}: expected each key once, found it twice") from error
    except RecursionError as error:
        raise StateError(f"{path}: expected settings, found JSON nested too deeply") from error
    return dict(_checked(path, "settings", settings, kind=dict))


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
