"""Turns a commit message into its lines that count: all but those that git itself shows below the scissors."""

from __future__ import annotations

import os
from functools import partial

from agentguard_secrets.sources.added import LazyLines
from agentguard_secrets.sources.changes import parse_raw_with_deletions
from agentguard_secrets.sources.decode import MAX_SIZE, decode
from agentguard_secrets.sources.repository import RAW, ObjectReader, empty_tree, open_repository, run_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator

_SCISSORS = " ------------------------ >8 ------------------------"


def lines_of_message(folder: str, text: str) -> Container[int] | None:
    """Return the numbers of the lines that count, None for all of them.

    Whether git will cut the message at the scissors is not told to the hook, and anybody can write scissors. So a line
    below them is passed over only if it stands, behind its mark, in a file that `git commit --verbose` would compare.
    """
    return LazyLines(partial(_not_shown, folder, text)) if _SCISSORS in text else None


def _not_shown(folder: str, text: str) -> Container[int]:
    lines = text.split("\n")
    cut = next(number for number, line in enumerate(lines, 1) if line.endswith(_SCISSORS))
    shown = set(_lines_of_files(folder))
    return {number for number, line in enumerate(lines, 1) if number < cut or line[1:] not in shown}


def _lines_of_files(folder: str) -> Iterator[str]:
    """Yield the lines of each file that is staged or changed, before and after: also those since the commit before, for
    `--amend`, and of the work tree, for `--verbose` given twice."""
    repository = open_repository(folder)
    before = run_git(folder, "rev-parse", "--verify", "--quiet", "HEAD^", check=False).decode().strip()
    bases = [repository.head or empty_tree(repository.algorithm), *filter(None, [before])]
    asked = [("diff-index", "--cached", *RAW, base, "--") for base in bases] + [("diff-files", *RAW)]
    answers = [run_git(folder, *words).split(b"\0")[:-1] for words in asked]
    changes = [change for answer in answers for _, change in parse_raw_with_deletions(answer)]
    top = os.fsdecode(run_git(folder, "rev-parse", "--show-toplevel")).rstrip("\n")
    with ObjectReader(folder) as reader:
        for change in changes:
            for version in (change.new, *change.olds):
                found = reader.read(version.oid, limit=MAX_SIZE)
                if found is not None and found.content is not None:
                    yield from decode(found.content)[0].split("\n")
    for path in {change.path for change in changes if not change.new.is_gone()}:
        place = os.path.join(top, path)  # noqa: PTH118 - a name of any bytes
        if os.path.isfile(place):  # noqa: PTH113
            with open(place, "rb") as stream:  # noqa: PTH123
                yield from decode(stream.read(MAX_SIZE))[0].split("\n")
