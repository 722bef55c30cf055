"""Measures whether a cold hook takes longer with more rules: a copy of the package for each of four tables of rules.

    python benchmarks/hook_rules.py [--rounds 15] [--instructions]

The tables hold a quarter, half, all and twice the rules; the doubles have ids and keywords of their own. Each is made
anew from rules/*.toml. The runs take turns, and the median of each is told; --instructions counts what the processor
does instead (Valgrind has to be installed), which is the same each time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from instructions import counted

from agentguard_secrets.rulebook.build import table_text
from agentguard_secrets.rulebook.load import load_rules, rules_folder
from agentguard_secrets.rulebook.source import RuleSource

PACKAGE = Path(__file__).parents[1] / "agentguard_secrets"
START = "import sys; sys.path.insert(0, sys.argv[1]); from agentguard_secrets.hook import main; main([])"
KEEP = (
    "import sys; sys.path.insert(0, sys.argv[1]); from agentguard_secrets.state.keptpatterns import keep_patterns; "
    "raise SystemExit(not keep_patterns())"
)
PROSE = "The quick brown fox reads a file, writes another and goes home.\n"
CODE = 'token = os.environ["SERVICE_TOKEN"]\nreturn Client(host, token=token, secret=load_secret(name))\n'


def main() -> None:
    """Print one row for each table of rules."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--instructions", action="store_true")
    chosen = parser.parse_args()
    rules = load_rules(rules_folder())
    with tempfile.TemporaryDirectory() as folder:
        sets = {"a quarter": _part(rules, 4), "half": _part(rules, 2), "all": rules}
        sets["twice"] = [*rules, *map(_double, rules)]
        for name, some in sets.items():
            _copy(Path(folder, name), some)
        events = {"prose": _event(Path(folder), PROSE), "code about passwords": _event(Path(folder), CODE)}
        unit = "million instructions" if chosen.instructions else "ms of the processor"
        print(f"| rules | {' | '.join(f'8 KB of {title}, {unit}' for title in events)} |")
        print("|--:|" + "--:|" * len(events))
        medians = _measured(Path(folder), list(sets), events, chosen)
        for name, some in sets.items():
            print(f"| {len(some)} | {' | '.join(f'{medians[name, title]:.1f}' for title in events)} |")


def _measured(
    folder: Path, names: Sequence[str], events: dict[str, Path], chosen: argparse.Namespace
) -> dict[tuple[str, str], float]:
    cost = _instructions if chosen.instructions else _milliseconds
    found: dict[tuple[str, str], list[float]] = {}
    for name in names:
        # Writes the byte code.
        _milliseconds(folder / name, next(iter(events.values())))
    for _ in range(2 if chosen.instructions else chosen.rounds):
        for name in names:
            for title, event in events.items():
                found.setdefault((name, title), []).append(cost(folder / name, event))
    return {key: statistics.median(values) for key, values in found.items()}


def _part(rules: Sequence[RuleSource], parts: int) -> list[RuleSource]:
    """Return every second, fourth … of the rules, but all that are tried wherever code speaks of credentials."""
    others = [rule for rule in rules if rule.kind != "generic"]
    return [*(rule for rule in rules if rule.kind == "generic"), *others[::parts]]


def _double(rule: RuleSource) -> RuleSource:
    return rule._replace(id=f"{rule.id}-again", keywords=tuple(f"{word}q{word[:2]}" for word in rule.keywords))


def _copy(folder: Path, rules: Sequence[RuleSource]) -> None:
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / PACKAGE.name / "detect" / "table.py").write_text(table_text(rules), encoding="utf-8")
    # As `install` leaves it.
    subprocess.run([sys.executable, "-I", "-c", KEEP, str(folder)], check=True)


def _event(folder: Path, text: str) -> Path:
    content = (text * (8192 // len(text) + 1))[:8192]
    call = {"tool_name": "Write", "tool_input": {"file_path": "a.py", "content": content}}
    event = {"session_id": "benchmark", "cwd": str(folder), "hook_event_name": "PreToolUse", **call}
    path = folder / f"{len(text)}.json"
    path.write_text(json.dumps(event), encoding="utf-8")
    return path


def _command(package: Path) -> list[str]:
    return [sys.executable, "-I", "-c", START, str(package)]


def _world(package: Path) -> dict[str, Any]:
    home = str(package.parent)
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "SYSTEMROOT")}
    return {**kept, "HOME": home, "XDG_STATE_HOME": f"{home}/state", "XDG_CONFIG_HOME": f"{home}/config"}


def _milliseconds(package: Path, event: Path) -> float:
    with event.open("rb") as stdin:
        program = subprocess.Popen(_command(package), stdin=stdin, stdout=subprocess.PIPE, env=_world(package))
        _number, status, used = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode or (program.stdout and program.stdout.read()):
        raise SystemExit(f"expected a silent exit 0, got {program.returncode}")
    return (used.ru_utime + used.ru_stime) * 1000


def _instructions(package: Path, event: Path) -> float:
    return counted(_command(package), event.read_bytes(), _world(package))


if __name__ == "__main__":
    main()
