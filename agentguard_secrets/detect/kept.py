"""Turns the text of a file in which a program keeps credentials into its settings, whatever its format."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Files whose whole text, or the last field of each line, is the value.
_WHOLE = (".vault-token", "token")
_LAST_FIELD = (".pgpass", "pgpass.conf")

# name = value, name: value, export NAME=value; "name": "value"; <name>value</name>; password value; //user:value@host
_PAIR = (
    r"""(?m)^[ \t\-]*(?:export[ \t]+)?(?://[^\s=]{0,200}:)?["']?([\w.\-]{1,64})["']?[ \t]*[=:][ \t]*"""
    r"""("[^"\n]*"|'[^'\n]*'|[^\s#;][^\n]*)"""
)
_JSON = r'"([\w.\- ]{1,64})"\s{0,8}:\s{0,8}"((?:[^"\\\n]|\\.){8,})"'
_XML = r"<([\w.\-]{1,64})>([^<>\s]{8,})</"
_LOGIN = r"\b(password)[ \t\n]+(\S{8,})"
_ADDRESS = r"://[^\s/:@'\"]{0,200}:([^\s/@'\"]{8,})@"
_GOOGLE = r"\b(ya29\.[\w\-.]{20,})"


def settings_in(text: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield what the file `name` sets, as name and value; the name is "" where the value has none and is a credential.

    A value comes as it is written, and in every other way in which it may be meant.
    """
    if name in _WHOLE:
        yield "", text.strip()
    if name in _LAST_FIELD:
        yield from (("", line.rpartition(":")[2]) for line in text.split("\n"))
    for pattern in (_PAIR, _JSON, _XML, _LOGIN):
        for setting, value in re.findall(pattern, text):
            yield from ((setting, each) for each in _meant(setting, value))
    yield from (("", each) for each in passwords_in(text))
    yield from (("", each) for each in re.findall(_GOOGLE, text))


def passwords_in(text: str) -> Iterator[str]:
    """Yield the passwords of addresses such as //user:password@host."""
    for value in re.findall(_ADDRESS, text):
        yield from _meant("", value)


def _meant(setting: str, value: str) -> Iterator[str]:
    """Yield what a value stands for: without quotes and comment, unescaped, and the password in an encoded pair."""
    if value[:1] in ('"', "'") and value[-1:] == value[:1]:
        value = value[1:-1]
    else:
        value = value.split(" #")[0].strip().rstrip(",;")
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
