"""Turns the words of a prompt into the files that the client sends along because they are mentioned with `@`."""

from __future__ import annotations

import re

from agentguard_secrets._record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_RANGE = re.compile(r"([^#]+)(?:#L(\d{1,9})(?:-L?(\d{1,9}))?)?(?:#[^#]*)?")


class Mention(Record):
    """A path as it was written, and the lines of it that are sent; None for all of them."""

    path: str
    lines: range | None = None


def mentions(text: str) -> tuple[Mention, ...]:
    """Return what may be meant as a file, each once: more than the client takes for one, never less.

    `@a.py`, `@./a.py#L3-7`, `@/etc/hosts`, `@~/notes` and `@"two words.txt"`; a mention that ends in punctuation is
    returned with and without it.
    """
    return tuple(dict.fromkeys(_mentions(text))) if "@" in text else ()


def _mentions(text: str) -> Iterator[Mention]:
    for quoted in re.findall(r'@"([^"]+)"', text):
        yield from _meant(quoted)
    for word in text.split():
        for written in [*word.split("@")[1:], word.partition("@")[2]]:
            yield from _meant(written)
            yield from _meant(re.sub(r"\W+\Z", "", written))


def _meant(written: str) -> Iterator[Mention]:
    if not written:
        return
    # The whole word may be a file's name, too.
    yield Mention(written)
    found = _RANGE.fullmatch(written)
    if found and found[1] != written:
        first = int(found[2]) if found[2] else 0
        yield Mention(found[1], range(first, int(found[3] or first) + 1) if first else None)
