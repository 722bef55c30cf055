"""Turns one value of a policy file into a checked one, or into an error that names its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from agentguard_secrets._record import Record
from agentguard_secrets.errors import PolicyError
from agentguard_secrets.model import Verdict
from agentguard_secrets.state.snapshot import Source

Value = TypeVar("Value")
Keys = tuple[str | int, ...]

_SHORT = 20
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_BYTES = {"kB": 1000, "MB": 1000**2, "GB": 1000**3}


class Spot(Record):
    """One value of a policy file, and where it stands."""

    source: Source
    keys: Keys
    value: Any

    def at(self, key: str | int) -> Spot:
        return Spot(self.source, (*self.keys, key), self.value[key])

    def error(self, message: str) -> PolicyError:
        """What to raise about this value: file, line and key come before the message."""
        from agentguard_secrets.state.policyplace import line_of

        line = line_of(self.source.text.removeprefix("\ufeff"), self.keys)
        return PolicyError(f"{self.source.path}:{line}: {_spelled(self.keys)}: {message}")

    def wrong(self, expected: str) -> PolicyError:
        return self.error(f"expected {expected}, found {described(self.value)}")


def refuse_others(table: Spot, known: Sequence[str]) -> None:
    """Raise for the first key that is not known here, with the nearest that is."""
    for key in table.value:
        if key not in known:
            raise table.at(key).error(f"unknown key; {nearest(key, known)}")


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at the known word that was probably meant."""
    from difflib import get_close_matches

    names = list(known)
    near = get_close_matches(word, names, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(names)}"


def optional(table: Spot, key: str, read: Callable[[Spot], Value]) -> Value | None:
    """The checked value of this key, None when it is not said."""
    return read(table.at(key)) if key in table.value else None


def table_of(spot: Spot) -> Spot:
    """The spot itself if a table stands there."""
    if not isinstance(spot.value, dict):
        raise spot.wrong("a table")
    return spot


def tables(top: Spot, key: str) -> list[Spot]:
    """The [[key]] entries, none when it is not said."""
    if key not in top.value:
        return []
    entries = top.at(key)
    if not isinstance(entries.value, list):
        raise entries.wrong(f"[[{key}]] entries")
    return [table_of(entries.at(index)) for index in range(len(entries.value))]


def string(spot: Spot) -> str:
    """Any text."""
    if not isinstance(spot.value, str):
        raise spot.wrong("text in quotes")
    return spot.value


def text(spot: Spot) -> str:
    """Text that is not blank."""
    if not string(spot).strip():
        raise spot.wrong("text that says something")
    return string(spot)


def texts(spot: Spot) -> tuple[str, ...]:
    """A list of texts, which may be empty."""
    if not isinstance(spot.value, list):
        raise spot.wrong("a list of texts")
    return tuple(text(spot.at(index)) for index in range(len(spot.value)))


def globs(spot: Spot) -> tuple[str, ...]:
    """A list of globs; a backslash is refused, as it would silently match nothing."""
    for index, glob in enumerate(texts(spot)):
        if "\\" in glob:
            raise spot.at(index).wrong("a glob with / between folders")
    return texts(spot)


def command(spot: Spot) -> tuple[str, ...]:
    """A command and its arguments, one text each."""
    if not isinstance(spot.value, list) or not spot.value:
        raise spot.wrong("a list of a command and its arguments")
    return tuple(text(spot.at(index)) for index in range(len(spot.value)))


def truth(spot: Spot) -> bool:
    """True or false."""
    if not isinstance(spot.value, bool):
        raise spot.wrong("true or false")
    return spot.value


def seconds(spot: Spot, *, least: float, most: float) -> float:
    """A number of seconds within these bounds."""
    is_number = isinstance(spot.value, int | float) and not isinstance(spot.value, bool)
    if not is_number or not least <= spot.value <= most:
        raise spot.wrong(f"seconds between {least} and {most}")
    return float(spot.value)


def days(spot: Spot) -> int:
    """A time like "90d", "12w", "6m" or "2y" in days; 0 for "forever"."""
    found = re.fullmatch(r"([1-9]\d{0,4})([dwmy])", spot.value, re.ASCII) if isinstance(spot.value, str) else None
    if spot.value == "forever":
        return 0
    if found is None:
        raise spot.wrong('a time like "90d", "12w", "6m" or "2y", or "forever"')
    return int(found[1]) * _DAYS[found[2]]


def size(spot: Spot) -> int:
    """A size like "8MB" in bytes."""
    found = re.fullmatch(r"([1-9]\d{0,4}) ?(kB|MB|GB)", spot.value, re.ASCII) if isinstance(spot.value, str) else None
    if found is None:
        raise spot.wrong('a size like "500kB", "8MB" or "1GB"')
    return int(found[1]) * _BYTES[found[2]]


def one_of(spot: Spot, words: Sequence[str]) -> str:
    """One of these words."""
    if spot.value not in words:
        raise spot.wrong(f"{', '.join(words[:-1])} or {words[-1]}")
    return string(spot)


def verdict(spot: Spot, words: Sequence[str]) -> Verdict:
    """The verdict that one of these words names."""
    return Verdict[one_of(spot, words).upper()]


def hexadecimal(spot: Spot, *, least: int, most: int) -> str:
    """So many hex digits. What stands there is never repeated: it may be the credential itself, in the wrong place."""
    value = string(spot)
    if not least <= len(value) <= most or len(value) % 2 or re.search(r"[^0-9a-f]", value):
        digits = f"{least}" if least == most else f"an even number of {least} to {most}"
        raise spot.error(f"expected {digits} digits of lower-case hex, found {len(value)} characters that are not")
    return value


def day(spot: Spot) -> str:
    """A day as YYYY-MM-DD, said as a date or as text."""
    value = spot.value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError as error:
            raise spot.wrong("a day that exists, as YYYY-MM-DD") from error
    raise spot.wrong("a day as YYYY-MM-DD")


def relative_path(spot: Spot) -> str:
    """A path or glob below the policy file's folder."""
    path = text(spot)
    if path.startswith("/") or "\\" in path or ".." in path.split("/"):
        raise spot.wrong("a path below this file's folder, with / and without ..")
    return path.removeprefix("./")


def described(value: Any) -> str:
    """The value if it is short, else its kind and length: a credential in the wrong place must not be repeated."""
    if isinstance(value, str):
        return repr(value) if len(value) <= _SHORT else f"text of {len(value)} characters"
    kinds: dict[type, str] = {dict: "a table", list: "a list"}
    return kinds.get(type(value)) or _short(str(value).lower() if isinstance(value, bool) else str(value))


def _spelled(keys: Keys) -> str:
    """The keys as people write them, entries of a list counted from 1."""
    spelled = ""
    for key in keys:
        spelled += f"[{key + 1}]" if isinstance(key, int) else f".{_short(key)}"
    return spelled.removeprefix(".")


def _short(text: str) -> str:
    short = text if len(text) <= _SHORT else f"{text[:8]}…"
    return "".join(sign if sign.isprintable() else "?" for sign in short)
