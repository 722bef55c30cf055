"""Turns a text into its runs of the digits of base64 and hexadecimal, which may be a text that was encoded."""

from __future__ import annotations

from agentguard_secrets._patterns import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

DIGIT = "[A-Za-z0-9+/_-]"
# Between the lines of one run: those of MIME and PEM, of indented YAML, of strings that a program joins.
LINE_END = r"[\"']?[ \t]{0,4}[+\\]?(?:\r?\n|\\r\\n|\\n)[ \t]{0,32}[\"']?"
RUN = rf"(?<!{DIGIT}){DIGIT}{{20,}}+(?:(?<={DIGIT}{{40}}){LINE_END}{DIGIT}{{4,}}+)*+={{0,2}}"
_LEAST = 20
_RUN = pattern(RUN)
_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_APART = bytes(byte if byte in _DIGITS else 32 for byte in range(256))


def runs_in(text: str) -> Iterator[re.Match[str]]:
    """Yield each `RUN` of `text` as a search through it does: a long word begins each, and few words are long."""
    place = done = 0
    for word in text.encode("utf-8", "surrogatepass").translate(_APART).split():
        if len(word) < _LEAST:
            continue
        place = text.index(word.decode(), place)
        if place >= done and (found := _RUN.match(text, place)) is not None:
            yield found
            done = found.end()
        place += len(word)
