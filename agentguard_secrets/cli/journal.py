"""Turns the words after `journal` into the log as people read it, or what is wrong with it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.journalproof import verify
from agentguard_secrets.state.journalread import read

_COLUMNS = ("sequence", "time", "verdict", "event", "tool", "rules", "path")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `show` and `verify`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="print what was decided, oldest first", allow_abbrev=False)
    show.add_argument("--format", choices=("text", "json"), default="text", help="how to print (default: text)")
    show.add_argument("--last", type=_count, metavar="N", help="only the last N decisions")
    check = actions.add_parser(
        "verify",
        help="prove that every line is there and as it was written",
        description="Exit status 0 when nothing is wrong, 1 when something is, 3 when it cannot be told.",
        allow_abbrev=False,
    )
    for action in (show, check):
        action.add_argument("file", nargs="?", metavar="FILE", help="a journal (default: this user's)")


def run(arguments: argparse.Namespace) -> int:
    """Do it and return the exit status. Raises StateError when the journal, its head or the key cannot be read."""
    path = arguments.file or journal_file()
    if not arguments.file and not any(Path(f"{path}{end}").exists() for end in ("", ".head")):
        print(f"{path}: nothing has been journaled yet", file=sys.stderr)
        return 0
    if arguments.action == "verify":
        return _verify(path)
    return _show(path, as_json=arguments.format == "json", last=arguments.last)


def _verify(path: str) -> int:
    problems = verify(path)
    for problem in problems:
        place = f"{path}:{problem.line}" if problem.line else path
        print(f"{place}: {problem.kind}: {problem.message}")
    if not problems:
        print(f"{path}: every line is there and as it was written")
    return 1 if problems else 0


def _show(path: str, *, as_json: bool, last: int | None) -> int:
    entries = list(enumerate(read(path), 1))
    unreadable = [number for number, entry in entries if entry is None]
    shown = [entry for _, entry in entries if entry is not None][-last if last else None :]
    if as_json:
        print(json.dumps({"version": 1, "entries": shown, "unread": unreadable}, indent=2))
    else:
        for entry in shown:
            print(_row(entry))
    for number in unreadable:
        print(f"{path}:{number}: expected a JSON object; see `journal verify`", file=sys.stderr)
    return 3 if unreadable else 0


def _row(entry: dict[str, Any]) -> str:
    """One line for a person; what stands in the file may be forged, so nothing in it steers the terminal."""
    cells = (entry.get(column, "") for column in _COLUMNS)
    texts = (", ".join(map(str, cell)) if isinstance(cell, list) else str(cell) for cell in cells)
    return "  ".join("".join(sign if sign.isprintable() else "?" for sign in text) or "-" for text in texts)


def _count(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1, found {word!r}")
    return int(word)
