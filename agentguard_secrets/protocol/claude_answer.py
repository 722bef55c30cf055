"""Turns a decision about a Claude Code event into exit status, standard output and standard error."""

from __future__ import annotations

import json

from agentguard_secrets._record import Record
from agentguard_secrets.model import Verdict
from agentguard_secrets.protocol import claude_message as message
from agentguard_secrets.protocol.claude import FILE
from agentguard_secrets.protocol.claude_acts import about_strangers
from agentguard_secrets.protocol.claude_masks import cleaned_output, masked_text, masked_words, names_hold
from agentguard_secrets.protocol.claude_message import Told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agentguard_secrets.model import Act, Decision, Event, Finding, Policy
    from agentguard_secrets.protocol.claude_masks import Masks
    from agentguard_secrets.protocol.claude_message import Located

    Answer = tuple[int, str, str]

# What is shown to nobody but the person, or has happened already: nothing there can be held back.
_CANNOT_BLOCK = frozenset(
    {
        "SessionStart",
        "Setup",
        "InstructionsLoaded",
        "MessageDisplay",
        "SubagentStart",
        "StopFailure",
        "FileChanged",
        "CwdChanged",
        "DirectoryAdded",
        "Notification",
        "PostCompact",
        "PostModelSwitch",
        "SessionEnd",
        "WorktreeRemove",
        "PermissionRequest",
        "PermissionDenied",
    }
)
# Blocking one of these keeps the model going.
_KEEPS_GOING = frozenset({"Stop", "SubagentStop", "TeammateIdle"})


class Judgement(Record):
    """One event with all that was found out about it; `places` are the decision's findings, each with its field.

    `stopping` are those of its acts that weigh, `sources` the strangers whose text the session has read, `addressing`
    what in an output speaks to the model.
    """

    event: Event
    decision: Decision
    places: tuple[Located, ...]
    policy: Policy
    masks: Masks
    stopping: tuple[Act, ...] = ()
    sources: tuple[str, ...] = ()
    addressing: tuple[str, ...] = ()


class _Response(Record):
    """What the client is told, and what that comes to: at some events it cannot do what was decided."""

    verdict: Verdict
    document: dict[str, Any]
    words: str = ""
    status: int = 0


def answer(judgement: Judgement) -> tuple[Verdict, Answer]:
    """Return what will come of it, and what to end with, print and say on standard error for that.

    Where the client cannot redact or ask, it is denied; where nothing can be held back, the verdict is ALLOW.
    No text that is returned holds one of the values of the judgement's masks.
    """
    values = judgement.masks.values
    response = _response(judgement)
    output = _as_json(masked_words(response.document, values)) if response.document else ""
    return response.verdict, (response.status, output, masked_text(response.words, values))


def failure(event: Event | None, why: str, *, on_error: Verdict) -> Answer:
    """Return the answer of a guard that could not judge: deny, or ask a person where the client can and may."""
    words = f"agentguard-secrets could not judge this and therefore stops it: {why}"
    name = event.name if event else ""
    if name == "PreToolUse" and on_error == Verdict.ASK:
        words = f"agentguard-secrets could not judge this, so a person has to: {why}"
        return 0, _as_json(_permission("ask", words)), ""
    if name == "PreToolUse":
        return 2, _as_json(_permission("deny", words)), words
    if name == "PostToolUse" or name in _KEEPS_GOING:
        return 0, _as_json({"continue": False, "stopReason": words}), ""
    return stopped(name, words)


def stopped(name: str, words: str) -> Answer:
    """Return the answer that lets nothing be sent at the event `name`, whatever it is."""
    if name in ("UserPromptSubmit", "UserPromptExpansion"):
        return 2, _as_json(_blocked_prompt(name, words)), words
    return 2, _as_json({"continue": False, "stopReason": words, "decision": "block", "reason": words}), words


def known_name(event: Event | None) -> str:
    """Return the name of the event if it is one of the client's, "unknown" otherwise: then it may be anything."""
    name = event.name if event else ""
    return name if name in _RESPONSES or name in _CANNOT_BLOCK or name in _KEEPS_GOING else "unknown"


def counts(finding: Finding, face: str, policy: Policy) -> bool:
    """Say whether the policy wants anything done about this finding at this face."""
    return policy.verdicts.get(face, {}).get(finding.confidence, Verdict.DENY) > Verdict.ALLOW


def _response(judgement: Judgement) -> _Response:
    event, verdict = judgement.event, judgement.decision.verdict
    if verdict == Verdict.ALLOW:
        is_said = (judgement.places or judgement.stopping) and judgement.policy.level == "observe"
        return _mention(judgement, "the policy only observes") if is_said else _let_pass(judgement)
    if event.name in _KEEPS_GOING and _has_left_something(judgement):
        words = message.left_behind(_told(judgement))
        return _Response(Verdict.DENY, {"decision": "block", "reason": words}, words, 2)
    if event.name in _CANNOT_BLOCK or event.name in _KEEPS_GOING:
        return _mention(judgement, "nothing can be held back at this event")
    respond = _RESPONSES.get(event.name)
    if respond is not None:
        return respond(judgement)
    if verdict == Verdict.DENY:
        return _block(judgement)
    return _mention(judgement, "it is not sure, and at this event nobody can be asked")


