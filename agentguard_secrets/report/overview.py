"""Turns figures, policy, judgements and proof into the one overview that a report shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from agentguard_secrets._record import Record
from agentguard_secrets.model import Policy
from agentguard_secrets.report.advice_on_mode import Step, next_step
from agentguard_secrets.report.figures import Entry, Figures, figures_of
from agentguard_secrets.report.policy_page import described
from agentguard_secrets.state.grants import Grant
from agentguard_secrets.state.journalproof import Problem
from agentguard_secrets.state.judgements import Judgement

_SOON_DAYS = 14


class Judged(Record):
    """What people said about the findings of one rule."""

    rule: str
    is_true: int
    is_false: int
    later: int

    @property
    def share(self) -> float:
        """The share of false alarms among those decided."""
        return self.is_false / (self.is_true + self.is_false) if self.is_true + self.is_false else 0.0


class Exceptional(Record):
    """One exception or grant: who answers for it, what it is about, and how many days it holds (none: below 0).

    `age` is how many days ago it was accepted; None where nobody wrote that down.
    """

    kind: str
    owner: str
    about: str
    reason: str
    expires: str
    days: int
    age: int | None

    @property
    def state(self) -> str:
        return "expired" if self.days < 0 else "soon" if self.days <= _SOON_DAYS else "holds"


class Overview(Record):
    """Everything that a report shows."""

    policy: Policy
    made: str
    figures: Figures
    judged: tuple[Judged, ...]
    exceptions: tuple[Exceptional, ...]
    grants: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    unreadable: int
    step: Step


def overview(
    entries: Sequence[dict[str, Any]],
    *,
    policy: Policy,
    judgements: Iterable[Judgement],
    problems: Iterable[Problem],
    unreadable: int,
    today: date,
    grants: Iterable[Grant] = (),
) -> Overview:
    """Return the overview of these lines; `problems` and `unreadable` are about all of the journal, `grants` hold."""
    figures = figures_of(entries)
    judged = judged_by_rule(judgements)
    return Overview(
        policy=policy,
        made=today.isoformat(),
        figures=figures,
        judged=judged,
        exceptions=_exceptions(policy, grants, today),
        grants=tuple(entry for entry in entries if entry.get("event") in ("grant", "pause")),
        problems=tuple(problems),
        unreadable=unreadable,
        step=next_step(
            policy.level,
            figures,
            judged_true=sum(each.is_true for each in judged),
            judged_false=sum(each.is_false for each in judged),
        ),
    )


def judged_by_rule(judgements: Iterable[Judgement]) -> tuple[Judged, ...]:
    """How often people said what, by rule; those with most false alarms first."""
    counted: dict[str, Counter[str]] = {}
    for judgement in judgements:
        counted.setdefault(judgement.rule, Counter())[judgement.word] += 1
    judged = [Judged(rule, words["true"], words["false"], words["later"]) for rule, words in counted.items()]
    return tuple(sorted(judged, key=lambda each: (-each.is_false, -each.is_true, each.rule)))


def _exceptions(policy: Policy, grants: Iterable[Grant], today: date) -> tuple[Exceptional, ...]:
    found = [
        Exceptional(
            kind="exception",
            owner=allow.owner,
            about=described(allow),
            reason=allow.reason,
            expires=allow.expires,
            days=(date.fromisoformat(allow.expires) - today).days,
            age=(today - date.fromisoformat(allow.since)).days if allow.since else None,
        )
        for allow in policy.allow
    ]
    for grant in grants:
        expires = datetime.fromtimestamp(grant.expires, UTC).date()
        made = datetime.fromtimestamp(grant.made, UTC)
        found.append(
            Exceptional(
                kind="grant",
                owner="a person at this terminal",
                about=grant.shown,
                reason=f"granted {made:%Y-%m-%d %H:%M} in {grant.folder}",
                expires=expires.isoformat(),
                days=(expires - today).days,
                age=(today - made.date()).days,
            )
        )
    return tuple(sorted(found, key=lambda each: each.days))
