"""Turns inputs of one, two, four and eight times a size into the exponent with which our time grows."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import cost
from benchmarks.programs import OURS, command
from benchmarks.works import HOSTILE, Work, code, event, one_file, program_files

_STEPS = (1, 2, 4, 8)
_LIMIT = 300.0


def growth_rows(base: Path, *, rounds: int, wanted: str) -> str:
    """Return a Markdown table: seconds at each step, and the exponent of the growth beyond an empty input."""
    lines = ["\n### Growth\n", f"| input | {' | '.join(f'{step} x' for step in _STEPS)} | exponent |"]
    lines.append("|---|" + "--:|" * (len(_STEPS) + 1))
    for title, works in _inputs(base):
        if wanted and wanted not in title and wanted != "growth":
            continue
        empty, *seconds = (_seconds(work, rounds) for work in works)
        told = " | ".join(f"{each:.3f}" for each in seconds)
        lines.append(f"| {title} | {told} | {_exponent([max(each - empty, 1e-4) for each in seconds]):.2f} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def _inputs(base: Path) -> Iterator[tuple[str, Iterator[Work]]]:
    """Yield the name of an input, and the work for nothing and for each step."""
    yield "tool output, 250 kB", (event(base, f"output {n}", code(n * 250_000), output=True) for n in (0, *_STEPS))
    yield "files, 500 of 8 kB", (program_files(base, n * 500) for n in (0, *_STEPS))
    for name, text in HOSTILE.items():
        yield f"{name}, 250 kB", (one_file(base, f"{name} {n}", text(n / 4)) for n in (0, *_STEPS))


def _seconds(work: Work, rounds: int) -> float:
    words = command(OURS, work.kind, work.place) or []
    costs = (cost(words, stdin=work.event, folder=work.folder, limit=_LIMIT) for _ in range(rounds))
    return statistics.median(each.processor for each in costs)


def _exponent(seconds: list[float]) -> float:
    """Return the slope of the logarithms."""
    steps = [math.log(step) for step in _STEPS]
    return statistics.linear_regression(steps, [math.log(each) for each in seconds]).slope
