"""Turns an overview into what a terminal shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from agentguard_secrets.report.as_text import printable
from agentguard_secrets.report.figures import VERDICTS, Figures, Gate
from agentguard_secrets.report.overview import Overview

_COLOURS = {"deny": "red", "ask": "yellow", "redact": "blue", "allow": "green"}
_BAR = 40
_ROWS = 10


def show(overview: Overview, console: Console) -> None:
    """Print the overview, section by section, in the console's width."""
    for title, content in _sections(overview):
        console.print()
        console.print(Text(title, style="bold"))
        console.print(content)


def _sections(overview: Overview) -> Iterable[tuple[str, RenderableType]]:
    figures = overview.figures
    yield "Report", _head(overview)
    if figures.decisions:
        yield "Decisions by day", _days(figures)
        yield "Gates by category", _gates(figures.categories)
        yield "Rules", _gates(figures.rules)
        yield "Workflows that touch what is sensitive", _workflows(figures)
        yield "New in a week (drift of scope)", _weeks(figures)
        yield "Coverage", _coverage(figures)
        yield "Attempts to get around the guard", _bypasses(figures)
    yield "False alarms, as judged", _judged(overview)
    yield "Exceptions and grants", _exceptions(overview)
    yield "Journal", _journal(overview)
    yield "Mode", _mode(overview)


def _head(overview: Overview) -> Text:
    figures, policy = overview.figures, overview.policy
    counts = ", ".join(f"{count} {verdict}" for verdict, count in figures.verdicts.items() if count)
    period = f"{figures.first[:10]} to {figures.last[:10]}" if figures.first else "nothing has been journaled yet"
    owner = policy.owner.name or "nobody is named"
    lines = [f"{period}: {figures.decisions} decisions in {figures.sessions} sessions", counts, f"owner: {owner}"]
    return Text("\n".join(printable(line) for line in lines if line))


def _days(figures: Figures) -> RenderableType:
    most = max((sum(counts.values()) for counts in figures.days.values()), default=0) or 1
    rows = list(figures.days.items())[-31:]
    table = Table.grid(padding=(0, 1))
    for day, counts in rows:
        bar = Text()
        for verdict in VERDICTS:
            width = round(counts[verdict] / most * _BAR) or (1 if counts[verdict] else 0)
            bar.append("█" * width, style=_COLOURS[verdict])
        table.add_row(day, bar, str(sum(counts.values())))
    legend = Text.assemble(*((f"█ {verdict}  ", _COLOURS[verdict]) for verdict in VERDICTS))
    return Group(table, legend)


def _gates(gates: Sequence[Gate]) -> RenderableType:
    columns = ("name", "denied", "asked", "approved", "refused", "redacted", "passed")
    return _table(columns, ([_cell(getattr(gate, column)) for column in columns] for gate in gates[:_ROWS]))


def _workflows(figures: Figures) -> RenderableType:
    rows = ([flow.folder, flow.tool, _cell(flow.count), ", ".join(flow.ways), flow.last] for flow in figures.workflows)
    return _table(("folder", "tool", "times", "what", "last"), rows)


def _weeks(figures: Figures) -> RenderableType:
    kinds = list(figures.weeks[0].new) if figures.weeks else []
    rows = ([week.begins, *(_cell(len(week.new[kind])) for kind in kinds)] for week in figures.weeks)
    return _table(("week of", *kinds), rows)


def _coverage(figures: Figures) -> Text:
    latency = figures.latency
    times = f"{latency.middle} ms, 95 % within {latency.high} ms, at most {latency.most} ms" if latency else "not known"
    lines = [
        f"{figures.decisions} events seen, {figures.clean} of them without anything to judge",
        f"{figures.unread} parts not scanned, {figures.errors} events that could not be judged",
        f"processor time of a decision: {times}",
    ]
    if figures.untold:
        lines.append(f"{len(figures.untold)} times somebody outside could not be told: {printable(figures.untold[-1])}")
    return Text("\n".join(lines))


def _bypasses(figures: Figures) -> RenderableType:
    rows = (
        [
            str(entry.get("time", ""))[:16],
            str(entry.get("verdict")),
            str(entry.get("tool")),
            ", ".join(entry.get("acts", ())),
        ]
        for entry in figures.bypasses[-_ROWS:]
    )
    return _table(("time", "verdict", "tool", "acts"), rows)


def _judged(overview: Overview) -> RenderableType:
    rows = (
        [each.rule, _cell(each.is_true), _cell(each.is_false), _cell(each.later), f"{each.share:.0%}"]
        for each in overview.judged[:_ROWS]
    )
    return _table(("rule", "credentials", "false alarms", "undecided", "false"), rows)


def _exceptions(overview: Overview) -> RenderableType:
    rows = [
        [each.state, "-" if each.age is None else f"{each.age} d", each.expires, each.owner, each.about, each.reason]
        for each in overview.exceptions
    ]
    rows += [
        [
            str(entry.get("event")),
            "",
            str(entry.get("time", ""))[:10],
            "",
            ", ".join(entry.get("acts", ())),
            str(entry.get("note", "")),
        ]
        for entry in overview.grants[-_ROWS:]
    ]
    return _table(("state", "age", "until", "owner", "about", "reason"), rows)


def _journal(overview: Overview) -> Text:
    if not overview.problems:
        return Text("every line is there and as it was written", style="green")
    words = [f"{problem.kind}: {problem.message}" for problem in overview.problems[:_ROWS]]
    return Text("\n".join([f"{len(overview.problems)} things are wrong (journal verify):", *words]), style="red")


def _mode(overview: Overview) -> Text:
    step = overview.step
    advice = f"next step: {step.to}" if step.to else "stay"
    return Text(f"{overview.policy.level}; {advice}: {step.why}")


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> RenderableType:
    told = list(rows)
    if not told:
        return Text("none", style="dim")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in told:
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table


def _cell(value: object) -> str:
    return str(value) if value else "-"
