"""Turns one `[[rule]]` of a rule file into a value, everything the file says included."""

from __future__ import annotations

from agentguard_secrets._record import Record


class RuleSource(Record):
    """One rule as its author wrote it, defaults filled in.

    `pattern`, `keywords` and `words`/`value` are as model.Rule and rulebook.compose say: a context rule has either
    `words` and `value`, and its pattern is composed, or a pattern of its own. `samples` and `near_miss` are templates
    of rulebook.samples. `path` and `line` are where the rule stands, `unsaid` are the keys that it leaves to defaults
    though whoever meets the credential would want to read them.
    """

    id: str
    title: str
    provider: str
    severity: str
    confidence: str
    kind: str
    reference: str
    grants: str
    revoke: str
    keywords: tuple[str, ...]
    pattern: str
    words: tuple[str, ...]
    value: str
    edge: str
    confirm: str | None
    on_fail: str
    entropy: float
    samples: tuple[str, ...]
    near_miss: tuple[str, ...]
    path: str
    line: int
    unsaid: tuple[str, ...] = ()