def _let_pass(judgement: Judgement) -> _Response:
    if judgement.event.name == "PostToolUse" and judgement.addressing:
        specific = {"hookEventName": "PostToolUse", "additionalContext": about_strangers(judgement.addressing)}
        return _Response(Verdict.ALLOW, {"hookSpecificOutput": specific})
    return _Response(Verdict.ALLOW, {})


def _told(judgement: Judgement) -> Told:
    decision = judgement.decision
    return Told(judgement.event, judgement.places, decision.unread, judgement.stopping, judgement.sources)


def _has_left_something(judgement: Judgement) -> bool:
    """Say whether the turn has to go on: once, because the model may not be able to take it out."""
    is_second = judgement.event.payload.get("stop_hook_active") is True
    return not is_second and any(place.field.keys[-1] == FILE for place in judgement.places)


def _mention(judgement: Judgement, why: str) -> _Response:
    words = message.observed(_told(judgement), why)
    return _Response(Verdict.ALLOW, {"systemMessage": words})


def _block(judgement: Judgement) -> _Response:
    words = message.refusal(_told(judgement))
    return _Response(Verdict.DENY, {"decision": "block", "reason": words}, words, 2)


def _before_the_call(judgement: Judgement) -> _Response:
    if judgement.decision.verdict == Verdict.REDACT:
        # What is to be masked is the output, which there is none of yet.
        return _Response(Verdict.ALLOW, {})
    if judgement.decision.verdict == Verdict.ASK:
        words = message.question(_told(judgement))
        return _Response(Verdict.ASK, _permission("ask", words))
    words = message.refusal(_told(judgement))
    return _Response(Verdict.DENY, _permission("deny", words), words, 2)


def _after_the_call(judgement: Judgement) -> _Response:
    event, decision, places = judgement.event, judgement.decision, judgement.places
    cleaned = cleaned_output(event.payload.get("tool_response"), ("tool_response",), judgement.masks)
    # A stored output is cleaned where it lies.
    is_elsewhere = any(place.field.keys[0] != "tool_response" and place.field.keys[-1] != FILE for place in places)
    if decision.verdict > Verdict.REDACT or is_elsewhere or names_hold(cleaned, judgement.masks.values):
        words = message.withheld(_told(judgement))
        # Exit status 0: the wrapper around the guard takes any other for a guard that died.
        return _Response(Verdict.DENY, {"continue": False, "stopReason": words})
    specific = {
        "hookEventName": "PostToolUse",
        "updatedToolOutput": cleaned,
        "additionalContext": "\n".join(
            [
                message.masked(_told(judgement)),
                *([about_strangers(judgement.addressing)] if judgement.addressing else []),
            ]
        ),
    }
    return _Response(Verdict.REDACT, {"hookSpecificOutput": specific})


def _after_a_failure(judgement: Judgement) -> _Response:
    words = message.unmaskable(_told(judgement))
    specific = {"hookEventName": judgement.event.name, "additionalContext": words}
    return _Response(Verdict.ALLOW, {"hookSpecificOutput": specific})


def _before_sending(judgement: Judgement) -> _Response:
    words = message.withheld(_told(judgement))
    document = {"continue": False, "stopReason": words, "decision": "block", "reason": words}
    return _Response(Verdict.DENY, document, words, 2)


def _at_the_prompt(judgement: Judgement) -> _Response:
    words = message.blocked_prompt(_told(judgement))
    return _Response(Verdict.DENY, _blocked_prompt(judgement.event.name, words), words, 2)


_RESPONSES: dict[str, Callable[[Judgement], _Response]] = {
    "PreToolUse": _before_the_call,
    "PostToolUse": _after_the_call,
    "PostToolUseFailure": _after_a_failure,
    "PostToolBatch": _before_sending,
    "UserPromptSubmit": _at_the_prompt,
    "UserPromptExpansion": _at_the_prompt,
    # Nobody can be asked there.
    "ConfigChange": _block,
}


def _permission(decision: str, reason: str) -> dict[str, Any]:
    return {
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": decision,
            "permissionDecisionReason": reason,
        }
    }


def _blocked_prompt(name: str, reason: str) -> dict[str, Any]:
    specific = {"hookEventName": name, "suppressOriginalPrompt": True}
    return {"decision": "block", "reason": reason, "hookSpecificOutput": specific}


def _as_json(document: dict[str, Any]) -> str:
    # What is echoed may hold a number that is none: in an answer with `Infinity` the client would read no verdict.
    return json.dumps(document, allow_nan=False) + "\n"
