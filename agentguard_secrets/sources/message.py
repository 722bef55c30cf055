"""Turns a commit that git is about to make into its message and the people it names."""

from __future__ import annotations

from agentguard_secrets.model import Chunk
from agentguard_secrets.sources.decode import decode
from agentguard_secrets.sources.scissors import lines_of_message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# `git commit` tells its hooks the author; who commits is told only where a variable says so.
_PEOPLE = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")


def from_message(folder: str, path: str, environment: Mapping[str, str]) -> Iterator[Chunk]:
    """Yield the message in the file `path`, with the lines of it that count, and the people of `environment`."""
    with open(path, "rb") as stream:  # noqa: PTH123 - pathlib would cost every commit its import
        text = decode(stream.read())[0]
    yield Chunk(text, origin="message", added=lines_of_message(folder, text))
    if people := [environment[name] for name in _PEOPLE if name in environment]:
        yield Chunk("\n".join(people), origin="message")
