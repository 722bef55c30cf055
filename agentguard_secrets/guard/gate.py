"""Turns the acts of a case into what weighs: by the policy, by whose text was read before, and by a person's word."""

from __future__ import annotations

import os

from agentguard_secrets._record import Record
from agentguard_secrets.model import Verdict
from agentguard_secrets.policy.categories import READ
from agentguard_secrets.policy.evaluate import decide, verdict_of_act

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentguard_secrets.guard.pipeline import Case
    from agentguard_secrets.model import Act, Decision, Finding, Policy, Unread
    from agentguard_secrets.protocol.claude_masks import Masks


class Gate(Record):
    """What is known about the acts of one case.

    `policy` only observes while the guard is paused. `sources` are the strangers whose text the session has read.
    `stopping` are the acts that do not pass by themselves; none of them when a person has granted this very command.
    """

    case: Case
    policy: Policy
    sources: tuple[str, ...] = ()
    stopping: tuple[Act, ...] = ()
    is_granted: bool = False
    is_paused: bool = False

    def decided(self, face: str, found: Iterable[Finding], unread: Iterable[Unread], *, today: str) -> Decision:
        """What the policy says about all of it; every act is told, only those that stop weigh."""
        decision = decide(
            face,
            found,
            unread,
            acts=self.stopping,
            is_suspicious=bool(self.sources),
            policy=self.policy,
            today=today,
        )
        return decision._replace(acts=self.case.acts)

    def with_masked_copy(self, masks: Masks) -> Masks:
        """The masks of an output that shows a secret file: every value of it, recognised or not."""
        event = self.case.event
        if event.name != "PostToolUse" or not any(act.category == READ for act in self.stopping):
            return masks
        from agentguard_secrets.acts.masking import masked_copy

        texts = {
            field.keys: masked_copy(masks.texts.get(field.keys, field.text))
            for field in event.fields
            if field.keys[0] == "tool_response" and field.keys[-1] in _SHOWN
        }
        return masks._replace(texts={**masks.texts, **texts})

    def note(self, verdict: Verdict) -> None:
        """Remember that a person is asked, so that the answer can be told. Raises StateError."""
        if verdict == Verdict.ASK and self.case.event.name == "PreToolUse":
            from agentguard_secrets.guard.approving import note_question

            note_question(self.case.event)

    def why(self) -> str:
        """What the journal says beside the verdict."""
        said = ["paused"] if self.is_paused else []
        said += ["granted"] if self.is_granted else []
        said += [f"after reading {', '.join(self.sources)}"] if self.sources and self.stopping else []
        said += [f"output holds {what}" for what in self.case.addressing]
        return "; ".join(said)


# Where a tool's answer holds what it has read.
_SHOWN = frozenset({"content", "stdout", "text", "output", "result", "tool_response"})


def gate_of(case: Case, policy: Policy) -> Gate:
    """Return what is known about the acts of the case. Raises StateError when something cannot be looked up."""
    from agentguard_secrets.state.pausing import paused_until

    is_paused = paused_until() is not None
    policy = policy._replace(level="observe") if is_paused else policy
    if not case.acts:
        return Gate(case=case, policy=policy, is_paused=is_paused)
    from agentguard_secrets.guard.approving import is_granted
    from agentguard_secrets.guard.strangers import sources_read
    from agentguard_secrets.state.folders import project_folders

    event = case.event
    sources = sources_read(event.session, policy) if event.name == "PreToolUse" else ()
    verdicts = {act: verdict_of_act(act, policy=policy, is_suspicious=bool(sources)) for act in case.acts}
    stopping = tuple(sorted((act for act in verdicts if verdicts[act] > Verdict.ALLOW), key=lambda act: -verdicts[act]))
    root = project_folders(event.cwd if os.path.isabs(event.cwd) else os.getcwd())[0]
    granted = bool(stopping) and event.name == "PreToolUse" and is_granted(event, root)
    return Gate(
        case=case,
        policy=policy,
        sources=sources,
        stopping=() if granted else stopping,
        is_granted=granted,
        is_paused=is_paused,
    )
