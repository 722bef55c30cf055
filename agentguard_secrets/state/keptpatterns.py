"""Turns the patterns that most code about passwords needs into compiled ones, without compiling them in every run.

`re` takes a millisecond for each of them and a fiftieth of that for what it made of it. That is the interpreter's own
affair, and no other one's: it is kept for this very interpreter, and only where it is equal to what `re` makes.
"""

from __future__ import annotations

import os
import re

from agentguard_secrets.state.kept import keep_values, package_folder, read_kept, stamp_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAME = "patterns"
# Rules of this kind have keywords that stand in half of all code.
_KIND = '"generic"'


def compiled(pattern: str, *, folder: str = "") -> Any:
    """Return what `re.compile` does, from what was kept where there is something."""
    place = folder or package_folder()
    kept = read_kept(_NAME, place, _stamp(place))
    made = kept[0].get(pattern) if kept else None
    return re.compile(pattern) if made is None else _made(pattern, made)


def keep_patterns(*, folder: str = "") -> bool:
    """Keep what `re` makes of the patterns of generic rules; say whether it is kept now."""
    from agentguard_secrets.detect.engine import rule_of
    from agentguard_secrets.detect.table import RULES

    place = folder or package_folder()
    stamp = _stamp(place)
    if read_kept(_NAME, place, stamp) is not None:
        return True
    patterns = (rule_of(row).pattern for row in RULES if _KIND in row)
    values = {pattern: made for pattern in patterns if (made := _taken_apart(pattern)) is not None}
    return keep_values(_NAME, place, stamp, values=(values,))


def _stamp(folder: str) -> tuple[Any, ...]:
    return stamp_of((os.path.join(folder, "table.py"), re.__file__))


def _made(pattern: str, made: tuple[Any, ...]) -> Any:
    if TYPE_CHECKING:
        _sre: Any = None
    else:
        import _sre
    flags, code, groups, named, names = made
    return _sre.compile(pattern, flags, code, groups, named, names)


def _taken_apart(pattern: str) -> tuple[Any, ...] | None:
    """Return what a compiled pattern is made of; None where this interpreter makes it of something else."""
    try:
        from re import _compiler, _parser  # type: ignore[attr-defined]

        parsed = _parser.parse(pattern, 0)
        code = _compiler._code(parsed, 0)
        groups = parsed.state.groups
        named = dict(parsed.state.groupdict)
        names: list[str | None] = [None] * groups
        for name, number in named.items():
            names[number] = name
        made = (parsed.state.flags, [int(word) for word in code], groups - 1, named, tuple(names))
        return made if _made(pattern, made) == re.compile(pattern) else None
    except (ImportError, AttributeError, TypeError, ValueError, OverflowError, RuntimeError):
        return None
