"""Turns rules into the fixed beginnings of vendors' tokens, each with the least length of a token that begins so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from agentguard_secrets.detect.cut import ANY
from agentguard_secrets.rulebook.source import RuleSource

# With so many letters and digits, a sign, and not made of such words only, it stands before no value of a person's own:
# shorter ones (`apk_`, `eu1.`) others give their own, shorter tokens, too, which must not be passed over.
_LEAST = 5
_SIGNS = frozenset("-_.!")
_HEAD = re.compile(rf"[A-Za-z0-9][\w.!{ANY}-]+")
_ANYBODYS = frozenset(
    "access api app auth cli client dev dub ext id ion key live my oauth pat prod pub public private sdk secret "
    "service sub test token user ver".split()
)
_MOST_LETTERS = 8
# An account's number before the secret is as long as this at the most.
_LONGEST_RUN = 15


def heads_of(rules: Iterable[RuleSource]) -> dict[str, int]:
    """Return each beginning that says whose token it is, in order, with the least length of what begins so.

    ANY stands in it for any letter or digit. Of two forms with the same beginning the shorter one counts.
    """
    found: dict[str, int] = {}
    for rule in rules:
        for head, least in _heads(rule) if rule.kind == "token" else ():
            found[head] = min(least, found.get(head, least))
    return {head: min(least for other, least in found.items() if other.startswith(head)) for head in sorted(found)}


def _heads(rule: RuleSource) -> Iterator[tuple[str, int]]:
    tree = parser.parse(rule.pattern)
    group = next((argument for code, argument in tree if code is codes.SUBPATTERN and argument[0] == 1), None)
    for begun, is_whole, least in _begun(group[3]) if group else ():
        # The shortest that is enough: what follows an account's number may be cut off as well.
        parts = re.findall(rf"{ANY}+|[^{ANY}]+", begun)
        heads = ("".join(parts[:count]) for count in range(1, len(parts) + 1))
        head = next(filter(_says_whose, heads), "")
        if head and not is_whole:
            # What stands behind the last sign is fixed only because something encoded begins so.
            to_sign = head[: max(map(head.rfind, _SIGNS)) + 1]
            if _says_whose(to_sign):
                yield to_sign, least
            elif len(head) - len(to_sign) >= _LEAST:
                yield head, least


def _says_whose(head: str) -> bool:
    fixed = head.replace(ANY, "")
    words = re.findall(r"[a-z]+", fixed.lower())
    is_marked = (
        sum(sign == ANY or sign.isalnum() for sign in head) >= _LEAST
        and not _SIGNS.isdisjoint(fixed)
        and not _ANYBODYS.issuperset(words)
    )
    return is_marked and not head.endswith(ANY) and _HEAD.fullmatch(head) is not None


def _begun(tree: Any) -> list[tuple[str, bool, int]]:
    """Return the texts that a tree can begin with, whether each is all of it, and how long that match is at least."""
    ways = [("", True, 0)]
    for node in tree:
        further = _of_node(tree, *node)
        least_more = min(least for _, _, least in further)
        ways = [
            way
            for head, is_whole, least in ways
            for way in (
                [(head + more, ends, least + rest) for more, ends, rest in further]
                if is_whole
                else [(head, False, least + least_more)]
            )
        ]
    return ways


def _of_node(tree: Any, code: Any, argument: Any) -> list[tuple[str, bool, int]]:
    if code is codes.LITERAL:
        return [(chr(argument), True, 1)]
    if code is codes.SUBPATTERN and not argument[1] & re.IGNORECASE:
        return _begun(argument[3])
    if code is codes.BRANCH:
        return [way for branch in argument[1] for way in _begun(branch)]
    if code is codes.IN and len(argument) <= _MOST_LETTERS and all(kind is codes.LITERAL for kind, _ in argument):
        return [(chr(letter), True, 1) for _, letter in argument]
    if code is codes.MAX_REPEAT and argument[:2] == (0, 1):
        return [("", True, 0), *_begun(argument[2])]
    if code is codes.MAX_REPEAT and argument[0] == argument[1] <= _LONGEST_RUN and argument[2][0][0] is codes.IN:
        return [(ANY * argument[0], True, argument[0])]
    return [("", False, int(parser.SubPattern(tree.state, [(code, argument)]).getwidth()[0]))]
