"""Turns a value in a rule's shape into the name of what speaks against its being a credential."""

from __future__ import annotations

from agentguard_secrets.detect import suppress
from agentguard_secrets.detect.entropy import is_made_of_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.model import Rule

_LONG_WORDS = 24


def objection(rule: Rule, value: str, *, name: str) -> str:
    """Return the name of the reason why `value`, which stands behind `name`, is no credential, "" for none."""
    # A PuTTY key holds a comment, which says what people like: only what is secret in it is asked.
    if suppress.says_stand_in(value.rpartition("Private-Lines: ")[2], rule.prefix):
        return "placeholder"
    if suppress.is_pattern(value):
        return "expression"
    if rule.kind == "token":
        return ""
    if value.lower() in rule.keywords:
        return "keyword itself"
    # Keys stand by themselves; what a rule without edges finds are passwords, and people make those of words.
    words = value.replace("_", "-").split("-")
    is_short = max(map(len, words)) < _LONG_WORDS and "".join(words).isalpha()
    if rule.edge != "none" and is_short and is_made_of_words(value):
        return "words"
    if suppress.is_reference(value):
        return "reference"
    if suppress.is_constant(value):
        return "constant"
    return "digest" if suppress.names_a_digest(name) else ""
