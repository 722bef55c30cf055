"""Turns an event that is about files into the texts of those files that it will write, or send to the model."""

from __future__ import annotations

import os
import stat

from agentguard_secrets.guard.pipeline import Text
from agentguard_secrets.model import Chunk, Field, Span, Unread
from agentguard_secrets.protocol.claude import FILE
from agentguard_secrets.protocol.claude_edits import edited_path, edits_of, with_cell, with_edits
from agentguard_secrets.sources.decode import MAX_SIZE, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from agentguard_secrets.guard.pipeline import Case
    from agentguard_secrets.protocol.claude_edits import Edited

# Of a long file only the surroundings of what is new are searched: characters before and behind it.
_SURROUNDINGS = 64 * 1024
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


def absolute(path: str, folder: str) -> str:
    """Return the path as it is meant in `folder`, with `~` for the home folder."""
    return os.path.join(folder, os.path.expanduser(path))


def text_of(path: str) -> tuple[str, Unread | None] | None:
    """Return what the file holds as text and what of it was not read; None when there is no such file."""
    raw = _bytes_of(path)
    if raw is None or isinstance(raw, Unread):
        return None if raw is None else ("", raw)
    text, why = decode(raw)
    return text, Unread(path, why, partly=True) if why else None


def _bytes_of(path: str) -> bytes | Unread | None:
    """Return what the file holds, or why that cannot be read; None when there is no such file."""
    try:
        number = os.open(path, _OPEN)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError as error:
        return Unread(path, f"cannot be read: {error.strerror}")
    mode = os.fstat(number).st_mode
    if not stat.S_ISREG(mode):
        os.close(number)
        # What is in a folder is not sent; a pipe or a device nobody can look into beforehand.
        return None if stat.S_ISDIR(mode) else Unread(path, "is no file")
    with open(number, "rb") as stream:
        raw = stream.read(MAX_SIZE + 1)
    return raw if len(raw) <= MAX_SIZE else Unread(path, f"is larger than {MAX_SIZE} bytes")


def whole_file(path: str, *, origin: str, lines: Container[int] | None = None) -> Iterator[Text | Unread]:
    """Yield the text of a file, in which findings count on `lines`, and what was not read; nothing without a file."""
    found = text_of(path)
    if found is None:
        return
    text, unread = found
    if unread is not None:
        yield unread
    if text:
        yield Text(Field((path, FILE), text), Chunk(text, path=path, origin=origin, added=lines))


def attached_file(path: str, *, origin: str, lines: Container[int] | None = None) -> Iterator[Text | Unread]:
    """Yield what `whole_file` yields; of an archive, a document or a database, of which a client sends the whole or
    nothing, the text of each thing that is in it.
    """
    from agentguard_secrets.sources.kinds import kind_of

    raw = _bytes_of(path)
    if not isinstance(raw, bytes) or kind_of(raw) is None:
        yield from whole_file(path, origin=origin, lines=lines)
        return
    from agentguard_secrets.sources.contents import chunks_of

    for part in chunks_of(raw, path, origin=origin):
        yield part if isinstance(part, Unread) else Text(Field((part.path, FILE), part.text), part)


def with_file_as_it_will_be(case: Case, folder: str) -> Case:
    """Return the case with the text that an edited file, or a notebook, will have, in which only what is new counts.

    What an edit repeats of the file is not new either. An edit that does not fit will not be made: it adds nothing.
    """
    tool_input = case.event.payload["tool_input"]
    path, edits = absolute(edited_path(tool_input), folder), edits_of(tool_input)
    found = text_of(path) if edits or "new_source" in tool_input else None
    if found is None:
        return case
    text, unread = found
    # The client compares with the line ends of the model.
    plain = text.replace("\r\n", "\n")
    edited = with_edits(plain, edits) if edits else with_cell(plain, tool_input)
    texts = case.texts
    if edited is not None:
        new = {edit.keys: (edit.changed(),) for edit in edits}
        texts = (*(text._replace(counted=new.get(text.field.keys)) for text in texts), _what_is_new(edited, path))
    return case._replace(texts=texts, unread=(*case.unread, *([unread] if unread else [])))


def _what_is_new(edited: Edited, path: str) -> Text:
    text, first, last = edited.text, min(each.start for each in edited.spans), max(each.end for each in edited.spans)
    start = text.rfind("\n", 0, max(0, first - _SURROUNDINGS)) + 1
    window = text[start : last + _SURROUNDINGS]
    spans = tuple(Span(span.start - start, span.end - start) for span in edited.spans)
    chunk = Chunk(window, path=path, origin="write")
    return Text(Field((path, FILE), window), chunk, counted=spans, lines_before=text.count("\n", 0, start))
