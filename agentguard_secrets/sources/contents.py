"""Turns the bytes of a file into the chunks to scan: its text, or what it contains."""

from __future__ import annotations

from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources.decode import decode
from agentguard_secrets.sources.kinds import kind_by_name, kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def chunks_of(
    content: bytes, path: str, *, origin: str = "file", commit: str | None = None
) -> Iterator[Chunk | Unread]:
    """Yield the text of a file; for an archive, a document or a database what is in it, as `outer.zip!inner.txt`.

    Everything that could not be looked into is yielded as Unread. Nothing is written anywhere.
    """
    kind = kind_of(content)
    if kind is not None:
        from agentguard_secrets.sources.containers import contained

        yield from contained(content, Chunk("", path, origin, commit), kind=kind)
        return
    text, why = decode(content)
    claimed = kind_by_name(path) if content else None
    if claimed is not None:
        why = f"is named like {claimed} and is none: only its plain text was scanned"
    if why is not None:
        yield Unread(path, why, partly=bool(text))
    yield Chunk(text, path, origin, commit)


def is_container(content: bytes, path: str) -> bool:
    """Say whether `chunks_of` makes more of a file than its text, so that its lines are not those of the file."""
    return kind_of(content) is not None or (bool(content) and kind_by_name(path) is not None)
