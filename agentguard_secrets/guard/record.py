"""Turns what was decided about an event into a line of the journal."""

from __future__ import annotations

from agentguard_secrets.model import AuditEvent
from agentguard_secrets.protocol.claude_answer import known_name, masked_text
from agentguard_secrets.state.journal import append

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.model import Event, Finding
    from agentguard_secrets.protocol.claude_answer import Answer, Masks


def record(event: Event, masks: Masks, *, policy: str, verdict: str = "allow", found: tuple[Finding, ...] = ()) -> None:
    """Write the line of one decision; `policy` is the policy's digest. Raises StateError when it cannot be written."""
    texts = (event.name, event.session, event.tool, event.path)
    name, session, tool, path = (masked_text(text, masks.values) for text in texts)
    rules = tuple(sorted({finding.rule_id for finding in found}))
    values = tuple(sorted({finding.fingerprint for finding in found}))
    append(AuditEvent(name, session, tool, verdict.lower(), rules, values, path, policy))


def record_failure(event: Event | None, answer: Answer) -> None:
    """Write down that something could not be judged; where the journal is what failed, the answer has to do."""
    verdict = "ask" if '"ask"' in answer[1] else "deny"
    try:
        append(AuditEvent(known_name(event), "", "", verdict, (), (), "", ""))
    except Exception:
        return
