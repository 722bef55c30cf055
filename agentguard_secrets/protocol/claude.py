"""Turns the JSON of one Claude Code event into an Event with every text that has to be judged."""

from __future__ import annotations

from agentguard_secrets._plainjson import parsed
from agentguard_secrets.model import Chunk, Event, Field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from agentguard_secrets.model import Finding, Part

    Keys = tuple[str | int, ...]

# Last key of a field whose text is no string of the event: the name of a key, the strings of a list line by line,
# what a file holds whose path is the key before, or what the shell makes of a command.
NAME = -1
LINES = -2
FILE = -3
MADE = -4

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# A key of fewer characters is no credential.
_LONG_NAME = 16
_DEEPEST = 200
# A longer text brings its own context, and one line of it may be a whole file.
_LONGEST_VALUE = 512

_TOOL_FACES = {
    "Write": "write",
    "Edit": "write",
    "MultiEdit": "write",
    "NotebookEdit": "write",
    "Bash": "command",
    "PowerShell": "command",
    "Monitor": "command",
}
_FILE_TOOLS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit", "Read"})
_EVENT_FACES = {
    "PostToolUse": "output",
    "PostToolUseFailure": "output",
    "PostToolBatch": "output",
    "UserPromptSubmit": "prompt",
    "UserPromptExpansion": "prompt",
    "InstructionsLoaded": "prompt",
}
# Written by the client, not by the model, a tool or a person.
_METADATA = frozenset(
    {
        "session_id",
        "transcript_path",
        "agent_transcript_path",
        "cwd",
        "prompt_id",
        "permission_mode",
        "effort",
        "tool_use_id",
        "agent_id",
        "agent_type",
    }
)
# What was judged at PreToolUse, where a person may have accepted it.
_INPUTS = frozenset({"tool_input", "tool_name", "mcp_server"})
_ABOUT_A_JUDGED_CALL = frozenset({"PermissionRequest", "PermissionDenied"})


def read_event(raw: bytes) -> Event:
    """Return the event that one hook call reads on standard input.

    Raises ProtocolError, whose message quotes nothing of the input, when it is not one JSON object in UTF-8 with
    a `hook_event_name`, names a key twice, or is nested too deeply. Fields of any other type than expected are
    judged like those of an unknown tool.
    """
    payload = _parsed(raw)
    name = _text(payload.get("hook_event_name"))
    if not name:
        raise _wrong("hook_event_name: expected the name of an event, found none")
    tool = _text(payload.get("tool_name"))
    return Event(
        name=name,
        face=_EVENT_FACES.get(name) or (_TOOL_FACES.get(tool, "tool") if name == "PreToolUse" else "tool"),
        tool=tool,
        session=_text(payload.get("session_id")),
        cwd=_text(payload.get("cwd")),
        path=_path(tool, payload.get("tool_input")),
        fields=tuple(_fields(payload, name, tool)),
        payload=payload,
    )


def chunk_of(event: Event, field: Field) -> tuple[Chunk, int]:
    """Return what to scan for `field`, and where in it the field's text stands a second time (0: it does not).

    A short value is repeated as `key = "value"`, so that rules that need the word beside the value hold for
    {"password": "..."} too. `placed` puts the findings back.
    """
    text = field.text
    offset = 0
    if len(text) <= _LONGEST_VALUE and "\n" not in text and field.keys[-1] not in (NAME, LINES):
        quote = "'" if '"' in text else '"'
        names = [key for key in field.keys if isinstance(key, str)]
        label = ".".join(names[1:][-3:] or names)[-64:]
        lead = f"{text}\n\n{_as_identifier(label)} = {quote}"
        text, offset = f"{lead}{text}{quote}", len(lead)
    return Chunk(text=text, path=event.path, origin=event.face), offset


def placed(findings: list[Finding], offset: int) -> list[Finding]:
    """Return the findings of a chunk of `chunk_of` with positions in the field's own text, none overlapping another."""
    if not offset:
        return findings
    kept: list[Finding] = []
    # What the key helped to find comes first: of two that overlap it knows more.
    for finding in reversed(findings):
        moved = _moved_back(finding, offset)
        if moved is not None and not any(moved.span.overlaps(other.span) for other in kept):
            kept.append(moved)
    return kept


