"""Turns the text of a unified diff into chunks of which only the added lines count."""

from __future__ import annotations

from collections.abc import Iterator

from agentguard_secrets.errors import UsageError
from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.protocol.patch import parse_patch, prose_of


def from_diff(text: str) -> Iterator[Chunk | Unread]:
    """Yield the new side of each file with its added lines, the names of the files that are left, and what stands
    between them, as messages do. A file whose content the diff does not show is unread.

    Raises ProtocolError for a hunk that is not what its header says, UsageError for a text that is no diff.
    """
    files = parse_patch(text)
    if not files and text.strip():
        raise UsageError("expected a unified diff, got a text that names no file with --- and +++")
    for file in files:
        if file.binary:
            yield Unread(file.path, "binary: the diff does not show its content")
        if file.added:
            yield Chunk(file.text, path=file.path, origin="diff", added=file.added)
    if names := [file.path for file in files if file.is_new_name]:
        yield Chunk("\n".join(names), origin="name")
    if prose := prose_of(text):
        yield Chunk(prose, origin="message")
