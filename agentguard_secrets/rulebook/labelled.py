"""Turns a folder of labelled files (CredData's layout) into examples: the traits of a place, and whether it is one.

CredData (Samsung, Apache-2.0): `data/<repository>/…` holds the files, `meta/<repository>.csv` a row for each
suspicious line with its truth (T, F, X), the position of the value and its categories.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from agentguard_secrets.detect.generic import Candidate, candidate_of
from agentguard_secrets.detect.traits import traits
from agentguard_secrets.rulebook.people import KINDS, chosen

# Labels that a gate does not stop for: keys without a name that says of what, nonces, salts, identifiers.
_NO_SECRETS = frozenset(
    ("Key", "UUID", "Nonce", "Salt", "AWS S3 Bucket", "Firebase Domain", "Tencent WeChat API App ID", "Other")
)
_PASSWORDS = frozenset(("Password", "SQL Password", "CMD Password", "CURL User Password", "URL Credentials"))
# What is kept around a place when its value is replaced by another.
_AROUND = 1_000


class Example(NamedTuple):
    """One place: the repository, the traits that hold, whether it is a credential, and how much it counts.

    `chosen` names the kind of the password that was put there, "" where the value is the one of the file.
    """

    repository: str
    traits: frozenset[str]
    is_true: bool
    chosen: str = ""


class _Label(NamedTuple):
    first: int
    last: int
    truth: str
    categories: frozenset[str]
    begin: int
    end: int


def examples(folder: Path, patterns: Sequence[re.Pattern[str]]) -> Iterator[Example]:
    """Return an example for each candidate in the files of `folder`, true passwords also with others in their place.

    What stands on a line with a credential without being it, and what is labelled as a secret of no gate's concern,
    is left out.
    """
    for meta in sorted((folder / "meta").glob("*.csv")):
        for path, labels in sorted(_labels(meta).items()):
            text = (folder / path).read_text(encoding="utf-8", errors="replace")
            yield from _of_file(meta.stem, text, labels, patterns=patterns)


def _labels(meta: Path) -> dict[str, list[_Label]]:
    found = defaultdict(list)
    with meta.open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            found[row["FilePath"]].append(
                _Label(
                    int(row["LineStart"]),
                    int(row["LineEnd"]),
                    row["GroundTruth"],
                    frozenset(row["Category"].split(":")),
                    int(row["ValueStart"] or -1),
                    int(row["ValueEnd"] or -1),
                )
            )
    return found


def _of_file(
    repository: str, text: str, labels: list[_Label], *, patterns: Sequence[re.Pattern[str]]
) -> Iterator[Example]:
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    for span, candidate in candidates(text, patterns).items():
        line = bisect(starts, span[0])
        true = [label for label in labels if label.first <= line <= label.last and label.truth == "T"]
        column, end = span[0] - starts[line - 1], span[1] - starts[line - 1]
        if true and not any(_is_of(label, column, end) for label in true):
            continue
        yield Example(repository, _traits(text, candidate), bool(true))
        if any(label.categories & _PASSWORDS for label in true):
            yield from _with_other_values(repository, text, candidate, patterns=patterns)


def _is_of(label: _Label, column: int, end: int) -> bool:
    if label.categories <= _NO_SECRETS:
        return False
    is_here = label.begin < end and (label.end < 0 or column < label.end)
    return label.first != label.last or label.begin < 0 or is_here


def candidates(text: str, patterns: Sequence[re.Pattern[str]]) -> dict[tuple[int, int], Candidate]:
    """Return what is worth weighing in `text`, by where its value begins and ends."""
    found: dict[tuple[int, int], Candidate] = {}
    for pattern in patterns:
        start = 0
        while (match := pattern.search(text, start)) is not None:
            candidate = candidate_of(text, match.start(), *match.span(1))
            start = max(match.start(1), match.start() + 1)
            if candidate is not None:
                found.setdefault((candidate.first, candidate.last), candidate)
                start = max(start, candidate.last)
    return found


def _traits(text: str, candidate: Candidate) -> frozenset[str]:
    span = candidate.first, candidate.last
    return frozenset(traits(text, candidate.name, candidate.start, span))


def _with_other_values(
    repository: str, text: str, candidate: Candidate, *, patterns: Sequence[re.Pattern[str]]
) -> Iterator[Example]:
    before = text[max(0, candidate.first - _AROUND) : candidate.first]
    behind = text[candidate.last : candidate.last + _AROUND]
    dice = Random(f"{repository} {candidate.first}")  # noqa: S311 - a password that protects nothing
    for kind in KINDS:
        value = chosen(kind, dice)
        other = f"{before}{value}{behind}"
        span = len(before), len(before) + len(value)
        place = candidates(other, patterns).get(span)
        yield Example(repository, _traits(other, place) if place else frozenset(), is_true=True, chosen=kind)
