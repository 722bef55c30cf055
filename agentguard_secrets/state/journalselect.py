"""Turns words about time, session, tool, verdict, rule, act and path into the journal's lines that they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from agentguard_secrets._record import Record
from agentguard_secrets.errors import UsageError

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Selection(Record):
    """What a line must say; empty means anything. `since` and `until` are moments as the journal writes them.

    Several words of one kind mean any of them. Globs may be used for sessions, tools, rules, acts and paths.
    """

    since: str = ""
    until: str = ""
    sessions: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


def selected(entries: Iterable[dict[str, Any]], selection: Selection) -> Iterator[dict[str, Any]]:
    """Those of the entries that say what is asked for, in the order given."""
    return (entry for entry in entries if is_meant(entry, selection))


def is_meant(entry: dict[str, Any], selection: Selection) -> bool:
    """Whether one entry says what is asked for."""
    moment = str(entry.get("time", ""))
    if moment < selection.since or (selection.until and moment >= selection.until):
        return False
    return (
        _is_one(entry.get("session"), selection.sessions)
        and _is_one(entry.get("tool"), selection.tools)
        and _is_one(entry.get("verdict"), selection.verdicts)
        and _is_one(entry.get("rules"), selection.rules)
        and _is_one(entry.get("acts"), selection.acts)
        and _is_one(entry.get("path"), selection.paths)
    )


def _is_one(said: Any, globs: tuple[str, ...]) -> bool:
    words = said if isinstance(said, list) else [said]
    return not globs or any(isinstance(word, str) and fnmatchcase(word, glob) for word in words for glob in globs)


def moment(word: str, *, now: datetime) -> str:
    """The moment that "2026-01-31", "2026-01-31T10:00", or a time ago like "90m", "12h", "7d" or "2w" means.

    In UTC where no zone is named. Raises UsageError for any other word.
    """
    ago = re.fullmatch(r"(\d{1,5})([mhdw])", word, re.ASCII)
    try:
        then = now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}) if ago else datetime.fromisoformat(word)
        then = then if then.tzinfo else then.replace(tzinfo=UTC)
        return then.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{word!r}: expected a time like 2026-01-31, 2026-01-31T10:00, 12h or 7d") from error
