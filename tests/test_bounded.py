"""Patterns that give up, and patterns that need to only in long texts."""

from __future__ import annotations

import pytest

from agentguard_secrets.detect.bounded import BoundedPattern, ProvedPattern
from agentguard_secrets.errors import DeadlineError

# Takes time that doubles with each character, which no rule does.
HOSTILE = r"((?:(?:a|aa)+)+[bd])"


def test_a_search_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(DeadlineError, match=r"longer than 0\.05 s"):
        BoundedPattern(HOSTILE, seconds=0.05).search("a" * 600, 0, 600)


@pytest.mark.parametrize(
    ("window", "is_bounded"),
    [pytest.param(8_192, False, id="as long as what it is tried on"), pytest.param(8_193, True, id="longer")],
)
def test_a_proved_pattern_has_a_deadline_only_in_long_texts(
    window: int, is_bounded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(BoundedPattern, "search", lambda _self, _text, start, end: asked.append((start, end)))
    ProvedPattern("x(y)").search("." * 10_000, 5, 5 + window)
    assert asked == ([(5, 5 + window)] if is_bounded else [])


@pytest.mark.parametrize("window", [(0, 20), (3, 9), (4, 9), (3, 8), (0, 9_000), (3, 9_000), (5, 9_000)])
def test_both_find_the_same_in_a_window(window: tuple[int, int]) -> None:
    text = f"ab xy=zz, xy=qq{'.' * 9_000}"
    places = []
    for pattern in (ProvedPattern(r"\bxy=(\w\w)"), BoundedPattern(r"\bxy=(\w\w)")):
        found = [pattern.search(text, *window), pattern.match(text, *window)]
        places.append([each and each.span(1) for each in found])
    assert places[0] == places[1]
