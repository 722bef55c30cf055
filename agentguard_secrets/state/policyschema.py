"""Turns the name of a policy's key into how it is read, how layers are merged, and what holds when none says it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agentguard_secrets._record import Record
from agentguard_secrets.model import CONFIDENCES, JournalTerms, Verdict
from agentguard_secrets.policy import categories
from agentguard_secrets.policy.untrusted import UNTRUSTED_SOURCES
from agentguard_secrets.state import policyspot as spot
from agentguard_secrets.state.policyspot import Spot
from agentguard_secrets.state.snapshot import DEFAULT_SETTINGS

LEVELS = ("observe", "ask", "enforce")
FAILED_OUTPUTS = ("stop", "filter")
ABOUT = (*reversed(CONFIDENCES), "unread")
DEADLINES = (0.1, 50.0)
TERMS = JournalTerms()

_ALLOW, _REDACT, _ASK, _DENY = Verdict.ALLOW, Verdict.REDACT, Verdict.ASK, Verdict.DENY

# face: what a finding of high, medium and low confidence, and an unread part, are answered with
_ROWS = {
    "write": (_DENY, _ASK, _ALLOW, _ASK),
    "command": (_DENY, _ASK, _ALLOW, _ASK),
    "tool": (_DENY, _ASK, _ALLOW, _ASK),
    "prompt": (_DENY, _DENY, _ALLOW, _DENY),
    "output": (_REDACT, _REDACT, _ALLOW, _REDACT),
    "commit": (_DENY, _DENY, _ALLOW, _DENY),
    "push": (_DENY, _DENY, _ALLOW, _DENY),
}
_WORDS = ("allow", "ask", "deny")
_WORDS_WITH_REDACT = ("allow", "redact", "ask", "deny")


class Key(Record):
    """One key. `merge` gets what the layers say, outermost first, and never an empty list."""

    read: Callable[[Spot], Any]
    merge: Callable[[Sequence[Any]], Any]
    default: Any


def _last(values: Sequence[Any]) -> Any:
    return values[-1]


def _first(values: Sequence[Any]) -> Any:
    return values[0]


def _all(values: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Every word of every layer: a longer list is the stricter one."""
    return tuple(dict.fromkeys(word for value in values for word in value))


def _common(values: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """What all layers say: an exception must be one everywhere. Globs are compared as they are written."""
    return tuple(word for word in values[0] if all(word in value for value in values))


def _strictest_level(values: Sequence[str]) -> str:
    return max(values, key=LEVELS.index)


def _strictest_output(values: Sequence[str]) -> str:
    return min(values, key=FAILED_OUTPUTS.index)


def _longest(values: Sequence[int]) -> int:
    return 0 if 0 in values else max(values)


def _verdict_of(words: Sequence[str]) -> Callable[[Spot], Verdict]:
    return lambda value: spot.verdict(value, words)


def _besides(built_in: tuple[str, ...]) -> Callable[[Sequence[tuple[str, ...]]], tuple[str, ...]]:
    """What holds whatever a policy lists, with every layer's list behind it."""
    return lambda values: _all((built_in, *values))


def _anchor(value: Spot) -> tuple[tuple[str, ...], ...]:
    """A command; ("git",) stands for the word, as git without arguments anchors nothing."""
    if value.value == "git":
        return (("git",),)
    if isinstance(value.value, str):
        raise value.wrong('"git", or a list of a command and its arguments')
    return (spot.command(value),)


def _address(schemes: tuple[str, ...], example: str) -> Callable[[Spot], tuple[str, ...]]:
    def read(value: Spot) -> tuple[str, ...]:
        if not spot.text(value).startswith(schemes):
            raise value.wrong(example)
        return (spot.text(value),)

    return read


def _verdict_keys() -> dict[str, Key]:
    keys = {
        f"verdicts.{face}.{about}": Key(
            read=_verdict_of(_WORDS_WITH_REDACT if face == "output" else _WORDS), merge=max, default=verdict
        )
        for face, row in _ROWS.items()
        for about, verdict in zip(ABOUT, row, strict=True)
    }
    read = Key(_verdict_of(_WORDS_WITH_REDACT), max, categories.READ_VERDICT)
    return keys | {"verdicts.read.secret-file": read}


def _command_keys() -> dict[str, Key]:
    return {
        f"commands.{name}": Key(_verdict_of(_WORDS), max, default)
        for name, default in categories.DEFAULT_COMMANDS.items()
    }


KEYS: dict[str, Key] = {
    "owner.name": Key(spot.string, _last, ""),
    "owner.contact": Key(spot.string, _last, ""),
    # Every layer's: whoever names himself nearer must not keep the others from being told.
    "owner.notify": Key(lambda value: (spot.command(value),), _all, ()),
    "mode.level": Key(lambda value: spot.one_of(value, LEVELS), _strictest_level, "enforce"),
    "mode.on_error": Key(_verdict_of(("ask", "deny")), max, Verdict[DEFAULT_SETTINGS.on_error]),
    "mode.deadline": Key(
        lambda value: spot.seconds(value, least=DEADLINES[0], most=DEADLINES[1]), min, DEFAULT_SETTINGS.deadline
    ),
    "mode.failed_output": Key(lambda value: spot.one_of(value, FAILED_OUTPUTS), _strictest_output, FAILED_OUTPUTS[0]),
    **_verdict_keys(),
    "branches.protected": Key(spot.globs, _all, categories.PROTECTED_BRANCHES),
    "paths.secret": Key(spot.globs, _besides(categories.SECRET_PATHS), categories.SECRET_PATHS),
    "paths.templates": Key(spot.globs, _common, categories.TEMPLATE_PATHS),
    "paths.guarded": Key(spot.globs, _besides(categories.GUARDED_PATHS), categories.GUARDED_PATHS),
    **_command_keys(),
    "production.names": Key(spot.texts, _all, categories.PRODUCTION_NAMES),
    "untrusted.sources": Key(spot.globs, _all, UNTRUSTED_SOURCES),
    "untrusted.then": Key(_verdict_of(_WORDS), max, Verdict.ASK),
    "known.files": Key(spot.globs, _all, ()),
    "known.names": Key(spot.texts, _all, ()),
    "fingerprint.salt": Key(lambda value: spot.hexadecimal(value, least=32, most=128), _first, ""),
    "journal.clean": Key(spot.truth, max, DEFAULT_SETTINGS.journal_clean),
    "journal.keep": Key(spot.days, _longest, TERMS.keep),
    "journal.rotate": Key(spot.size, min, TERMS.rotate),
    "journal.anchor": Key(_anchor, _all, ()),
    "journal.otlp": Key(_address(("http://", "https://"), 'an address like "https://collector:4318"'), _all, ()),
    "journal.syslog": Key(
        _address(("local", "udp://", "tcp://"), '"local", "udp://host:514" or "tcp://host:514"'), _all, ()
    ),
}
# Lists of tables: those of all layers hold together.
TABLES = ("rule", "allow", "test")
SECTIONS = tuple(dict.fromkeys(name.split(".")[0] for name in KEYS))
