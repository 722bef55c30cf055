"""Turns a changed archive, document or database into its texts, each with the lines that its old version lacks."""

from __future__ import annotations

from functools import partial

from agentguard_secrets.model import Chunk
from agentguard_secrets.sources.added import LazyLines, lines_of_text_beyond
from agentguard_secrets.sources.contents import chunks_of
from agentguard_secrets.sources.decode import MAX_SIZE
from agentguard_secrets.sources.repository import ObjectReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from agentguard_secrets.model import Unread


def chunks_of_changed(folder: str, new: Chunk, content: bytes, *, olds: tuple[str, ...]) -> Iterator[Chunk | Unread]:
    """Yield what `content` holds; in its texts those lines count that none of the blobs `olds` has in the same place.

    `new` says where the content comes from.
    """
    for chunk in chunks_of(content, new.path, origin=new.origin, commit=new.commit):
        if isinstance(chunk, Chunk) and olds:
            yield chunk._replace(added=LazyLines(partial(_beyond, folder, chunk._replace(added=None), olds)))
        else:
            yield chunk


def _beyond(folder: str, chunk: Chunk, olds: tuple[str, ...]) -> Container[int]:
    """Return the lines of one text that the text of the same name lacks in every old version."""
    lines = set(range(1, chunk.text.count("\n") + 2))
    root = chunk.path.split("!", 1)[0]
    with ObjectReader(folder) as reader:
        for old in olds:
            before = reader.read(old, limit=MAX_SIZE)
            if before is None or before.content is None:
                continue
            for each in chunks_of(before.content, root):
                if isinstance(each, Chunk) and each.path == chunk.path:
                    lines &= lines_of_text_beyond(chunk.text, each.text)
    return lines
