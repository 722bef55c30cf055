"""Turns `${...}` and `$'...'` into the text that the shell would put there."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import UNKNOWN, UnreadableError
from agentguard_secrets.acts.outputs import unescaped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.acts.words import Words

_LONGEST = 2000
_MOST_STARS = 2
_CONTENT = re.compile(r"([!#]?)(\w+|[@*#?$!-])(\[[^\]]*\])?(.*)", re.DOTALL)


def ansi_quoted(words: Words) -> str:
    """The text of the `$'...'` that stands at the position, which moves behind it."""
    match = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL).match(words.text, words.at)
    if match is None:
        raise UnreadableError("a quote that is not closed")
    words.at = match.end()
    return unescaped(match[1])


def braced(words: Words) -> str:
    """The value of the `${...}` that stands at the position, which moves behind it."""
    end = _end(words.text, words.at + 2)
    content = words.text[words.at + 2 : end]
    words.at = end + 1
    match = _CONTENT.fullmatch(content)
    if match is None:
        return UNKNOWN
    mark, name, _index, rest = match.groups()
    if mark == "#":
        return UNKNOWN
    if mark == "!" and rest in ("*", "@") and name.isidentifier():
        # The names that begin so; a credential's may be one of them.
        return f"{name}_TOKEN"
    if mark == "!":
        name = words.variables.get(name, name)
        return words.variable(name) if re.fullmatch(r"\w+", name) else UNKNOWN
    return _operated(words, name, rest) if rest else words.variable(name)


def _end(text: str, start: int) -> int:
    depth, at = 0, start
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            at += 1
        elif letter == "'" and "'" in text[at + 1 :] and depth == 0 and text[start:at].rstrip(":")[-1:] in "-=+":
            at = text.index("'", at + 1)
        elif letter == "{":
            depth += 1
        elif letter == "}":
            if depth == 0:
                return at
            depth -= 1
        at += 1
    raise UnreadableError("a brace that is not closed")


def _operated(words: Words, name: str, rest: str) -> str:
    operator = rest.lstrip(":")[:1]
    if operator and operator in "-=+?" and len(rest) - len(rest.lstrip(":")) <= 1:
        return _defaulted(words, name, operator, _unquoted(rest.lstrip(":")[1:]))
    value = words.variable(name)
    if UNKNOWN in value:
        words.quoted(rest)
        return value
    if rest[0] == ":":
        return _slice(value, rest[1:])
    if len(value) > _LONGEST or rest.count("*") > _MOST_STARS:
        # What is tried for each place of a long value takes long: it is not followed.
        return UNKNOWN
    if rest[0] in "#%":
        return _stripped(value, rest)
    if rest[0] == "/":
        return _replaced(value, words.quoted(_unquoted(rest)))
    changed = {"^": value[:1].upper() + value[1:], "^^": value.upper(), ",": value[:1].lower() + value[1:]}
    return changed.get(rest, value.lower() if rest == ",," else value)


def _defaulted(words: Words, name: str, operator: str, spelled: str) -> str:
    given = words.variables.get(name)
    other = words.quoted(spelled)
    if operator == "+":
        return other
    if operator == "?" or given:
        return words.variable(name)
    if operator == "=":
        words.variables[name] = other
    return other or words.variable(name)


def _unquoted(spelled: str) -> str:
    if len(spelled) > 1 and spelled[0] == spelled[-1] and spelled[0] in "'\"":
        return spelled[1:-1]
    return spelled


def _slice(value: str, spelled: str) -> str:
    match = re.fullmatch(r"\s*\(?\s*(-?\d+)\s*\)?\s*(?::\s*(-?\d+))?", spelled)
    if match is None:
        return UNKNOWN
    start = int(match[1])
    tail = value[start:]
    return tail if match[2] is None else tail[: int(match[2])]


def _stripped(value: str, spelled: str) -> str:
    mark = spelled[0]
    is_long = spelled[1:2] == mark
    pattern = spelled[2:] if is_long else spelled[1:]
    wanted = re.compile(_as_expression(pattern), re.DOTALL)
    cuts = range(len(value) + 1)
    if mark == "#":
        ends = [cut for cut in cuts if wanted.fullmatch(value[:cut])]
        return value[(max if is_long else min)(ends) :] if ends else value
    starts = [cut for cut in cuts if wanted.fullmatch(value[cut:])]
    return value[: (min if is_long else max)(starts)] if starts else value


def _replaced(value: str, spelled: str) -> str:
    is_every = spelled.startswith("//")
    pattern, _slash, other = spelled[2 if is_every else 1 :].partition("/")
    if not pattern:
        return value
    return re.sub(_as_expression(pattern), lambda _match: other, value, count=0 if is_every else 1, flags=re.DOTALL)


def _as_expression(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
