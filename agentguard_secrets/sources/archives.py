"""Turns archives and compressed files into their members, one at a time and nothing on disk."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Protocol, cast

from agentguard_secrets.errors import LimitError
from agentguard_secrets.sources.budget import MOST_FILES, Budget
from agentguard_secrets.sources.member import Broken, Member

# What the libraries raise on bytes that no program of good will has written.
_FAULTS = (
    *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RuntimeError, TypeError),
    *(ValueError, MemoryError, struct.error, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError),
)
_DAMAGED = "truncated or damaged: not all was scanned"
_PIECE = 1024 * 1024
_XZ_MEMORY = 128 * 1024 * 1024
_ENCRYPTED = 0x1
_ZIP_ENTRY = b"PK\x01\x02"
_ZIP_END, _ZIP_END_SIZE = b"PK\x05\x06", 22
# What may stand behind a file in a zip: its size and checksum.
_DESCRIPTOR = 24
# LZMA in a zip says itself how much memory it takes, and nothing checks that.
_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_MARKED_UP = ("word/", "xl/", "ppt/", "content.xml", "styles.xml", "meta.xml")


class _Stream(Protocol):
    def read1(self, size: int, /) -> bytes: ...


def in_gzip(content: bytes, budget: Budget) -> Iterator[Member]:
    """Yield what a gzip file holds, all its parts as one."""
    with gzip.GzipFile(fileobj=BytesIO(content)) as stream:
        yield _whole(_pieces(stream), budget)


def in_bzip2(content: bytes, budget: Budget) -> Iterator[Member]:
    """Yield what a bzip2 file holds, all its parts as one."""
    with bz2.BZ2File(BytesIO(content)) as stream:
        yield _whole(_pieces(stream), budget)


def in_xz(content: bytes, budget: Budget) -> Iterator[Member]:
    """Yield what an xz file holds, all its parts as one."""
    yield _whole(_xz_pieces(content), budget)


def in_zip(content: bytes, budget: Budget) -> Iterator[Member]:
    """Yield the files of a zip, jar, wheel or office document. Raises Broken when it has no directory."""
    if content.count(_ZIP_ENTRY) > MOST_FILES:
        raise LimitError(f"not scanned: it holds more than {MOST_FILES} files")
    try:
        archive = zipfile.ZipFile(BytesIO(content))
        entries = archive.infolist()
    except _FAULTS as error:
        raise Broken(_DAMAGED) from error
    words = [text for entry in entries for text in (entry.filename, _plain(entry.comment), _plain(entry.extra))]
    yield Member(words=tuple(text for text in (*words, _plain(archive.comment)) if text))
    is_document = any(entry.filename in ("[Content_Types].xml", "mimetype") for entry in entries)
    for entry in entries:
        if not entry.is_dir():
            member = _zip_member(archive, entry, budget=budget)
            yield member._replace(is_markup=is_document and _is_markup(entry.filename))
    if text := _outside(content, archive):
        yield Member(text=text)


def _outside(content: bytes, archive: zipfile.ZipFile) -> str:
    """Return what stands before, between and behind the files and the directory: a zip may hold anything there."""
    parts, end = [], 0
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        start = entry.header_offset
        parts.append(content[end:start])
        name, extra = struct.unpack("<HH", content[start + 26 : start + 30].ljust(4, b"\0"))
        end = max(end, start + 30 + name + extra + entry.compress_size)
    parts.append(content[end : archive.start_dir])
    # zipfile took the last one for the end, too.
    last = content.rfind(_ZIP_END) + _ZIP_END_SIZE + len(archive.comment)
    parts.append(content[last:])
    return "\n".join(part.decode("latin-1") for part in parts if len(part) > _DESCRIPTOR)


def in_tar(content: bytes, budget: Budget) -> Iterator[Member]:
    """Yield the files of a tar. Raises Broken when it ends before its end, or goes on behind it."""
    try:
        with tarfile.open(fileobj=BytesIO(content), mode="r:") as archive:
            for entry in archive:
                words = tuple(filter(None, (entry.name, entry.linkname)))
                yield _tar_member(archive, entry, budget=budget)._replace(words=words)
            end = archive.offset
    except _FAULTS as error:
        raise Broken(_DAMAGED) from error
    # tarfile takes a header that it does not understand for the end.
    if end > len(content) or content[end:].strip(b"\0"):
        raise Broken(_DAMAGED)


def _pieces(stream: _Stream) -> Iterator[bytes]:
    # Not read(): where a stream breaks off, it would keep what came before.
    while piece := stream.read1(_PIECE):
        yield piece


def _xz_pieces(content: bytes) -> Iterator[bytes]:
    while content:
        inflating = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
        piece = inflating.decompress(content, _PIECE)
        while not inflating.eof:
            if inflating.needs_input:
                raise EOFError
            yield piece
            piece = inflating.decompress(b"", _PIECE)
        yield piece
        content = inflating.unused_data.lstrip(b"\0")


def _whole(pieces: Iterable[bytes], budget: Budget) -> Member:
    """Return what the pieces make up, as far as they can be read."""
    allowed = budget.allowed()
    parts: list[bytes] = []
    size = 0
    why = ""
    try:
        for piece in pieces:
            parts.append(piece)
            size += len(piece)
            if size > allowed:
                break
    except _FAULTS:
        why = _DAMAGED
    return Member(content=budget.spend(b"".join(parts)), why=why)


def _zip_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, budget: Budget) -> Member:
    if entry.flag_bits & _ENCRYPTED:
        return Member(entry.filename, why="protected by a password: not scanned")
    if entry.compress_type not in _ZIP_METHODS:
        return Member(entry.filename, why=f"zip method {entry.compress_type}: cannot be opened")
    try:
        with archive.open(entry) as stream:
            member = _whole(_pieces(cast(_Stream, stream)), budget)
    except _FAULTS:
        return Member(entry.filename, why=_DAMAGED)
    except LimitError as problem:
        return _refused(entry.filename, problem, budget)
    return member._replace(name=entry.filename)


def _tar_member(archive: tarfile.TarFile, entry: tarfile.TarInfo, *, budget: Budget) -> Member:
    if not entry.isreg():
        return Member(entry.name)
    stream = archive.extractfile(entry)
    if stream is None:
        return Member(entry.name)
    try:
        content = stream.read(budget.allowed() + 1)
        # A sparse file may claim any size and hold nothing.
        return Member(entry.name, budget.spend(content))
    except LimitError as problem:
        return _refused(entry.name, problem, budget)


def _refused(name: str, problem: LimitError, budget: Budget) -> Member:
    """Return one file that is too large; when nothing at all is left, say so once for the whole container."""
    if budget.is_spent():
        raise problem
    return Member(name, why=str(problem))


def _is_markup(name: str) -> bool:
    return name.startswith(_MARKED_UP) and name.endswith(".xml")


def _plain(raw: bytes) -> str:
    return raw.decode("latin-1").strip("\0")
