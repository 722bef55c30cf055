"""Turns a prompt, or the call of a skill, into the files that the client sends to the model along with it."""

from __future__ import annotations

import os
import re

from agentguard_secrets.guard.files import absolute, attached_file, whole_file
from agentguard_secrets.guard.pipeline import Text
from agentguard_secrets.protocol.claude_mentions import mentions
from agentguard_secrets.state.folders import project_folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.guard.pipeline import Case
    from agentguard_secrets.model import Event

_INSTRUCTIONS = ("CLAUDE.md", "CLAUDE.local.md", ".claude/CLAUDE.md")
# So many files may bring in one another, as the client has it.
_DEEPEST = 5
_NAME = re.compile(r"[\w.-]+(?:[:/][\w.-]+)*")


def with_files_sent_along(case: Case, folder: str) -> Case:
    """Return the case with every file that the client sends unasked: mentioned ones, instructions, commands, skills."""
    texts, unread = [*case.texts], [*case.unread]
    files = dict.fromkeys(_files(case.event, folder))
    for path, lines in files:
        if lines is not None and (path, None) in files:
            continue
        for part in attached_file(path, origin="prompt", lines=lines):
            if isinstance(part, Text):
                texts.append(part)
            else:
                unread.append(part)
    return case._replace(texts=tuple(texts), unread=tuple(unread))


def _files(event: Event, folder: str) -> Iterator[tuple[str, range | None]]:
    """Yield each file, and the lines of it that are sent; None for all."""
    payload = event.payload
    if event.name == "InstructionsLoaded":
        yield from _with_imports(absolute(_word(payload.get("file_path")), folder))
        return
    tool_input = payload.get("tool_input")
    if isinstance(tool_input, dict):
        for path in _bodies(_word(tool_input.get("skill") or tool_input.get("command")), folder):
            yield from _with_imports(path)
        return
    for name in ("prompt", "command_args"):
        for mention in mentions(_word(payload.get(name))):
            yield absolute(mention.path, folder), mention.lines
    for path in _bodies(_word(payload.get("command_name")), folder):
        yield from _with_imports(path)
    for base in project_folders(folder):
        for name in _INSTRUCTIONS:
            yield from _with_imports(os.path.join(base, name))
    yield from _with_imports(os.path.join(_settings_folder(), "CLAUDE.md"))


def _with_imports(path: str) -> Iterator[tuple[str, None]]:
    """Yield a file of instructions and those that it brings in with `@`."""
    waiting, seen = [(path, 0)], set()
    while waiting:
        file, depth = waiting.pop()
        if file in seen or not os.path.isfile(file):
            continue
        seen.add(file)
        yield file, None
        if depth < _DEEPEST:
            texts = [part.field.text for part in whole_file(file, origin="prompt") if isinstance(part, Text)]
            named = [absolute(mention.path, os.path.dirname(file)) for text in texts for mention in mentions(text)]
            waiting += [(each, depth + 1) for each in named]


def _bodies(name: str, folder: str) -> Iterator[str]:
    """Yield where the text of a command or a skill may be kept."""
    name = name.removeprefix("/")
    if not _NAME.fullmatch(name):
        return
    parts = re.split("[:/]", name)
    for base in (*(os.path.join(each, ".claude") for each in project_folders(folder)), _settings_folder()):
        yield os.path.join(base, "commands", *parts) + ".md"
        yield os.path.join(base, "commands", parts[-1]) + ".md"
        yield os.path.join(base, "skills", parts[-1], "SKILL.md")


def _settings_folder() -> str:
    return os.environ.get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~/.claude")


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""
