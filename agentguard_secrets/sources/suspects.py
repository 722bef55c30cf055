"""Turns versions of files into the few of them that may hold a finding on a line that is new in them.

A history is mostly the same lines over and over. Each version is compared with the one before it, and what changed is
looked at with its surroundings; only where that holds something is the whole file worth a look. Whatever is not plain
text is worth one, too: this never says no where it does not know.
"""

from __future__ import annotations

import subprocess
from collections import OrderedDict
from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from typing import IO

from agentguard_secrets._record import Record
from agentguard_secrets.detect.words import finder_of
from agentguard_secrets.errors import SourceError
from agentguard_secrets.model import Chunk
from agentguard_secrets.sources.contents import is_container
from agentguard_secrets.sources.decode import MAX_SIZE
from agentguard_secrets.sources.excerpt import NEAR, WIDE, changed_part, excerpt
from agentguard_secrets.sources.largefiles import is_pointer
from agentguard_secrets.sources.repository import command, environment
from agentguard_secrets.sources.versions import Versions

# In bytes: what is kept of earlier versions, and what git keeps.
_KEPT = 16_000_000
_GIT = (
    *("-c", "core.packedGitWindowSize=8m", "-c", "core.packedGitLimit=32m", "-c", "core.deltaBaseCacheLimit=24m"),
    *("cat-file", "--batch", "--buffer"),
)
_BOM = b"\xef\xbb\xbf"
_PIECE = 1024 * 1024
# Git and we run on two cores: with a pipe of the usual 64 kB one would wait for the other all the time.
_BUFFER, _PIPE = 256 * 1024, 1024 * 1024


def suspects_in(folder: str, versions: Versions, *, has_finding: Callable[[Chunk], bool], far: FarWords) -> list[str]:
    """Return the object ids of the versions that have to be looked at as a whole."""
    look = _Look(has_finding, far)
    pairs = list(versions.pairs())
    suspects = []
    for (path, new, old), content in zip(pairs, _contents(folder, [new for _, new, _ in pairs]), strict=True):
        if content is None or look.is_suspect(path, new, old, content):
            suspects.append(new)
    return suspects


class FarWords(Record):
    """The words, in lower case, of rules that look further than an excerpt with the margin NEAR, or WIDE, reaches."""

    beyond_near: tuple[str, ...]
    beyond_wide: tuple[str, ...]


class _Look:
    """What is kept from one version to the next: contents, and whether a word that needs all of them is in them."""

    def __init__(self, has_finding: Callable[[Chunk], bool], far: FarWords) -> None:
        self._has_finding = has_finding
        self._needs_wide, self._needs_all = finder_of(far.beyond_near), finder_of(far.beyond_wide)
        self._kept: OrderedDict[str, tuple[bytes, bool]] = OrderedDict()
        self._size = 0

    def is_suspect(self, path: bytes, new: str, old: str, content: bytes) -> bool:
        encoding = _plain_encoding(content)
        name = path.decode("utf-8", "surrogateescape")
        if encoding is None or is_container(content, name) or is_pointer(content):
            return True
        before, was_far = self._kept.get(old, (None, False))
        if before is None:
            text = content.decode(encoding)
            self._keep(new, content, is_far=self._needs_all(content))
            return self._has_finding(Chunk(text.removeprefix("\ufeff"), name, "commit"))
        place = changed_part(content, before)
        if place is None:
            self._keep(new, content, is_far=was_far)
            return False
        wide = excerpt(content, *place, WIDE)
        around = content[wide.start : wide.end]
        is_far = was_far or self._needs_all(around)
        self._keep(new, content, is_far=is_far)
        if is_far:
            part = excerpt(content, *place, len(content))
        else:
            part = wide if self._needs_wide(around) else excerpt(content, *place, NEAR)
        text = content[part.start : part.end].decode(encoding).removeprefix("\ufeff")
        return self._has_finding(Chunk(text, name, "commit", added=range(part.first, part.last + 1)))

    def _keep(self, oid: str, content: bytes, *, is_far: bool) -> None:
        self._kept[oid] = content, is_far
        self._size += len(content)
        while self._size > _KEPT:
            self._size -= len(self._kept.popitem(last=False)[1][0])


def _plain_encoding(content: bytes) -> str | None:
    """Return how plain text is encoded whose lines are those that git sees; None for anything else."""
    if b"\0" in content or (b"\n" not in content and b"\r" in content):
        return None
    if content.isascii():
        return "ascii"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _contents(folder: str, oids: list[str]) -> Iterator[bytes | None]:
    """Yield the content of each object, None for one that is not there or too large."""
    with TemporaryFile() as question:
        question.write("".join(f"{oid}\n" for oid in oids).encode("ascii"))
        question.seek(0)
        try:
            git = subprocess.Popen(
                command(folder, *_GIT),
                env=environment(),
                stdin=question,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=_BUFFER,
                pipesize=_PIPE,
            )
        except OSError as error:
            raise SourceError(f"{folder}: git cannot be started: {error.strerror or error}") from error
        with git:
            if git.stdout is None:
                raise SourceError(f"{folder}: git cat-file: expected an output")
            for _ in oids:
                yield _content(git.stdout)


def _content(stream: IO[bytes]) -> bytes | None:
    words = stream.readline().split()
    # A git that dies of what a partial clone lacks says nothing more of all that follow.
    if len(words) != 3:
        return None
    size = int(words[2])
    content = stream.read(size) if size <= MAX_SIZE else None
    if content is None:
        while size:
            size -= len(stream.read(min(size, _PIECE)))
    stream.read(1)
    return content
