"""Turns a file and the edits an agent wants to make to it into the text that it will be."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right

from agentguard_secrets._record import Record
from agentguard_secrets.model import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# What editing tools call what is taken out and what is put in: the client's own, and those of common servers.
_NAMES = (("old_string", "new_string"), ("oldText", "newText"), ("old_str", "new_str"), ("old_text", "new_text"))
_PATHS = ("file_path", "notebook_path", "path")
# The client finds a text with straight quotes where the file has typographic ones. One character for one.
_STRAIGHT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})


class Edit(Record):
    """One replacement in a text; `keys` lead to the new text in the event."""

    old: str
    new: str
    is_everywhere: bool
    keys: tuple[str | int, ...]

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("old", "new")

    def changed(self) -> Span:
        """The part of the new text that the old one does not have at its start or its end."""
        start = _common(self.old, self.new)
        end = _common(self.old[start:][::-1], self.new[start:][::-1])
        return Span(start, len(self.new) - end)


class Edited(Record):
    """A text as it will be, and the spans of it that are new; an empty one where something was taken out."""

    text: str
    spans: tuple[Span, ...]

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("text",)


def edited_path(tool_input: object) -> str:
    """Return the path of the file that a call is about, "" when it names none."""
    if not isinstance(tool_input, dict):
        return ""
    return next((path for name in _PATHS if isinstance(path := tool_input.get(name), str) and path), "")


def edits_of(tool_input: dict[str, Any]) -> tuple[Edit, ...]:
    """Return the replacements that a call asks for, in order; none for a call that is no edit."""
    several = tool_input.get("edits")
    found = list(_edits(tool_input, ("tool_input",)))
    for number, each in enumerate(several if isinstance(several, list) else []):
        found += _edits(each, ("tool_input", "edits", number)) if isinstance(each, dict) else []
    return tuple(found)


def with_edits(text: str, edits: tuple[Edit, ...]) -> Edited | None:
    """Return `text` after all the edits; None when one of them does not fit, so that none of them will be made."""
    spans: list[Span] = []
    for edit in edits:
        places = _places(text, edit)
        if not places:
            return None
        longer = len(edit.new) - len(edit.old)
        spans = [_moved(span, places, edit) for span in spans]
        spans += [_shifted(edit.changed(), start + number * longer) for number, start in enumerate(places)]
        ends = [0, *(start + len(edit.old) for start in places)]
        pieces = [text[end:start] for end, start in zip(ends, [*places, len(text)], strict=True)]
        text = edit.new.join(pieces)
    return Edited(text, tuple(spans))


def with_cell(text: str, tool_input: dict[str, Any]) -> Edited | None:
    """Return the cells of a notebook as one text, with the cell that a call puts there; None when it fits nowhere."""
    try:
        cells = json.loads(text)["cells"]
        sources = [(str(cell.get("id", "")), _source(cell)) for cell in cells]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    new, mode = tool_input.get("new_source"), tool_input.get("edit_mode")
    place = _cell(tool_input.get("cell_id"), [name for name, _ in sources])
    if not isinstance(new, str) or mode == "delete" or (place is None and mode != "insert"):
        return None
    texts = [source for _, source in sources]
    # What is inserted comes behind the cell that is named, or first.
    first = 0 if place is None else place + (mode == "insert")
    before = "".join(f"{source}\n\n" for source in texts[:first])
    after = texts[first + (mode != "insert") :]
    return Edited("\n\n".join([before + new, *after]), (Span(len(before), len(before) + len(new)),))


def _edits(values: dict[str, Any], keys: tuple[str | int, ...]) -> Iterator[Edit]:
    for old_name, new_name in _NAMES:
        old, new = values.get(old_name), values.get(new_name)
        if isinstance(old, str) and isinstance(new, str):
            yield Edit(old, new, values.get("replace_all") is True, (*keys, new_name))


def _places(text: str, edit: Edit) -> list[int]:
    """Return where the old text stands. An empty one stands in an empty file only."""
    if not edit.old:
        return [] if text else [0]
    plain, old = text.translate(_STRAIGHT), edit.old.translate(_STRAIGHT)
    places, start = [], plain.find(old)
    while start >= 0:
        places.append(start)
        start = plain.find(old, start + len(old))
    return places if edit.is_everywhere else places[:1]


def _moved(span: Span, places: list[int], edit: Edit) -> Span:
    """Return where a span is after the replacements; one that is touched by them grows around them."""
    before, longer = bisect_right(places, span.start - len(edit.old)), len(edit.new) - len(edit.old)
    behind = bisect_left(places, span.end)
    touched = places[before:behind]
    start = min(span.start, *touched[:1]) if touched else span.start
    end = max(span.end, touched[-1] + len(edit.old)) if touched else span.end
    return Span(start + before * longer, end + behind * longer)


def _shifted(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def _common(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _cell(wanted: object, names: list[str]) -> int | None:
    if wanted in names:
        return names.index(str(wanted))
    number = str(wanted).removeprefix("cell-")
    return int(number) if number.isdecimal() and int(number) < len(names) else None
