"""Turns one policy file into a checked layer of the policy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, TypeVar

from agentguard_secrets._record import Record
from agentguard_secrets.errors import PolicyError
from agentguard_secrets.model import CONFIDENCES, Allow, Owner, Verdict
from agentguard_secrets.state.policyplace import Keys, line_of
from agentguard_secrets.state.snapshot import Source

Value = TypeVar("Value")

FACES = ("write", "command", "tool", "prompt", "output", "commit", "push")
LEVELS = ("observe", "ask", "enforce")
ABOUT = (*reversed(CONFIDENCES), "unread")
DEADLINES = (0.1, 50.0)
_SHORT = 20

# What the written contract knows and this version does not do. To read over it would be to promise it.
_LATER = {
    (): ("branches", "paths", "commands", "untrusted", "rule", "test", "locked"),
    ("journal",): ("keep", "anchor", "otlp"),
    ("verdicts",): ("read",),
}


class Layer(Record):
    """What one policy file says; None where it says nothing. `verdicts` maps (face, about) to a verdict."""

    path: str
    owner: Owner | None = None
    level: str | None = None
    on_error: Verdict | None = None
    deadline: float | None = None
    verdicts: tuple[tuple[tuple[str, str], Verdict], ...] = ()
    salt: str | None = None
    journal_clean: bool | None = None
    allow: tuple[Allow, ...] = ()


class Spot(Record):
    """One value of a policy file, and where it stands."""

    source: Source
    keys: Keys
    value: Any

    def at(self, key: str | int) -> Spot:
        return Spot(self.source, (*self.keys, key), self.value[key])

    def error(self, message: str) -> PolicyError:
        """What to raise about this value: file, line and key come before the message."""
        line = line_of(self.source.text.removeprefix("\ufeff"), self.keys)
        return PolicyError(f"{self.source.path}:{line}: {_spelled(self.keys)}: {message}")

    def wrong(self, expected: str) -> PolicyError:
        return self.error(f"expected {expected}, found {_described(self.value)}")


def read_layer(source: Source, *, base: str | None) -> Layer:
    """The layer; `base` is the file's folder below the repository's root, None outside of it.

    Raises PolicyError with file, line, key, what stood there and what was expected.
    """
    top = Spot(source, (), _parsed(source))
    _refuse_others(top, ("owner", "mode", "verdicts", "fingerprint", "journal", "allow"))
    said: dict[str, Any] = {}
    sections: dict[str, Callable[[Spot], dict[str, Any]]] = {
        "owner": _owner,
        "mode": _mode,
        "verdicts": _verdicts,
        "fingerprint": _fingerprint,
        "journal": _journal,
    }
    for name, read in sections.items():
        if name in top.value:
            said |= read(_table(top.at(name)))
    if "salt" in said and base != "":
        raise (
            top.at("fingerprint")
            .at("salt")
            .error(
                "expected in the agentguard.toml of the repository's root only, or fingerprints would differ within it"
            )
        )
    return Layer(path=source.path, allow=_allow(top, base or ""), **said)


def _parsed(source: Source) -> dict[str, Any]:
    try:
        return tomllib.loads(source.text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error), re.DOTALL)
        what, line, column = found.groups() if found else (str(error), None, None)
        place = f"{line}:{column}" if line else f"{source.text.count(chr(10)) + 1}"
        raise PolicyError(f"{source.path}:{place}: expected TOML: {what}") from error
    except RecursionError as error:
        raise PolicyError(f"{source.path}:1: expected TOML, found values nested too deeply") from error


def _owner(table: Spot) -> dict[str, Any]:
    _refuse_others(table, ("name", "contact", "notify"))
    notify = _optional(table, "notify", _words)
    return {
        "owner": Owner(
            name=_optional(table, "name", _string) or "",
            contact=_optional(table, "contact", _string) or "",
            notify=notify or (),
        )
    }


def _mode(table: Spot) -> dict[str, Any]:
    _refuse_others(table, ("level", "on_error", "deadline"))
    on_error = _optional(table, "on_error", lambda spot: _one_of(spot, ("ask", "deny")))
    return {
        "level": _optional(table, "level", lambda spot: _one_of(spot, LEVELS)),
        "on_error": Verdict[on_error.upper()] if on_error else None,
        "deadline": _optional(table, "deadline", _seconds),
    }


def _verdicts(table: Spot) -> dict[str, Any]:
    _refuse_others(table, FACES)
    verdicts: list[tuple[tuple[str, str], Verdict]] = []
    for face in table.value:
        row = _table(table.at(face))
        _refuse_others(row, ABOUT)
        words = ("allow", "redact", "ask", "deny") if face == "output" else ("allow", "ask", "deny")
        verdicts += [((face, about), Verdict[_one_of(row.at(about), words).upper()]) for about in row.value]
    return {"verdicts": tuple(verdicts)}


def _fingerprint(table: Spot) -> dict[str, Any]:
    _refuse_others(table, ("salt",))
    return {"salt": _optional(table, "salt", lambda spot: _hex(spot, least=32, most=128))}


def _journal(table: Spot) -> dict[str, Any]:
    _refuse_others(table, ("clean",))
    return {"journal_clean": _optional(table, "clean", _truth)}


def _allow(top: Spot, base: str) -> tuple[Allow, ...]:
    if "allow" not in top.value:
        return ()
    entries = top.at("allow")
    if not isinstance(entries.value, list):
        raise entries.wrong("[[allow]] entries")
    return tuple(_allow_entry(_table(entries.at(index)), base) for index in range(len(entries.value)))


def _allow_entry(entry: Spot, base: str) -> Allow:
    _refuse_others(entry, ("reason", "owner", "expires", "fingerprint", "path", "rule"))
    for key in ("reason", "owner", "expires"):
        if key not in entry.value:
            raise entry.error(f"expected the key {key!r}, which every exception needs; found none")
    if ("fingerprint" in entry.value) == ("path" in entry.value or "rule" in entry.value):
        raise entry.error("expected either 'fingerprint', or 'path' and 'rule'")
    if ("path" in entry.value) != ("rule" in entry.value):
        raise entry.error("expected 'path' and 'rule' together, found only one of them")
    return Allow(
        reason=_text(entry.at("reason")),
        owner=_text(entry.at("owner")),
        expires=_day(entry.at("expires")),
        fingerprint=_optional(entry, "fingerprint", lambda spot: _hex(spot, least=32, most=32)),
        path=_optional(entry, "path", _relative_path),
        rule=_optional(entry, "rule", _text),
        base=base,
    )


def _optional(table: Spot, key: str, read: Callable[[Spot], Value]) -> Value | None:
    return read(table.at(key)) if key in table.value else None


def _table(spot: Spot) -> Spot:
    if not isinstance(spot.value, dict):
        raise spot.wrong("a table")
    return spot


def _string(spot: Spot) -> str:
    if not isinstance(spot.value, str):
        raise spot.wrong("text in quotes")
    return spot.value


def _text(spot: Spot) -> str:
    if not _string(spot).strip():
        raise spot.wrong("text that says something")
    return _string(spot)


def _words(spot: Spot) -> tuple[str, ...]:
    if not isinstance(spot.value, list) or not spot.value:
        raise spot.wrong("a list of a command and its arguments")
    return tuple(_text(spot.at(index)) for index in range(len(spot.value)))


def _truth(spot: Spot) -> bool:
    if not isinstance(spot.value, bool):
        raise spot.wrong("true or false")
    return spot.value


def _seconds(spot: Spot) -> float:
    least, most = DEADLINES
    is_number = isinstance(spot.value, int | float) and not isinstance(spot.value, bool)
    if not is_number or not least <= spot.value <= most:
        raise spot.wrong(f"seconds between {least} and {most}")
    return float(spot.value)


def _one_of(spot: Spot, words: Sequence[str]) -> str:
    if spot.value not in words:
        raise spot.wrong(f"{', '.join(words[:-1])} or {words[-1]}")
    return _string(spot)


def _hex(spot: Spot, *, least: int, most: int) -> str:
    # What stands there is never repeated: it may be the credential itself, pasted into the wrong place.
    value = _string(spot)
    if not least <= len(value) <= most or len(value) % 2 or re.search(r"[^0-9a-f]", value):
        digits = f"{least}" if least == most else f"an even number of {least} to {most}"
        raise spot.error(f"expected {digits} digits of lower-case hex, found {len(value)} characters that are not")
    return value


def _day(spot: Spot) -> str:
    value = spot.value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError as error:
            raise spot.wrong("a day that exists, as YYYY-MM-DD") from error
    raise spot.wrong("a day as YYYY-MM-DD")


def _relative_path(spot: Spot) -> str:
    path = _text(spot)
    if path.startswith("/") or "\\" in path or ".." in path.split("/"):
        raise spot.wrong("a path below this file's folder, with / and without ..")
    return path.removeprefix("./")


def _refuse_others(table: Spot, known: Sequence[str]) -> None:
    """Raise for the first key that is not known here: one for a later version, or a slip of the pen."""
    later = _LATER.get(tuple(key for key in table.keys if isinstance(key, str)), ())
    for key in table.value:
        if key in later:
            raise table.at(key).error(
                "known, but not enforced by this version; remove it, or it would promise too much"
            )
        if key not in known:
            near = get_close_matches(key, [*known, *later], n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
            raise table.at(key).error(f"unknown key; {hint}")


def _spelled(keys: Keys) -> str:
    """The keys as people write them, entries of a list counted from 1."""
    spelled = ""
    for key in keys:
        spelled += f"[{key + 1}]" if isinstance(key, int) else f".{_short(key)}"
    return spelled.removeprefix(".")


def _described(value: Any) -> str:
    """The value if it is short, else its kind and length: a credential in the wrong place must not be repeated."""
    if isinstance(value, str):
        return repr(value) if len(value) <= _SHORT else f"text of {len(value)} characters"
    kinds: dict[type, str] = {dict: "a table", list: "a list"}
    return kinds.get(type(value)) or _short(str(value).lower() if isinstance(value, bool) else str(value))


def _short(text: str) -> str:
    short = text if len(text) <= _SHORT else f"{text[:8]}…"
    return "".join(sign if sign.isprintable() else "?" for sign in short)
