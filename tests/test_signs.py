"""Each sign of encoded text is seen by itself exactly where all of them together see it."""

from __future__ import annotations

import random
from base64 import b64encode
from collections import Counter

import pytest

pytest.importorskip("hyperscan")

from agentguard_secrets.detect.native import built, hyperscan, loaded
from agentguard_secrets.detect.signs import SIGNS, built_signs, sign_patterns, signs_in
from agentguard_secrets.detect.spots import Spotter

WORDS = b64encode(b"words that are written in letters").decode()
# Each of them, and what looks like the beginning of it.
PIECES = (
    *("0x41, 0x42, 0x43, 0x44, 0x45", "0x41 0x42", "0x", "%41%42", "%zz", "100 %", "\\x41", "\\u0041", "\\ ", "C:\\a"),
    *(
        "&amp;",
        "&#65;",
        "& b",
        "'ab' + 'cd'",
        '"ab" "cd"',
        "'a', 'b'",
        '"',
        "a\0b\0c\0d\0e\0f\0g\0h\0",
        "\u00ad",
        "\uff41",
        "ö",
        "\u2060",
    ),
    *(WORDS, WORDS[:15], WORDS[:12], b"words in hex".hex(), "0" * 40, "a_name_of_many_letters", "H4sI", "abcdefghH4sI"),
    *("eJabcdefgh", "eJ", f"{'A' * 40}\n{'B' * 4}eJ", "prose", " ", "\n", "=", "/usr/share/some/long/path/name"),
)


def test_each_is_seen_where_all_together_see_it() -> None:
    patterns = sign_patterns()
    together, scratch = loaded(built(patterns, range(len(patterns)), hyperscan().HS_FLAG_SINGLEMATCH))
    spotter = Spotter(built_signs())
    letters, seen, texts = random.Random(11), Counter[int](), 4000
    for _ in range(texts):
        raw = "".join(letters.choices(PIECES, k=letters.randrange(1, 5))).encode() + b"\n"
        expected: set[int] = set()
        together.scan(raw, match_event_handler=lambda number, *_, met=expected: met.add(number), scratch=scratch)
        assert set(signs_in(raw, spotter.scan)) == expected, raw
        seen.update(expected)
    assert set(seen) == set(range(len(SIGNS) + 2))
    assert max(seen.values()) < texts // 2


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_each_is_seen_wherever_it_stands(size: int) -> None:
    alone = [WORDS[:20], "0x41, 0x42, 0x43, 0x44", "%41", "\\x41", "&amp;", 'b"+"c', "b'+'c", "a\0" * 8, "\u00ad"]
    spotter = Spotter(built_signs())
    assert len(alone) == len(SIGNS) + 2
    for number, piece in enumerate(alone):
        for before in range(100):
            raw = (" " * before + piece).encode() + b"\n" * size
            assert number in set(signs_in(raw, spotter.scan)), (number, before)
