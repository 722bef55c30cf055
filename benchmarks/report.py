"""Turns what was measured into tables and a chart."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from benchmarks.programs import OURS

_BEGIN, _END = "<!-- compared: begin -->", "<!-- compared: end -->"


class Row(NamedTuple):
    """One program at one work. `ratio` is its seconds by ours, `memory` in bytes, `status` -9 when it took too long."""

    work: str
    program: str
    seconds: float
    ratio: float
    processor: float
    memory: int
    status: int


def table(rows: Iterable[Row]) -> str:
    """Return the rows as Markdown, one table for each work."""
    return "\n".join(_table(work, list(group)) for work, group in groupby(rows, key=lambda row: row.work))


def _table(work: str, rows: list[Row]) -> str:
    lines = [f"\n### {work[0].upper()}{work[1:]}\n"]
    lines.append("| program | times ours | seconds | processor seconds | memory, MB | exit |")
    lines.append("|---|--:|--:|--:|--:|--:|")
    for row in rows:
        seconds = f"{row.seconds:.3f}" if row.status != -9 else f"> {row.seconds:.0f}"
        status = "ended" if row.status == -9 else str(row.status)
        lines.append(
            f"| {row.program} | {row.ratio:.2f} | {seconds} | {row.processor:.3f} | {row.memory / 1e6:.0f} | {status} |"
        )
    return "\n".join(lines)


def written(readme: Path, head: str, rows: list[Row], growth: str) -> str:
    """Return the text of the report with the part between its two marks made anew."""
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    new = f"{_BEGIN}\n\n{head}\n\n![times ours](compared.svg)\n{table(rows)}\n{growth}\n{_END}"
    return before + new + after if rest else f"{text}\n## Compared\n\n{new}\n"


def chart(rows: list[Row], path: Path) -> None:
    """Draw how many times as long as ours each program takes, on a logarithmic scale; nothing without matplotlib."""
    try:
        import matplotlib as mpl
    except ImportError:
        print("matplotlib is not installed: no chart")
        return
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "compared"
    from matplotlib import pyplot

    others = [row for row in rows if row.program != OURS and row.status != -9]
    works = list(dict.fromkeys(row.work for row in others))
    figure, axes = pyplot.subplots(figsize=(9, 0.7 + 0.55 * len(works)))
    for name in dict.fromkeys(row.program for row in others):
        mine = [row for row in others if row.program == name]
        axes.plot([row.ratio for row in mine], [works.index(row.work) for row in mine], "o", label=name)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(works)), works)
    axes.invert_yaxis()
    axes.set_xlabel(f"seconds, times those of {OURS} (right of the line: slower)")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
