"""Offsets into bytes as offsets into characters, where few and where many characters are wider than a byte."""

from __future__ import annotations

from array import array

import pytest

from agentguard_secrets.detect.offsets import Offsets


@pytest.mark.parametrize("repeats", [1, 5_000])
@pytest.mark.parametrize("text", ["plain", "a\u00e9b\u20acc\U0001f511d", "\u00e9\u20ac\U0001f511"])
def test_an_offset_is_that_of_the_character_or_of_the_end_of_the_one_it_is_within(text: str, repeats: int) -> None:
    whole = text * repeats
    raw = whole.encode()
    places = array("q", range(0, len(raw) + 1, 1 if repeats == 1 else 997))
    # The bytes before a place, without the end of the character that is cut there, or with all of it.
    expected = [len(raw[:place].decode(errors="replace")) for place in places]
    assert Offsets().in_characters(places, whole, raw).tolist() == expected


def test_one_text_is_not_taken_for_another() -> None:
    offsets, places = Offsets(), array("q", [4])
    found = [offsets.in_characters(places, text, text.encode())[0] for text in ("\u00e9\u00e9", "ab\u00e9", "\u20aca")]
    assert found == [2, 3, 2]
