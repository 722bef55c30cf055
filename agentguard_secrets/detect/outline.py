"""Turns a rule's pattern into one that is quick to build and to run, and holds wherever the rule's own does.

An outline says less than its pattern: long repeats are cut, what may stand between a name and its value is one run of
characters, tests of the surroundings are left out. It is for bytes: a character beyond ASCII is one byte or more, and
each of them stands for all. So an outline may hold where the pattern does not, never the other way round.
"""

from __future__ import annotations

import re

from agentguard_secrets.detect.bytesets import (
    ASCII,
    BEYOND,
    ENDLESS,
    LINE_FEED,
    SHORT,
    START,
    VALUE,
    WORD,
    Choice,
    Run,
    parts_of,
    union_of,
    width_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentguard_secrets.detect.bytesets import Parts

# So many of a run's characters are asked for, with more the database of all is half as large again; the credential's
# own after which the outline ends.
_MOST_REPEATS = 26
_MOST_OF_VALUE = 24
_LEAST_LITERAL = 3

_ONE_FOLDED, _LETTER = r"\(\?i:([a-z])\)", r"\1"
_FOLDED = rf"(?:{_ONE_FOLDED}){{2,}}"


def outline(pattern: str, *, kind: str = "") -> str:
    """Return the outline of the `pattern` of a rule of this `kind`, as Hyperscan reads it.

    The names of generic rules stand in nearly every file: theirs say all that has to be between name and value.
    """
    parts = parts_of(pattern, first=True)
    written = _written(_ended(parts if kind == "generic" else _gathered(parts)))
    return re.sub(_FOLDED, lambda letters: f"(?i:{re.sub(_ONE_FOLDED, _LETTER, letters[0])})", written)


def ends_in_value(pattern: str, *, kind: str = "") -> bool:
    """Say whether the end of the outline is met on the line on which the credential is, wherever the pattern holds."""
    value = _line_of_value(parts_of(pattern))
    return bool(value) and (kind == "generic" or not _is_gap(value[0]))


def most_above(pattern: str) -> int:
    """Return how many of the characters that the pattern can span may stand on other lines than the credential."""
    parts = parts_of(pattern)
    return width_of(parts)[1] - width_of(_line_of_value(parts))[1]


def _line_of_value(parts: Parts) -> Parts:
    """Return the credential and what follows it on its line, whose line feed is part of it; nothing where it may be on
    more than one line, or is one of several choices."""
    value = parts[parts.index(VALUE) + 1 :] if VALUE in parts else ()
    is_closed = value[-1:] and isinstance(value[-1], Run) and value[-1].most == 1
    return () if union_of(value[:-1] if is_closed else value) & LINE_FEED else value


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
        found.append(part if isinstance(part, Run) or part in (VALUE, START) else _gathered_within(part))
    return (*found, *_as_one(gap))


def _gathered_within(choice: Choice) -> Choice:
    return Choice(tuple(_gathered(branch) for branch in choice.branches))


def _is_gap(part: Run | Choice) -> bool:
    if isinstance(part, Run):
        return part.most > part.least and part.least <= SHORT
    return part not in (VALUE, START) and () in part.branches


def _as_one(gap: list[Run | Choice]) -> list[Run | Choice]:
    if len(gap) < 2 or width_of(gap)[1] - width_of(gap)[0] <= SHORT:
        return gap
    return [Run(union_of(gap), width_of(gap)[0], ENDLESS)]


def _ended(parts: Parts) -> Parts:
    """Return the beginning of `parts` that says enough: some of the credential, and three letters in a row."""
    found: list[Run | Choice] = []
    left = ENDLESS
    for part in parts:
        if part is VALUE:
            left = _MOST_OF_VALUE
            continue
        if left <= 0 and _is_telling(found):
            break
        left -= width_of([part])[0]
        found.append(part)
    while found and width_of(found[-1:])[0] == 0:
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
        if part is VALUE:
            continue
        if part is START:
            written += rf"(?:^|{_class((ASCII & ~WORD) | BEYOND)})"
        elif isinstance(part, Run):
            written += _class(part.bytes) + _quantity(part)
        else:
            written += f"(?:{'|'.join(_written(branch) for branch in part.branches)})"
    return written


def _quantity(run: Run) -> str:
    # A character beyond ASCII takes several bytes: where one may stand, there is no counting to the end.
    most = ENDLESS if run.bytes & BEYOND else run.most
    least = min(run.least, _MOST_REPEATS)
    if run.least > least or most > least + SHORT:
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
