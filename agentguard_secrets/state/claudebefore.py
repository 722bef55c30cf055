"""Turns a settings file as an installation leaves it back into exactly the file that it found.

What is kept for that is how the old text follows from the new one: mostly blanks and line ends. Settings may hold
credentials, and they have one home.
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from agentguard_secrets._record import Record
from agentguard_secrets.state.atomic import read_text, write_atomically
from agentguard_secrets.state.folders import state_folder

# A longer text is read word by word too slowly: it is given back as JSON, not byte for byte.
_LONGEST = 256 * 1024
_WORDS = re.compile(r'"(?:[^"\\]|\\.)*"|\s+|[^\s"]+|"')


class Before(Record):
    """What was there: the text of the file, None without one, and the folders that were made for it."""

    text: str | None
    made: tuple[str, ...]


def keep(path: str, before: Before, after: str) -> None:
    """Keep what was there before `after` was written to `path`. Raises StateError when it cannot be written."""
    if len(before.text or "") > _LONGEST:
        forget(path)
        return
    parts = None if before.text is None else _parts(before.text, after)
    kept = {"path": path, "after": _digest(after), "made": before.made, "parts": parts}
    place = _place(path)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(place, json.dumps(kept) + "\n")


def kept(path: str, now: str | None) -> Before | None:
    """Return what was there before the installation whose text is `now`; None when anything has changed it since."""
    text = read_text(_place(path))
    if text is None or now is None:
        return None
    try:
        found = json.loads(text)
        if (found["path"], found["after"]) != (path, _digest(now)):
            return None
        parts = found["parts"]
        old = None if parts is None else "".join(part if isinstance(part, str) else now[slice(*part)] for part in parts)
        return Before(old, tuple(str(each) for each in found["made"]))
    except (ValueError, LookupError, TypeError):
        # Then the guard is taken out of the JSON, which is as safe and only less exact.
        return None


def forget(path: str) -> None:
    """Keep nothing about the file any longer."""
    with suppress(FileNotFoundError):
        _place(path).unlink()


def _parts(before: str, after: str) -> list[Any]:
    """Return the pieces of `before`: a pair of places in `after`, or the text itself where it is not in there."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    ends = [0]
    for word in new:
        ends.append(ends[-1] + len(word))
    parts: list[Any] = []
    for kind, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append([ends[first], ends[last]])
        elif start != end:
            parts.append("".join(old[start:end]))
    return parts


def _place(path: str) -> Path:
    return Path(state_folder()) / "settings" / f"{_digest(path)[:32]}.json"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
