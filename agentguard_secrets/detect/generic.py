"""Turns a name, a value and their surroundings into how sure it is that the value is a credential."""

from __future__ import annotations

import re
from itertools import pairwise

from agentguard_secrets.detect import suppress
from agentguard_secrets.detect.entropy import shannon

_NAME_BEFORE = re.compile(r"[\w.\-]{1,60}\Z")
# What a name ends in when it speaks about a credential instead of holding one.
_ABOUT = re.compile(
    r"(?:[_.\-]|(?<=[a-z])(?=[A-Z]))(?:names?|ids?|files?|paths?|ur[il]s?|types?|fields?|labels?|hints?|len|length|size|count"
    r"|expir\w*|ttl|timeout|endpoint|regexp?|pattern|format|policy|prefix|suffix|headers?|placeholder|messages?|errors?|text"
    r"|title|inputs?|env|var|arn|version|alg|algorithm|provider|stores?|manager|class|min|max|reset|required|enabled|disabled"
    r"|refs?|source|dir|folder|location|status|state|scopes?|audience|issuer|index|position|range|rules?|strength|page|form"
    r"|button|column|attr\w*|param\w*|option|property|tests?|data|info|kind|mode|role|user|login|resolver|generator|factory"
    r"|handler|service|helper|util\w*|exception|response|request|reader|writer|parser|encoder|validator|description|lifetime"
    r"|duration|age|date|time|at|by|on|for|is|has|key_?name|sha\d*|md5|digest|hash|fingerprint|checksum)[\W_]*\Z",
    re.I,
)
_NOT_A_NAME = re.compile(
    r"public|pub_?key|tokeni[sz]|max_?tokens?|num_?tokens|token_?(?:count|type|limit)s?|secretary|passthrough|bypass|compass"
    r"|by_?pass|csrf|xsrf|cancel\w*token|next_?(?:page_?)?token|page_?token|continuation|sort_?key|(?:primary|foreign)_?key"
    r"|keyword|monkey|author\b|tokens?_?(?:per|used|total)|pad_?token|(?:eos|bos|unk|sep|cls|mask)_?token",
    re.I,
)
_HEX = re.compile(r"[0-9a-f]{16,}|[0-9A-F]{16,}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_NO_SECRET = re.compile(
    r"[a-z]+://[^@]*|(?:\.{0,2}|~)/[\w./\-]+|[\w.\-]+\.(?:json|ya?ml|pem|key|txt|crt|cfg|conf|py|js|ts|go|java|rb|html?|png)"
    r"|(?:true|false|null|none|nil|undefined|yes|no|string|number|boolean|object|any|str|int|bytes|bool|optional|required)"
    r"|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[a-z]+(?:[.\-_:/][a-z]+)+|[a-z]+(?:[A-Z][a-z]+)+|(?:[A-Z][a-z]+)+|[a-z]+|[A-Z]+|[\W\d_]+"
    r"|\d[\d.\-:/ ]*|v?\d+\.\d+[\w.\-]*|#[0-9a-fA-F]{3,8}|sha(?:1|256|384|512)-.*|[\w.+-]+@[\w-]+\.[\w.]+"
    r"|arn:.*|urn:.*|data:.*|ssh-[a-z0-9]+ .*",
    re.S,
)
_CODE = re.compile(
    r"[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*[(\[]|->|=>|&&|\|\||^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$|::|^[!&*]|;$"
    r"|\\[wdsWDS]|\[\^"
)
_SPEAKING = re.compile(r"passw|pwd|passphrase", re.I)


def judge(text: str, start: int, first: int, last: int) -> str | None:
    """Return high, medium, low or None (no credential) for the value `text[first:last]`.

    `start` is where the matched keyword of its name begins.
    """
    name = name_of(text, start, first)
    value = text[first:last]
    if _NOT_A_NAME.search(name) or _ABOUT.search(name):
        return None
    if suppress.is_reference(value) or suppress.is_placeholder(value) or _is_no_value(value, name):
        return None
    return _confidence(value, name)


def name_of(text: str, start: int, first: int) -> str:
    """Return the whole name that a matched keyword is part of, up to the assignment."""
    before = _NAME_BEFORE.search(text, max(0, start - 60), start)
    after = re.match(r"[\w.\-]{1,80}", text[start:first])
    return (before[0] if before else "") + (after[0] if after else "")


def _is_no_value(value: str, name: str) -> bool:
    if _NO_SECRET.fullmatch(value) or _CODE.search(value):
        return True
    plain = re.sub(r"[\W_]", "", value).lower()
    if plain and plain in re.sub(r"[\W_]", "", name).lower():
        return True
    return " " in value and not (_SPEAKING.search(name) and value.count(" ") == 1)


def _confidence(value: str, name: str) -> str | None:
    length, entropy = len(value), shannon(value)
    kinds = _kinds(value)
    if _UUID.fullmatch(value):
        return "low"
    if _HEX.fullmatch(value):
        return "medium" if entropy >= 2.8 and length >= 24 else "low"
    if length >= 16 and entropy >= 3.3 and _changes(value) * 4 >= length:
        return "medium"
    if _SPEAKING.search(name) and length >= 8 and kinds >= 3 and entropy >= 2.7:
        return "medium"
    if length >= 20 and kinds >= 3 and entropy >= 3.5:
        return "medium"
    return "low" if kinds >= 2 and length >= 6 and entropy >= 2.0 and _has_digit_or_sign(value) else None


def _kinds(value: str) -> int:
    return sum(re.search(kind, value) is not None for kind in ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]"))


def _has_digit_or_sign(value: str) -> bool:
    return re.search(r"[0-9!@#$%^&*+=?]", value) is not None


def _changes(value: str) -> int:
    """Return how often the kind of character changes from one to the next: often in random text, rarely in words."""
    kinds = ["a" if c.islower() else "A" if c.isupper() else "0" if c.isdigit() else "-" for c in value]
    return sum(one != other for one, other in pairwise(kinds))
