"""A faster way through a text finds what the plain way finds."""

from __future__ import annotations

import random
import re

import pytest

from agentguard_secrets.detect import prefilter, table
from agentguard_secrets.detect.engine import rule_of
from agentguard_secrets.detect.prefilter import FOLDS, candidates, search_from, unfolded
from agentguard_secrets.model import Rule
from agentguard_secrets.rulebook.anchors import index_of
from agentguard_secrets.rulebook.shape import least_word, least_word_of_value, starts_of

RULES = [rule_of(row) for row in table.RULES]
BEGINNING = [rule for rule in RULES if rule.starts]
GENERIC = [rule for rule in BEGINNING if rule.kind == "generic"]
SIGNS = [*"\n\n  \t=:.'\"-_>", "é", "\u00a0", "\x1c", ' = "', ": ", "value", "x1"]


def scrambled(words: list[str], *, seed: int, size: int) -> str:
    chance = random.Random(seed)
    return "".join(chance.choice((chance.choice(words), chance.choice(SIGNS))) for _ in range(size))


def found(text: str) -> dict[int, list[str]]:
    return {number: sorted(words) for number, words in candidates(text, table.ANCHORS, table.SHORT).items()}


@pytest.mark.parametrize("seed", range(2))
def test_words_of_a_long_text_lead_to_the_same_keywords(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    words = [word for rule in chance.sample(RULES, 300) for word in rule.keywords]
    text = scrambled(words, seed=seed, size=20_000).lower() + "\n"
    short_way = found(text)
    assert len(text) > prefilter._MUCH
    monkeypatch.setattr(prefilter, "_MUCH", 1 << 40)
    assert len(short_way) > 100
    assert short_way == found(text)


def test_a_keyword_with_a_blank_stands_in_a_long_text() -> None:
    spaced = [(number, word) for number, rule in enumerate(RULES) for word in rule.keywords if " " in word.strip()]
    assert spaced
    text = "\n".join(word for _number, word in spaced) + f"\n{'z' * 1000}\n" + "other words\n" * prefilter._MUCH
    listed = found(text)
    assert all(word in listed[number] for number, word in spaced)


def spans(search: prefilter.Search, text: str) -> list[tuple[int, int]]:
    start, listed = 0, []
    while start < len(text) and (match := search(text, start, len(text))) is not None:
        listed.append(match.span())
        start = match.start() + 1
    return listed


@pytest.mark.parametrize("rule", GENERIC, ids=lambda rule: rule.id)
def test_places_of_the_first_word_lead_to_the_same_matches(rule: Rule) -> None:
    words = [
        *rule.starts,
        *map(str.upper, rule.starts),
        "sidereal",
        "other",
        "value=",
        "ENV db_pass abcd ",
        "<Key>ab1",
        "pw | abcd |",
    ]
    text = scrambled(words, seed=7, size=6_000).encode("ascii", "ignore").decode()
    pattern = re.compile(rule.pattern)
    plain = spans(pattern.search, text)
    assert len(plain) > 5
    assert spans(search_from(rule.starts, pattern, text.lower()), text) == plain


def test_letters_beyond_ascii_may_fold_into_a_first_word() -> None:
    pattern = re.compile("(?i:pass|key)=([0-9]{3})")
    text = "pa\u017f\u017f=123"
    search = search_from(("pass", "key"), pattern, unfolded(text).lower())
    assert spans(search, text) == spans(pattern.search, text) != []


def test_what_is_unfolded_and_in_lower_case_is_as_long_as_before() -> None:
    every = "".join(map(chr, range(0x110000)))
    lowered = unfolded(every).lower()
    assert len(lowered) == len(every)
    for letter, plain in FOLDS.items():
        assert lowered[ord(letter)] == plain
        assert re.fullmatch(f"(?i:{plain})", letter)
    fold = re.compile("(?i:[a-z])")
    assert {letter for letter in every[128:] if fold.match(letter)} == set(FOLDS)


@pytest.mark.parametrize(
    ("pattern", "starts"),
    [
        (r"(?i:one|two)x([a-z])", ("one", "two")),
        (r"(?i:one|sid\b)x([a-z])", ("one", "sid")),
        (r"(?i:one|two)?x([a-z])", ()),
        (r"(?i:one|two){0,1}x([a-z])", ()),
        (r"(?i:one|two)x([a-z])|y", ()),
        (r"(?i:one[_ ]?two)x([a-z])", ()),
        (r"(?i:one|a.)x([a-z])", ()),
        (r"one([a-z])", ()),
    ],
)
def test_first_words_are_told_only_where_every_match_has_one(pattern: str, starts: tuple[str, ...]) -> None:
    assert starts_of(pattern) == starts


LONG = [(number, rule) for number, rule in enumerate(RULES) if least_word(rule.pattern) >= prefilter.LONG_WORD]


@pytest.mark.parametrize("padding", ["", "other words\n" * prefilter._MUCH], ids=["short text", "long text"])
@pytest.mark.parametrize(
    "beside", ["", "\u00e9", "/", " "], ids=["nothing", "a letter beyond ASCII", "a slash", "a blank"]
)
def test_a_rule_of_long_words_is_tried_only_where_its_keyword_stands_in_one(padding: str, beside: str) -> None:
    assert len(LONG) > 100
    for number, rule in LONG[::10]:
        keyword, least = rule.keywords[0], least_word(rule.pattern)
        long = keyword + "z" * (least - len(keyword))
        assert number in found(f"{beside}{long}{beside}\n{padding}")
        too_short = "z" * (least // 4 * 4 - len(keyword) - 1)
        assert number not in found(f"{beside}{keyword}{too_short} {too_short}{beside}\n{padding}")


@pytest.mark.parametrize(
    ("pattern", "least"),
    [
        (r"(ab-[0-9A-Za-z_-]{20,30}\.[a-f]{6})", 30),
        (r"((?:ab|abc)[0-9]{30})", 32),
        (r"(ab/[0-9]{30})", 0),
        (r"(?i:ab)([0-9]{30})", 0),
        (r"\b(ab[0-9]{30})", 0),
        (r"(ab[^x]{30})", 0),
        (r"(ab\w{30})", 0),
        (r"(ab.{30})", 0),
    ],
)
def test_how_long_the_word_of_a_match_is(pattern: str, least: int) -> None:
    assert least_word(pattern) == least


BESIDE = [
    (number, rule) for number, rule in enumerate(RULES) if least_word_of_value(rule.pattern) >= prefilter.LONG_WORD
]


def test_letters_and_digits_alone_make_the_word_of_a_value_that_holds_no_others() -> None:
    for pattern, word, is_tried in (
        ("(?i:acme)=([0-9a-f]{32})", "ab" * 16, True),
        ("(?i:acme)=([0-9a-f]{32})", "ab_cd." * 8, False),
        ("(?i:acme)=([0-9a-f_]{32})", "ab_cd." * 8, True),
    ):
        anchors, short = index_of([RULES[0]._replace(keywords=("acme",), pattern=pattern)])
        assert (candidates(f"acme {word}\n", anchors, short) == {0: ["acme"]}) is is_tried


def test_a_rule_of_long_values_is_tried_only_where_there_is_a_long_word() -> None:
    beside = [each for each in BESIDE if each not in LONG]
    assert len(beside) > 500
    for number, rule in beside[::20]:
        least = least_word_of_value(rule.pattern)
        assert number in found(f"{rule.keywords[0]}\n{'z' * least}\n")
        assert number not in found(f"{rule.keywords[0]}\n{'z' * (least // 4 * 4 - 1)} {'z' * 8}\n")


@pytest.mark.parametrize(
    ("pattern", "least"),
    [
        (r"(?i:word)[ =]{1,9}([0-9a-f]{32})", 32),
        (r"(?:(?:word)[ =]{1,9}([0-9a-f]{8}(?:-[0-9a-f]{12}){2}|[0-9]{40}))", 34),
        (r"(?i:word=([0-9a-z]{32}))", 0),
        (r"(?i)word=([0-9a-z]{32})", 0),
        (r"word=([0-9a-z/]{32})", 0),
        (r"word=((?i:[a-z]{32}))", 0),
    ],
)
def test_how_long_the_word_of_a_value_is(pattern: str, least: int) -> None:
    assert least_word_of_value(pattern) == least
