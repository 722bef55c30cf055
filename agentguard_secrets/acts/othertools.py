"""Turns a call of a tool that nobody here knows, as a server's, into acts, by what its arguments look like."""

from __future__ import annotations

import re
import shlex

from agentguard_secrets.acts.call import act
from agentguard_secrets.acts.paths import is_secret
from agentguard_secrets.acts.stores import METADATA
from agentguard_secrets.acts.tools import changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

_COMMANDS = frozenset({"command", "cmd", "script", "shell", "bash", "shell_command", "commandline", "argv"})
# What a program is given apart from its name.
_PROGRAMS = ("command", "cmd", "program", "executable")
_ARGUMENTS = frozenset({"args", "arguments", "params", "parameters"})
_STATEMENTS = frozenset({"sql", "query", "statement", "statements", "queries"})
_CODE = re.compile(r"code|source|javascript|python|expression|function|script|program|snippet|cell")
# Where a person is spoken to, a path is no file that is opened.
_PROSE = re.compile(
    r"title|body|message|description|prompt|subject|comment|content|text|summary|reason|old_str|new_str"
)
# In a tool of such a name whatever is typed runs.
_TERMINAL = re.compile(r"shell|terminal|bash|console|powershell|exec|tmux|run_?command")
_TYPED = frozenset({"input", "text", "line", "keys", "code", "data", "value"})
_LOADING = r"(?i)read_|_read|readfile|load|\bcopy\b|infile|import|attach|openrowset"
_QUOTED = r"""(['"])((?:(?!\1).)+)\1"""
# Longer, it names no file.
_LONGEST_PATH = 1024
_CHANGING = tuple(
    (
        "write edit create delete move rename update put patch append replace remove save store apply insert "
        "upload set_ add_ sync"
    ).split()
)
# What they are given is to become a file, not to be read.
_WRITING = ("write", "edit", "create", "delete", "append", "remove", "save", "replace", "patch", "insert")
# They give a credential out of its store.
_GIVING = re.compile(
    r"(?:get|read|fetch|access|reveal|show)_?(?:secret|credential|password|token)(?!s|_(?:list|name|count|usage))"
)
# A file as it is in a commit.
_REVISION = re.compile(r"[\w/~^@{}-]+:(?![/\\])")


def acts_of_other_tool(tool: str, tool_input: Mapping[str, Any], world: World) -> Iterator[Act]:
    """Every act of this call. Whatever the argument is called, what reads like a file's name is taken for one."""
    is_changing = any(verb in tool.lower() for verb in _CHANGING)
    is_reading = not any(verb in tool.lower() for verb in _WRITING)
    for key, text in _strings(tool_input):
        name = key.lower()
        if name in _COMMANDS or (name in _TYPED and _TERMINAL.search(tool.lower())):
            yield from _commanded(text, world)
        elif name in _STATEMENTS:
            yield from _stated(tool, text, world)
        elif _CODE.search(name) and not _is_path(text):
            yield from _commanded(shlex.join(("python3", "-c", text)), world)
        elif not _PROSE.search(name) and _is_path(text):
            path = text.rpartition(":")[2] if _REVISION.match(text) else text
            if re.search(METADATA, text):
                yield act("read-secret-file", text, "asks the machine's own service for its credentials")
            if is_changing:
                yield from changes(path, world)
            if is_reading and is_secret(path, world):
                yield act("read-secret-file", text, "shows or copies a file of credentials")
    if _GIVING.search(tool.lower()):
        yield act("read-secret-file", tool, "gives a credential out of its store")
    yield from _pushes(tool, tool_input, world)
    yield from _sends(tool, tool_input)


def _commanded(text: str, world: World) -> Iterator[Act]:
    from agentguard_secrets.acts.command import acts_of_command

    yield from acts_of_command(text, world)


def _stated(tool: str, text: str, world: World) -> Iterator[Act]:
    from agentguard_secrets.acts.databases import destroys

    if destroys(text):
        yield act("destructive-database", tool, "drops or empties data as a whole")
    if re.search(_LOADING, text):
        for _quote, path in re.findall(_QUOTED, text):
            if is_secret(path, world):
                yield act("read-secret-file", path, "shows or copies a file of credentials")


def _is_path(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_PATH and not re.search(r"[\n\0()]|\s{2}|\w \w+ \w", text)


def _strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield each string of the call with the name of the key above it; a program's words as one command."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        yield from _program(value)
        for name, item in value.items():
            yield from _strings(item, str(name))
    elif isinstance(value, list):
        if key.lower() in _COMMANDS and value and all(isinstance(item, str) for item in value):
            yield key, shlex.join(value)
        else:
            for item in value:
                yield from _strings(item, key)


def _program(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    name = next((value[key] for key in _PROGRAMS if isinstance(value.get(key), str)), "")
    for key, words in value.items():
        if key.lower() in _ARGUMENTS and isinstance(words, list) and all(isinstance(word, str) for word in words):
            yield "command", shlex.join(([name] if name else []) + words)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _pushes(tool: str, tool_input: Mapping[str, Any], world: World) -> Iterator[Act]:
    from agentguard_secrets.acts.gitwords import is_protected

    name = tool.lower()
    branch = _text(tool_input.get("branch")) or _text(tool_input.get("base")) or _text(tool_input.get("ref"))
    branch = branch.removeprefix("refs/heads/")
    if any(word in name for word in ("push", "merge", "create_or_update", "delete_file", "commit", "update_ref")):
        if "push" in name and tool_input.get("force") is True:
            yield act("force-push", branch or tool, "replaces commits on the remote")
        if branch and is_protected(branch, world):
            yield act("protected-push", branch, "pushes to a protected branch, or one that cannot be told")
        elif "merge_pull_request" in name or "merge_request" in name:
            yield act("protected-push", tool, "merges into the branch that a pull request aims at")


def _sends(tool: str, tool_input: Mapping[str, Any]) -> Iterator[Act]:
    name = tool.lower()
    if name.startswith("mcp__"):
        if any(
            word in name
            for word in ("send", "post", "publish", "create_issue", "comment", "upload", "email", "message", "gist")
        ):
            yield act("egress", tool, "sends something to another machine")
    elif tool in ("WebFetch", "WebSearch"):
        url = _text(tool_input.get("url"))
        if len(url.partition("?")[2]) >= 64 or any(len(part) >= 64 for part in url.split("/")[2:]):
            yield act("egress", url.partition("?")[0], "asks for an address that carries a long text")
