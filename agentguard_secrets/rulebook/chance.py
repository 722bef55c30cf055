"""Turns a source of chance into text that looks random: no words in it, no runs, every kind of character."""

from __future__ import annotations

import math
from random import Random

from agentguard_secrets.detect.entropy import shannon
from agentguard_secrets.detect.suppress import is_placeholder

_DIGITS = "0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_UPPER = _LOWER.upper()
ALPHABETS = {
    "alnum": _DIGITS + _UPPER + _LOWER,
    "lower": _LOWER + _DIGITS,
    "upper": _UPPER + _DIGITS,
    "hex": _DIGITS + "abcdef",
    "HEX": _DIGITS + "ABCDEF",
    "digits": _DIGITS,
    "alpha": _UPPER + _LOWER,
    "base64": _DIGITS + _UPPER + _LOWER + "+/",
    "base64url": _DIGITS + _UPPER + _LOWER + "-_",
    "base32": _UPPER + "234567",
    "base58": "".join(sorted({*_DIGITS, *_UPPER, *_LOWER} - {*"0OIl"})),
}

# The share of the greatest possible entropy that a random part of some length has at least.
_LEAST_SHARE = 0.8
_TRIES = 1000
# Long texts are made of pieces: the longer a text, the less would any one pass.
_PIECE = 100


def random_text(name: str, length: int, dice: Random) -> str:
    """Return `length` characters of the alphabet called `name` that no filter takes for a placeholder.

    They begin and end with a letter or a digit, and hold one of each where the alphabet has both.
    """
    pieces = [min(_PIECE, length - start) for start in range(0, length, _PIECE)]
    return "".join(_random_piece(name, piece, dice) for piece in pieces)


def _random_piece(name: str, length: int, dice: Random) -> str:
    alphabet = ALPHABETS[name]
    for _ in range(_TRIES):
        text = "".join(dice.choices(alphabet, k=length))
        if _looks_random(text, alphabet):
            return text
    raise AssertionError(f"no random text of {length} characters of {name}")


def random_word(length: int, dice: Random) -> str:
    """Return `length` lower-case letters that can be spoken."""
    letters = ("bdfgklmnprstvz", "aeiou")
    return "".join(dice.choice(letters[place % 2]) for place in range(length))


def random_uuid(dice: Random) -> str:
    """Return a version 4 UUID."""
    digits = f"{dice.getrandbits(128):032x}"
    variant = dice.choice("89ab")
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _looks_random(text: str, alphabet: str) -> bool:
    if not text:
        return True
    if not (text[0].isalnum() and text[-1].isalnum()):
        return False
    if len(text) < 2:
        return True
    has_both = any(letter.isdigit() for letter in alphabet) and any(letter.isalpha() for letter in alphabet)
    if has_both and not (any(c.isdigit() for c in text) and any(c.isalpha() for c in text)):
        return False
    return not is_placeholder(text) and shannon(text) >= _LEAST_SHARE * math.log2(min(len(text), len(alphabet)))
