"""Turns a rule's pattern into what it says of bytes: runs of them, and choices between such runs.

A character beyond ASCII is one byte or more, and each of them stands for all; tests of the surroundings are left out.
"""

from __future__ import annotations

import re
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]

from agentguard_secrets._record import Record
from agentguard_secrets.detect.prefilter import FOLDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Parts = tuple["Run | Choice", ...]

ENDLESS = 1 << 30
# A run that need not be longer belongs to what stands between name and value.
SHORT = 3
_LONGEST_UNROLLED = 32

ASCII = (1 << 128) - 1
BEYOND = ((1 << 256) - 1) ^ ASCII


def _bits(characters: str) -> int:
    return sum(1 << ord(character) for character in set(characters))


# What `re` takes for them among the first 128 characters, and what `regex` does not.
_DIGIT = _bits("0123456789")
_SPACE = _bits(" \t\n\r\f\v\x1c\x1d\x1e\x1f")
_SPACE_OF_RE = _bits("\x1c\x1d\x1e\x1f")
WORD = _bits("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
# Letters that fold into one of these are searched as that: a set that holds such a letter holds it as well.
_FOLDED = _bits("isk")
# The characters that may be of a kind; those that are not of the opposite kind may be, too.
_CATEGORIES = {
    codes.CATEGORY_DIGIT: _DIGIT | BEYOND,
    codes.CATEGORY_SPACE: _SPACE | BEYOND,
    codes.CATEGORY_WORD: WORD | BEYOND,
    codes.CATEGORY_NOT_DIGIT: (ASCII & ~_DIGIT) | BEYOND,
    codes.CATEGORY_NOT_SPACE: (ASCII & ~_SPACE) | _SPACE_OF_RE | BEYOND,
    codes.CATEGORY_NOT_WORD: (ASCII & ~WORD) | BEYOND,
}


class Run(Record):
    """From `least` to `most` bytes of a set; the set is a number with a bit for each byte."""

    bytes: int
    least: int = 1
    most: int = 1


class Choice(Record):
    """One of several sequences."""

    branches: tuple[Parts, ...]


LINE_FEED = 1 << 10
# Where the credential begins.
VALUE = Choice(((),))
# A word begins: nothing stands before, or no part of a word does.
START = Choice(((), (Run((ASCII & ~WORD) | BEYOND),)))


def parts_of(pattern: str, *, first: bool = False) -> Parts:
    """Return what a pattern says; `first`: that a word begins where it begins is said as well."""
    return _parts(parser.parse(pattern), folded=False, first=first)


def _parts(nodes: Any, *, folded: bool, first: bool = False) -> Parts:
    """Return what a parsed pattern says of characters. `folded`: case does not count; `first`: nothing is before it."""
    found: list[Run | Choice] = []
    for code, argument in nodes:
        is_first = first and not [part for part in found if part is not VALUE]
        if code in (codes.ASSERT, codes.ASSERT_NOT):
            continue
        if code is codes.AT:
            # Elsewhere the character before belongs to what stands there, and cannot be asked for twice.
            found += [START] if is_first and argument is codes.AT_BOUNDARY else []
        elif code is codes.BRANCH:
            branches = [_parts(branch, folded=folded, first=is_first) for branch in argument[1]]
            found.append(Choice(tuple(branches)))
        elif code is codes.SUBPATTERN:
            group, added, removed, inner = argument
            found += [VALUE] if group else []
            folds = (folded or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
            found += _parts(inner, folded=folds, first=is_first)
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            found += _repeated(_parts(argument[2], folded=folded), int(argument[0]), _most(argument[1]))
        else:
            found.append(Run(_set_of(code, argument, folded=folded)))
    return tuple(found)


def _most(count: Any) -> int:
    return ENDLESS if count is codes.MAXREPEAT else int(count)


def _repeated(parts: Parts, least: int, most: int) -> Parts:
    marks = tuple(part for part in parts if part is VALUE)
    parts = tuple(part for part in parts if part is not VALUE)
    shortest, longest = width_of(parts)
    only = parts[0] if len(parts) == 1 else None
    if isinstance(only, Run) and (only.least, only.most) == (1, 1):
        return (*marks, Run(only.bytes, least, most))
    if (least, most) == (0, 1) and longest <= SHORT + 1:
        return (*marks, Choice(((), parts)))
    if least == most and longest * most <= _LONGEST_UNROLLED:
        return (*marks, *(parts * most))
    return (*marks, Run(union_of(parts), shortest * least, min(ENDLESS, longest * most)))


def _set_of(code: Any, argument: Any, *, folded: bool) -> int:
    if code is codes.LITERAL:
        return _letter(argument, folded=folded)
    if code is codes.NOT_LITERAL:
        return _complement(_letter(argument, folded=folded)) | _FOLDED
    if code is codes.ANY:
        return ASCII | BEYOND
    if code is not codes.IN:
        raise ValueError(f"expected a pattern without {code}")
    is_excluding = argument[0][0] is codes.NEGATE
    excludes_letters = (codes.CATEGORY, codes.CATEGORY_WORD) in argument
    union = 0
    for kind, value in argument[is_excluding:]:
        members = _member(kind, value, folded=folded)
        # Engines disagree about these: they are left in, whether what is listed is asked for or ruled out.
        union |= members & ~_SPACE_OF_RE if is_excluding and kind is codes.CATEGORY else members
    if not is_excluding:
        return union
    return _complement(union) if excludes_letters else _complement(union) | _FOLDED


def _member(code: Any, argument: Any, *, folded: bool) -> int:
    if code is codes.CATEGORY:
        return _CATEGORIES[argument]
    if code is codes.LITERAL:
        return _letter(argument, folded=folded)
    first, last = argument
    union = _beyond(max(first, 128), last) if last > 127 else 0
    for number in range(first, min(last, 127) + 1):
        union |= _letter(number, folded=folded)
    return union


def _letter(number: int, *, folded: bool) -> int:
    if number > 127:
        return _beyond(number, number)
    return _bits(chr(number).lower() + chr(number).upper()) if folded else 1 << number


def _beyond(first: int, last: int) -> int:
    """Return what characters beyond ASCII become, from the first to the last."""
    return BEYOND | _FOLDED if any(first <= ord(letter) <= last for letter in FOLDS) else BEYOND


def _complement(characters: int) -> int:
    return (ASCII & ~characters) | BEYOND


def width_of(parts: Sequence[Run | Choice]) -> tuple[int, int]:
    """Return the least and the most bytes, or characters where all are ASCII."""
    least = most = 0
    for part in parts:
        if isinstance(part, Run):
            least, most = least + part.least, most + part.most
        else:
            widths = [width_of(branch) for branch in part.branches]
            least, most = least + min(width[0] for width in widths), most + max(width[1] for width in widths)
    return least, min(most, ENDLESS)


def union_of(parts: Sequence[Run | Choice]) -> int:
    """Return the set of all bytes that may stand in any of the parts."""
    union = 0
    for part in parts:
        if isinstance(part, Run):
            union |= part.bytes
        else:
            for branch in part.branches:
                union |= union_of(branch)
    return union
