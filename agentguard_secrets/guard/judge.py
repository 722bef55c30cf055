"""Turns an event in which something was found into the answer that the policy gives to it, journaled."""

from __future__ import annotations

import os
import time

from agentguard_secrets.detect.engine import matches_in
from agentguard_secrets.detect.known import RULE_ID
from agentguard_secrets.detect.redact import tag_of
from agentguard_secrets.guard.gate import gate_of
from agentguard_secrets.guard.masking import masks_of
from agentguard_secrets.guard.pipeline import scanned
from agentguard_secrets.guard.record import record
from agentguard_secrets.model import Field, Verdict
from agentguard_secrets.policy.evaluate import at_level
from agentguard_secrets.protocol.claude import FILE
from agentguard_secrets.protocol.claude_answer import Judgement, answer, counts
from agentguard_secrets.protocol.claude_message import Located, located
from agentguard_secrets.state.key import fingerprint_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentguard_secrets.detect.engine import Detector
    from agentguard_secrets.guard.pipeline import Case, Suspect
    from agentguard_secrets.model import Decision, Event, Finding, Policy
    from agentguard_secrets.protocol.claude_answer import Answer

_AFTER = frozenset({"PostToolUse", "PostToolUseFailure", "PostToolBatch", "InstructionsLoaded"})


def judged(case: Case, policy: Policy, *, suspects: Iterable[Suspect], detector: Detector) -> Answer:
    """Return the answer to the case, after it was written to the journal; `detector` has found the `suspects` in it."""
    event, key = case.event, fingerprint_key(policy)
    detector = detector._replace(key=key, known=case.known)
    everywhere = [
        (field, [_where_it_really_is(finding, event) for finding in findings])
        for field, findings in scanned([_by_the_policy(each, detector) for each in suspects], detector)
    ]
    found = [each for _field, findings in everywhere for each in findings if each.fingerprint not in case.accepted]
    gate = gate_of(case, policy)
    decision = gate.decided(event.face, found, case.unread, today=time.strftime("%Y-%m-%d"))
    wanted = {finding for finding in decision.findings if counts(finding, event.face, policy)}
    open_ones = [(field, [finding for finding in findings if finding in wanted]) for field, findings in everywhere]
    masks = gate.with_masked_copy(masks_of(event, open_ones, key=key, known=case.known))
    decision = _with_decisions(decision, case.decided, level=gate.policy.level)
    judgement = Judgement(
        event=event,
        decision=decision,
        places=(*located(open_ones, tag_of), *_of_git(case.decided)),
        policy=gate.policy,
        masks=masks,
        stopping=gate.stopping,
        sources=gate.sources,
        addressing=case.addressing,
    )
    verdict, said = answer(judgement)
    _remember(case, judgement, verdict, open_ones)
    gate.note(verdict)
    record(event, masks, policy=gate.policy, verdict=verdict.name, decision=decision, note=gate.why())
    return said


def _by_the_policy(suspect: Suspect, detector: Detector) -> Suspect:
    """Return what is found without the values that are not looked for, now that the policy itself was read."""
    if all(match.rule.id != RULE_ID for match in suspect.matches):
        return suspect
    return suspect._replace(matches=matches_in(suspect.text.chunk, detector))


def _where_it_really_is(finding: Finding, event: Event) -> Finding:
    """Follow links: a path that the policy accepts excuses what is written there, not what a link there leads to."""
    if not finding.path:
        return finding
    return finding._replace(path=os.path.realpath(os.path.join(event.cwd, finding.path)))


def _with_decisions(decision: Decision, others: tuple[Decision, ...], *, level: str) -> Decision:
    """Add what was decided elsewhere; while the guard is paused that only tells as well."""
    return decision._replace(
        verdict=max(decision.verdict, *(at_level(each.verdict, level) for each in others), Verdict.ALLOW),
        findings=tuple(finding for each in (decision, *others) for finding in each.findings),
        unread=tuple(part for each in (decision, *others) for part in each.unread),
        excused=tuple(finding for each in (decision, *others) for finding in each.excused),
    )


def _of_git(decided: tuple[Decision, ...]) -> tuple[Located, ...]:
    """Return the place of each finding in a commit or a push: a file, a message or a name, and the commit it is in."""
    findings = dict.fromkeys(finding for each in decided for finding in each.findings)
    return tuple(Located(Field((_named(finding), FILE), ""), finding, tag_of(finding)) for finding in findings)


def _named(finding: Finding) -> str:
    path = finding.path or finding.origin
    return f"{path} in commit {finding.commit[:12]}" if finding.commit else path


def _remember(case: Case, judgement: Judgement, verdict: Verdict, found: list[tuple[Field, list[Finding]]]) -> None:
    """Do what has to be done outside of the answer: clean a stored output, and note what later events depend on."""
    event, decision = case.event, judgement.decision
    if event.name == "PostToolUse" and decision.verdict > Verdict.ALLOW:
        from agentguard_secrets.guard.stored import clean_stored

        clean_stored(found)
    if event.name in _AFTER:
        from agentguard_secrets.guard.taint import accept, taint

        taint(event, decision, verdict)
        accept(event, found)
