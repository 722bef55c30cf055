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
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.growth import growth_rows
from benchmarks.measure import Cost, cost
from benchmarks.programs import FLOORS, OURS, command, installed, make_ready
from benchmarks.report import Row, chart, table, written
from benchmarks.works import Work, works

HERE = Path(__file__).parent


_SHORT_AGAIN = 5
# A program that is so much slower than ours need not end to be compared; short works are let run this long.
_MOST_TIMES = 8
_LEAST_LIMIT = 10.0
# The growth of our own time is measured in the time that is left over.
_FOR_GROWTH = 0.2

Costs = dict[str, list[Cost]]


def main() -> None:
    """Measure, print the tables, and put them into the report."""
    options = _options()
    versions = installed(options.programs)
    make_ready()
    end = time.monotonic() + options.minutes * 60 * (1 - _FOR_GROWTH)
    head = f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, "
    head += f"at most {options.rounds} rounds. "
    head += ", ".join(f"{name} {version}" for name, version in versions.items()) + "."
    print(head, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        # Made in another process: what this one holds would count as memory of all that it starts.
        with ProcessPoolExecutor(1) as other:
            all_works = other.submit(_works, Path(folder, "works"), options).result()
        costs: list[Costs] = [{} for _ in all_works]
        for number in range(options.rounds * _SHORT_AGAIN):
            for work, so_far in zip(all_works, costs, strict=True):
                if number < _rounds(work, options.rounds) and (number == 0 or time.monotonic() < end):
                    measure(work, list(versions), so_far, limit=options.limit)
                    print(f"{work.title}: round {number + 1}", flush=True)
        rows = [row for work, each in zip(all_works, costs, strict=True) for row in rows_of(work, each)]
        print(table(rows), flush=True)
        growth = growth_rows(Path(folder, "growth"), rounds=min(3, options.rounds), wanted=options.only)
    print(growth)
    if options.write:
        (HERE / "README.md").write_text(written(HERE / "README.md", head, rows, growth), encoding="utf-8")
        chart(rows, HERE / "compared.svg")


def _works(base: Path, options: argparse.Namespace) -> list[Work]:
    return list(works(base, tree=options.tree, history=options.history, wanted=options.only))


def measure(work: Work, names: list[str], costs: Costs, *, limit: float) -> None:
    """Add what one run of each program that can do this work costs, ours first. Once too long is enough."""
    commands = {name: words for name in (*names, *FLOORS) if (words := command(name, work.kind, work.place))}
    for name, words in commands.items():
        so_far = costs.setdefault(name, [])
        if any(each.status == -9 for each in so_far):
            continue
        most = limit if name == OURS else min(limit, max(_LEAST_LIMIT, costs[OURS][0].seconds * _MOST_TIMES))
        stdin = None if work.kind != "event" else work.event if name == OURS else work.place
        so_far.append(cost(words, stdin=stdin, folder=work.folder, limit=most))


def rows_of(work: Work, costs: Costs) -> list[Row]:
    """Return one row for each program that was measured."""
    return [_row(work.title, name, costs[OURS], each) for name, each in costs.items()]


def _rounds(work: Work, rounds: int) -> int:
    """A process of some tens of milliseconds is measured more often: its noise is larger than what it does."""
    return rounds * _SHORT_AGAIN if work.kind == "event" else rounds


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
    parser.add_argument("--limit", type=float, default=120.0, metavar="SECONDS", help="longer runs are ended")
    parser.add_argument("--minutes", type=float, default=20.0, help="no further round begins after four fifths of them")
    parser.add_argument("--only", default="", metavar="WORD", help="only works with this word in their title")
    parser.add_argument("--write", action="store_true", help="put tables and chart into benchmarks/README.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
