"""Turns a template ("ghp_<alnum:30><crc62:6>") into a value of that form, new every time unless seeded.

A placeholder is `<name>` or `<name:argument>`. Names of alphabets (chance.ALPHABETS) take a length or a range of
lengths ("<hex:20-40>"); `<word:N>` is N letters that can be spoken, `<uuid>` a UUID, `<lt>` and `<gt>` the brackets.
Checksums over the random characters directly before them: `<crc62:6>` (base 62), `<crc32hex:8>`, `<crc64le:6>`
(base64, little-endian); those two also reach over one underscore. The names in WHOLE make a whole value. Other words in
brackets, as XML has them, stand for themselves, unless they look like a placeholder with a slip in it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from random import Random, SystemRandom

from agentguard_secrets.errors import RuleError
from agentguard_secrets.rulebook import sample_azure, sample_keys, sample_tokens
from agentguard_secrets.rulebook.chance import ALPHABETS, random_text, random_uuid, random_word
from agentguard_secrets.rulebook.sample_crc import crc32_base62, crc32_base64, crc32_hex

Maker = Callable[[str, Random], str]

WHOLE: Mapping[str, Maker] = {**sample_keys.MAKERS, **sample_tokens.MAKERS, **sample_azure.MAKERS}
_TAILS: Mapping[str, Callable[[str], str]] = {
    "crc62": crc32_base62,
    "crc32hex": crc32_hex,
    "crc64le": crc32_base64,
}
_FIXED = {"lt": "<", "gt": ">"}
# How alike a word in brackets has to be to a placeholder's name to be taken for a slip.
_ALIKE = 0.75
_PLACEHOLDER = re.compile(r"<([A-Za-z][A-Za-z0-9_]*)(?::([^<>\n]{1,60}))?>")
_LENGTH = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


def make(template: str, seed: int | None = None) -> str:
    """Return a value of the form `template` says; the same for the same seed, otherwise new at every call.

    Raises RuleError when the template holds a placeholder that does not exist or an argument it does not take.
    """
    dice = SystemRandom() if seed is None else Random(seed)  # noqa: S311 - a sample protects nothing
    made, run, end = "", "", 0
    for match in _PLACEHOLDER.finditer(template):
        literal = template[end : match.start()]
        if literal != "_" or match[1] not in _TAILS:
            run = "" if literal else run
        part = _part(match, run, dice)
        made, run, end = made + literal + part, run + part, match.end()
    return made + template[end:]


def placeholder_names() -> list[str]:
    """Return the names of all placeholders, sorted."""
    return sorted({*ALPHABETS, *WHOLE, *_TAILS, *_FIXED, "word", "uuid"})


def _part(match: re.Match[str], run: str, dice: Random) -> str:
    name, argument = match[1], match[2] or ""
    if name in _FIXED:
        return _FIXED[name]
    if name == "uuid":
        return random_uuid(dice)
    if name in ALPHABETS:
        return random_text(name, _length(match, dice), dice)
    if name == "word":
        return random_word(_length(match, dice), dice)
    if name in _TAILS:
        return _TAILS[name](run)
    if name in WHOLE:
        return WHOLE[name](argument, dice)
    if argument or difflib.get_close_matches(name, placeholder_names(), n=1, cutoff=_ALIKE):
        raise RuleError(f"{match[0]}: expected a placeholder, one of {', '.join(placeholder_names())}")
    return match[0]


def _length(match: re.Match[str], dice: Random) -> int:
    found = _LENGTH.fullmatch(match[2] or "")
    if found is None:
        raise RuleError(f"{match[0]}: expected a length (<{match[1]}:20>) or a range (<{match[1]}:20-40>)")
    least = int(found[1])
    return dice.randint(least, max(least, int(found[2] or least)))
