"""Turns a call of any tool into acts, by its command, its paths and its statements."""

from __future__ import annotations

from agentguard_secrets.acts.telling import READING_TOOLS, SHELL_TOOLS, WRITING_TOOLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act


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
        return tuple(changes(path, world))
    from agentguard_secrets.acts.othertools import acts_of_other_tool

    return tuple(dict.fromkeys(acts_of_other_tool(tool, tool_input, world)))


def _command(value: object) -> str:
    """The command as a text; a list of words is what the shell would be given."""
    if isinstance(value, list):
        import shlex

        return shlex.join(str(word) for word in value)
    return _text(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


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


def changes(path: str, world: World) -> Iterator[Act]:
    """The act of changing this file, if it guards the session or sets the machine up."""
    from agentguard_secrets.acts.call import act
    from agentguard_secrets.acts.paths import is_guarded
    from agentguard_secrets.acts.system import is_configuration

    if path and is_guarded(path, world):
        yield act("self-protection", path, "changes a file that guards this session")
    elif path and is_configuration(path, world):
        yield act("system", path, "changes how the machine or the person's shell is set up")
