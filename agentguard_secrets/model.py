"""Turns the words of the field into values: what is scanned, what is found, what is decided."""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType

from agentguard_secrets._record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from typing import Any

SEVERITIES = ("info", "low", "medium", "high", "critical")
CONFIDENCES = ("low", "medium", "high")
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


class Verdict(IntEnum):
    """Ordered, the strictest wins. ALLOW is said by saying nothing."""

    ALLOW = 0
    REDACT = 1
    ASK = 2
    DENY = 3


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


class Allow(Record):
    """An accepted exception, bound to a fingerprint, or to a path glob and a rule id, until `expires` (YYYY-MM-DD).

    `path` is relative to `base`, the policy file's folder seen from the root. `since` is empty where nobody said."""

    reason: str
    owner: str
    expires: str
    fingerprint: str | None = None
    path: str | None = None
    rule: str | None = None
    base: str = ""
    since: str = ""


class Owner(Record):
    """Who answers for a policy, and the command that is told of denials and asks."""

    name: str = ""
    contact: str = ""
    notify: tuple[str, ...] = ()


class Entry(Record):
    """One [[rule]] or [[test]] of a policy file, as it stands there: `number` counts from 1 within `path`."""

    path: str
    number: int
    values: Mapping[str, Any]


class JournalTerms(Record):
    """How long the journal is kept, and who outside is told where it ends.

    `keep` is in days, 0 is for ever. `rotate` is the most bytes of one file. `anchors` are commands that get the head
    as JSON, `anchor_git` writes it into a git ref. `otlp` are addresses of collectors, `syslog` of syslog servers.
    """

    keep: int = 0
    rotate: int = 8_000_000
    anchors: tuple[tuple[str, ...], ...] = ()
    anchor_git: bool = False
    otlp: tuple[str, ...] = ()
    syslog: tuple[str, ...] = ()


class Act(Record):
    """Something that an agent is about to do and that the policy has a word about, whatever text is in it.

    `category` is a key of the policy's [commands], `subject` what it is done to (a branch, a path, a host, a table),
    `about` what a person reads to judge it in five seconds. Neither of them holds a credential.
    """

    category: str
    subject: str
    about: str


class Policy(Record):
    """The written policy after all layers are merged. `verdicts` maps face -> (high|medium|low|unread) -> Verdict.

    Of the face `read` it says `secret-file` only. `level` is observe, ask or enforce; `on_error` DENY or ASK;
    `failed_output` stop or filter; `deadline` in seconds. `salt` is the repository's part of the fingerprint key,
    empty when the user's own key is used. `sources` are the files it was read from and `digest` identifies their text.
    `root` is the folder that paths are relative to, the repository's if there is one.

    `protected` are globs of branch names. `secret_paths`, `template_paths` and `guarded_paths` are globs of files: not
    to be read, excepted from that, not to be changed by an agent. `commands` maps a category of Act to its verdict.
    `untrusted` are globs of tools whose output strangers wrote, `untrusted_then` is the least verdict for risky acts
    after one of them was read. `production` are words that name production in a host, a database or a workspace.

    `notify` are the commands of all owners. `known_files` and `known_names` are files and names of variables whose
    values are looked for exactly. `rules` and `tests` are the tables of all layers, outermost first.
    """

    owner: Owner
    level: str
    on_error: Verdict
    deadline: float
    verdicts: Mapping[str, Mapping[str, Verdict]]
    allow: tuple[Allow, ...]
    salt: str
    journal_clean: bool
    sources: tuple[str, ...]
    digest: str
    root: str = ""
    protected: tuple[str, ...] = ()
    secret_paths: tuple[str, ...] = ()
    template_paths: tuple[str, ...] = ()
    guarded_paths: tuple[str, ...] = ()
    commands: Mapping[str, Verdict] = MappingProxyType({})
    untrusted: tuple[str, ...] = ()
    untrusted_then: Verdict = Verdict.ASK
    failed_output: str = "stop"
    production: tuple[str, ...] = ()
    notify: tuple[tuple[str, ...], ...] = ()
    journal: JournalTerms = JournalTerms()
    known_files: tuple[str, ...] = ()
    known_names: tuple[str, ...] = ()
    rules: tuple[Entry, ...] = ()
    tests: tuple[Entry, ...] = ()


class Decision(Record):
    """What the policy says about one event, commit or push. Findings that an exception covers are in `excused`."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...]
    excused: tuple[Finding, ...]
    acts: tuple[Act, ...] = ()


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
