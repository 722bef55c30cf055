"""Turns one thing in a container into a value: what it is called and what it holds, or why that is not known."""

from __future__ import annotations

from agentguard_secrets._record import Record


class Broken(Exception):  # noqa: N818 - it says what a container is
    """A container could not be read, or not to its end. The message says why and quotes nothing of it."""


class Member(Record):
    """One file, page, table or stream. `name` is "" for what fills its container alone.

    `content` are its bytes, `text` what is text already; `why` says what could not be read. `words` are names, link
    targets and comments. `is_markup` says that tags stand between the letters.
    """

    name: str = ""
    content: bytes | None = None
    text: str | None = None
    why: str = ""
    words: tuple[str, ...] = ()
    is_markup: bool = False

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("content", "text", "words", "name")
