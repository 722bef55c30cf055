"""Turns a pattern into what can be said of it without running it: its width, its prefix, what it must not hold."""

from __future__ import annotations

import re
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from agentguard_secrets._record import Record
from agentguard_secrets.detect.prefilter import WORD_BYTES
from agentguard_secrets.errors import RuleError

# What a match may span at most. A pattern that allows more is unbounded in effect: `+` and `*` are.
WIDEST = 200_000
_LEAST_PREFIX = 3

_FORBIDDEN = {
    codes.ASSERT: "look-around",
    codes.ASSERT_NOT: "look-around",
    codes.GROUPREF: "a back-reference",
    codes.GROUPREF_EXISTS: "a back-reference",
    codes.ATOMIC_GROUP: "an atomic group",
    codes.POSSESSIVE_REPEAT: "a possessive repeat",
}
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT)


class Shape(Record):
    """What the text of a pattern says: `reach` in characters, `prefix` "" when the group starts with no fixed text."""

    reach: int
    prefix: str


def shape_of(pattern: str) -> Shape:
    """Return the shape of a rule's pattern.

    Raises RuleError, without a place, when the pattern does not compile, has not exactly one capturing group, is
    unbounded, or holds what one of the engines cannot do.
    """
    try:
        tree = parser.parse(pattern)
    except (re.error, OverflowError) as error:
        raise RuleError(f"expected a regular expression: {error}") from None
    groups = tree.state.groups - 1
    if groups != 1:
        raise RuleError(f"expected exactly one capturing group (the credential), got {groups}")
    for found in _constructs(tree):
        raise RuleError(f"expected a pattern that all engines run in linear time, got {found}")
    reach = int(tree.getwidth()[1])
    if reach > WIDEST:
        raise RuleError(f"expected bounded repeats ({{1,200}}, not + or *), got a reach of {reach} characters")
    return Shape(reach, "" if tree.state.flags & re.IGNORECASE else _prefix(tree))


def starts_of(pattern: str) -> tuple[str, ...]:
    """Return the words, in small letters, with one of which each match begins; none where a pattern begins otherwise.

    They are read where a pattern is a sequence that begins with a group of words in either case: `(?i:one|two)`.
    """
    group = re.match(r"\(\?i:((?:[a-z]{2,}(?:\\b)?\|)*[a-z]{2,}(?:\\b)?)\)(?![?*+{])", pattern)
    tree = parser.parse(pattern)
    if group is None or len(tree) < 2 or tree[0][0] is not codes.SUBPATTERN:
        return ()
    return tuple(word.removesuffix(r"\b") for word in group[1].split("|"))


def least_word(pattern: str) -> int:
    """Return the least length of a match that is one word, or part of one; 0 where it may be more than that."""
    return _least_word(parser.parse(pattern), WORD_BYTES)


def least_word_of_value(pattern: str, signs: bytes = WORD_BYTES) -> int:
    """Return the same of what the pattern's group takes, which is the credential; words consist of `signs`."""
    tree = parser.parse(pattern)
    folds = tree.state.flags & re.IGNORECASE
    return 0 if folds else max((_least_word(each, signs) for each in _values(tree)), default=0)


def _values(tree: Any) -> list[Any]:
    """Return what the first group holds, unless letters fold into others there."""
    found = []
    for code, argument in tree:
        if code is codes.SUBPATTERN and argument[0] == 1:
            found.append(argument[3])
        elif not (code is codes.SUBPATTERN and argument[1] & re.IGNORECASE):
            found += [value for child in _children(code, argument) for value in _values(child)]
    return found


def _least_word(tree: Any, signs: bytes) -> int:
    letters = {chr(byte) for byte in signs}
    return int(tree.getwidth()[0]) if all(_is_of(letters, *node) for node in _walk(tree)) else 0


def _is_of(signs: set[str], code: Any, argument: Any) -> bool:
    """Say whether a node, apart from its children, stands for nothing but some of the `signs`."""
    if code is codes.LITERAL:
        return chr(argument) in signs
    if code is codes.IN:
        return all(
            (one is codes.LITERAL and chr(other) in signs)
            or (one is codes.RANGE and all(chr(each) in signs for each in range(other[0], other[1] + 1)))
            for one, other in argument
        )
    if code is codes.SUBPATTERN:
        # Letters beyond ASCII fold into some within.
        return not argument[1] & re.IGNORECASE
    return code in _REPEATS or code is codes.BRANCH


def _constructs(tree: Any) -> list[str]:
    found = []
    for code, argument in _walk(tree):
        if code in _FORBIDDEN:
            found.append(_FORBIDDEN[code])
        if code is codes.AT and argument not in (codes.AT_BOUNDARY, codes.AT_NON_BOUNDARY):
            found.append("an anchor (the engine searches parts of a text: there is no beginning or end)")
    return found


def _walk(tree: Any) -> list[tuple[Any, Any]]:
    """Return every (code, argument) of a parse tree, depth first."""
    found: list[tuple[Any, Any]] = []
    for code, argument in tree:
        found.append((code, argument))
        for child in _children(code, argument):
            found.extend(_walk(child))
    return found


def _children(code: Any, argument: Any) -> list[Any]:
    if code is codes.SUBPATTERN:
        return [argument[3]]
    if code in _REPEATS or code is codes.POSSESSIVE_REPEAT:
        return [argument[2]]
    if code is codes.BRANCH:
        return list(argument[1])
    if code in (codes.ASSERT, codes.ASSERT_NOT):
        return [argument[1]]
    return [argument] if code is codes.ATOMIC_GROUP else []


def _prefix(tree: Any) -> str:
    group = next(argument for code, argument in _walk(tree) if code is codes.SUBPATTERN and argument[0] == 1)
    letters, _ = _literal_start(group[3])
    return letters if len(letters) >= _LEAST_PREFIX else ""


def _literal_start(tree: Any) -> tuple[str, bool]:
    """Return the fixed text a tree begins with, and whether that is all there is to it."""
    letters = ""
    for code, argument in tree:
        if code is codes.LITERAL:
            letters += chr(argument)
        elif code is codes.SUBPATTERN and not argument[1] & re.IGNORECASE:
            more, is_whole = _literal_start(argument[3])
            letters += more
            if not is_whole:
                return letters, False
        else:
            return letters, False
    return letters, True
