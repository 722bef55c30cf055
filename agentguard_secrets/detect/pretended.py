"""Turns a value that looks like a credential into the name of what shows that it only plays one.

These questions cost more than those of detect/suppress.py, so they are asked last, of what would be reported.
"""

from __future__ import annotations

from itertools import pairwise

from agentguard_secrets._patterns import pattern
from agentguard_secrets.detect.published import publicity
from agentguard_secrets.detect.suppress import says_stand_in

_SHORTEST_COUNTED = 8
_SHORTEST_ENCODED = 12
_LONGEST_ENCODED = 400
# One piece again and again, and nothing else: no chance makes that.
_REPEATED = pattern(r"(.{1,12}?)\1{3,}.{0,11}")
_ENCODED = pattern(r"[A-Za-z0-9+/_-]+={0,2}")
# What a value says of its form instead of having one: base64string, some-random-value, 32CharacterKey. There is one
# way only to cut digits up: with several, a number of forty digits would be tried for hours.
_FORM = pattern(
    r"(?i)(?:(?:base(?:16|32|64)|hex|ascii|utf-?8|uuid|random|long|secure|strong|some|any|generated|encoded|encrypted|"
    r"string|str|value|text|char(?:acter)?s?|bytes?|bits?|secret|key|token|password|\d{1,3}(?!\d))[-_. ]?)+"
)
_OF_FORM = pattern(r"(?i)string|value|encoded|random|bytes|char")
# The vendor's own word for a place where nothing is real.
_SANDBOX = pattern(r"(?i)(?:^|[_-])(?:sandbox|sdbx|sbx)(?:[_-]|$)|^SB-")
# Rows of a keyboard. A person may take one for a password, nobody gets one for a key.
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")


def pretence(value: str, *, kind: str) -> str:
    """Return why `value`, under a name that speaks of a `kind` of credential, is none: "" where nothing says so.

    "standard" says of one that it was copied out of a standard's text: it may be one in spite of that.
    """
    known = publicity(value)
    if known:
        return "published" if known == "example" else known
    if is_repeated(value) or (kind != "password" and (counts(value) or value.lower() in "\n".join(_ROWS))):
        return "placeholder"
    if _FORM.fullmatch(value) and _OF_FORM.search(value):
        return "placeholder"
    if kind != "password" and _SANDBOX.search(value):
        return "sandbox"
    return "placeholder" if _says_so_encoded(value) else ""


def is_repeated(value: str) -> bool:
    """Say whether `value` is a piece of up to twelve characters four times and more, and perhaps a part of it."""
    return len(value) >= _SHORTEST_COUNTED and _REPEATED.fullmatch(value) is not None


def counts(value: str) -> bool:
    """Say whether most characters of `value` follow the one before in the alphabet, or its letters and digits do.

    abc123def456 and 1a2b3c4d are typed; of random values of eight characters one in ten million is so.
    """
    signs = [sign for sign in value.lower() if sign.isascii() and sign.isalnum()]
    if len(signs) < _SHORTEST_COUNTED:
        return False
    if _steps(signs) * 2 >= len(signs):
        return True
    letters = [sign for sign in signs if sign.isalpha()]
    digits = [sign for sign in signs if sign.isdigit()]
    both = min(len(letters), len(digits)) >= _SHORTEST_COUNTED // 2
    return both and (_steps(letters) + _steps(digits)) * 10 >= (len(signs) - 2) * 8


def _steps(signs: list[str]) -> int:
    """Return how many of the signs follow the one before them, 0 after 9."""
    return sum(ord(after) - ord(before) == 1 or before + after == "90" for before, after in pairwise(signs))


def _says_so_encoded(value: str) -> bool:
    """Say whether `value` is text in base64 that says what stands here later: EXAMPLE, ACCESS_KEY."""
    if not _SHORTEST_ENCODED <= len(value) <= _LONGEST_ENCODED or _ENCODED.fullmatch(value) is None:
        return False
    from agentguard_secrets.detect.structures import decoded
    from agentguard_secrets.detect.suppress import is_constant

    try:
        plain = (decoded(value) or b"").decode("ascii").strip()
    except UnicodeDecodeError:
        return False
    return plain.isprintable() and (says_stand_in(plain) or is_constant(plain))
