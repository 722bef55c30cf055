"""Turns baselines of detect-secrets into hashes to compare values with, and accepted values into such a baseline.

Its library reads and writes them. Settings of a baseline are not followed: they may name code to load.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from agentguard_secrets._record import Record
from agentguard_secrets.errors import UsageError

_MISSING = "detect-secrets, which comes with agentguard-secrets, is not installed"


class Known(Record):
    """One file's entries: the SHA-1 of each value that the baseline accepts there."""

    path: str
    hashes: frozenset[str]


class Seen(Record):
    """One value that detect-secrets itself sees in a file, and what it calls it."""

    value: str
    line: int
    kind: str

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("value",)


class Accepted(Record):
    """One accepted value, where it stands, and what it is called."""

    path: str
    seen: Seen


def read_known(text: str, *, path: str) -> list[Known]:
    """Return the entries of a baseline, file by file. Raises UsageError for a text that is none."""
    baseline, collection = _library("core.baseline"), _library("core.secrets_collection")
    try:
        secrets = collection.SecretsCollection.load_from_baseline(baseline.upgrade(json.loads(text)))
        by_path: dict[str, set[str]] = {}
        for name, secret in secrets:
            by_path.setdefault(name.replace("\\", "/"), set()).add(secret.secret_hash)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: expected a baseline of detect-secrets: {type(error).__name__}: {error}") from error
    return [Known(name, frozenset(hashes)) for name, hashes in sorted(by_path.items())]


def seen_in(root: str, path: str) -> list[Seen]:
    """Return what detect-secrets sees in one file with the settings it comes with."""
    with _library("settings").default_settings():
        found = list(_library("core.scan").scan_file(os.path.join(root, path)))
    return [Seen(str(each.secret_value), each.line_number, str(each.type)) for each in found]


def same(seen: Iterable[Seen], value: str, line: int) -> list[Seen]:
    """Return those of `seen` that are `value`, or a part of it, or have it as a part, on its line."""
    return [each for each in seen if each.line == line and (each.value in value or value in each.value)]


def is_known(values: Iterable[str], hashes: frozenset[str]) -> bool:
    """Say whether one of `hashes` is that of one of `values`."""
    hash_of: Callable[[str], str] = _library("core.potential_secret").PotentialSecret.hash_secret
    return any(hash_of(value) in hashes for value in values)


def render_known(accepted: Iterable[Accepted]) -> str:
    """Return a baseline that accepts these values."""
    baseline, collection = _library("core.baseline"), _library("core.secrets_collection")
    secret_of: Callable[..., Any] = _library("core.potential_secret").PotentialSecret
    secrets = collection.SecretsCollection()
    for each in accepted:
        value = secret_of(type=each.seen.kind, filename=each.path, secret=each.seen.value, line_number=each.seen.line)
        secrets[each.path].add(value)
    with _library("settings").default_settings():
        document: Mapping[str, Any] = baseline.format_for_output(secrets)
    return json.dumps(document, indent=2) + "\n"


def _library(name: str) -> ModuleType:
    from importlib import import_module

    try:
        return import_module(f"detect_secrets.{name}")
    except ImportError as error:
        raise UsageError(_MISSING) from error
