"""Turns an overview into one self-contained page for a browser and for paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from agentguard_secrets import __version__
from agentguard_secrets._record import Record
from agentguard_secrets.report.as_text import printable
from agentguard_secrets.report.figures import VERDICTS, Figures, Gate
from agentguard_secrets.report.overview import Overview

_MOST_ROWS = 12
_MOST_NAMES = 6
_MEANINGS = {"deny": "stopped", "ask": "asked a person", "redact": "masked", "allow": "passed"}


class Column(Record):
    """One day or week of a chart: its parts from the bottom up, each with its height in hundredths of the chart's."""

    label: str
    title: str
    parts: tuple[tuple[str, float, float], ...]


class Chart(Record):
    """Columns side by side, the most that one of them stands for, and the labels below."""

    columns: tuple[Column, ...]
    most: int
    labels: tuple[str, ...]


def render(overview: Overview) -> str:
    """Return the page. It loads nothing and runs nothing, follows the reader's light or dark setting, and prints."""
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    pages.filters["printable"] = printable
    pages.filters["grouped"] = lambda number: f"{number:,}".replace(",", "\u202f")
    figures = overview.figures
    page = pages.get_template("overview_page.html").render(
        overview=overview,
        figures=figures,
        policy=overview.policy,
        version=__version__,
        verdicts=VERDICTS,
        meanings=_MEANINGS,
        days=days_chart(figures),
        stopped=stopped_chart(figures),
        drift=drift_chart(figures),
        categories=_bars(figures.categories),
        rules=_bars(figures.rules),
        names={kind: _newest(figures, kind) for kind in ("hosts", "tools", "branches")},
        step_words=f"{overview.policy.level} → {overview.step.to}" if overview.step.to else overview.policy.level,
    )
    return page + "\n"


def days_chart(figures: Figures) -> Chart:
    """Return the decisions of each day, what was stopped at the bottom."""
    return _chart([(day, counts) for day, counts in figures.days.items()], order=VERDICTS)


def stopped_chart(figures: Figures) -> Chart:
    """Return the same without what passed, which would make all else too small to see."""
    return _chart([(day, {**counts, "allow": 0}) for day, counts in figures.days.items()], order=VERDICTS)


def drift_chart(figures: Figures) -> Chart:
    """Return what was new in each week but the first, in which everything is."""
    weeks = [(week.begins, {kind: len(words) for kind, words in week.new.items()}) for week in figures.weeks[1:]]
    return _chart(weeks, order=("hosts", "tools", "branches", "folders"))


def _chart(counted: Sequence[tuple[str, dict[str, int] | Any]], *, order: Sequence[str]) -> Chart:
    most = max((sum(counts.values()) for _label, counts in counted), default=0)
    columns = tuple(_column(label, counts, order=order, most=most or 1) for label, counts in counted)
    labels = [label for label, _counts in counted]
    shown = [labels[0], labels[len(labels) // 2], labels[-1]] if len(labels) > 2 else labels
    return Chart(columns, most, tuple(shown))


def _column(label: str, counts: Any, *, order: Sequence[str], most: int) -> Column:
    parts = []
    top = 100.0
    for name in order:
        height = counts[name] / most * 100
        top -= height
        if height:
            parts.append((name, round(top, 2), round(height, 2)))
    told = ", ".join(f"{counts[name]} {name}" for name in order if counts[name])
    return Column(label, f"{label}: {told or 'nothing'}", tuple(parts))


def _bars(gates: Sequence[Gate]) -> list[dict[str, Any]]:
    """Each gate with the shares of what came of it, the longest bar being the whole width."""
    shown = gates[:_MOST_ROWS]
    most = max((gate.total for gate in shown), default=1) or 1
    return [
        {
            "gate": gate,
            "parts": [
                (name, round(count / most * 100, 2))
                for name, count in zip(VERDICTS, (gate.denied, gate.asked, gate.redacted, gate.passed), strict=True)
                if count
            ],
        }
        for gate in shown
    ]


def _newest(figures: Figures, kind: str) -> list[str]:
    words = [word for week in figures.weeks[1:] for word in week.new[kind]]
    return words[::-1][:_MOST_NAMES]
