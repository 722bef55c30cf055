"""Turns the patterns that a hook may ask for into compiled ones that every later run only has to read."""

from __future__ import annotations

import marshal
import re
from array import array
from importlib import import_module
from pkgutil import iter_modules

from agentguard_secrets import _patterns, acts, detect
from agentguard_secrets._patterns import PARTS, Deferred, from_made, kept_in, package_folder, part_of
from agentguard_secrets.state.kept import keep_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from agentguard_secrets._patterns import Made

_WORD = 4


def keep_patterns(*, folder: str = "") -> bool:
    """Keep what `re` makes of the patterns of all rules and of what looks at texts; say whether it is kept now."""
    place = folder or package_folder()
    wanted = sorted({*_of_rules(), *_of_modules()})
    stamp = _patterns.stamp(place)
    if not stamp:
        return False
    kept = kept_in(place)
    if kept is not None and all(kept.made_of(pattern) for pattern in wanted):
        return True
    made = {pattern: parts for pattern in wanted if (parts := _taken_apart(pattern)) is not None}
    return keep_bytes(_patterns.NAME, place, _packed(marshal.dumps(stamp), made))


def _of_rules() -> Iterator[str]:
    from agentguard_secrets.detect.begun import beginnings
    from agentguard_secrets.detect.engine import rule_of
    from agentguard_secrets.detect.table import RULES

    for rule in map(rule_of, RULES):
        yield rule.pattern
        if rule.kind == "generic" and rule.starts:
            yield beginnings(rule.starts)


def _of_modules() -> Iterator[str]:
    """Yield the patterns that stand in the modules which look at texts."""
    for package in (detect, acts):
        for found in iter_modules(package.__path__, f"{package.__name__}."):
            module = import_module(found.name)
            yield from _within(vars(module).values())


def _within(values: Any) -> Iterator[str]:
    for value in values:
        if isinstance(value, Deferred):
            yield value.text
        elif isinstance(value, tuple | list):
            yield from _within(value)
        elif type(value) is dict:
            yield from _within(value.values())


def _packed(stamp: bytes, made: dict[str, Made]) -> bytes:
    """Return the file of `_patterns.Kept`: the length of the stamp, padded, the stamp, where parts begin, the parts."""
    stamp = stamp.ljust(-(-len(stamp) // _WORD) * _WORD, b"\0")
    parts: list[dict[str, Made]] = [{} for _ in range(PARTS)]
    for pattern, each in made.items():
        parts[part_of(pattern)][pattern] = each
    written = [marshal.dumps(part) if part else b"" for part in parts]
    starts = array("I", (2 * _WORD + len(stamp) + (PARTS + 1) * _WORD,))
    for part in written:
        starts.append(starts[-1] + len(part))
    return len(stamp).to_bytes(_WORD, "little") + bytes(_WORD) + stamp + starts.tobytes() + b"".join(written)


def _taken_apart(pattern: str) -> Made | None:
    """Return what a compiled pattern is made of; None where this interpreter makes it of something else."""
    try:
        from re import _compiler, _parser  # type: ignore[attr-defined]

        parsed = _parser.parse(pattern, 0)
        code = array("I", _compiler._code(parsed, 0))
        groups = parsed.state.groups
        named = dict(parsed.state.groupdict)
        names: list[str | None] = [None] * groups
        for name, number in named.items():
            names[number] = name
        made = (parsed.state.flags, code.tobytes(), groups - 1, named, tuple(names))
        return made if code.itemsize == _WORD and from_made(pattern, made) == re.compile(pattern) else None
    except (ImportError, AttributeError, TypeError, ValueError, OverflowError, RuntimeError):
        return None
