"""Turns a made credential into texts that are nearly one: cut, with a foreign sign in it, with another beginning."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard_secrets.rulebook.proof import CLOSE, OPEN, is_marked
from agentguard_secrets.rulebook.shape import shape_of
from agentguard_secrets.rulebook.source import RuleSource

# No vendor writes it into a key.
_FOREIGN = "§"


def near_of(rule: RuleSource, made: str) -> Iterator[str]:
    """Yield near misses of `made`, a sample's value, marks and all; only those that the rule's own pattern denies."""
    head, value, tail = _parts(made)
    whole = re.compile(rule.value or rule.pattern)
    for near in _nearly(value, shape_of(rule.pattern).prefix):
        text = head + near + tail
        if whole.search(f"{near if rule.value else text}\n") is None:
            yield text


def _nearly(value: str, prefix: str) -> Iterator[str]:
    yield value[:-1]
    yield value[: len(value) // 2]
    yield value[: len(value) // 2] + _FOREIGN + value[len(value) // 2 + 1 :]
    yield value[:1] + _FOREIGN + value[2:]
    if prefix and value.startswith(prefix):
        yield ("q" if prefix[0] != "q" else "z") + value[1:]


def _parts(made: str) -> tuple[str, str, str]:
    if not is_marked(made):
        return "", made, ""
    head, rest = made.split(OPEN, 1)
    value, tail = rest.split(CLOSE, 1)
    return head, value, tail
