"""Turns the keywords of all rules into an index that a text's 4-grams are looked up in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentguard_secrets.detect.prefilter import BESIDE, BESIDE_PLAIN, GRAM, LONG_WORD, PLAIN_BYTES, WITHIN
from agentguard_secrets.model import Rule
from agentguard_secrets.rulebook.shape import least_word, least_word_of_value
from agentguard_secrets.rulebook.source import RuleSource

# How often a letter stands in English and in code, in percent: the less the better. Anything else is rare.
_FREQUENCY = {
    "e": 12, "t": 9, "a": 8, "o": 7, "i": 7, "n": 7, "s": 7, "r": 7, "l": 4, "c": 4, "d": 4, "h": 4, "u": 3, "p": 3,
    "m": 3, "f": 2, "g": 2, "b": 2, "y": 2, "w": 2, "v": 1, "k": 1, "x": 1, " ": 12, "-": 3, "_": 2, ".": 3, "/": 3,
    ":": 3, "=": 3,
}  # fmt: skip
_STEP = 4


def index_of(rules: Sequence[Rule | RuleSource], first: int = 0) -> tuple[dict[int, str], dict[int, str]]:
    """Return (4-gram -> postings, 3-gram -> postings of keywords of three bytes) for rules numbered from `first`.

    A posting is a keyword with the numbers of its rules; postings and grams are written as detect/prefilter.py reads
    them. Each keyword stands under exactly one of its 4-grams, the one that other texts hold least.
    """
    rules_of: dict[str, list[int]] = {}
    marks: dict[int, str] = {}
    for number, rule in enumerate(rules, first):
        for word in rule.keywords:
            rules_of.setdefault(word, []).append(number)
        marks[number] = _mark(number, rule.pattern)
    long: dict[bytes, list[str]] = {}
    short: dict[bytes, list[str]] = {}
    for word in sorted(rules_of):
        gram = anchor_of(word)
        (long if len(gram) == GRAM else short).setdefault(gram, []).append(_posting(word, rules_of[word], marks))
    return _by_number(long), _by_number(short)


def anchor_of(keyword: str) -> bytes:
    """Return the 4-gram of `keyword` that stands least in other texts; all of one that has three bytes.

    One without a blank if there is one: it can be looked for in the words of a text, each taken once.
    """
    raw = keyword.encode()
    grams = [raw[start : start + GRAM] for start in range(max(1, len(raw) - GRAM + 1))]
    return min(grams, key=lambda gram: (b" " in gram, _commonness(gram)))


def _by_number(postings: dict[bytes, list[str]]) -> dict[int, str]:
    return {int.from_bytes(gram, "little"): "\n".join(postings[gram]) for gram in sorted(postings)}


def _mark(number: int, pattern: str) -> str:
    """Return the number of a rule with the long word that it asks for, if it does."""
    for sign, least in (
        (WITHIN, least_word(pattern)),
        (BESIDE_PLAIN, least_word_of_value(pattern, PLAIN_BYTES)),
        (BESIDE, least_word_of_value(pattern)),
    ):
        if least >= LONG_WORD:
            # In steps: the words of a text are cut out of it for each length that is asked for.
            return f"{number}{sign}{least // _STEP * _STEP}"
    return str(number)


def _posting(keyword: str, rules: Sequence[int], marks: Mapping[int, str]) -> str:
    marked = [marks[number] for number in rules]
    anywhere = [mark for mark in marked if mark.isdecimal()]
    return "\t".join(
        [keyword, ",".join(anywhere), *([",".join(long)] if (long := [m for m in marked if m not in anywhere]) else [])]
    )


def _commonness(gram: bytes) -> float:
    product = 1.0
    for letter in gram.decode(errors="replace"):
        product *= _FREQUENCY.get(letter, 1)
    return product
