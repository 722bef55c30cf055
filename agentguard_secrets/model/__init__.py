"""Turns the words of the field into values: what is scanned, what is found, what is decided.

What a clean run of a hook does without stands in model/terms.py, which is loaded when one of its names is asked for:
an enumeration alone costs as much as looking through a text.
"""

from __future__ import annotations

from agentguard_secrets._record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from typing import Any

    from agentguard_secrets.model.terms import Act as Act
    from agentguard_secrets.model.terms import Allow as Allow
    from agentguard_secrets.model.terms import Decision as Decision
    from agentguard_secrets.model.terms import Entry as Entry
    from agentguard_secrets.model.terms import JournalTerms as JournalTerms
    from agentguard_secrets.model.terms import Owner as Owner
    from agentguard_secrets.model.terms import Policy as Policy
    from agentguard_secrets.model.terms import Verdict as Verdict

_TERMS = frozenset({"Act", "Allow", "Decision", "Entry", "JournalTerms", "Owner", "Policy", "Verdict"})

SEVERITIES = ("info", "low", "medium", "high", "critical")
CONFIDENCES = ("low", "medium", "high")
# Of one file of the journal, unless a policy says otherwise.
MOST_JOURNAL_BYTES = 8_000_000
PROOFS = ("context", "pattern", "known", "structure", "checksum")


class Span(Record):
    """Half-open range of character offsets into one chunk's text."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


class Chunk(Record):
    """One text to scan, with the place it came from.

    `added` holds the line numbers (from 1) on which a finding counts; None means every line. It is asked with `in`
    only, and only where something was found, so that a source may work it out then.
    `origin` is one of file, stdin, index, commit, message, tag, name, diff, write, command, prompt, output, tool.
    """

    text: str
    path: str = ""
    origin: str = "file"
    commit: str | None = None
    added: Container[int] | None = None

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("text",)


class Unread(Record):
    """Something that was not scanned, or (`partly`) only its plain text was."""

    path: str
    why: str
    partly: bool = False


class Rule(Record):
    """One way to recognise one kind of credential. The order of fields is the order in detect/table.py.

    `pattern` has exactly one capturing group: the credential. `confirm` names a check of detect/confirm.py,
    `on_fail` says what a failing check does (drop or lower). `edge` names the characters of detect/engine.py
    that may not stand next to the credential. `entropy` is the least Shannon entropy in bits per character.
    `reach` is the most characters that a match can span (None: no bound); it begins with one of `starts`, if any.
    `kind` is token (recognisable by itself), context (by the word beside it), place (whatever it is) or generic (any).
    """

    id: str
    title: str
    provider: str
    severity: str
    confidence: str
    kind: str
    keywords: tuple[str, ...]
    pattern: str
    edge: str = "word"
    confirm: str | None = None
    on_fail: str = "lower"
    entropy: float = 0.0
    reach: int | None = None
    prefix: str = ""
    starts: tuple[str, ...] = ()


class Part(Record):
    """An id, host or user that belongs to a secret. `at` is line and column, `tag` what a cleaned text has there."""

    name: str
    span: Span
    at: tuple[int, int]
    tag: str = ""


class Finding(Record):
    """One credential at one place. It never holds the credential itself."""

    rule_id: str
    title: str
    severity: str
    confidence: str
    proof: str
    path: str
    span: Span
    line: int
    column: int
    end_line: int
    end_column: int
    commit: str | None
    origin: str
    fingerprint: str
    preview: str
    allowed_inline: bool = False
    parts: tuple[Part, ...] = ()


class ScanResult(Record):
    """What a scan found, what it could not read, and how much it saw."""

    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...]
    stats: Mapping[str, int]


class Field(Record):
    """One string of an event: the keys that lead to it, its text, and the face whose verdict applies."""

    keys: tuple[str | int, ...]
    text: str

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("text",)


class Event(Record):
    """One event of a coding agent. `face` is write, command, tool, prompt or output; `payload` is the parsed JSON."""

    name: str
    face: str
    tool: str
    session: str
    cwd: str
    path: str
    fields: tuple[Field, ...]
    payload: Mapping[str, Any]

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("fields", "payload")


class AuditEvent(Record):
    """What one journal line tells, before it is numbered, dated and chained.

    `acts` are categories, `subjects` what each of them is done to, `hosts` who is talked to; `unread` counts parts that
    were not scanned. `level` is the policy's mode, `folder` its root. `call` identifies the tool call, so that a line
    with the `answer` a person gave (approved or refused) finds the one that asked. `note` says what no field says.
    `retired` is the last number that the policy's retention has removed. None of them holds a credential.
    """

    event: str
    session: str
    tool: str
    verdict: str
    rules: tuple[str, ...]
    fingerprints: tuple[str, ...]
    path: str
    policy: str
    acts: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    unread: int = 0
    milliseconds: int = 0
    level: str = ""
    folder: str = ""
    call: str = ""
    answer: str = ""
    note: str = ""
    retired: int = 0


def __getattr__(name: str) -> Any:
    if name in _TERMS:
        from agentguard_secrets.model import terms

        return getattr(terms, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
