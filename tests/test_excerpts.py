"""Many texts looked at in one pass: whatever has a finding on a new line is named, and searched to the same end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from agentguard_secrets.detect.bounded import BoundedPattern
from agentguard_secrets.detect.bulk import Sieve, built_sieve
from agentguard_secrets.detect.engine import Detector, default_detector, scan_chunk
from agentguard_secrets.detect.excerpts import Panner, built_places
from agentguard_secrets.detect.known import Known, Watchlist
from agentguard_secrets.detect.prefilter import unfolded
from agentguard_secrets.detect.table import RULES
from agentguard_secrets.errors import LimitError
from agentguard_secrets.model import Chunk
from tests.test_bulk import KEY, encoded_texts, sampled_texts, scrambled_texts

if TYPE_CHECKING:
    from agentguard_secrets.detect.excerpts import Places

pytest.importorskip("hyperscan")


@pytest.fixture(scope="module")
def places() -> Places:
    return built_places(RULES)


@pytest.fixture(scope="module")
def panner(places: Places) -> Panner:
    return Panner(places, None)


@pytest.fixture(scope="module")
def plain() -> Detector:
    return default_detector(KEY)._replace(compile=BoundedPattern)


@pytest.fixture(scope="module")
def sieve() -> Sieve:
    return built_sieve(RULES)


def holds(text: str, marks: str, detector: Detector) -> bool:
    added = frozenset(number for number, mark in enumerate(marks, 1) if mark == "+")
    try:
        return bool(scan_chunk(Chunk(text, added=added), detector))
    except LimitError:
        return True


def excerpts(texts: list[str], dice: random.Random) -> Iterator[tuple[str, str]]:
    """Lines of several texts with ordinary ones between them, some of them new."""
    for _ in range(len(texts)):
        parts = [dice.choice(texts) if dice.random() < 0.4 else "a line\n" * dice.randint(1, 9) for _ in range(5)]
        text = "\n".join(parts).encode("utf-8", "replace").decode()
        marks = "".join("+" if dice.random() < 0.2 else " " for _ in text.split("\n"))
        yield text, marks if "+" in marks else "+" + marks[1:]


@pytest.mark.parametrize("seed", range(3))
def test_names_each_text_that_has_a_finding_on_a_new_line(
    panner: Panner, plain: Detector, sieve: Sieve, seed: int
) -> None:
    dice = random.Random(seed)
    source = [*sampled_texts(), *scrambled_texts(), *encoded_texts()]
    told = list(excerpts(dice.sample(source, 300), dice))
    found = panner.pan([text.encode() for text, _ in told], [marks.encode() for _, marks in told])
    held = [holds(text, marks, plain) for text, marks in told]

    assert [number for number, holds_any in enumerate(held) if holds_any and number not in found] == []
    assert len(found) < len(told)
    for number, seen in found.items():
        text, marks = told[number]
        if seen is not None:
            sieve.take(text, seen)
        assert holds(text, marks, plain._replace(sieve=sieve)) == held[number], number
    assert 20 < sum(held) < len(held)


def test_what_is_far_from_new_lines_is_not_named(panner: Panner, plain: Detector) -> None:
    text = next(text.strip("\n") for text in sampled_texts() if holds(text, "++", plain) and text.count("\n") < 2)
    excerpt = f"{'a line of words' * 9}\n{text}\n{'a line of words' * 9}".encode()
    assert list(panner.pan([excerpt, excerpt, excerpt], [b"+  ", b" + ", b"  +"])) == [1]


def test_a_value_of_this_machine_is_named_wherever_it_stands(places: Places) -> None:
    value = "".join(random.Random(5).choices("abcdefghijkmnpqrstuvwxyz23456789", k=24))
    known = Panner(places, Watchlist([Known("a file", value)]))
    texts = [b"nothing\n", f"one \u00e9 {value}\n".encode(), b"nothing either"]
    assert list(known.pan(texts, [b"++", b"++", b"+"])) == [1]


def test_tags_and_what_may_be_pairs_of_bytes_are_left_to_the_whole_look(panner: Panner) -> None:
    texts = ["[REDACTED:github-pat:1]", "pa\u017fword", "plain", f"{'x ' * 200}pa\u017fword"]
    found = panner.pan([text.encode() for text in texts], [b"+"] * len(texts))
    assert found == {0: None, 1: None}


def test_letters_that_fold_are_looked_for_in_the_bytes_that_are_searched(
    panner: Panner, plain: Detector, sieve: Sieve
) -> None:
    # Each takes more bytes than what it folds into: places behind it are others.
    lines = (text.strip("\n") for text in sampled_texts() if "okta" in text and text.strip("\n").count("\n") == 0)
    folded = (line.replace("okta", "o\u212ata") for line in lines)
    line = next(line for line in folded if holds(line, "+", plain))
    text = "x " * 200 + "\u212a\u0130\u0130\u0130\u0130\n" + f"{line}\nlast"
    seen = panner.pan([b"nothing", text.encode()], [b"+", b" + "])[1]
    assert seen == panner.pan([b"nothing", unfolded(text).encode()], [b"+", b" + "])[1] is not None
    sieve.take(text, seen or {})
    assert holds(text, " + ", plain._replace(sieve=sieve))
    assert panner.pan([text.encode()], [b"+  "]) == {}


def test_a_value_of_this_machine_is_found_with_letters_that_fold(places: Places) -> None:
    value = "".join(random.Random(5).choices("abcdefghijkmnpqrstuvwxyz23456789", k=24)) + "\u0130"
    known = Panner(places, Watchlist([Known("a file", value)]))
    texts = ["\u212a\n".encode() * 300, f"{'x ' * 200}{value}\n".encode(), b"nothing either"]
    found = known.pan(texts, [b"+" * 301, b"++", b"+"])
    assert 1 in found
    assert 2 not in found
