"""Turns a provider's words and the form of its secret into one pattern: word, assignment, value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

# The rest of the name, or a few words of prose. No class here shares a character with the one that follows it:
# where two did, a long run of blanks took time that grows with the square of its length. The bounds are as wide as
# Hyperscan takes them ("pattern is too large").
_REST = r"[0-9A-Za-z_.\-]{0,32}"
_PROSE = r"(?:[ \t]{1,4}[0-9A-Za-z_.\-]{1,16}){0,4}"
# Quotes, brackets, operators, blank, a line's end: everything from = to ::= to `": "` to `</key><string>`.
_BETWEEN = r"""[\s"'`\\=:<>(){},\[\]|?!/$@&+]{1,24}"""
# Words that may follow the operator before the value does: a call, a scheme, the key of a nested table, a log's line.
_HOP = (
    r"""(?:(?:[A-Z]{4,7}\] )?(?:[0-9A-Za-z_.\-]{1,16} ){0,1}[0-9A-Za-z_.\-]{0,16}"""
    r"""(?i:key|token|secret|value|default|string|new|passw|pwd|auth|bearer|basic|sid|is)"""
    r"""[0-9A-Za-z_.\-]{0,10}[\s"'`\\=:<>(){},\[\]|?&]{1,16}){0,2}?"""
)
# A value may stand beside its word without an assignment: in the query of the vendor's address, or as `word-secret-…`.
_QUERY = r"/[0-9A-Za-z_./\-]{0,32}\?[A-Za-z_\-]{0,12}="
_JOINED = r"(?i:key|token|secret|access)-"
# Terminals colour what they print.
_COLOUR = r"(?:\x1b\[[0-9;]{0,8}m)?"
# All that may stand between word and value.
BRIDGE = f"{_REST}(?:{_PROSE}{_BETWEEN}{_HOP}{_COLOUR}|{_QUERY}|{_JOINED})("
# What follows the value, by the name of the rule's edge: the complement of what the engine lets not touch it.
_ENDS = {
    "none": "",
    "word": r"[^0-9A-Za-z_]",
    "token": r"[^0-9A-Za-z_\-]",
    "base64": r"[^0-9A-Za-z+/=_\-]",
}
# A word as short as this stands inside of many others: it counts where it begins and ends, or where a name goes on.
_SHORT = 4
_STEMS = "acc|api|app|aut|cli|clo|cre|id|key|org|pas|pat|pwd|sec|tok"
_SEPARATORS = re.compile(r"[ _.\-]+")
_LEAST_KEYWORD = 4
# A table named after a provider may hold its `token` or `key` (`snyk:` and below it `token: …`) as well as a
# `snyk_token` may stand for itself. No further word of a name: `snyk:` and below it `project: …` is something else.
_IN_TABLE = r"""(?:[_.\-]|["'\s:={\]]{1,24})?"""
_NAMING = frozenset("access api auth key password secret token".split())
_JOINTS = ("", "_", "-", ".", " ")
# Words that stand in so many texts that they tell nothing of a provider: where a hook meets one in every second file,
# it compiles a pattern of a millisecond for nothing.
_EVERYDAY = frozenset(
    (
        "access account admin application auth authorization bearer better bing browser center chec click client "
        "close clou cloud code connection consumer convert credential credentials data database debounce detect "
        "elements face file flat float form fresh full gist header hello here hive host image interface iterable "
        "language launch layer license linear linked login management maps master message meta name network oauth "
        "open organization package page pass passw passwd password personal phrase platform plus private project "
        "public publish read refresh reply request response sanity scale score scribe search secret secrets security "
        "send server service session sign signing site soft spot stack status storage story string studio test times "
        "token tokens true user username value walk webhook windows wise write"
    ).split()
)


def composed(words: Sequence[str], value: str, *, edge: str) -> str:
    """Return the pattern that finds `value` (a pattern without capturing groups) beside one of `words`.

    `edge` is the rule's: what may not follow the value is part of the pattern, so that a longer word on the way, such
    as `Authorization`, is passed over instead of being taken for the value and then refused.
    """
    names = "|".join(_word_pattern(word) for word in words)
    return f"(?i:{names}){BRIDGE}{value}){_ENDS[edge]}"


def keywords_of(words: Sequence[str]) -> tuple[str, ...]:
    """Return lower-case keywords one of which stands in every text that holds one of `words`, however joined.

    A keyword decides whether the pattern is compiled at all: `token` alone would do that for nearly every file.
    """
    found: dict[str, None] = {}
    for word in words:
        parts = [part for part in _SEPARATORS.split(word.lower()) if part]
        telling = [part for part in parts if _is_telling(part)]
        if telling or len(parts) <= 1:
            found[max(telling or parts, key=len)] = None
        else:
            pair = max(pairwise(parts), key=lambda pair: len("".join(pair)))
            found.update(dict.fromkeys(separator.join(pair) for separator in _JOINTS))
    return tuple(found)


def _word_pattern(word: str) -> str:
    parts = [re.escape(part) for part in _SEPARATORS.split(word.lower()) if part]
    if len(parts) == 1 and len(parts[0]) <= _SHORT:
        return rf"(?:\b|_){parts[0]}(?:\b|[_0-9]|{_STEMS})"
    joint = _IN_TABLE if len(parts) > 1 and _is_telling(parts[0]) and parts[1] in _NAMING else r"[_.\- ]?"
    return joint.join(parts[:2]) + "".join(rf"[_.\- ]?{part}" for part in parts[2:])


def _is_telling(part: str) -> bool:
    return len(part) >= _LEAST_KEYWORD and part not in _EVERYDAY
