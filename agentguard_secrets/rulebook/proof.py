"""Turns contexts.toml and decoys.toml into texts with a sample in them, and the place where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from agentguard_secrets._record import Record
from agentguard_secrets.errors import RuleError
from agentguard_secrets.model import Span
from agentguard_secrets.rulebook.load import parsed, read_text
from agentguard_secrets.rulebook.locate import key_line, table_lines

# Where a sample's credential stands when the sample is more than that.
OPEN, CLOSE = "[[", "]]"
_WORD_PARTS = re.compile(r"[^0-9A-Za-z]+")


class Context(Record):
    """One place where credentials stand. See rules/contexts.toml for what the fields mean."""

    id: str
    text: str
    lines: bool = False
    escape: str = ""
    only: str = ""
    generic: bool = False

    def names_something(self) -> bool:
        """Say whether the text holds a name, without which a rule of kind context has nothing to go by."""
        return "{name" in self.text.lower()

    def takes(self, value: str) -> bool:
        """Say whether `value` would be written like this."""
        if "\n" in value and not self.lines:
            return False
        return not self.only or re.fullmatch(self.only, value) is not None


class Decoy(Record):
    """A text that holds no credential, and one like it that does. `path` and `line` are where the decoy stands."""

    id: str
    text: str
    look_alike: str
    path: str
    line: int


class Placed(Record):
    """A text and where in it the credential stands."""

    text: str
    span: Span


def placed(context: Context, value: str, *, name: str) -> Placed:
    """Return `value` written into `context` under `name`. A value may mark the credential in it with [[ ]]."""
    before, after = named(context.text, name).split("{value}", 1)
    written = _ESCAPES[context.escape](value)
    head, middle, tail = _parts(written)
    start = len(before) + len(head)
    return Placed(before + head + middle + tail + after, Span(start, start + len(middle)))


def bare(value: str) -> str:
    """Return `value` without the marks around its credential."""
    return "".join(_parts(value))


def is_marked(value: str) -> bool:
    """Say whether `value` is more than the credential itself."""
    return OPEN in value and CLOSE in value


def named(text: str, name: str) -> str:
    """Return `text` with {name} and its other spellings filled in."""
    parts = [part for part in _WORD_PARTS.split(name) if part]
    spellings = {
        "{name}": "_".join(parts).lower(),
        "{NAME}": "_".join(parts).upper(),
        "{name-}": "-".join(parts).lower(),
        "{Name}": "".join(part[:1].upper() + part[1:].lower() for part in parts),
    }
    for mark, spelling in spellings.items():
        text = text.replace(mark, spelling)
    return text


def load_contexts(folder: Path) -> tuple[Context, ...]:
    """Return the contexts of `folder`/contexts.toml. Raises RuleError with file, line and key."""
    path = folder / "contexts.toml"
    contexts = [Context(**table) for table, _ in _tables(path, "context", keys=_CONTEXT_KEYS)]
    for context in contexts:
        if context.text.count("{value}") != 1 or context.escape not in _ESCAPES:
            raise RuleError(f"{path}: context {context.id}: expected {{value}} once and a known escape")
    return tuple(contexts)


def load_decoys(folder: Path) -> tuple[Decoy, ...]:
    """Return the decoys of `folder`/decoys.toml. Raises RuleError with file, line and key."""
    path = folder / "decoys.toml"
    keys: dict[str, type] = {"id": str, "text": str, "look_alike": str}
    return tuple(Decoy(**table, path=str(path), line=line) for table, line in _tables(path, "decoy", keys=keys))


_CONTEXT_KEYS: dict[str, type] = {
    "id": str,
    "text": str,
    "lines": bool,
    "escape": str,
    "only": str,
    "generic": bool,
}


def _tables(path: Path, name: str, *, keys: Mapping[str, type]) -> list[tuple[dict[str, Any], int]]:
    text = read_text(path)
    tables = parsed(text, path).get(name, [])
    if not tables:
        raise RuleError(f"{path}: expected at least one [[{name}]], got none")
    found = list(zip(tables, table_lines(text, name), strict=True))
    for table, line in found:
        for key, value in table.items():
            if key not in keys or not isinstance(value, keys[key]):
                place = f"{path}:{key_line(text, key, table_line=line)}"
                raise RuleError(f"{place}: {key}: expected one of {', '.join(keys)} with a value of its kind")
        missing = [key for key, kind in keys.items() if key not in table and key in ("id", "text", "look_alike")]
        if missing:
            raise RuleError(f"{path}:{line}: {missing[0]}: expected this key, got none")
    return found


def _parts(value: str) -> tuple[str, str, str]:
    """Return what stands before the credential, the credential, and what stands behind it."""
    if not is_marked(value):
        return "", value, ""
    head, rest = value.split(OPEN, 1)
    middle, tail = rest.split(CLOSE, 1)
    return head, middle, tail


_ESCAPES: Mapping[str, Callable[[str], str]] = {
    "": lambda value: value,
    "json": lambda value: json.dumps(value)[1:-1],
    "indent": lambda value: value.replace("\n", "\n  "),
}
