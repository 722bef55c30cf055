"""Turns a container into the chunks of everything in it, however deep, within the limits of `budget`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agentguard_secrets.errors import LimitError
from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources import archives, databases, documents, kinds
from agentguard_secrets.sources.budget import DEEPEST, Budget
from agentguard_secrets.sources.decode import decode
from agentguard_secrets.sources.member import Broken, Member

_MEMBERS: dict[str, Callable[[bytes, Budget], Iterator[Member]]] = {
    kinds.GZIP: archives.in_gzip,
    kinds.BZIP2: archives.in_bzip2,
    kinds.XZ: archives.in_xz,
    kinds.ZIP: archives.in_zip,
    kinds.TAR: archives.in_tar,
    kinds.SQLITE: databases.in_sqlite,
    kinds.PDF: documents.in_pdf,
}


def contained(content: bytes, place: Chunk, *, kind: str) -> Iterator[Chunk | Unread]:
    """Yield what is in `content`. `place` says where it is from: its path, origin and commit."""
    yield from _opened(content, place, kind=kind, budget=Budget(len(content)), depth=1)


def _opened(content: bytes, place: Chunk, *, kind: str, budget: Budget, depth: int) -> Iterator[Chunk | Unread]:
    if kind in kinds.CLOSED:
        yield Unread(place.path, f"{kind}: cannot be opened")
        return
    if depth > DEEPEST:
        yield Unread(place.path, f"{kind}: not scanned: more than {DEEPEST} containers in each other")
        return
    names: list[str] = []
    try:
        for member in _MEMBERS[kind](content, budget):
            names += member.words
            inner = place._replace(path=_path(place.path, member.name))
            yield from _chunks(member, inner, budget=budget, depth=depth)
    except (Broken, LimitError) as problem:
        yield Unread(place.path, f"{kind}: {problem}")
    if names:
        # What files are called, link to, and are commented with is text as well.
        yield place._replace(text="\n".join(names), origin="name")


def _chunks(member: Member, place: Chunk, *, budget: Budget, depth: int) -> Iterator[Chunk | Unread]:
    if member.why:
        yield Unread(place.path, member.why)
    if member.text is not None:
        yield place._replace(text=member.text)
    if member.content is None:
        return
    kind = kinds.kind_of(member.content)
    if kind is not None:
        yield from _opened(member.content, place, kind=kind, budget=budget, depth=depth + 1)
        return
    text, why = decode(member.content)
    if why is not None:
        yield Unread(place.path, why, partly=bool(text))
    yield place._replace(text=documents.without_markup(text) if member.is_markup else text)


def _path(outer: str, name: str) -> str:
    """Return `outer!inner`. Steps up are left out: policies accept paths, and no name in an archive may pose as one."""
    steps = [step for step in name.replace("\\", "/").split("/") if step not in ("", ".", "..")]
    return "!".join((outer, "/".join(steps))) if steps else outer
