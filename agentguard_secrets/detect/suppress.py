"""Turns a matched value into the reason why it is no credential, or None."""

from __future__ import annotations

from agentguard_secrets._patterns import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

_INLINE = pattern(r"(?i)agentguard:allow(?:\[([^\]\n]{1,200})\])?|pragma:\s?allowlist secret|gitleaks:allow")

# Words that people write where a credential belongs. Five letters and more, so that random text does not hold them.
_STAND_INS = pattern(
    r"(?i)example|placeholder|change[_-]?(?:me|this|it)|your[_-]?[a-z]{3}|insert[_-]|replace[_-]?(?:me|this|with)|dummy|redacted"
    r"|x{5}|\*{3}|\.{3}|todo|fixme|<[^<>]{1,60}>|my[_-]?(?:test[_-]?)?(?:secret|token|password|api|key)|sample"
    r"|quickstart|tutorial|not[_-]?(?:actual|real|used|applicable|a[_-])|^\[.*\]$|^__.*__$"
    r"|put[_-]?your|enter[_-]?your|fake[_-]|[_-]here$|foo_?bar|deadbeef|snip|mock"
)
_RUNS = pattern(r"123456789|234567890|987654321|abcdefgh|qwertyui|(?:0123){2}|a1b2c3d4|(..)\1{4}|(.{3,12})\2{2}")
# One sign held down, half the alphabet in its order, digits counted round and round, the same few again and again:
# nobody takes these for a key.
_SIGNS = pattern(r"(.)\1{6}|abcdefghijklmnop|^(?:0?1234567890?|0?9876543210?){2,}\d{0,9}$|(\d{3,6})\2{4}")
# A key of a page's length holds such a run by its format: OpenSSH fills with A.
_LONGEST_COUNTED = 120
_REFERENCE = pattern(
    r"[$%#]\{|\$\(|^\$[A-Za-z_]|\{\{|\}\}|\[\[|<%|%>|^%[A-Za-z_]+%$|%\([A-Za-z_]+\)s|^%[sdv]$|^@[A-Za-z_{]|^\{[\w.:]*\}$"
    r"|^<[^>]+>$|\b(?:process\.env|import\.meta\.env|os\.environ|os\.getenv|getenv\(|environ\[|ENV\[|env\(|secrets\.|vars\.|var\.|local\."
    r"|vault:|ssm:|sm://|op://|keyring|System\.getenv|Environment\.Get|config\.get|data\.[a-z]+_)"
)

# `github_commit = "…"`: forty hex digits that are no token.
_DIGEST = pattern(
    r"(?i)(?:commit|revision|sha\d*|hash|checksum|digest|md5|etag|integrity|fingerprint|h1:)[\s\"'`=:>,(\])]{0,8}\Z"
    # A package and its commit, as vendoring tools list them.
    r"|/[\w./\-]{3,120}[ \t]{1,4}\Z"
    # owner/name@commit, as workflows and modules are named.
    r"|/[\w.\-]{1,80}@\Z"
)

_PATTERN = pattern(r"\(\?[:iPms]|\(\[|\[\^?[0-9A-Za-z]-[0-9A-Za-z]|\\[sSdDwWbB](?:[\\{+*\])]|$)|\{\d{1,3},\d{0,4}\}")


def accepted_inline(line: str) -> frozenset[str | None]:
    """Return the ids of the rules whose findings comments on `line` accept; None among them stands for all rules."""
    names: set[str | None] = set()
    for comment in _INLINE.finditer(line):
        names |= {None} if comment[1] is None else set(map(str.strip, comment[1].split(",")))
    return frozenset(names)


def is_reference(value: str) -> bool:
    """Say whether `value` only points at a credential: a variable, a template, a call into a secret store."""
    return _REFERENCE.search(value) is not None


def is_pattern(value: str) -> bool:
    """Say whether `value` is a piece of a regular expression: a scanner's own rules hold many of them."""
    return _PATTERN.search(value) is not None


def is_constant(value: str) -> bool:
    """Say whether `value` is the name of a constant or of a variable of the environment: UPPER_CASE words."""
    name = value.strip("=:+ ")
    letters = name.replace("_", "")
    return (
        "_" in name
        and name.isupper()
        and name.isidentifier()
        and sum(map(str.isalpha, letters)) * 5 >= len(letters) * 4
    )


def names_a_digest(name: str) -> bool:
    """Say whether `name`, and what stands between it and its value, speaks of a commit or a hash."""
    return _DIGEST.search(name) is not None


def is_placeholder(value: str, prefix: str = "") -> bool:
    """Say whether `value`, which always begins with `prefix`, stands where a credential will be written later."""
    return says_stand_in(value, prefix) or counts_up(value, prefix)


def says_stand_in(value: str, prefix: str = "") -> bool:
    """Say whether `value` holds a word that stands where a credential belongs, or is one sign again and again."""
    body = _body(value, prefix)
    if len(body) >= 6 and len(set(body.lower())) <= min(8, max(2, len(body) // 16)):
        return True
    if any(len(body) <= _LONGEST_COUNTED or _is_meant(found, body) for found in _STAND_INS.finditer(body)):
        return True
    return len(body) <= _LONGEST_COUNTED and _SIGNS.search(body.lower()) is not None


def _is_meant(found: re.Match[str], body: str) -> bool:
    """Say whether a stand-in of a long value is no chance: one of 500 long keys holds `todo` or `mock` somewhere."""
    word = found[0].lower()
    if not word.isalpha() or (len(word) > 4 and not word.startswith("your")):
        return True
    neighbours = body[max(0, found.start() - 1) : found.start()] + body[found.end() : found.end() + 1]
    return not (neighbours.isalnum() and neighbours.isascii())


def counts_up(value: str, prefix: str = "") -> bool:
    """Say whether `value` runs through the alphabet or repeats itself, as what people type instead of a key does."""
    body = _body(value, prefix)
    return len(body) <= _LONGEST_COUNTED and _RUNS.search(body.lower()) is not None


def _body(value: str, prefix: str) -> str:
    return value[len(prefix) :] if prefix and value.startswith(prefix) else value
