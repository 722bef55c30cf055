"""Turns the text of a file in which a program keeps credentials into its settings, whatever its format."""

from __future__ import annotations

from agentguard_secrets._patterns import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Files whose whole text, or the last field of each line, is the value.
_WHOLE = (".vault-token", "token")
_LAST_FIELD = (".pgpass", "pgpass.conf")

# Only where their signs stand: most files need none.
_MARKUP = pattern(r"<([\w.\-]{1,64})>([^<>\s]{8,})</")
_GOOGLE = pattern(r"\b(ya29\.[\w\-.]{20,})")
_PERCENT = pattern("%([0-9A-Fa-f]{2})")
_LONGEST_NAME, _SHORTEST_VALUE = 64, 8
_LONGEST_USER = 200


def settings_in(text: str, name: str, wanted: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Yield what the file `name` sets, as name and value; the name is "" where the value has none and is a credential.

    Only settings whose name is `wanted` are yielded. A value comes as it is written, and in every other way in which it
    may be meant.
    """
    if name in _WHOLE:
        yield "", text.strip()
    if name in _LAST_FIELD:
        yield from (("", line.rpartition(":")[2]) for line in text.split("\n"))
    found = _lines(text, wanted)
    if '":' in text:
        found += [entry for entry in _entries(text) if wanted(entry[0])]
    if "</" in text:
        found += [entry for entry in _MARKUP.findall(text) if wanted(entry[0])]
    if "login" in text:
        found += _of_hosts(text)
    for setting, value in found:
        yield from ((setting, each) for each in _meant(setting, value))
    if "://" in text:
        yield from (("", each) for each in passwords_in(text))
    if "ya29." in text:
        yield from (("", each) for each in _GOOGLE.findall(text))


def passwords_in(text: str) -> Iterator[str]:
    """Yield the passwords of addresses such as //user:password@host."""
    for part in text.split("://")[1:]:
        account, sign, _host = part.partition("@")
        user, colon, value = account.partition(":")
        if not (sign and colon) or len(user) > _LONGEST_USER or len(value) < _SHORTEST_VALUE:
            continue
        if len(account.split()) == 1 and not any(map(account.__contains__, "/'\"")):
            yield from _meant("", value)


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """Yield what "name": "value" sets."""
    parts = text.split('"')
    for place in range(1, len(parts) - 2):
        if parts[place + 1].strip() != ":" or not _is_name(parts[place].replace(" ", "")):
            continue
        value, end = parts[place + 2], place + 3
        # A quote behind an odd number of backslashes belongs to the value.
        while (len(value) - len(value.rstrip("\\"))) % 2 and end < len(parts):
            value, end = f'{value}"{parts[end]}', end + 1
        if len(value) >= _SHORTEST_VALUE and "\n" not in value:
            yield parts[place], value


def _of_hosts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the passwords of .netrc."""
    words = iter(text.split())
    yield from ((word, next(words, "")) for word in words if word == "password")


def _lines(text: str, wanted: Callable[[str], bool]) -> list[tuple[str, str]]:
    """Return what lines such as name = value, name: value and export NAME=value set."""
    found = []
    for each in text.split("\n"):
        line = each.strip(" \t\r-").removeprefix("export ").lstrip()
        if line.startswith("//"):
            # npm: what is set for one host.
            line = line[line.find(":_") + 1 :]
        name, equals, value = line.partition("=")
        if ":" in name:
            name, _, rest = name.partition(":")
            value = f"{rest}{equals}{value}"
        elif not equals:
            continue
        name, value = name.strip(" \t\"'"), value.strip()
        if value and _is_name(name) and line[0] not in "#;" and wanted(name):
            found.append((name, value))
    return found


def _is_name(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and text.replace("_", "").replace("-", "").replace(".", "").isalnum()


def _meant(setting: str, value: str) -> Iterator[str]:
    """Yield what a value stands for: without quotes and comment, unescaped, and the password in an encoded pair."""
    bare = value.split(" #")[0].strip().rstrip(",;")
    value = value[1:].partition(value[0])[0] if value[:1] in ('"', "'") else bare
    yield value
    if "\\" in value:
        yield value.replace('\\"', '"').replace("\\/", "/").replace("\\\\", "\\")
    if "%" in value:
        yield _PERCENT.sub(lambda found: chr(int(found[1], 16)), value)
    if setting in ("auth", "_auth", "_password"):
        yield from _decoded(value)


def _decoded(value: str) -> Iterator[str]:
    from binascii import Error, a2b_base64

    try:
        pair = a2b_base64(value).decode("utf-8")
    except (Error, ValueError):
        return
    yield pair.partition(":")[2] or pair
