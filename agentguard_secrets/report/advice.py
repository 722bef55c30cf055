"""Turns the ids of rules into what their files say about the credential: what it grants and how to revoke it."""

from __future__ import annotations

from collections.abc import Collection

from agentguard_secrets._record import Record
from agentguard_secrets.rulebook.load import read_text, rule_files, rules_folder, rules_of


class Advice(Record):
    """One line each: what the holder can do with the credential, how to revoke it, and where the issuer says so."""

    grants: str
    revoke: str
    reference: str


def advice_on(rules: Collection[str]) -> dict[str, Advice]:
    """Return the advice of the built-in rules among `rules`, by id. Only files that name one of them are parsed."""
    if not rules:
        return {}
    quoted = [f'"{rule}"' for rule in rules]
    files = [path for path in rule_files(rules_folder()) if any(name in read_text(path) for name in quoted)]
    found = [rule for path in files for rule in rules_of(path) if rule.id in rules]
    return {rule.id: Advice(rule.grants, rule.revoke, rule.reference) for rule in found}
