"""Turns the text of a file in which a program keeps credentials into its settings, whatever its format."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Files whose whole text, or the last field of each line, is the value.
_WHOLE = (".vault-token", "token")
_LAST_FIELD = (".pgpass", "pgpass.conf")

# Each with a sign without which it cannot hold: a pattern is compiled in each hook process that needs it.
_GATED = (
    # "name": "value"
    ('":', r'"([\w.\- ]{1,64})"\s{0,8}:\s{0,8}"((?:[^"\\\n]|\\.){8,})"'),
    ("</", r"<([\w.\-]{1,64})>([^<>\s]{8,})</"),
    ("login", r"\b(password)[ \t\n]+(\S{8,})"),
)
_ADDRESS = r"://[^\s/:@'\"]{0,200}:([^\s/@'\"]{8,})@"
_GOOGLE = r"\b(ya29\.[\w\-.]{20,})"
_LONGEST_NAME = 64


def settings_in(text: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield what the file `name` sets, as name and value; the name is "" where the value has none and is a credential.

    A value comes as it is written, and in every other way in which it may be meant.
    """
    if name in _WHOLE:
        yield "", text.strip()
    if name in _LAST_FIELD:
        yield from (("", line.rpartition(":")[2]) for line in text.split("\n"))
    found = list(_lines(text))
    for sign, pattern in _GATED:
        found += re.findall(pattern, text) if sign in text else ()
    yield from ((setting, each) for setting, value in found for each in _meant(setting, value))
    yield from (("", each) for each in passwords_in(text))
    if "ya29." in text:
        yield from (("", each) for each in re.findall(_GOOGLE, text))


def passwords_in(text: str) -> Iterator[str]:
    """Yield the passwords of addresses such as //user:password@host."""
    if "://" in text:
        for value in re.findall(_ADDRESS, text):
            yield from _meant("", value)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield what lines such as name = value, name: value and export NAME=value set."""
    for each in text.split("\n"):
        line = each.strip(" \t\r-").removeprefix("export ").lstrip()
        if line.startswith("//"):
            # npm: what is set for one host.
            line = line[line.find(":_") + 1 :]
        places = [place for place in (line.find("="), line.find(":")) if place > 0]
        if places and line[0] not in "#;":
            name, value = line[: min(places)].strip(" \t\"'"), line[min(places) + 1 :].strip()
            plain = name.replace("_", "").replace("-", "").replace(".", "")
            if value and plain.isalnum() and len(name) <= _LONGEST_NAME:
                yield name, value


def _meant(setting: str, value: str) -> Iterator[str]:
    """Yield what a value stands for: without quotes and comment, unescaped, and the password in an encoded pair."""
    bare = value.split(" #")[0].strip().rstrip(",;")
    value = value[1:].partition(value[0])[0] if value[:1] in ('"', "'") else bare
    yield value
    if "\\" in value:
        yield value.replace('\\"', '"').replace("\\/", "/").replace("\\\\", "\\")
    if "%" in value:
        yield re.sub("%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), value)
    if setting in ("auth", "_auth", "_password"):
        yield from _decoded(value)


def _decoded(value: str) -> Iterator[str]:
    from binascii import Error, a2b_base64

    try:
        pair = a2b_base64(value).decode("utf-8")
    except (Error, ValueError):
        return
    yield pair.partition(":")[2] or pair
