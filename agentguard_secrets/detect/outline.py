"""Turns a rule's pattern into one that is quick to build and to run, and holds wherever the rule's own does.

An outline says less than its pattern: long repeats are cut, what may stand between a name and its value is one run of
characters, tests of the surroundings are left out. It is for bytes: a character beyond ASCII is one byte or more, and
each of them stands for all. So an outline may hold where the pattern does not, never the other way round.
"""

from __future__ import annotations

import re
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]

from agentguard_secrets._record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Parts = tuple["Run | Choice", ...]

# So many of a run's characters are asked for; the credential's own after which the outline ends.
_MOST_REPEATS = 16
_MOST_OF_VALUE = 24
# A run that need not be longer belongs to what stands between name and value.
_SHORT = 3
_LONGEST_UNROLLED = 32
_LEAST_LITERAL = 3
_ENDLESS = 1 << 30

_ONE_FOLDED, _LETTER = r"\(\?i:([a-z])\)", r"\1"
_FOLDED = rf"(?:{_ONE_FOLDED}){{2,}}"

_ASCII = (1 << 128) - 1
_BEYOND = ((1 << 256) - 1) ^ _ASCII


def _bits(characters: str) -> int:
    return sum(1 << ord(character) for character in set(characters))


# What `re` takes for them among the first 128 characters, and what `regex` does not.
_DIGIT = _bits("0123456789")
_SPACE = _bits(" \t\n\r\f\v\x1c\x1d\x1e\x1f")
_SPACE_OF_RE = _bits("\x1c\x1d\x1e\x1f")
_WORD = _bits("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
# The characters that may be of a kind; those that are not of the opposite kind may be, too.
_CATEGORIES = {
    codes.CATEGORY_DIGIT: _DIGIT | _BEYOND,
    codes.CATEGORY_SPACE: _SPACE | _BEYOND,
    codes.CATEGORY_WORD: _WORD | _BEYOND,
    codes.CATEGORY_NOT_DIGIT: (_ASCII & ~_DIGIT) | _BEYOND,
    codes.CATEGORY_NOT_SPACE: (_ASCII & ~_SPACE) | _SPACE_OF_RE | _BEYOND,
    codes.CATEGORY_NOT_WORD: (_ASCII & ~_WORD) | _BEYOND,
}


class Run(Record):
    """From `least` to `most` bytes of a set; the set is a number with a bit for each byte."""

    bytes: int
    least: int = 1
    most: int = 1


class Choice(Record):
    """One of several sequences."""

    branches: tuple[Parts, ...]


# Where the credential begins.
_VALUE = Choice(((),))
# A word begins: nothing stands before, or no part of a word does.
_START = Choice(((), (Run((_ASCII & ~_WORD) | _BEYOND),)))


def outline(pattern: str, *, kind: str = "") -> str:
    """Return the outline of the `pattern` of a rule of this `kind`, as Hyperscan reads it.

    The names of generic rules stand in nearly every file: theirs say all that has to be between name and value.
    """
    parts = _parts(parser.parse(pattern), folded=False, first=True)
    written = _written(_ended(parts if kind == "generic" else _gathered(parts)))
    return re.sub(_FOLDED, lambda letters: f"(?i:{re.sub(_ONE_FOLDED, _LETTER, letters[0])})", written)


def _parts(nodes: Any, *, folded: bool, first: bool = False) -> Parts:
    """Return what a parsed pattern says of characters. `folded`: case does not count; `first`: nothing is before it."""
    found: list[Run | Choice] = []
    for code, argument in nodes:
        is_first = first and not [part for part in found if part is not _VALUE]
        if code in (codes.ASSERT, codes.ASSERT_NOT):
            continue
        if code is codes.AT:
            # Elsewhere the character before belongs to what stands there, and cannot be asked for twice.
            found += [_START] if is_first and argument is codes.AT_BOUNDARY else []
        elif code is codes.BRANCH:
            branches = [_parts(branch, folded=folded, first=is_first) for branch in argument[1]]
            found.append(Choice(tuple(branches)))
        elif code is codes.SUBPATTERN:
            group, added, removed, inner = argument
            found += [_VALUE] if group else []
            folds = (folded or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
            found += _parts(inner, folded=folds, first=is_first)
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            found += _repeated(_parts(argument[2], folded=folded), int(argument[0]), _most(argument[1]))
        else:
            found.append(Run(_set_of(code, argument, folded=folded)))
    return tuple(found)


def _most(count: Any) -> int:
    return _ENDLESS if count is codes.MAXREPEAT else int(count)


def _repeated(parts: Parts, least: int, most: int) -> Parts:
    marks = tuple(part for part in parts if part is _VALUE)
    parts = tuple(part for part in parts if part is not _VALUE)
    shortest, longest = _width(parts)
    only = parts[0] if len(parts) == 1 else None
    if isinstance(only, Run) and (only.least, only.most) == (1, 1):
        return (*marks, Run(only.bytes, least, most))
    if (least, most) == (0, 1) and longest <= _SHORT + 1:
        return (*marks, Choice(((), parts)))
    if least == most and longest * most <= _LONGEST_UNROLLED:
        return (*marks, *(parts * most))
    return (*marks, Run(_union(parts), shortest * least, min(_ENDLESS, longest * most)))


def _set_of(code: Any, argument: Any, *, folded: bool) -> int:
    if code is codes.LITERAL:
        return _letter(argument, folded=folded)
    if code is codes.NOT_LITERAL:
        return _complement(_letter(argument, folded=folded))
    if code is codes.ANY:
        return _ASCII | _BEYOND
    if code is not codes.IN:
        raise ValueError(f"expected a pattern without {code}")
    is_excluding = argument[0][0] is codes.NEGATE
    union = 0
    for kind, value in argument[is_excluding:]:
        members = _member(kind, value, folded=folded)
        # Engines disagree about these: they are left in, whether what is listed is asked for or ruled out.
        union |= members & ~_SPACE_OF_RE if is_excluding and kind is codes.CATEGORY else members
    return _complement(union) if is_excluding else union


def _member(code: Any, argument: Any, *, folded: bool) -> int:
    if code is codes.CATEGORY:
        return _CATEGORIES[argument]
    if code is codes.LITERAL:
        return _letter(argument, folded=folded)
    first, last = argument
    union = _BEYOND if last > 127 else 0
    for number in range(first, min(last, 127) + 1):
        union |= _letter(number, folded=folded)
    return union


def _letter(number: int, *, folded: bool) -> int:
    if number > 127:
        return _BEYOND
    return _bits(chr(number).lower() + chr(number).upper()) if folded else 1 << number


def _complement(characters: int) -> int:
    return (_ASCII & ~characters) | _BEYOND


def _width(parts: Sequence[Run | Choice]) -> tuple[int, int]:
    least = most = 0
    for part in parts:
        if isinstance(part, Run):
            least, most = least + part.least, most + part.most
        else:
            widths = [_width(branch) for branch in part.branches]
            least, most = least + min(width[0] for width in widths), most + max(width[1] for width in widths)
    return least, min(most, _ENDLESS)


def _union(parts: Sequence[Run | Choice]) -> int:
    union = 0
    for part in parts:
        if isinstance(part, Run):
            union |= part.bytes
        else:
            for branch in part.branches:
                union |= _union(branch)
    return union


def _gathered(parts: Parts) -> Parts:
    """Return `parts` with neighbours that may be long or missing as one run of what any of them may hold."""
    found: list[Run | Choice] = []
    gap: list[Run | Choice] = []
    for part in parts:
        if _is_gap(part):
            gap.append(part)
            continue
        found += _as_one(gap)
        gap = []
        found.append(part if isinstance(part, Run) or part in (_VALUE, _START) else _gathered_within(part))
    return (*found, *_as_one(gap))


def _gathered_within(choice: Choice) -> Choice:
    return Choice(tuple(_gathered(branch) for branch in choice.branches))


def _is_gap(part: Run | Choice) -> bool:
    if isinstance(part, Run):
        return part.most > part.least and part.least <= _SHORT
    return part not in (_VALUE, _START) and () in part.branches


def _as_one(gap: list[Run | Choice]) -> list[Run | Choice]:
    if len(gap) < 2 or _width(gap)[1] - _width(gap)[0] <= _SHORT:
        return gap
    return [Run(_union(gap), _width(gap)[0], _ENDLESS)]


def _ended(parts: Parts) -> Parts:
    """Return the beginning of `parts` that says enough: some of the credential, and three letters in a row."""
    found: list[Run | Choice] = []
    left = _ENDLESS
    for part in parts:
        if part is _VALUE:
            left = _MOST_OF_VALUE
            continue
        if left <= 0 and _is_telling(found):
            break
        left -= _width([part])[0]
        found.append(part)
    while found and _width(found[-1:])[0] == 0:
        found.pop()
    return tuple(found)


def _is_telling(parts: Sequence[Run | Choice]) -> bool:
    """Say whether every text that matches holds some letters in a row, which is what searching begins with."""
    letters = 0
    for part in parts:
        if isinstance(part, Run):
            letters = letters + 1 if (part.least, part.most) == (1, 1) and part.bytes.bit_count() <= 2 else 0
        else:
            if all(_is_telling(branch) for branch in part.branches):
                return True
            letters = 0
        if letters >= _LEAST_LITERAL:
            return True
    return False


def _written(parts: Sequence[Run | Choice]) -> str:
    written = ""
    for part in parts:
        if part is _VALUE:
            continue
        if part is _START:
            written += rf"(?:^|{_class((_ASCII & ~_WORD) | _BEYOND)})"
        elif isinstance(part, Run):
            written += _class(part.bytes) + _quantity(part)
        else:
            written += f"(?:{'|'.join(_written(branch) for branch in part.branches)})"
    return written


def _quantity(run: Run) -> str:
    # A character beyond ASCII takes several bytes: where one may stand, there is no counting to the end.
    most = _ENDLESS if run.bytes & _BEYOND else run.most
    least = min(run.least, _MOST_REPEATS)
    if run.least > least or most > least + _SHORT:
        return {0: "*", 1: "+"}.get(least, f"{{{least},}}")
    if least == most:
        return "" if least == 1 else f"{{{least}}}"
    return "?" if (least, most) == (0, 1) else f"{{{least},{most}}}"


def _class(characters: int) -> str:
    numbers = [number for number in range(256) if characters >> number & 1]
    if len(numbers) == 2 and chr(numbers[0]).lower() == chr(numbers[1]) != chr(numbers[0]):
        return f"(?i:{chr(numbers[1])})"
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = ranges[-1][0], number
        else:
            ranges.append((number, number))
    if len(numbers) == 1:
        return _escaped(numbers[0])
    texts = [_escaped(low) if low == high else f"{_escaped(low)}-{_escaped(high)}" for low, high in ranges]
    return f"[{''.join(texts)}]"


def _escaped(number: int) -> str:
    letter = chr(number)
    return letter if number < 128 and (letter.isalnum() or letter in "_ ") else f"\\x{number:02x}"
