"""Turns what was found in a Claude Code event into words for the model and for the person beside it."""

from __future__ import annotations

from agentguard_secrets._record import Record
from agentguard_secrets.protocol import claude_acts
from agentguard_secrets.protocol.claude import FILE, LINES, MADE, NAME
from agentguard_secrets.protocol.claude_advice import advice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentguard_secrets.model import Act, Event, Field, Finding, Unread

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
_OUT_OF_GIT = (
    "Take the value out of the file: let the code read it from an environment variable or a secret manager, stage the "
    "file again and commit. A commit that holds it already has to be made anew before it is pushed."
)
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


# Origins of findings in what a command of git's would store or send, not in the command itself.
_STORED_BY_GIT = frozenset({"index", "commit", "message", "tag", "name"})


class Told(Record):
    """One event and everything about it that somebody has to be told."""

    event: Event
    places: tuple[Located, ...] = ()
    unread: tuple[Unread, ...] = ()
    acts: tuple[Act, ...] = ()
    sources: tuple[str, ...] = ()


def located(scanned: list[tuple[Field, list[Finding]]], tag_of: Callable[[Finding], str]) -> tuple[Located, ...]:
    """Return one place for each finding; what a list's lines together hold is left out where a line holds it too."""
    single = {finding.fingerprint for field, findings in scanned if field.keys[-1] != LINES for finding in findings}
    return tuple(
        Located(field=field, finding=finding, tag=tag_of(finding))
        for field, findings in scanned
        for finding in findings
        if field.keys[-1] != LINES or finding.fingerprint not in single
    )


def refusal(told: Told) -> str:
    """What a stopped call is told: what, where, how sure, and what to do instead."""
    return _about_a_call(told, f"agentguard-secrets stopped this {_kind(told.event)}: {_matter(told)}.")


def question(told: Told) -> str:
    """What the person reads who is asked whether the call may run."""
    return _about_a_call(told, f"agentguard-secrets asks whether this {_kind(told.event)} may run: {_matter(told)}.")


def masked(told: Told) -> str:
    """What the model is told beside an output in which values were masked."""
    return _text(
        f"agentguard-secrets masked {_masked_amount(told)} in this output before you received it.",
        *_listed(told),
        _STAY_OUT,
    )


def withheld(told: Told) -> str:
    """What the person reads when an output is kept from the model altogether."""
    head = f"agentguard-secrets stopped here: an output holds {_amount(told)} and was not sent to the model."
    return _text(head, *_listed(told), _NEW_SESSION)


def unmaskable(told: Told) -> str:
    """What the model is told about the output of a failed call, which the client lets nobody replace."""
    return _text(
        f"agentguard-secrets found {_amount(told)} in the output of this failed call, which cannot be masked.",
        *_listed(told),
        "Do not repeat, store or use the value. Tell the person that it was shown and has to be revoked.",
    )


def blocked_prompt(told: Told) -> str:
    """What the person reads whose prompt was not sent."""
    head = f"agentguard-secrets did not send this prompt: it holds, or sends along, {_amount(told)}."
    return _text(head, *_listed(told), _ANOTHER_PROMPT)


def left_behind(told: Told) -> str:
    """What the model is told that has changed files in which a credential stands now: the turn goes on."""
    path = next(str(place.field.keys[-2]) for place in told.places if place.field.keys[-1] == FILE)
    return _text(
        f"agentguard-secrets keeps this turn going: a file that was changed in this session holds {_amount(told)}.",
        *_listed(told),
        "Take it out of the file before you end.",
        advice("write", path),
        _NO_WAY_ROUND,
    )


def tainted(session: str, why: str) -> str:
    """What the person reads whose session holds a credential that nobody could take out of it."""
    return _text(
        f"agentguard-secrets sends nothing more of this session: it holds what must not be sent ({why}).",
        "Start a new session. If the value is revoked, or was none, clear this one in a terminal:",
        f"    agentguard-secrets session clear {session}",
    )


def observed(told: Told, why: str) -> str:
    """What the person reads about an event that was let through, for the reason `why`, with something found in it."""
    return _text(f"agentguard-secrets found {_amount(told)} and let it pass: {why}.", *_listed(told))


def _about_a_call(told: Told, head: str) -> str:
    if not told.places and not told.unread:
        listed = [] if len(told.acts) == 1 else claude_acts.listed(told.acts)
        return _text(head, *listed, *claude_acts.after(told.sources), claude_acts.instead(told.acts))
    is_git = told.event.face == "command" and all(place.field.keys[-1] == FILE for place in told.places)
    instead = _OUT_OF_GIT if is_git and told.places else advice(told.event.face, told.event.path)
    return _text(head, *_listed(told), instead, _NO_WAY_ROUND)


def _matter(told: Told) -> str:
    if told.acts and not told.places and not told.unread:
        return claude_acts.in_short(told.acts)
    if told.places and all(place.finding.origin in _STORED_BY_GIT for place in told.places):
        return f"what it would commit or push holds {_amount(told)}"
    return f"in it stands {_amount(told)}"


def _kind(event: Event) -> str:
    return "call" if event.face == "tool" else event.face


def _text(*lines: str) -> str:
    return "\n".join(lines)


def _amount(told: Told) -> str:
    if not told.places:
        return "what an agent must not do by itself" if told.acts else "something that could not be read"
    return "a credential" if len({place.tag for place in told.places}) == 1 else "credentials"


def _masked_amount(told: Told) -> str:
    if told.acts and not told.places:
        return "the values of a secret file; its names are there,"
    return _amount(told)


def _listed(told: Told) -> list[str]:
    lines = [
        f"- {place.finding.title} (rule {place.finding.rule_id}; {_PROOFS[place.finding.proof]}) in "
        f"{_where(told.event, place)}; tag {place.tag}; fingerprint {place.finding.fingerprint}"
        for place in told.places
    ]
    lines += claude_acts.listed(told.acts)
    lines += [f"- not read: {part.path}: {part.why}" for part in told.unread]
    more = len(lines) - _MOST_LISTED
    return [*lines[:_MOST_LISTED], f"- and {more} more"] if more > 0 else lines


def _where(event: Event, place: Located) -> str:
    keys = place.field.keys
    if keys[-1] == FILE:
        return f"{keys[-2]}, line {place.finding.line}"
    if keys == _WHOLE_FILE and event.face == "write" and event.path:
        return f"{event.path}, line {place.finding.line}"
    name = ".".join(str(key) for key in keys if key not in (NAME, LINES, MADE))
    if keys[-1] == MADE:
        return f"{name}, as the shell puts it together"
    where = f"the name of {name}" if keys[-1] == NAME else f"{name}, line {place.finding.line}"
    return f"{where}, of {event.path}" if event.path else where
