"""Turns a call of any tool into acts, by its command, its paths and its statements."""

from __future__ import annotations

from agentguard_secrets.acts.telling import READING_TOOLS, SHELL_TOOLS, WRITING_TOOLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

_COMMANDS = frozenset({"command", "cmd", "script", "shell", "bash", "shell_command", "commandline"})
_STATEMENTS = frozenset({"sql", "query", "statement", "statements", "queries"})
_PATHS = frozenset(
    (
        "path paths file files file_path filepath filename file_name notebook_path uri source destination target src "
        "dest from to glob"
    ).split()
)
_CHANGING = (
    "write",
    "edit",
    "create",
    "delete",
    "move",
    "rename",
    "update",
    "put",
    "patch",
    "append",
    "replace",
    "remove",
    "save",
)


def acts_of_tool(tool: str, tool_input: Mapping[str, Any], world: World) -> tuple[Act, ...]:
    """Every act of this call, each once."""
    if tool in SHELL_TOOLS:
        from agentguard_secrets.acts.command import acts_of_command

        return acts_of_command(_command(tool_input.get("command")), world)
    if tool == "PowerShell":
        from agentguard_secrets.acts.powershell import acts_of_powershell

        return acts_of_powershell(_text(tool_input.get("command")), world)
    if tool in READING_TOOLS:
        return tuple(dict.fromkeys(_reads(tool, tool_input, world)))
    if tool in WRITING_TOOLS:
        path = _text(tool_input.get("file_path")) or _text(tool_input.get("notebook_path"))
        return tuple(_changes(path, world))
    return tuple(dict.fromkeys(_others(tool, tool_input, world)))


def _command(value: object) -> str:
    """The command as a text; a list of words is what the shell would be given."""
    if isinstance(value, list):
        import shlex

        return shlex.join(str(word) for word in value)
    return _text(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield each string of the call with the name of the key above it."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _strings(item, str(name))
    elif isinstance(value, list):
        if key in _COMMANDS and value and all(isinstance(item, str) for item in value):
            import shlex

            yield key, shlex.join(value)
        else:
            for item in value:
                yield from _strings(item, key)


def _reads(tool: str, tool_input: Mapping[str, Any], world: World) -> Iterator[Act]:
    from agentguard_secrets.acts.call import act
    from agentguard_secrets.acts.paths import holds_secret, is_secret

    if tool == "Grep" and tool_input.get("output_mode") in ("count", "files_with_matches"):
        return
    searched = _text(tool_input.get("path")) if tool == "Grep" else ""
    if searched and searched.rstrip("/") not in (world.root, world.folder) and holds_secret(searched, world):
        yield act("read-secret-file", searched, "searches a folder in which files of credentials lie")
    keys = (
        "file_path",
        "notebook_path",
        "path",
        *(("glob",) if tool == "Grep" else ("pattern",) if tool == "Glob" else ()),
    )
    for path in (_text(tool_input.get(key)) for key in keys):
        if path and any(is_secret(each, world) for each in _alternatives(path)):
            yield act("read-secret-file", path, "shows or copies a file of credentials")


def _alternatives(glob: str) -> list[str]:
    """A glob with braces as several without."""
    head, opened, rest = glob.partition("{")
    choices, closed, tail = rest.partition("}")
    if not opened or not closed:
        return [glob]
    return [whole for choice in choices.split(",") for whole in _alternatives(head + choice + tail)][:64]


def _changes(path: str, world: World) -> Iterator[Act]:
    from agentguard_secrets.acts.call import act
    from agentguard_secrets.acts.paths import is_guarded
    from agentguard_secrets.acts.system import is_configuration

    if path and is_guarded(path, world):
        yield act("self-protection", path, "changes a file that guards this session")
    elif path and is_configuration(path, world):
        yield act("system", path, "changes how the machine or the person's shell is set up")


def _others(tool: str, tool_input: Mapping[str, Any], world: World) -> Iterator[Act]:
    from agentguard_secrets.acts.call import act
    from agentguard_secrets.acts.paths import is_secret

    is_changing = any(verb in tool.lower() for verb in _CHANGING)
    for key, text in _strings(tool_input):
        name = key.lower()
        if name in _COMMANDS:
            from agentguard_secrets.acts.command import acts_of_command

            yield from acts_of_command(text, world)
        elif name in _STATEMENTS:
            from agentguard_secrets.acts.databases import destroys

            if destroys(text):
                yield act("destructive-database", tool, "drops or empties data as a whole")
        elif name in _PATHS and "\n" not in text:
            if is_changing:
                yield from _changes(text, world)
            elif is_secret(text, world):
                yield act("read-secret-file", text, "shows or copies a file of credentials")
    yield from _pushes(tool, tool_input, world)
    yield from _sends(tool, tool_input)


def _pushes(tool: str, tool_input: Mapping[str, Any], world: World) -> Iterator[Act]:
    from agentguard_secrets.acts.call import act
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
    from agentguard_secrets.acts.call import act

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
