"""Turns one policy file into a checked layer of the policy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from agentguard_secrets._record import Record
from agentguard_secrets.errors import PolicyError
from agentguard_secrets.model import Allow, Entry
from agentguard_secrets.policy.categories import GROUPS, TEMPLATE_PATHS
from agentguard_secrets.state import policyspot as spot
from agentguard_secrets.state.policyschema import KEYS, SECTIONS, TABLES
from agentguard_secrets.state.policyspot import Spot, refuse_others
from agentguard_secrets.state.snapshot import Source

# A test's expected verdict may be called by either name; the event may be a table, JSON, or a shell command.
TEST_KEYS = ("name", "event", "verdict", "expect", "secret")


class Layer(Record):
    """What one policy file says, by the names of policyschema's keys. `locked` are keys, or sections of them."""

    path: str
    said: Mapping[str, Any] = {}
    allow: tuple[Allow, ...] = ()
    rules: tuple[Entry, ...] = ()
    tests: tuple[Entry, ...] = ()
    locked: tuple[str, ...] = ()


def read_layer(source: Source, *, base: str | None, outer: tuple[Layer, ...] = ()) -> Layer:
    """The layer; `base` is the file's folder below the repository's root, None outside of it.

    `outer` are the layers around it, whose locked keys it may not change.
    Raises PolicyError with file, line, key, what stood there and what was expected.
    """
    top = Spot(source, (), _parsed(source))
    refuse_others(top, (*SECTIONS, *TABLES, "locked"))
    found = _ungrouped(dict(_read(top)))
    said = {name: KEYS[name].read(place) for name, place in found.items()}
    if "fingerprint.salt" in said and base != "":
        raise found["fingerprint.salt"].error(
            "expected in the agentguard.toml of the repository's root only, or fingerprints would differ within it"
        )
    _refuse_locked(top, found, said, outer)
    if "paths.secret" in said:
        # Else a nearer layer could except what this one names.
        said.setdefault("paths.templates", TEMPLATE_PATHS)
    return Layer(
        path=source.path,
        said=said,
        allow=tuple(_allow_entry(entry, base or "") for entry in spot.tables(top, "allow")),
        rules=tuple(_entry(entry) for entry in spot.tables(top, "rule")),
        tests=tuple(_test_entry(entry) for entry in spot.tables(top, "test")),
        locked=_locked(top),
    )


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


def _read(top: Spot) -> Iterator[tuple[str, Spot]]:
    """Every key that is said, with its place. Raises for the first that is not known."""
    groups = {f"commands.{group}" for group in GROUPS}
    tables = [(name, spot.table_of(top.at(name))) for name in SECTIONS if name in top.value]
    while tables:
        name, table = tables.pop(0)
        known = [key[len(name) + 1 :].split(".")[0] for key in (*groups, *KEYS) if key.startswith(f"{name}.")]
        refuse_others(table, tuple(dict.fromkeys(known)))
        for word in table.value:
            key = f"{name}.{word}"
            if key in KEYS or key in groups:
                yield key, table.at(word)
            else:
                tables.append((key, spot.table_of(table.at(word))))


def _ungrouped(found: dict[str, Spot]) -> dict[str, Spot]:
    """With the groups of commands spelled out; a category that is said by itself wins over its group."""
    for group, names in GROUPS.items():
        place = found.pop(f"commands.{group}", None)
        if place is not None:
            found = {f"commands.{name}": place for name in names} | found
    return found


def _refuse_locked(top: Spot, found: dict[str, Spot], said: dict[str, Any], outer: tuple[Layer, ...]) -> None:
    for layer in outer:
        for locked in layer.locked:
            if locked in TABLES and top.value.get(locked):
                raise top.at(locked).error(f"locked by {layer.path}: expected no entries here")
            for name, value in said.items():
                is_meant = name == locked or name.startswith(f"{locked}.")
                if is_meant and value != layer.said.get(name):
                    raise found[name].error(
                        f"locked by {layer.path}: expected it as there, found {spot.described(found[name].value)}"
                    )


def _locked(top: Spot) -> tuple[str, ...]:
    if "locked" not in top.value:
        return ()
    known = {*KEYS, *TABLES, *(name.rpartition(".")[0] for name in KEYS), *SECTIONS}
    for index, name in enumerate(spot.texts(top.at("locked"))):
        if name not in known:
            place = top.at("locked").at(index)
            raise place.error(f"unknown key {spot.described(name)}; {spot.nearest(name, sorted(known))}")
    return spot.texts(top.at("locked"))


def _entry(entry: Spot) -> Entry:
    number = entry.keys[-1]
    assert isinstance(number, int)  # noqa: S101 - for the type checker: entries are counted
    return Entry(entry.source.path, number + 1, entry.value)


def _test_entry(entry: Spot) -> Entry:
    refuse_others(entry, TEST_KEYS)
    if "event" not in entry.value:
        raise entry.error("expected the key 'event': a table, its JSON, a shell command or a list of them; found none")
    if ("verdict" in entry.value) == ("expect" in entry.value):
        raise entry.error("expected one of the keys 'verdict' and 'expect'")
    event = entry.at("event")
    for place in [event.at(index) for index in range(len(event.value))] if isinstance(event.value, list) else [event]:
        if not isinstance(place.value, dict):
            spot.text(place)
    if event.value == []:
        raise event.wrong("at least one event")
    for key in ("name", "secret"):
        spot.optional(entry, key, spot.text)
    for key in ("verdict", "expect"):
        spot.optional(entry, key, lambda value: spot.one_of(value, ("allow", "redact", "ask", "deny")))
    return _entry(entry)


def _allow_entry(entry: Spot, base: str) -> Allow:
    refuse_others(entry, ("reason", "owner", "since", "expires", "fingerprint", "path", "rule"))
    for key in ("reason", "owner", "expires"):
        if key not in entry.value:
            raise entry.error(f"expected the key {key!r}, which every exception needs; found none")
    if ("fingerprint" in entry.value) == ("path" in entry.value or "rule" in entry.value):
        raise entry.error("expected either 'fingerprint', or 'path' and 'rule'")
    if ("path" in entry.value) != ("rule" in entry.value):
        raise entry.error("expected 'path' and 'rule' together, found only one of them")
    return Allow(
        reason=spot.text(entry.at("reason")),
        owner=spot.text(entry.at("owner")),
        expires=spot.day(entry.at("expires")),
        fingerprint=spot.optional(entry, "fingerprint", lambda value: spot.hexadecimal(value, least=32, most=32)),
        path=spot.optional(entry, "path", spot.relative_path),
        rule=spot.optional(entry, "rule", spot.text),
        base=base,
        since=spot.optional(entry, "since", spot.day) or "",
    )
