"""Turns one word of a shell command into the fields that the shell would make of it."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import EITHER, SECRET, UNKNOWN, UnreadableError, is_secret_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.acts.call import Call

_PLAIN = re.compile(r"[\w./:=@%+,\-]+")
_NAME = re.compile(r"[A-Za-z_]\w*|[0-9@*#?$!_-]")
_ENDS = " \t\r\n;&|<>()"
# Bounds of alternatives, and the place where an unquoted value falls apart into fields.
_OPEN, _CLOSE, _FIELD = "\x02", "\x03", "\x04"
# Quoted braces and commas, which are not expanded.
_KEEP = str.maketrans("{},", "\x0e\x0f\x10")
_GIVE_BACK = str.maketrans("\x0e\x0f\x10", "{},")
_OPENING = ("{", _OPEN)
_MOST_FIELDS = 256
_MOST_GROUPS = 500
# Of all alternatives of a word, and of a variable: what grows beyond is meant to.
_LONGEST = 1_000_000
_LONGEST_VALUE = 65_536
_DEEPEST = 40


class Words:
    """A position in a text of shell, with the variables known there.

    `inner` collects the calls whose output stands in the words read since it was last taken.
    """

    def __init__(self, text: str, *, home: str, folder: str) -> None:
        self.text = text
        self.at = 0
        self.home = home
        self.folder = folder
        self.variables = {
            "HOME": home,
            "PWD": folder or UNKNOWN,
            "IFS": " \t\n",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "SHELL": "/bin/bash",
            "BASH": "/bin/bash",
            "0": "bash",
            "TMPDIR": "/tmp",  # noqa: S108
            **dict.fromkeys("@*123456789", ""),
        }
        self.origins: dict[str, tuple[Call, ...]] = {}
        self.inner: list[Call] = []
        self.depth = 0

    def word(self) -> list[str]:
        """The fields of the word that begins here; more than one where it is split or has alternatives."""
        pieces: list[str] = []
        is_quoted = False
        while self.at < len(self.text):
            letter = self.text[self.at]
            plain = _PLAIN.match(self.text, self.at)
            if plain:
                pieces.append(plain[0])
                self.at = plain.end()
            elif letter in _ENDS and not self.text.startswith(("<(", ">("), self.at):
                break
            else:
                is_quoted = is_quoted or letter in "'\"" or self.text.startswith(("$'", '$"'), self.at)
                pieces.append(self._piece(letter, is_first=not pieces))
        return _fields("".join(pieces), is_quoted=is_quoted)

    def quoted(self, text: str) -> str:
        """What `text` is inside double quotes: expanded and not split."""
        quoted: str = self.elsewhere(text, lambda: self._until_quote(""))
        return quoted

    def elsewhere(self, text: str, read: Any) -> Any:
        """What `read` makes of another text, here in the middle of this one."""
        if self.depth >= _DEEPEST:
            raise UnreadableError("nested too deeply")
        place = self.text, self.at
        self.text, self.at, self.depth = text, 0, self.depth + 1
        try:
            return read()
        finally:
            (self.text, self.at), self.depth = place, self.depth - 1

    def variable(self, name: str) -> str:
        """The value of a variable as far as the command says it."""
        self.inner += self.origins.get(name, ())
        if name in self.variables:
            return self.variables[name]
        return UNKNOWN + SECRET if is_secret_name(name) else UNKNOWN

    def substitution(self, opened: str) -> str:
        """The output of `$(...)`, `<(...)` or `>(...)`, whose opening stands here."""
        raise NotImplementedError

    def _piece(self, letter: str, *, is_first: bool) -> str:
        if letter == "~" and is_first:
            return self._tilde()
        read = {"'": self._single, '"': self._double, "\\": self._escaped, "`": self._old_style, "$": self._dollar}
        if letter in read:
            return read[letter]()
        if letter in "<>":
            return self.substitution(letter + "(")
        self.at += 1
        return letter

    def _tilde(self) -> str:
        match = re.compile(r"~([\w.-]*)(?=/|$|[\s;&|<>()])").match(self.text, self.at)
        if match is None:
            self.at += 1
            return "~"
        self.at = match.end()
        if match[1] and match[1] != "root":
            return f"/home/{match[1]}"
        return "/root" if match[1] else self.home

    def _single(self) -> str:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise UnreadableError("a quote that is not closed")
        quoted = self.text[self.at + 1 : end]
        self.at = end + 1
        return quoted.translate(_KEEP)

    def _double(self) -> str:
        self.at += 1
        return self._until_quote('"').translate(_KEEP)

    def _until_quote(self, quote: str) -> str:
        pieces: list[str] = []
        stops = re.compile(r'[\\$`"]' if quote else r"[\\$`]")
        while True:
            stop = stops.search(self.text, self.at)
            if stop is None:
                if quote:
                    raise UnreadableError("a quote that is not closed")
                pieces.append(self.text[self.at :])
                self.at = len(self.text)
                return "".join(pieces)
            pieces.append(self.text[self.at : stop.start()])
            self.at = stop.start()
            if stop[0] == '"':
                self.at += 1
                return "".join(pieces)
            pieces.append(self._in_quotes(stop[0]))

    def _in_quotes(self, letter: str) -> str:
        if letter == "`":
            return self._old_style(split=False)
        if letter == "$":
            return self._dollar(split=False)
        following = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        return following if following in '$`"\\' else "" if following == "\n" else "\\" + following

    def _escaped(self) -> str:
        following = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        return "" if following == "\n" else following.translate(_KEEP)

    def _old_style(self, *, split: bool = True) -> str:
        end = re.compile(r"`((?:[^`\\]|\\.)*)`", re.DOTALL).match(self.text, self.at)
        if end is None:
            raise UnreadableError("a backquote that is not closed")
        self.at = end.end()
        script = re.sub(r"\\([`\\$])", r"\1", end[1])
        output = self.elsewhere(f"$({script}\n)", lambda: self.substitution("$("))
        return self._value(output, split=split)

    def _dollar(self, *, split: bool = True) -> str:
        from agentguard_secrets.acts.parameter import ansi_quoted, braced

        text, at = self.text, self.at
        following = text[at + 1 : at + 2]
        if following == "'" and split:
            return ansi_quoted(self).translate(_KEEP)
        if following == '"' and split:
            self.at += 1
            return self._double()
        if following == "(":
            return self._value(self._parenthesised(), split=split)
        if following == "{":
            return self._value(braced(self), split=split)
        name = _NAME.match(text, at + 1)
        self.at = name.end() if name else at + 1
        return self._value(self.variable(name[0]), split=split) if name else "$"

    def _parenthesised(self) -> str:
        if self.text.startswith("$((", self.at):
            end = _arithmetic_end(self.text, self.at + 3)
            if end is not None:
                inside, self.at = self.text[self.at + 3 : end], end + 2
                self.quoted(inside)
                return inside.strip() if inside.strip().isdigit() else UNKNOWN
        return self.substitution("$(")

    def _value(self, value: str, *, split: bool) -> str:
        if len(value) > _LONGEST_VALUE:
            raise UnreadableError("a value that is too long")
        if split:
            for blank in self.variables.get("IFS", " \t\n"):
                value = value.replace(blank, _FIELD)
            value = value.translate(_KEEP)
        return f"{_OPEN}{value}{_CLOSE}" if EITHER in value else value


def _arithmetic_end(text: str, start: int) -> int | None:
    """Where the `))` of `$((` stands; None when it is a substitution that begins with a subshell."""
    depth = 0
    for at in range(start, len(text)):
        if text[at] == "(":
            depth += 1
        elif text[at] == ")":
            if depth == 0:
                return at if text.startswith("))", at) else None
            depth -= 1
    return None


def _fields(joined: str, *, is_quoted: bool) -> list[str]:
    if "{" not in joined and _OPEN not in joined and _FIELD not in joined:
        return [joined.translate(_GIVE_BACK)] if joined or is_quoted else []
    wholes = _alternatives(joined)
    parts = [part for whole in wholes for part in whole.split(_FIELD)]
    fields = [part.translate(_GIVE_BACK) for part in parts if part]
    return fields or ([""] if is_quoted else [])


def _alternatives(text: str) -> list[str]:
    """Every text that braces and values with alternatives stand for, the first alternative first."""
    wholes = [""]
    at, groups = 0, 0
    while at < len(text):
        group = _group(text, at) if text[at] in _OPENING else None
        groups += group is not None
        if groups > _MOST_GROUPS:
            raise UnreadableError("too many alternatives")
        choices, end = group or ([text[at]], at + 1)
        if group is None:
            end = min((place for place in (text.find(mark, end) for mark in _OPENING) if place >= 0), default=len(text))
            choices = [text[at:end]]
        wholes = [whole + choice for whole in wholes for choice in choices][:_MOST_FIELDS]
        if len(wholes) * len(wholes[-1]) > _LONGEST:
            raise UnreadableError("too many alternatives")
        at = end
    return wholes


def _group(text: str, at: int) -> tuple[list[str], int] | None:
    closing, comma = {"{": ("}", ","), _OPEN: (_CLOSE, EITHER)}.get(text[at], ("", ""))
    if not closing:
        return None
    depth, commas = 0, [at]
    for end in range(at + 1, len(text)):
        if text[end] == text[at]:
            depth += 1
        elif text[end] == closing and depth:
            depth -= 1
        elif text[end] == closing:
            return _choices(text, [*commas, end], closing), end + 1
        elif text[end] == comma and depth == 0:
            commas.append(end)
    return None


def _choices(text: str, marks: list[int], closing: str) -> list[str]:
    inside = text[marks[0] + 1 : marks[-1]]
    if len(marks) > 2:
        parts = [text[start + 1 : end] for start, end in zip(marks, marks[1:], strict=False)]  # noqa: RUF007
        return [whole for part in parts for whole in _alternatives(part)]
    span = re.fullmatch(r"(\w)\.\.(\w)|(\d+)\.\.(\d+)", inside) if closing == "}" else None
    if span and span[1]:
        return [chr(code) for code in range(ord(span[1]), ord(span[2]) + 1)][:_MOST_FIELDS]
    if span:
        return [str(number) for number in range(int(span[3]), int(span[4]) + 1)[:_MOST_FIELDS]]
    return [f"{{{whole}}}" for whole in _alternatives(inside)] if closing == "}" else _alternatives(inside)


if TYPE_CHECKING:
    from typing import Any
