"""Turns `rules list`, `rules show` and `rules check` into what the rules say and whether they hold."""

from __future__ import annotations

import argparse
import difflib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agentguard_secrets.errors import RuleError, UsageError
from agentguard_secrets.rulebook.build import compiled_rule
from agentguard_secrets.rulebook.check import COUNTED, check_rules
from agentguard_secrets.rulebook.load import load_rules, merged, rules_folder
from agentguard_secrets.rulebook.source import RuleSource

_SHOWN = ("id", "title", "provider", "severity", "confidence", "kind", "confirm", "reference", "grants", "revoke")
_MORE = ("keywords", "words", "pattern", "edge", "on_fail", "entropy", "samples", "near_miss")
_COUNTED_BY = ("kind", "severity", "confidence")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands and their options to `parser`."""
    commands = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = commands.add_parser("list", help="list the rules", allow_abbrev=False)
    listing.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="rule files or folders instead")
    listing.add_argument("--format", choices=("text", "json"), default="text")
    listing.add_argument("--stats", action="store_true", help="only how many there are, by kind, severity, provider")
    listing.set_defaults(act=_list)
    showing = commands.add_parser("show", help="show one rule", allow_abbrev=False)
    showing.add_argument("id", metavar="ID")
    showing.add_argument("--format", choices=("text", "json"), default="text")
    showing.set_defaults(act=_show)
    checking = commands.add_parser("check", help="prove the rules by trying each one out", allow_abbrev=False)
    checking.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="rule files or folders of your own")
    checking.add_argument("--workers", type=int, default=None, metavar="N", help="processes (default: one a processor)")
    checking.set_defaults(act=_check)


def run(arguments: argparse.Namespace) -> int:
    """Return 0, or 1 when `rules check` found problems. Raises RuleError or UsageError, which end with 2."""
    status: int = arguments.act(arguments)
    return status


def _list(arguments: argparse.Namespace) -> int:
    rules = _rules(arguments.paths)
    if arguments.stats:
        print(_as_json(_stats(rules)) if arguments.format == "json" else _stats_text(_stats(rules)))
    elif arguments.format == "json":
        print(_as_json([_fields(rule, _SHOWN) for rule in rules]))
    else:
        width = max(len(rule.id) for rule in rules)
        print("\n".join(f"{rule.id:{width}}  {rule.severity:8}  {rule.kind:7}  {rule.title}" for rule in rules))
    return 0


def _show(arguments: argparse.Namespace) -> int:
    rules = {rule.id: rule for rule in load_rules(rules_folder())}
    rule = rules.get(arguments.id)
    if rule is None:
        nearest = difflib.get_close_matches(arguments.id, rules, n=3)
        hint = f"; did you mean {', '.join(nearest)}?" if nearest else " (see `rules list`)"
        raise UsageError(f"rules show: expected the id of a rule, got {arguments.id!r}{hint}")
    fields = {**_fields(rule, (*_SHOWN, *_MORE)), "reach": compiled_rule(rule).reach}
    if arguments.format == "json":
        print(_as_json(fields))
    else:
        print("\n".join(f"{key:10}  {_plain(value)}" for key, value in fields.items() if value not in (None, [], "")))
    return 0


def _check(arguments: argparse.Namespace) -> int:
    if arguments.workers is not None and arguments.workers < 1:
        raise UsageError(f"rules check: --workers: expected 1 or more, got {arguments.workers}")
    report = check_rules(_existing(arguments.paths), workers=arguments.workers)
    for problem in report.problems:
        print(problem)
    tried = ", ".join(f"{report.counts.get(name, 0)} {name}" for name in COUNTED)
    print(f"{len(report.problems)} problems; tried {tried}")
    return 1 if report.problems else 0


def _rules(paths: Sequence[Path]) -> tuple[RuleSource, ...]:
    folders = _existing(paths) or [rules_folder()]
    return merged(rule for folder in folders for rule in load_rules(folder))


def _existing(paths: Sequence[Path]) -> list[Path]:
    for path in paths:
        if not path.exists():
            raise RuleError(f"{path}: expected a rule file or a folder of them, got nothing there")
    return list(paths)


def _stats(rules: Sequence[RuleSource]) -> dict[str, Any]:
    counts = {name: dict(sorted(Counter(getattr(rule, name) for rule in rules).items())) for name in _COUNTED_BY}
    return {
        "rules": len(rules),
        "providers": len({rule.provider for rule in rules}),
        "proved_offline": sum(rule.confirm is not None for rule in rules),
        "samples": sum(len(rule.samples) for rule in rules),
        "near_misses": sum(len(rule.near_miss) for rule in rules),
        **counts,
    }


def _stats_text(stats: dict[str, Any]) -> str:
    plain = [f"{key}: {value}" for key, value in stats.items() if not isinstance(value, dict)]
    grouped = [
        f"{key}: {', '.join(f'{name} {count}' for name, count in value.items())}"
        for key, value in stats.items()
        if isinstance(value, dict)
    ]
    return "\n".join([*plain, *grouped])


def _fields(rule: RuleSource, names: Sequence[str]) -> dict[str, Any]:
    values = {name: getattr(rule, name) for name in names}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
