"""Turns what was found in a Claude Code event into words for the model and for the person beside it."""

from __future__ import annotations

from agentguard_secrets._record import Record
from agentguard_secrets.protocol.claude import FILE, LINES, NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentguard_secrets.model import Event, Field, Finding, Unread

_MOST_LISTED = 20
# The text of a write that begins where the file begins, so that its lines are the file's.
_WHOLE_FILE = ("tool_input", "content")

_PROOFS = {
    "checksum": "its checksum is right",
    "structure": "its inner structure is right",
    "known": "it is a value in use on this machine",
    "pattern": "its form is that of a real one",
    "context": "the words around it say so",
}
_INSTEAD = {
    "write": "Instead, write code that reads the value when it runs, from an environment variable or a secret manager; "
    "in an example or a template write a placeholder such as <API_KEY>.",
    "command": "Instead, let the program that you start read the value from an environment variable or a secret "
    "manager, so that it stands in no command line, history or log.",
    "tool": "Instead, leave the value out of the call and name where it is kept: an environment variable or a secret "
    "manager; or write a placeholder such as <API_KEY>.",
}
_NO_WAY_ROUND = (
    "Do not try another way round (splitting or encoding the value, another tool, another file): the git hooks look "
    "too. If the value has to stand there, stop and ask the person you work for; only a person may accept it, by an "
    "[[allow]] entry in agentguard.toml."
)
_STAY_OUT = (
    "A tag stands for the same value wherever it appears. Do not try to see the value (reading in parts, encoding, "
    "another tool). If the work needs it, let the program read it from where it is kept, and tell the person that it "
    "stands there in the open."
)
_NEW_SESSION = (
    "The text is still part of this session: the next prompt or a resume would send it, so start a new session. "
    "Move the value to an environment variable or a secret manager; revoke it if others may have seen it."
)
_ANOTHER_PROMPT = (
    "Write a placeholder such as <API_KEY> or the name of an environment variable instead. "
    "If the value is meant to be sent, accept it by an [[allow]] entry in agentguard.toml."
)


class Located(Record):
    """One finding, the field of the event that it stands in, and the tag that stands for its value."""

    field: Field
    finding: Finding
    tag: str


def located(scanned: list[tuple[Field, list[Finding]]], tag_of: Callable[[Finding], str]) -> tuple[Located, ...]:
    """Return one place for each finding; what a list's lines together hold is left out where a line holds it too."""
    single = {finding.fingerprint for field, findings in scanned if field.keys[-1] != LINES for finding in findings}
    return tuple(
        Located(field=field, finding=finding, tag=tag_of(finding))
        for field, findings in scanned
        for finding in findings
        if field.keys[-1] != LINES or finding.fingerprint not in single
    )


def refusal(event: Event, places: tuple[Located, ...], unread: tuple[Unread, ...]) -> str:
    """What a stopped or questioned call is told: what, where, how sure, and what to do instead."""
    head = f"agentguard-secrets stopped this {_kind(event)}: in it stands {_amount(places)}."
    return _text(head, *_listed(event, places), *_not_read(unread), _INSTEAD[event.face], _NO_WAY_ROUND)


def question(event: Event, places: tuple[Located, ...], unread: tuple[Unread, ...]) -> str:
    """What the person reads who is asked whether the call may run."""
    head = f"agentguard-secrets asks whether this {_kind(event)} may run: in it stands {_amount(places)}."
    return _text(head, *_listed(event, places), *_not_read(unread), _INSTEAD[event.face], _NO_WAY_ROUND)


def masked(event: Event, places: tuple[Located, ...]) -> str:
    """What the model is told beside an output in which values were masked."""
    return _text(
        f"agentguard-secrets masked {_amount(places)} in this output before you received it.",
        *_listed(event, places),
        _STAY_OUT,
    )


def withheld(event: Event, places: tuple[Located, ...], unread: tuple[Unread, ...]) -> str:
    """What the person reads when an output is kept from the model altogether."""
    return _text(
        f"agentguard-secrets stopped here: an output holds {_amount(places)} and was not sent to the model.",
        *_listed(event, places),
        *_not_read(unread),
        _NEW_SESSION,
    )


def unmaskable(event: Event, places: tuple[Located, ...]) -> str:
    """What the model is told about the output of a failed call, which the client lets nobody replace."""
    return _text(
        f"agentguard-secrets found {_amount(places)} in the output of this failed call, which cannot be masked.",
        *_listed(event, places),
        "Do not repeat, store or use the value. Tell the person that it was shown and has to be revoked.",
    )


def blocked_prompt(event: Event, places: tuple[Located, ...], unread: tuple[Unread, ...]) -> str:
    """What the person reads whose prompt was not sent."""
    return _text(
        f"agentguard-secrets did not send this prompt: it holds {_amount(places)}.",
        *_listed(event, places),
        *_not_read(unread),
        _ANOTHER_PROMPT,
    )


def left_behind(event: Event, places: tuple[Located, ...]) -> str:
    """What the model is told that has changed files in which a credential stands now: the turn goes on."""
    return _text(
        "agentguard-secrets keeps this turn going: in a file that was changed in this session stands "
        f"{_amount(places)}.",
        *_listed(event, places),
        "Take it out of the file before you end.",
        _INSTEAD["write"],
        _NO_WAY_ROUND,
    )


def tainted(session: str, why: str) -> str:
    """What the person reads whose session holds a credential that nobody could take out of it."""
    return _text(
        f"agentguard-secrets sends nothing more of this session: it holds what must not be sent ({why}).",
        "Start a new session. If the value is revoked, or was none, clear this one in a terminal:",
        f"    agentguard-secrets session clear {session}",
    )


def observed(event: Event, places: tuple[Located, ...], why: str) -> str:
    """What the person reads about an event that was let through, for the reason `why`, with something found in it."""
    return _text(f"agentguard-secrets found {_amount(places)} and let it pass: {why}.", *_listed(event, places))


def _kind(event: Event) -> str:
    return "call" if event.face == "tool" else event.face


def _text(*lines: str) -> str:
    return "\n".join(lines)


def _amount(places: tuple[Located, ...]) -> str:
    if not places:
        return "something that could not be read"
    return "a credential" if len({place.tag for place in places}) == 1 else "credentials"


def _listed(event: Event, places: tuple[Located, ...]) -> list[str]:
    lines = [
        f"- {place.finding.title} (rule {place.finding.rule_id}; {_PROOFS[place.finding.proof]}) in "
        f"{_where(event, place)}; tag {place.tag}; fingerprint {place.finding.fingerprint}"
        for place in places[:_MOST_LISTED]
    ]
    more = len(places) - _MOST_LISTED
    return [*lines, f"- and {more} more"] if more > 0 else lines


def _where(event: Event, place: Located) -> str:
    keys = place.field.keys
    if keys[-1] == FILE:
        return f"{keys[-2]}, line {place.finding.line}"
    if keys == _WHOLE_FILE and event.face == "write" and event.path:
        return f"{event.path}, line {place.finding.line}"
    name = ".".join(str(key) for key in keys if key not in (NAME, LINES))
    where = f"the name of {name}" if keys[-1] == NAME else f"{name}, line {place.finding.line}"
    return f"{where}, of {event.path}" if event.path else where


def _not_read(unread: tuple[Unread, ...]) -> list[str]:
    return [f"- not read: {part.path}: {part.why}" for part in unread[:_MOST_LISTED]]
