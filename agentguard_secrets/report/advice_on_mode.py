"""Turns figures and people's judgements into the next step of the policy's mode, if it has been earned."""

from __future__ import annotations

from agentguard_secrets._record import Record
from agentguard_secrets.report.figures import Figures

ENOUGH_DAYS = 14
ENOUGH_DECISIONS = 200
ENOUGH_JUDGED = 10
# Of what was judged, the share of false alarms up to which a stricter mode is no nuisance, and from which it is one.
FEW_FALSE, MANY_FALSE = 0.05, 0.20
# Of what was asked and answered, the share of approvals: who always says yes is asked too often.
MOSTLY_APPROVED, SELDOM_APPROVED = 0.8, 0.3
_STRICTER = {"observe": "ask", "ask": "enforce"}
_CALMER = {"enforce": "ask", "ask": "observe"}


class Step(Record):
    """What to do with the mode, and why. `to` is empty when it should stay."""

    to: str
    why: str


def next_step(level: str, figures: Figures, *, judged_true: int, judged_false: int) -> Step:
    """Return the step that the figures speak for; a mode is made stricter only after enough was seen and judged."""
    judged = judged_true + judged_false
    false_share = judged_false / judged if judged else 0.0
    approved = sum(gate.approved for gate in (*figures.categories, *figures.rules))
    refused = sum(gate.refused for gate in (*figures.categories, *figures.rules))
    approved_share = approved / (approved + refused) if approved + refused else 0.0
    if level in _CALMER and judged >= ENOUGH_JUDGED and false_share > MANY_FALSE:
        return Step(_CALMER[level], f"{false_share:.0%} of {judged} judged findings were false alarms")
    if level == "enforce" and approved + refused >= ENOUGH_JUDGED and approved_share > MOSTLY_APPROVED:
        return Step("", f"{approved_share:.0%} of {approved + refused} approvals asked for were given: ask for less")
    if level not in _STRICTER:
        return Step("", "the strictest mode holds, and nothing speaks against it")
    lacking = _lacking(figures, judged)
    if lacking:
        return Step("", f"not enough is known for {_STRICTER[level]} yet: {lacking}")
    if false_share > FEW_FALSE:
        return Step(
            "", f"{false_share:.0%} of {judged} judged findings were false alarms: tune rules and exceptions first"
        )
    if level == "ask" and approved + refused and approved_share > SELDOM_APPROVED:
        return Step("", f"{approved_share:.0%} of what was asked was approved: it would be denied")
    return Step(
        _STRICTER[level], f"{len(figures.days)} days, {figures.decisions} decisions, {false_share:.0%} false alarms"
    )


def _lacking(figures: Figures, judged: int) -> str:
    wanted = (
        (len(figures.days), ENOUGH_DAYS, "days"),
        (figures.decisions, ENOUGH_DECISIONS, "decisions"),
        (judged, ENOUGH_JUDGED, "judged findings (`agentguard-secrets audit`)"),
    )
    return ", ".join(f"{have} of {least} {what}" for have, least, what in wanted if have < least)
