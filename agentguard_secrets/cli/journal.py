"""Turns the words after `journal` into the log as people and programs read it, or what is wrong with it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agentguard_secrets.cli.output import deliver
from agentguard_secrets.errors import PolicyError
from agentguard_secrets.model import JournalTerms
from agentguard_secrets.report.journal_export import EXPORTS
from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.journal import put_aside
from agentguard_secrets.state.journalanchor import known_outside, lateness, told_ends
from agentguard_secrets.state.journalproof import Problem, verify
from agentguard_secrets.state.journalread import Line, read_lines
from agentguard_secrets.state.journalselect import Selection, is_meant, moment
from agentguard_secrets.state.policyfile import load_policy
from agentguard_secrets.telling.main import everything

_COLUMNS = ("sequence", "time", "verdict", "event", "tool", "rules", "acts", "path")
_VERDICTS = ("allow", "redact", "ask", "deny")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `show`, `verify`, `export` and `anchor`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="print what was decided, oldest first", allow_abbrev=False)
    show.add_argument("--format", choices=("text", "json", "jsonl"), default="text", help="how (default: text)")
    check = actions.add_parser(
        "verify",
        help="prove that every line is there and as it was written",
        description="Exit status 0 when nothing is wrong, 1 when something is, 3 when it cannot be told.",
        allow_abbrev=False,
    )
    check.add_argument(
        "--anchors", metavar="FILE", help="also compare with the heads that were told outside, one JSON object a line"
    )
    export = actions.add_parser("export", help="print it for other programs", allow_abbrev=False)
    export.add_argument("--format", choices=tuple(EXPORTS), default="jsonl", help="how (default: jsonl)")
    export.add_argument("--output", metavar="FILE", help="to this file instead of standard output")
    actions.add_parser(
        "anchor",
        help="tell the head to whom the policy names, and send what they have not got yet",
        description="Exit status 0 when all of them were told, 3 when one could not be.",
        allow_abbrev=False,
    )
    for action in (show, export):
        _add_selection(action)
    for action in (show, export, check):
        action.add_argument("file", nargs="?", metavar="FILE", help="a journal (default: this user's)")


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--last", type=_count, metavar="N", help="only the last N decisions of those asked for")
    parser.add_argument("--since", metavar="TIME", help="like 2026-01-31, 2026-01-31T10:00, 12h or 7d")
    parser.add_argument("--until", metavar="TIME", help="before this time")
    for name in ("session", "tool", "rule", "act", "path"):
        help_text = f"only this {name}; a glob; may be said more than once"
        parser.add_argument(f"--{name}", action="append", metavar=name.upper(), default=[], help=help_text)
    parser.add_argument("--verdict", action="append", choices=_VERDICTS, default=[], help="only this verdict")


def run(arguments: argparse.Namespace) -> int:
    """Do it and return the exit status. Raises StateError when the journal, its head or the key cannot be read."""
    if arguments.action == "anchor":
        return _anchor()
    path = arguments.file or journal_file()
    is_there = put_aside(path) if not arguments.file else True
    if not is_there and not any(Path(f"{path}{end}").exists() for end in ("", ".head")):
        print(f"{path}: nothing has been journaled yet", file=sys.stderr)
        return 0
    actions = {"verify": _verify, "show": _show, "export": _export}
    return actions[arguments.action](path, arguments)


def _verify(path: str, arguments: argparse.Namespace) -> int:
    terms = _terms()
    anchors = told_ends(arguments.anchors) if arguments.anchors else []
    problems = verify(path, anchors=[*anchors, *known_outside(terms, Path.cwd())])
    if not arguments.file and (late := lateness(terms)):
        problems.append(Problem("unanchored", 0, late, path))
    for problem in problems:
        place = f"{problem.path}:{problem.line}" if problem.line else problem.path
        print(f"{place}: {problem.kind}: {problem.message}")
    if not problems:
        print(f"{path}: every line is there and as it was written")
    return 1 if problems else 0


def _terms() -> JournalTerms:
    """What the policy says of anchors; nothing where it is broken, which is told and hides no tampering."""
    try:
        return load_policy(Path.cwd()).journal
    except PolicyError as error:
        print(f"warning: {error}; what was told outside is not compared", file=sys.stderr)
        return JournalTerms()


def _show(path: str, arguments: argparse.Namespace) -> int:
    shown, unreadable = _entries(path, arguments)
    if arguments.format == "json":
        numbers = [line.number for line in unreadable]
        print(json.dumps({"version": 1, "entries": shown, "unread": numbers}, indent=2))
    elif arguments.format == "jsonl":
        print(EXPORTS["jsonl"](shown), end="")
    else:
        for entry in shown:
            print(_row(entry))
    return _complained(unreadable)


def _export(path: str, arguments: argparse.Namespace) -> int:
    shown, unreadable = _entries(path, arguments)
    deliver(EXPORTS[arguments.format](shown), arguments.output)
    return _complained(unreadable)


def _entries(path: str, arguments: argparse.Namespace) -> tuple[list[dict[str, Any]], list[Line]]:
    selection = _selection(arguments)
    entries = list(read_lines(path))
    meant = [said for _line, said in entries if said is not None and is_meant(said, selection)]
    unreadable = [line for line, said in entries if said is None]
    return meant[-arguments.last if arguments.last else None :], unreadable


def _selection(arguments: argparse.Namespace) -> Selection:
    now = datetime.now(UTC)
    return Selection(
        since=moment(arguments.since, now=now) if arguments.since else "",
        until=moment(arguments.until, now=now) if arguments.until else "",
        sessions=tuple(arguments.session),
        tools=tuple(arguments.tool),
        verdicts=tuple(arguments.verdict),
        rules=tuple(arguments.rule),
        acts=tuple(arguments.act),
        paths=tuple(arguments.path),
    )


def _complained(unreadable: list[Line]) -> int:
    for line in unreadable:
        print(f"{line.path}:{line.number}: expected a JSON object; see `journal verify`", file=sys.stderr)
    return 3 if unreadable else 0


def _anchor() -> int:
    said = list(_anchored())
    print("\n".join(said) or "nobody waits for anything")
    return 3 if any(": failed: " in line for line in said) else 0


def _anchored() -> Iterator[str]:
    policy = load_policy(Path.cwd())
    for name, failure in everything(policy, Path(policy.root)):
        yield f"{name}: failed: {failure}" if failure else f"{name}: told"


def _row(entry: dict[str, Any]) -> str:
    """One line for a person; what stands in the file may be forged, so nothing in it steers the terminal."""
    cells = (entry.get(column, "") for column in _COLUMNS if column != "acts" or entry.get("acts"))
    texts = (", ".join(map(str, cell)) if isinstance(cell, list) else str(cell) for cell in cells)
    return "  ".join("".join(sign if sign.isprintable() else "?" for sign in text) or "-" for text in texts)


def _count(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1, found {word!r}")
    return int(word)
