"""Turns the hooks of others into what they can do to an output that was masked, or to a call that was judged."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from agentguard_secrets.protocol.claude_settings import MODULE
from agentguard_secrets.state.claudeplaces import Place

# What is larger is a program and no script.
_LONGEST = 256 * 1024
_REPLACING = re.compile(r"updated(?:MCP)?ToolOutput")
_REWRITING = "updatedInput"


def replacing(place: Place, settings: Any, root: Path) -> str | None:
    """Return the event and number of a hook whose own text says that it replaces outputs; None without one."""
    return next((name for name, text in _others(place, settings, "PostToolUse", root) if _REPLACING.search(text)), None)


def rewriting(place: Place, settings: Any, root: Path) -> str | None:
    """Return the event and number of a hook whose own text says that it rewrites calls; None without one."""
    return next((name for name, text in _others(place, settings, "PreToolUse", root) if _REWRITING in text), None)


def unknown(place: Place, settings: Any, root: Path) -> str | None:
    """Return the event and number of a hook at PostToolUse that does not say what it does; None without one."""
    return next(
        (name for name, text in _others(place, settings, "PostToolUse", root) if not _REPLACING.search(text)), None
    )


def _others(place: Place, settings: Any, event: str, root: Path) -> Iterator[tuple[str, str]]:
    """Yield the place in the file and all that is to be read of each hook at `event` that is not a guard."""
    hooks = settings.get("hooks") if isinstance(settings, dict) else None
    groups = hooks.get(event) if isinstance(hooks, dict) else None
    for number, group in enumerate(groups if isinstance(groups, list) else ()):
        handlers = group.get("hooks") if isinstance(group, dict) else None
        for index, hook in enumerate(handlers if isinstance(handlers, list) else ()):
            if isinstance(hook, dict) and MODULE not in str(hook):
                yield f"hooks.{event}[{number}].hooks[{index}]", "\n".join(_texts(place, hook, root))


def _texts(place: Place, hook: dict[str, Any], root: Path) -> Iterator[str]:
    yield str(hook)
    for word in _words(hook):
        named = re.sub(r"\$\{?CLAUDE_PLUGIN_ROOT\}?", lambda _found: str(place.folder), word)
        named = re.sub(r"\$\{?CLAUDE_PROJECT_DIR\}?", lambda _found: str(root), named)
        path = root / re.sub(r"^(?:~|\$HOME|\$\{HOME\})/", lambda _found: f"{Path.home()}/", named)
        found = path if path.is_file() else shutil.which(named)
        with suppress(OSError):
            if found and Path(found).stat().st_size <= _LONGEST:
                yield Path(found).read_text(encoding="utf-8", errors="replace")


def _words(hook: dict[str, Any]) -> list[str]:
    command, arguments = hook.get("command"), hook.get("args")
    words = [each for each in arguments if isinstance(each, str)] if isinstance(arguments, list) else []
    if not isinstance(command, str):
        return words
    if isinstance(arguments, list):
        return [command, *words]
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()
