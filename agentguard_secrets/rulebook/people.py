"""Turns chance into passwords as people choose them: words, names, seasons, digits for letters, keyboard walks."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

_WORDS = (
    "love sunshine princess football monkey dragon shadow master baseball freedom whatever flower summer hello lovely "
    "cookie chocolate butterfly purple orange banana cheese ginger pepper silver golden diamond angel family friends "
    "soccer hockey tigger killer hunter ranger tiger eagle falcon phoenix panther coffee pizza guitar music dancer "
    "secret welcome forever nothing internet computer server winter thunder storm rainbow starlight moonlight blue red "
    "green house garden river mountain ocean island beach forest castle wizard ninja pirate robot matrix rocket galaxy "
    "company office team project dev prod staging backup database support service manager"
).split()
_NAMES = (
    "michael jessica ashley daniel jordan charlie andrew thomas michelle jennifer joshua amanda nicole matthew robert "
    "hannah samantha anthony patrick sophie martin george oliver jack harry william emma lucas maria anna laura sarah "
    "peter julia stefan andreas marco giulia pierre camille ivan olga dmitri yuki kenji mei wei raj priya fatima omar "
    "liverpool arsenal chelsea barcelona madrid london berlin paris texas dallas boston"
).split()
_SEASONS = (
    "spring summer autumn fall winter january february march april may june july august september october november "
    "december monday tuesday wednesday thursday friday"
).split()
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_COLUMNS = ("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm")
_LEET = str.maketrans({"a": "@", "e": "3", "i": "1", "o": "0", "s": "$", "t": "7"})
_SIGNS = "!!!!!.?@#*$"


def _tail(dice: Random) -> str:
    year = str(dice.randint(1960, 2026))
    digits = dice.choice(("", "1", "12", "123", "7", "99", "01", str(dice.randint(10, 99)), year, year, year[2:]))
    return digits + (dice.choice(_SIGNS) if dice.random() < 0.35 else "")


def _cased(word: str, dice: Random) -> str:
    return word.capitalize() if dice.random() < 0.5 else word


def _word(dice: Random) -> str:
    return _cased(dice.choice(_WORDS), dice) + _tail(dice)


def _two_words(dice: Random) -> str:
    joint = dice.choice(("", "", "-", "_", "."))
    return _cased(dice.choice(_WORDS), dice) + joint + _cased(dice.choice(_WORDS), dice) + _tail(dice)


def _name(dice: Random) -> str:
    return _cased(dice.choice(_NAMES), dice) + _tail(dice)


def _season(dice: Random) -> str:
    year = str(dice.randint(2012, 2026))
    return (
        _cased(dice.choice(_SEASONS), dice) + dice.choice((year, year, year[2:], "@" + year)) + dice.choice(("", "!"))
    )


def _leet(dice: Random) -> str:
    word = dice.choice(_WORDS + _NAMES)
    return _cased(word.translate(_LEET), dice) + _tail(dice)


def _walk(dice: Random) -> str:
    if dice.random() < 0.4:
        start = dice.randrange(len(_COLUMNS) - 1)
        columns = "".join(_COLUMNS[start : start + dice.randint(2, 3)])
        return dice.choice((columns, columns.upper(), columns[:4] + columns[4:].upper()))
    row = dice.choice(_ROWS)
    steps = row[: dice.randint(5, 8)]
    return dice.choice((steps, steps, steps[::-1])) + dice.choice(("", "1", "12", "123", "!", "1!"))


KINDS: dict[str, Callable[[Random], str]] = {
    "word": _word,
    "words": _two_words,
    "name": _name,
    "season": _season,
    "leet": _leet,
    "walk": _walk,
}


def chosen(kind: str, dice: Random) -> str:
    """Return a password of one of KINDS, of six or more characters as most places ask for."""
    while len(password := KINDS[kind](dice)) < 6:
        pass
    return password
