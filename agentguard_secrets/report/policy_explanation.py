"""Turns the layers of a policy into words about which of them decided what."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from agentguard_secrets.model import Verdict
from agentguard_secrets.state.policyfile import key_value
from agentguard_secrets.state.policylayer import Layer
from agentguard_secrets.state.policyschema import KEYS

_BUILT_IN = "built in"


def explanation(layers: Sequence[Layer], names: Sequence[str]) -> str:
    """Return a line for each key with its value and who decided it, and below it what the other layers say.

    A long list is shown in full where only one key is asked for.
    """
    lines = [line for name in names for line in _about(name, layers, is_alone=len(names) == 1)]
    return "".join(f"{_printable(line)}\n" for line in lines)


def names_meant(word: str) -> list[str]:
    """The keys that a word means: itself, or every key of that section; none for a word that is neither."""
    return [name for name in KEYS if name == word or name.startswith(f"{word}.")]


def _about(name: str, layers: Sequence[Layer], *, is_alone: bool) -> Iterator[str]:
    value = key_value(name, layers)
    said = [(layer.path, layer.said[name]) for layer in layers if name in layer.said]
    deciders = [path for path, word in said if word == value] or [path for path, _word in said] or [_BUILT_IN]
    decided = deciders[0] if isinstance(value, Verdict | str | int | float) else ", ".join(deciders)
    yield f"{name} = {_shown(value, is_alone=False)}    ({decided})"
    if is_alone and isinstance(value, tuple):
        yield from textwrap.wrap(_shown(value, is_alone=True), 110, initial_indent="    ", subsequent_indent="    ")
    for path, word in said:
        if word != value:
            yield f"    {path}: {_shown(word, is_alone=is_alone)}"
    for layer in layers:
        locked = [word for word in layer.locked if name == word or name.startswith(f"{word}.")]
        yield from (f"    locked by {layer.path}" for _word in locked)


def _shown(value: Any, *, is_alone: bool) -> str:
    if isinstance(value, Verdict):
        return value.name.lower()
    if isinstance(value, tuple):
        words = [" ".join(word) if isinstance(word, tuple) else str(word) for word in value]
        return ", ".join(words) or "nothing" if is_alone or len(words) <= 8 else f"{len(words)} entries"
    return str(value).lower() if isinstance(value, bool) else str(value) or "nothing"


def _printable(line: str) -> str:
    # A policy may come with a stranger's repository: nothing in it steers the terminal.
    return "".join(sign if sign.isprintable() else "?" for sign in line)
