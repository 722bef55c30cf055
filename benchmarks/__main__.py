"""Measures this program and every other one that is installed on the same inputs, in turn, and writes the report.

    python -m benchmarks [--programs FOLDER] [--tree FOLDER] [--history REPOSITORY] [--rounds 5] [--only WORD] [--write]

Run it in the repository's root with the interpreter of an environment in which the package is installed. Each round
runs each program once; what counts is the median over the rounds of the ratio to ours. Nothing is sent anywhere, and
nothing but what is made in a temporary folder is written, except benchmarks/README.md with --write.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.growth import growth_rows
from benchmarks.measure import Cost, cost
from benchmarks.programs import FLOORS, OURS, command, installed
from benchmarks.report import Row, chart, table, written
from benchmarks.works import Work, works

HERE = Path(__file__).parent


def main() -> None:
    """Print the tables while they come into being, and put them into the report at the end."""
    options = _options()
    versions = installed(options.programs)
    head = f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, "
    head += f"{options.rounds} rounds. " + ", ".join(f"{name} {version}" for name, version in versions.items()) + "."
    print(head, flush=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for work in works(Path(folder, "works"), tree=options.tree, history=options.history, wanted=options.only):
            measured = rows_of(work, list(versions), rounds=options.rounds, limit=options.limit)
            print(table(measured), flush=True)
            rows += measured
        growth = growth_rows(Path(folder, "growth"), rounds=options.rounds, wanted=options.only)
    print(growth)
    if options.write:
        (HERE / "README.md").write_text(written(HERE / "README.md", head, rows, growth), encoding="utf-8")
        chart(rows, HERE / "compared.svg")


def rows_of(work: Work, names: list[str], *, rounds: int, limit: float) -> list[Row]:
    """Return one row for each program that can do this work, ours first."""
    commands = {name: words for name in (*names, *FLOORS) if (words := command(name, work.kind, work.place))}
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(_rounds(work, rounds)):
        for name, words in commands.items():
            if any(each.status == -9 for each in costs[name]):
                continue  # once too long is enough
            stdin = work.event if name == OURS else work.place
            costs[name].append(
                cost(words, stdin=stdin if work.kind == "event" else None, folder=work.folder, limit=limit)
            )
    ours = costs[OURS]
    return [_row(work.title, name, ours, each) for name, each in costs.items()]


def _rounds(work: Work, rounds: int) -> int:
    """A process of some tens of milliseconds is measured more often: its noise is larger than what it does."""
    return rounds * 5 if work.kind == "event" else rounds


def _row(title: str, name: str, ours: list[Cost], theirs: list[Cost]) -> Row:
    ratios = [they.seconds / we.seconds for we, they in zip(ours, theirs, strict=False)]
    return Row(
        work=title,
        program=name,
        seconds=statistics.median(each.seconds for each in theirs),
        ratio=statistics.median(ratios),
        processor=statistics.median(each.processor for each in theirs),
        memory=max(each.memory for each in theirs),
        status=theirs[-1].status,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", action="append", default=[], metavar="FOLDER", help="where others are, too")
    parser.add_argument("--tree", type=Path, metavar="FOLDER", help="a tree to scan, best of a gigabyte")
    parser.add_argument("--history", type=Path, metavar="REPOSITORY", help="a history to scan, best of 50,000 commits")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--limit", type=float, default=900.0, metavar="SECONDS", help="longer runs are ended")
    parser.add_argument("--only", default="", metavar="WORD", help="only works with this word in their title")
    parser.add_argument("--write", action="store_true", help="put tables and chart into benchmarks/README.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
