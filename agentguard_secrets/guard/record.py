"""Turns what was decided about an event into a line of the journal."""

from __future__ import annotations

import time

from agentguard_secrets.model import AuditEvent
from agentguard_secrets.protocol.claude_masks import masked_text
from agentguard_secrets.state.journal import append
from agentguard_secrets.state.snapshot import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentguard_secrets.model import Decision, Event, Policy
    from agentguard_secrets.protocol.claude_answer import Answer
    from agentguard_secrets.protocol.claude_masks import Masks


def record(
    event: Event,
    masks: Masks,
    *,
    policy: Settings | Policy | None,
    verdict: str = "allow",
    decision: Decision | None = None,
    note: str = "",
) -> None:
    """Write the line of one decision, and let others be told of it; `policy` is None where none was needed.

    Raises StateError when the line cannot be written.
    """
    line = _line(event, masks, decision)._replace(
        verdict=verdict.lower(), policy=policy.digest if policy else "", note=note
    )
    if policy is None or isinstance(policy, Settings):
        append(line)
        return
    line = line._replace(level=policy.level, folder=policy.root)
    end = append(line, rotate=policy.journal.rotate)
    if policy.sources:
        from agentguard_secrets.telling.start import tell

        tell(line, end, policy)


def _line(event: Event, masks: Masks, decision: Decision | None) -> AuditEvent:
    found, acts = ((*decision.findings, *decision.excused), decision.acts) if decision else ((), ())
    call = event.payload.get("tool_use_id")
    subjects = tuple(masked_text(act.subject, masks.values) for act in acts)
    hosts = (_host(event), *(_bare(act.subject) for act in acts if act.category.startswith("egress")))
    return AuditEvent(
        event=masked_text(event.name, masks.values),
        session=masked_text(event.session, masks.values),
        tool=masked_text(event.tool, masks.values),
        verdict="allow",
        rules=tuple(sorted({finding.rule_id for finding in found})),
        fingerprints=tuple(sorted({finding.fingerprint for finding in found})),
        path=masked_text(event.path, masks.values),
        policy="",
        acts=tuple(act.category for act in acts),
        subjects=subjects,
        hosts=tuple(dict.fromkeys(masked_text(host, masks.values) for host in hosts if host)),
        unread=len(decision.unread) if decision else 0,
        # Of the processor, and so with the start of the interpreter, for which the agent waits as well.
        milliseconds=round(time.process_time() * 1000),
        call=call if isinstance(call, str) else "",
    )


def _host(event: Event) -> str:
    """The host of the address that a tool is about to fetch."""
    values = event.payload.get("tool_input")
    url = values.get("url") if isinstance(values, dict) else None
    return _bare(url) if isinstance(url, str) and "://" in url else ""


def _bare(url: str) -> str:
    """The host of an address: no path, no query, no user."""
    place = url.partition("://")[2] or url
    for end in "/?#":
        place = place.partition(end)[0]
    return place.rpartition("@")[2].lower()[:253]


def record_failure(event: Event | None, answer: Answer, *, policy: Callable[[], Policy]) -> None:
    """Write down that something could not be judged, and let others be told if `policy` can be read.

    Where the journal is what failed, the answer has to do.
    """
    from agentguard_secrets.protocol.claude_answer import known_name

    verdict = "ask" if '"ask"' in answer[1] else "deny"
    line = AuditEvent(known_name(event), "", "", verdict, (), (), "", "")
    try:
        end = append(line)
        from agentguard_secrets.telling.start import tell

        tell(line, end, policy())
    except Exception:
        return
