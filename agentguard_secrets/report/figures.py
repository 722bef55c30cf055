"""Turns the lines of a journal into the figures that leadership monitors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from agentguard_secrets._record import Record

Entry = Mapping[str, Any]

VERDICTS = ("deny", "ask", "redact", "allow")
# What somebody does who wants the guard out of the way.
BYPASSES = ("no-verify", "self-protection")
SENSITIVE = ("read-secret-file", "print-environment", "egress-of-secret", "production", "destructive-database")
_ABOUT_US = ("retention", "untold", "grant", "pause", "resume", "answer")
_MOST_ROWS = 15


class Gate(Record):
    """How often one category or rule was met, and what came of it. `approved` and `refused` are people's answers."""

    name: str
    denied: int = 0
    asked: int = 0
    redacted: int = 0
    passed: int = 0
    approved: int = 0
    refused: int = 0

    @property
    def total(self) -> int:
        return self.denied + self.asked + self.redacted + self.passed


class Workflow(Record):
    """One tool in one folder that touched what is sensitive: how often, in which ways, and when last."""

    folder: str
    tool: str
    count: int
    ways: tuple[str, ...]
    last: str


class Week(Record):
    """What an agent touched in one week for the first time in the period: hosts, tools, folders, branches."""

    begins: str
    new: Mapping[str, tuple[str, ...]]


class Latency(Record):
    """Milliseconds of processor time of a decision: the middle one, the 95th of a hundred, the longest."""

    middle: int
    high: int
    most: int


class Figures(Record):
    """Everything that is counted over one period. Days are dates; `days` has every day of the period."""

    first: str
    last: str
    decisions: int
    sessions: int
    verdicts: Mapping[str, int]
    days: Mapping[str, Mapping[str, int]]
    categories: tuple[Gate, ...]
    rules: tuple[Gate, ...]
    workflows: tuple[Workflow, ...]
    weeks: tuple[Week, ...]
    clean: int
    unread: int
    errors: int
    untold: tuple[str, ...]
    bypasses: tuple[Entry, ...]
    latency: Latency | None
    levels: Mapping[str, int]


def figures_of(entries: Iterable[Entry]) -> Figures:
    """Return the figures of these lines, oldest first; lines that tell of the journal itself are no decisions."""
    told = list(entries)
    decisions = [entry for entry in told if entry.get("event") not in _ABOUT_US and not entry.get("answer")]
    answers = {str(entry.get("call")): str(entry["answer"]) for entry in told if entry.get("answer")}
    moments = [str(entry.get("time", "")) for entry in told]
    verdicts = Counter(_verdict(entry) for entry in decisions)
    return Figures(
        first=min(moments, default=""),
        last=max(moments, default=""),
        decisions=len(decisions),
        sessions=len({entry.get("session") for entry in decisions if entry.get("session")}),
        verdicts={verdict: verdicts[verdict] for verdict in VERDICTS},
        days=_days(decisions),
        categories=_gates(decisions, "acts", answers),
        rules=_gates(decisions, "rules", answers),
        workflows=_workflows(decisions),
        weeks=_weeks(decisions),
        clean=sum(not _is_met(entry) for entry in decisions),
        unread=sum(entry.get("unread", 0) for entry in decisions),
        errors=sum(_is_error(entry) for entry in decisions),
        untold=tuple(str(entry.get("note", "")) for entry in told if entry.get("event") == "untold"),
        bypasses=tuple(entry for entry in decisions if _is_bypass(entry)),
        latency=_latency([entry["milliseconds"] for entry in decisions if entry.get("milliseconds")]),
        levels=Counter(str(entry["level"]) for entry in decisions if entry.get("level")),
    )


def _verdict(entry: Entry) -> str:
    verdict = entry.get("verdict")
    return str(verdict) if verdict in VERDICTS else "deny"


def _is_met(entry: Entry) -> bool:
    """Whether there was anything to judge."""
    return bool(entry.get("rules") or entry.get("acts") or entry.get("unread"))


def _is_error(entry: Entry) -> bool:
    """Whether the guard stopped something without a reason in it: it could not judge."""
    return not _is_met(entry) and _verdict(entry) in ("deny", "ask")


