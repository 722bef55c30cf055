"""Turns the hooks of a settings file into what in them makes the client drop hooks, the guard's among them.

One malformed group or handler at PreToolUse costs the client every hook of the file, and it says nothing. At the other
events it drops less; nobody should rely on that. What it takes was tried out, one shape after the other.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_SHOWN = 60  # characters of what stood there

# Type of a handler -> what it cannot do without.
_NEEDED = {
    "command": ("command",),
    "http": ("url",),
    "prompt": ("prompt",),
    "agent": ("prompt",),
    "mcp_tool": ("server", "tool"),
}
_SHELLS = ("bash", "powershell")
_FAILURES = ("continue", "block")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool)


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_named_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _is_shell(value: Any) -> bool:
    return value in _SHELLS


def _is_failure(value: Any) -> bool:
    return value in _FAILURES


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and "://" in value


_TEXT, _TRUTH = (_is_text, "a string"), (_is_truth, "true or false")
# Key of a handler -> what its value has to be; keys that are not here may hold anything.
_FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("command", "prompt", "server", "tool", "if", "statusMessage", "model"), _TEXT),
    **dict.fromkeys(("async", "asyncRewake", "once"), _TRUTH),
    "timeout": (_is_time, "a positive number of seconds"),
    "args": (_is_texts, "a list of strings"),
    "headers": (_is_named_texts, "an object of strings"),
    "shell": (_is_shell, f"one of {', '.join(_SHELLS)}"),
    "onFailure": (_is_failure, f"one of {', '.join(_FAILURES)}"),
    "url": (_is_address, "an address"),
}


def hook_faults(hooks: Any) -> Iterator[str]:
    """Yield place, expectation and what stood there for each malformed event, group and handler of `hooks`."""
    if not isinstance(hooks, dict):
        yield _expected("hooks", "an object", hooks)
        return
    for event, groups in hooks.items():
        if not isinstance(groups, list):
            yield _expected(f"hooks.{event}", "a list", groups)
            continue
        for number, group in enumerate(groups):
            yield from _group_faults(f"hooks.{event}[{number}]", group)


def _group_faults(place: str, group: Any) -> Iterator[str]:
    if not isinstance(group, dict):
        yield _expected(place, "an object", group)
        return
    if not isinstance(group.get("matcher", ""), str):
        yield _expected(f"{place}.matcher", "a string", group["matcher"])
    if not isinstance(group.get("hooks"), list):
        yield _expected(f"{place}.hooks", "a list", group.get("hooks"))
        return
    for index, handler in enumerate(group["hooks"]):
        yield from _handler_faults(f"{place}.hooks[{index}]", handler)


def _handler_faults(place: str, handler: Any) -> Iterator[str]:
    if not isinstance(handler, dict):
        yield _expected(place, "an object", handler)
        return
    kind = handler.get("type")
    if not isinstance(kind, str):
        yield _expected(f"{place}.type", "a string", kind)
        return
    if kind not in _NEEDED:
        yield _expected(f"{place}.type", f"one of {', '.join(_NEEDED)}", kind)
        return
    for name in _NEEDED[kind]:
        if name not in handler:
            yield _expected(f"{place}.{name}", _FIELDS[name][1], None)
    for name, (is_right, words) in _FIELDS.items():
        if name in handler and not is_right(handler[name]):
            yield _expected(f"{place}.{name}", words, handler[name])


def _expected(place: str, words: str, value: Any) -> str:
    return f"{place}: expected {words}, got {json.dumps(value)[:_SHOWN]}"
