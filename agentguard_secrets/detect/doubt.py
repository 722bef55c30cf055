"""Turns a value in a rule's shape into the name of what speaks against its being a credential."""

from __future__ import annotations

from agentguard_secrets._patterns import pattern
from agentguard_secrets.detect import suppress
from agentguard_secrets.detect.entropy import is_made_of_words
from agentguard_secrets.detect.pretended import counts
from agentguard_secrets.detect.published import publicity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.model import Rule

_LONG_WORDS = 24
# Zip64EndOfCentralDirectoryRecord: a name of a program, which may be as long as a vendor's key.
_NAME = pattern(r"[a-z]{0,20}(?:[A-Z]{1,4}[a-z]{1,20}[0-9]{0,2}){3,12}")
# RFC 6749, 2.2: the client identifier is not a secret.
_CLIENT = pattern(r"(?i)client[_\-. ]?id[\"'`\]]{0,3}\s{0,3}(?:=>|:?=|:|,)?\s{0,3}[\"'`(]{0,3}\Z")
# In the place of a password the word for one: what a form says, or nobody's secret.
_WORD_ITSELF = pattern(r"(?i)passwor[dt]|passwd|pwd")
# A number, or a name that somebody registered; a container is called by one word, or by a name of its own network.
_HOST = pattern(r"@((?:[0-9]{1,3}\.){3}[0-9]{1,3}|(?:[A-Za-z0-9_-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![A-Za-z0-9_.-])")
_OWN_NETWORK = pattern(
    r"(?i)127\.|0\.0\.0\.0|.*(?:^|\.)(?:local|localhost|localdomain|internal|intranet|lan|home|test|example|invalid|svc"
    r"|example\.[a-z]{2,24})\Z"
)
LONGEST_HOST = 256
_PICTURES = (".svg", ".png", ".gif", ".jpg")


def objection(rule: Rule, value: str, *, name: str, behind: str) -> str:
    """Return the name of the reason why `value` is no credential, "" for none.

    `name` is what stands before it from the rule's word on, `behind` are the four characters after it.
    """
    # A PuTTY key holds a comment, which says what people like: only what is secret in it is asked.
    if suppress.says_stand_in(value.rpartition("Private-Lines: ")[2], rule.prefix):
        return "placeholder"
    if suppress.is_pattern(value):
        return "expression"
    if publicity(value) == "example":
        return "published"
    if rule.kind == "token":
        return ""
    if value.lower() in rule.keywords:
        return "keyword itself"
    # Keys stand by themselves; what a rule without edges finds are passwords, and people make those of words.
    words = value.replace("_", "-").split("-")
    is_short = max(map(len, words)) < _LONG_WORDS and "".join(words).isalpha()
    if rule.edge != "none" and (is_short or _NAME.fullmatch(value)) and is_made_of_words(value):
        return "words"
    if suppress.is_reference(value):
        return "reference"
    if suppress.is_constant(value):
        return "constant"
    return _surroundings(value, name=name, behind=behind)


def _surroundings(value: str, *, name: str, behind: str) -> str:
    # {"name": "DB_PASSWORD", "description": …}: what stands there is the next name.
    if behind[:2] in ('":', "':") and value.isalpha():
        return "name"
    if behind in _PICTURES:
        return "picture"
    return "digest" if suppress.names_a_digest(name) else ""


def is_of_another_network(behind: str) -> bool:
    """Say whether the host `behind` a password is none that only the machine itself, or its containers, can reach."""
    host = _HOST.match(behind)
    return host is not None and _OWN_NETWORK.match(host[1]) is None


def is_of_a_client(rule: Rule, name: str) -> bool:
    """Say whether what stands before a value calls it a client's id: that is public, where a secret was looked for."""
    return rule.kind == "context" and "-id" not in rule.id and _CLIENT.search(name) is not None


def is_typed(rule: Rule, value: str) -> bool:
    """Say whether `value` runs through the alphabet, repeats itself, or was copied out of a standard."""
    # People do choose such passwords, and what a rule without edges finds are passwords.
    if suppress.counts_up(value, rule.prefix) or publicity(value):
        return True
    return rule.edge != "none" and counts(value.removeprefix(rule.prefix))


def is_the_word_for_it(rule: Rule, value: str) -> bool:
    """Say whether in the place of a password stands the word for one."""
    return rule.edge == "none" and _WORD_ITSELF.fullmatch(value) is not None
