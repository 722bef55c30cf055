"""Turns the parts of a simple command, where they stand, into words, files and assignments."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import EITHER, UnreadableError
from agentguard_secrets.acts.words import Words

ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\[[^\]\n]*\])?\+?=")
_REDIRECTION = re.compile(r"(\d+|\{\w+\})?(<<<|<<-?|<>|>>|>\||>&|<&|&>>|&>|<(?!\()|>(?!\())")
_RESERVED = re.compile(
    r"(if|then|else|elif|fi|while|until|for|select|do|done|case|esac|function|time|coproc|[{}!])(?=[\s;()&|]|$)"
)


class Parts(Words):
    """A position in a text of shell between whole words.

    `bodies` maps the line ends behind which here-documents stand to where these are over. `here` is the text of the
    last redirection, None when it was a file. `sockets` are the numbers under which a connection is open.
    """

    def __init__(self, text: str, *, home: str, folder: str) -> None:
        super().__init__(text, home=home, folder=folder)
        self.bodies: dict[int, int] = {}
        self.here: str | None = None
        self.sockets: set[str] = set()

    def separators(self) -> None:
        """Move behind blanks, ends of commands and comments."""
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter == "\n":
                self.at = self.bodies.pop(self.at, self.at + 1)
            elif letter in " \t\r" or (letter in ";&" and not self.text.startswith((";;", ";&", "&>"), self.at)):
                self.at += 1
            elif letter == "#":
                self._comment()
            elif self.text.startswith(("&&", "||", "\\\n"), self.at):
                self.at += 2
            else:
                return

    def _comment(self) -> None:
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def blanks(self) -> None:
        """Move behind blanks and broken lines."""
        while self.at < len(self.text):
            if self.text[self.at] in " \t\r":
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            else:
                return

    def newlines(self) -> None:
        """Move behind blanks, line ends and comments, where a command goes on behind them."""
        self.blanks()
        while self.text.startswith(("\n", "#"), self.at):
            if self.text[self.at] == "#":
                self._comment()
            else:
                self.at = self.bodies.pop(self.at, self.at + 1)
            self.blanks()

    def reserved(self) -> str:
        """The reserved word that stands here, empty when none does."""
        match = _RESERVED.match(self.text, self.at)
        return match[1] if match else ""

    def expect(self, wanted: str) -> None:
        """Move behind `wanted`. Raises UnreadableError when it does not stand here."""
        if not self.text.startswith(wanted, self.at):
            raise UnreadableError(f"{wanted} is missing")
        self.at += len(wanted)

    def next_word(self) -> list[str]:
        """The fields of the word that has to stand here. Raises UnreadableError when none does."""
        before = self.at
        fields = self.word()
        if self.at == before:
            raise UnreadableError("a word is missing")
        return fields

    def has_more(self) -> bool:
        """Whether the simple command goes on here."""
        self.blanks()
        if self.at >= len(self.text) or self.text[self.at] in "\n;|)":
            return False
        if self.text[self.at] == "(":
            raise UnreadableError("( stands where a word is expected")
        if self.text[self.at] == "#":
            self._comment()
            return False
        return self.text[self.at] != "&" or self.text.startswith("&>", self.at)

    def redirection(self, reads: list[str], writes: list[tuple[str, str]]) -> bool:
        """Read the redirection that stands here, if one does; `here` is then the text it gives, None for a file."""
        match = _REDIRECTION.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        self.blanks()
        number, operator, self.here = match[1] or "", match[2], None
        if operator in ("<<", "<<-"):
            self.here = self._here_document(strip=operator == "<<-")
            return True
        target = " ".join(self.word())
        if operator == "<<<":
            self.here = target + "\n"
        elif target.startswith(("/dev/tcp/", "/dev/udp/")):
            self.sockets.add(number)
            writes.append((">", target))
        elif operator == ">&" and target in self.sockets:
            writes.append((">", "/dev/tcp/"))
        elif operator in ("<", "<>", "<&") and not target.rstrip("-").isdigit() and target != "-":
            reads.append(target)
            if operator == "<>" and number not in ("", "0"):
                writes.append((">>", target))
        elif operator in (">&", ">", ">>", ">|", "&>", "&>>") and not target.rstrip("-").isdigit() and target != "-":
            writes.append((operator if number in ("", "1") else number + operator, target))
        return True

    def _here_document(self, *, strip: bool) -> str:
        start = self.at
        delimiter = "".join(self.word()[:1])
        is_raw = any(mark in self.text[start : self.at] for mark in "'\"\\")
        newline = self.text.find("\n", self.at)
        if newline < 0:
            return ""
        begin = self.bodies.get(newline, newline + 1)
        tabs = r"\t*" if strip else ""
        last = re.compile(rf"^{tabs}{re.escape(delimiter)}(?:\n|\Z|(?=\)))", re.MULTILINE).search(self.text, begin)
        body = self.text[begin : last.start() if last else len(self.text)]
        self.bodies[newline] = last.end() if last else len(self.text)
        if strip:
            body = re.sub(r"^\t+", "", body, flags=re.MULTILINE)
        return body if is_raw else self.quoted(body)

    def assignment(self, settings: dict[str, str]) -> None:
        """Read the assignment that stands here into `settings`."""
        match = ASSIGNMENT.match(self.text, self.at)
        if match is None:
            return
        name, self.at = match[1], match.end()
        before = len(self.inner)
        if self.text.startswith("(", self.at):
            value = EITHER.join(self._array())
        else:
            fields = self.word() if self._is_at_word() else []
            value = " ".join(fields)
        if self.text[match.end() - 2] == "+":
            value = self.variables.get(name, "") + (EITHER if match[2] else "") + value
        settings[name] = value
        self.origins[name] = tuple(self.inner[before:])

    def _is_at_word(self) -> bool:
        return self.at < len(self.text) and self.text[self.at] not in " \t\r\n;&|)"

    def _array(self) -> list[str]:
        self.at += 1
        fields: list[str] = []
        while True:
            self.newlines()
            if self.text.startswith(")", self.at):
                self.at += 1
                return fields
            if self.at >= len(self.text) or self.text[self.at] in "(;&|<>":
                raise UnreadableError("an array that is not closed")
            fields += self.next_word()