def _moved_back(finding: Finding, offset: int) -> Finding | None:
    if finding.end_line == 1:
        return finding._replace(parts=tuple(part for part in finding.parts if part.at[0] == 1))
    start = finding.span.start - offset
    if start < 0:
        # It stands in the key, which is a field of its own when it is long enough to hold a credential.
        return None
    length = finding.span.end - finding.span.start
    span = finding.span._replace(start=start, end=start + length)
    parts = tuple(_part_back(part, offset) for part in finding.parts if part.span.start >= offset)
    moved = finding._replace(span=span, line=1, end_line=1, column=start + 1, end_column=start + length + 1)
    return moved._replace(parts=parts)


def _part_back(part: Part, offset: int) -> Part:
    start = part.span.start - offset
    span = part.span._replace(start=start, end=part.span.end - offset)
    return part._replace(span=span, at=(1, start + 1))


def _as_identifier(label: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "_.-" else "_" for letter in label)


def _parsed(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        raise _wrong("expected one JSON object on standard input, found nothing")
    try:
        payload = parsed(raw.removeprefix(_BYTE_ORDER_MARK).decode("utf-8"), _without_repetition)
    except UnicodeDecodeError as problem:
        raise _wrong(f"expected UTF-8: byte {problem.start} is not") from None
    except ValueError as problem:
        place = getattr(problem, "pos", None)
        if place is None:
            raise
        raise _wrong(f"expected one JSON object: malformed at character {place}") from None
    except RecursionError:
        raise _wrong("expected JSON of ordinary depth, found one nested too deeply") from None
    if not isinstance(payload, dict):
        raise _wrong(f"expected one JSON object, found {type(payload).__name__}")
    return payload


def _wrong(said: str) -> Exception:
    from agentguard_secrets.errors import ProtocolError

    return ProtocolError(f"event: {said}")


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        # Two readers may take different ones, so neither can be judged for the other.
        raise _wrong("expected each key once in an object, found one twice")
    return entries


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _path(tool: str, tool_input: object) -> str:
    # Any other tool may be given a path for show, below one whose findings the policy accepts.
    if tool not in _FILE_TOOLS or not isinstance(tool_input, dict):
        return ""
    return _text(tool_input.get("file_path")) or _text(tool_input.get("notebook_path"))


def _fields(payload: dict[str, Any], name: str, tool: str) -> Iterator[Field]:
    if name in _ABOUT_A_JUDGED_CALL:
        return
    is_exempt = _EXEMPTIONS.get(name) or _EXEMPTIONS.get(f"{name} {tool}") or _is_nothing
    for field in _leaves({key: value for key, value in payload.items() if key not in _METADATA}):
        if not is_exempt(field.keys):
            yield field


def _is_nothing(_keys: Keys) -> bool:
    return False


def _is_input(keys: Keys) -> bool:
    return keys[0] in _INPUTS


def _is_input_of_batch(keys: Keys) -> bool:
    return keys[0] == "tool_calls" and len(keys) > 2 and keys[2] in _INPUTS


def _is_removed(keys: Keys) -> bool:
    """Taking a credential out of a file is good."""
    return keys == ("tool_input", "old_string")


_EXEMPTIONS = {
    "PostToolUse": _is_input,
    "PostToolUseFailure": _is_input,
    "PostToolBatch": _is_input_of_batch,
    "PreToolUse Edit": _is_removed,
}


def _leaves(payload: dict[str, Any]) -> Iterator[Field]:
    """Yield each string below `payload`, each long name of a key, and each list of strings as one text of lines."""
    waiting: list[tuple[Keys, Any]] = [((), payload)]
    while waiting:
        keys, value = waiting.pop()
        if len(keys) > _DEEPEST:
            raise _wrong(f"expected at most {_DEEPEST} levels of JSON, found more")
        if isinstance(value, str):
            yield Field(keys, value)
        elif isinstance(value, dict):
            yield from [Field((*keys, key, NAME), key) for key in value if len(key) >= _LONG_NAME]
            waiting += reversed([((*keys, key), item) for key, item in value.items()])
        elif isinstance(value, list):
            if len(value) > 1 and all(isinstance(item, str) for item in value):
                yield Field((*keys, LINES), "\n".join(value))
            waiting += reversed([((*keys, number), item) for number, item in enumerate(value)])
