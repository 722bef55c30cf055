"""Turns the words of a policy into values: what it asks for, and what is decided by it."""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType

from agentguard_secrets._record import Record
from agentguard_secrets.model import MOST_JOURNAL_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from agentguard_secrets.model import Finding, Unread


class Verdict(IntEnum):
    """Ordered, the strictest wins. ALLOW is said by saying nothing."""

    ALLOW = 0
    REDACT = 1
    ASK = 2
    DENY = 3


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
    rotate: int = MOST_JOURNAL_BYTES
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