def _is_bypass(entry: Entry) -> bool:
    """Whether somebody went for the guard itself: by an act, or by settings that would disarm it."""
    is_disarming = entry.get("event") == "ConfigChange" and _verdict(entry) != "allow"
    return is_disarming or any(act in BYPASSES for act in entry.get("acts", ()))


def _days(decisions: Sequence[Entry]) -> dict[str, dict[str, int]]:
    counted: dict[str, Counter[str]] = {}
    for entry in decisions:
        counted.setdefault(str(entry.get("time", ""))[:10], Counter())[_verdict(entry)] += 1
    known = sorted(day for day in counted if _is_day(day))
    if not known:
        return {}
    first, last = date.fromisoformat(known[0]), date.fromisoformat(known[-1])
    every = [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]
    return {day: {verdict: counted.get(day, Counter())[verdict] for verdict in VERDICTS} for day in every}


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _gates(decisions: Sequence[Entry], field: str, answers: Mapping[str, str]) -> tuple[Gate, ...]:
    counted: dict[str, Counter[str]] = {}
    for entry in decisions:
        for name in dict.fromkeys(entry.get(field, ())):
            words = counted.setdefault(str(name), Counter())
            words[_verdict(entry)] += 1
            if _verdict(entry) == "ask":
                words[answers.get(str(entry.get("call")), "")] += 1
    gates = [
        Gate(name, words["deny"], words["ask"], words["redact"], words["allow"], words["approved"], words["refused"])
        for name, words in counted.items()
    ]
    return tuple(sorted(gates, key=lambda gate: (-gate.total, gate.name)))


def _workflows(decisions: Sequence[Entry]) -> tuple[Workflow, ...]:
    grouped: dict[tuple[str, str], list[tuple[str, set[str]]]] = {}
    for entry in decisions:
        ways = {act for act in entry.get("acts", ()) if act in SENSITIVE}
        if entry.get("rules"):
            ways.add("credential met")
        if ways:
            place = (str(entry.get("folder", "")), str(entry.get("tool", "")) or str(entry.get("event", "")))
            grouped.setdefault(place, []).append((str(entry.get("time", "")), ways))
    flows = [
        Workflow(folder, tool, len(met), tuple(sorted(set().union(*(ways for _time, ways in met)))), max(met)[0][:10])
        for (folder, tool), met in grouped.items()
    ]
    return tuple(sorted(flows, key=lambda flow: (-flow.count, flow.folder, flow.tool)))[:_MOST_ROWS]


def _weeks(decisions: Sequence[Entry]) -> tuple[Week, ...]:
    """The first week is where counting begins: in it everything would be new."""
    kinds: dict[str, Callable[[Entry], Iterable[str]]] = {
        "hosts": lambda entry: entry.get("hosts", ()),
        "tools": lambda entry: (entry["tool"],) if entry.get("tool") else (),
        "folders": lambda entry: (_folder(str(entry["path"])),) if entry.get("path") else (),
        "branches": _branches,
    }
    met: dict[str, set[str]] = {kind: set() for kind in kinds}
    weeks: dict[str, dict[str, list[str]]] = {}
    mondays: dict[str, str] = {}
    for entry in decisions:
        day = str(entry.get("time", ""))[:10]
        if day not in mondays:
            mondays[day] = _monday(day)
            weeks.setdefault(mondays[day], {kind: [] for kind in kinds})
        for kind, words in kinds.items():
            for word in words(entry):
                if word not in met[kind]:
                    met[kind].add(word)
                    weeks[mondays[day]][kind].append(word)
    begun = [Week(begins, {kind: tuple(words) for kind, words in new.items()}) for begins, new in weeks.items()]
    return tuple(sorted((week for week in begun if week.begins), key=lambda week: week.begins))


def _monday(day: str) -> str:
    if not _is_day(day):
        return ""
    then = date.fromisoformat(day)
    return (then - timedelta(days=then.weekday())).isoformat()


def _folder(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[0] or "."


def _branches(entry: Entry) -> list[str]:
    if not entry.get("acts"):
        return []
    pairs = zip(entry.get("acts", ()), entry.get("subjects", ()), strict=False)
    return [str(subject) for act, subject in pairs if str(act).endswith("-push") and subject]


def _latency(times: list[int]) -> Latency | None:
    if not times:
        return None
    ordered = sorted(times)
    return Latency(ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)], ordered[-1])
