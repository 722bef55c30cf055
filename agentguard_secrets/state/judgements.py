"""Turns what people said about findings into a file, one line for each value.

It lies in the repository, as `.agentguard-audit.jsonl`, where the policy has a salt: then a fingerprint means the same
value to everybody. Without one it lies in the user's state folder: only this user's key makes such fingerprints.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from agentguard_secrets._record import Record
from agentguard_secrets.errors import StateError
from agentguard_secrets.model import Policy
from agentguard_secrets.state.atomic import read_text, write_atomically
from agentguard_secrets.state.folders import state_folder

NAME = ".agentguard-audit.jsonl"
WORDS = ("true", "false", "later")
_MODE = 0o644


class Judgement(Record):
    """What somebody said about one value: true (a credential), false (a false alarm) or later (not decided).

    `rule` is told for statistics: it is the fingerprint that binds.
    """

    fingerprint: str
    rule: str
    word: str
    note: str
    by: str
    day: str


def judgements_file(policy: Policy) -> Path:
    """Where judgements under this policy are kept."""
    return Path(policy.root or ".") / NAME if policy.salt else Path(state_folder()) / "audit.jsonl"


def read_judgements(path: Path) -> dict[str, Judgement]:
    """What was said, by fingerprint; nothing when there is no file. Raises StateError for a wrong line."""
    found = {}
    for number, line in enumerate((read_text(path) or "").splitlines(), 1):
        if not line.strip():
            continue
        judgement = _judgement(line, f"{path}:{number}")
        found[judgement.fingerprint] = judgement
    return found


def write_judgements(path: Path, judgements: Iterable[Judgement]) -> None:
    """Keep them, sorted, so that two people's lines seldom meet in a merge. Raises StateError."""
    ordered = sorted(judgements, key=lambda judgement: judgement.fingerprint)
    lines = [json.dumps(judgement._asdict(), ensure_ascii=False) for judgement in ordered]
    write_atomically(os.fspath(path), "".join(f"{line}\n" for line in lines), mode=_MODE)


def _judgement(line: str, place: str) -> Judgement:
    try:
        values = json.loads(line)
        judgement = Judgement(**{name: str(values[name]) for name in Judgement._fields})
    except (ValueError, LookupError, TypeError) as error:
        raise StateError(f"{place}: expected a JSON object with {', '.join(Judgement._fields)}") from error
    if judgement.word not in WORDS:
        raise StateError(f"{place}: word: expected true, false or later")
    return judgement
