"""Turns a decision about a Claude Code event into exit status, standard output and standard error."""

from __future__ import annotations

import json

from agentguard_secrets._record import Record
from agentguard_secrets.model import Verdict
from agentguard_secrets.protocol import claude_message as message
from agentguard_secrets.protocol.claude import FILE
from agentguard_secrets.protocol.claude_message import Told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from agentguard_secrets.model import Decision, Event, Finding, Policy
    from agentguard_secrets.protocol.claude_message import Located

    Answer = tuple[int, str, str]
    Values = tuple[tuple[str, str], ...]

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
# Cleaned already, or words that the client compares.
_FIXED = frozenset({"updatedToolOutput", "hookEventName", "permissionDecision", "decision"})


# A shorter value is a word that may stand elsewhere by itself.
_SHORTEST_VALUE = 8


class Masks(Record):
    """How an output looks without its credentials.

    `texts` maps the keys of a field to its cleaned text; `values` are pairs of a value and the tag that replaces it
    wherever else it stands.
    """

    texts: Mapping[tuple[str | int, ...], str]
    values: tuple[tuple[str, str], ...]

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("values",)


def replacements(found: Iterable[tuple[str, str]]) -> Values:
    """Return pairs of a value and its tag, the longest first, for Masks.values from every value that was found.

    A value of several lines may be shown line by line, as in a list or a patch: each line is a value, too.
    """
    tags: dict[str, str] = {}
    for value, tag in found:
        for part in (value, *(line.strip() for line in value.split("\n"))):
            if len(part) >= _SHORTEST_VALUE:
                tags.setdefault(part, tag)
    return tuple(sorted(tags.items(), key=lambda pair: -len(pair[0])))


class Judgement(Record):
    """One event with all that was found out about it; `places` are the decision's findings, each with its field."""

    event: Event
    decision: Decision
    places: tuple[Located, ...]
    policy: Policy
    masks: Masks


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
    output = _as_json(_masked_words(response.document, values)) if response.document else ""
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
        is_said = (judgement.places or judgement.decision.acts) and judgement.policy.level == "observe"
        return _mention(judgement, "the policy only observes") if is_said else _Response(Verdict.ALLOW, {})
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


def _told(judgement: Judgement) -> Told:
    decision = judgement.decision
    return Told(judgement.event, judgement.places, decision.unread, decision.acts)


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
    if judgement.decision.verdict == Verdict.ASK:
        words = message.question(_told(judgement))
        return _Response(Verdict.ASK, _permission("ask", words))
    words = message.refusal(_told(judgement))
    return _Response(Verdict.DENY, _permission("deny", words), words, 2)


def _after_the_call(judgement: Judgement) -> _Response:
    event, decision, places = judgement.event, judgement.decision, judgement.places
    cleaned = _cleaned(event.payload.get("tool_response"), ("tool_response",), judgement.masks)
    # A stored output is cleaned where it lies.
    is_elsewhere = any(place.field.keys[0] != "tool_response" and place.field.keys[-1] != FILE for place in places)
    if decision.verdict > Verdict.REDACT or is_elsewhere or _names_hold(cleaned, judgement.masks.values):
        words = message.withheld(_told(judgement))
        # Exit status 0: the wrapper around the guard takes any other for a guard that died.
        return _Response(Verdict.DENY, {"continue": False, "stopReason": words})
    specific = {
        "hookEventName": "PostToolUse",
        "updatedToolOutput": cleaned,
        "additionalContext": message.masked(_told(judgement)),
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
    return json.dumps(document) + "\n"


def _masked_words(document: Any, values: Values) -> Any:
    """Mask values in the words of an answer, too: they name paths and keys of the event, which may hold one."""
    if isinstance(document, dict):
        return {key: value if key in _FIXED else _masked_words(value, values) for key, value in document.items()}
    return masked_text(document, values) if isinstance(document, str) else document


def _cleaned(value: Any, keys: tuple[str | int, ...], masks: Masks) -> Any:
    """Return `value` with every string cleaned; types, keys, order and lengths of lists are what they were."""
    if isinstance(value, str):
        return masked_text(masks.texts.get(keys, value), masks.values)
    if isinstance(value, dict):
        return {key: _cleaned(item, (*keys, key), masks) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item, (*keys, number), masks) for number, item in enumerate(value)]
    return value


def masked_text(text: str, values: Values) -> str:
    """Return `text` with each value replaced by its tag."""
    for value, tag in values:
        text = text.replace(value, tag)
    return text


def _names_hold(cleaned: Any, values: Values) -> bool:
    """Say whether a value stands in the name of a key, where it has to stay: the names are the tool's shape."""
    if isinstance(cleaned, dict):
        is_held = any(value in key for key in cleaned for value, _tag in values)
        return is_held or any(_names_hold(item, values) for item in cleaned.values())
    return isinstance(cleaned, list) and any(_names_hold(item, values) for item in cleaned)
