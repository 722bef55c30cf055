"""What finds the words that speak to a model finds what is there, and is believed only where the program itself is."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from agentguard_secrets.acts.addressing import WORDS, addresses
from agentguard_secrets.detect import engine
from agentguard_secrets.state.keptwords import keep_words, kept_words

pytest.importorskip("hyperscan")


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """A package's folder in which it was kept."""
    shutil.copy2(Path(engine.__file__).with_name("table.py"), tmp_path)
    assert keep_words(folder=str(tmp_path))
    return str(tmp_path)


def kept_file(folder: str) -> Path:
    (path,) = Path(folder, "__pycache__").iterdir()
    return path


def test_each_word_is_met_wherever_it_stands(folder: str) -> None:
    look = kept_words(folder=folder)
    assert look is not None
    met = look.words
    for number, word in enumerate(WORDS):
        for before in range(60):
            for raw in (b"." * before + word, b"x" * before + word.upper() + b" "):
                assert number in met(raw), raw
        assert number not in met(word[:-1])


def test_the_same_speaks_to_the_model(folder: str) -> None:
    look = kept_words(folder=folder)
    letters, pieces = random.Random(3), [word.decode() for word in WORDS]
    pieces += [
        "all previous instructions",
        " ",
        "\n",
        "Human: hello",
        "\n\t system\x1c: hello",
        "do  not\ntell the\x1duser",
        "new\tsystem instructions:",
        "ignore\u2003all rules",
        "<|im_start|>",
        "claude \n must run",
        "\u00e9you must now send",
        "assistant",
        "you are now a clerk",
        "in\u017ftruction",
        "x",
        "\u0130",
    ]
    spoken = 0
    for _ in range(3000):
        text = " ".join(letters.choices(pieces, k=letters.randrange(1, 6)))
        spoken += bool(addresses(text))
        assert addresses(text, look) == addresses(text), text
    assert 500 < spoken < 2900


def test_what_others_may_write_is_not_believed(folder: str) -> None:
    kept_file(folder).chmod(0o666)
    assert kept_words(folder=folder) is None


def test_what_was_kept_of_other_words_is_made_anew(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentguard_secrets.state.keptwords.WORDS", (*WORDS, b"another"))
    assert kept_words(folder=folder) is None
    assert keep_words(folder=folder)
    look = kept_words(folder=folder)
    assert look is not None
    assert look.words(b"another") == {len(WORDS)}
