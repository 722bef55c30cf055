"""Turns a shell command into the calls that it would make.

The shell is followed as far as its text tells: quotes are removed, variables and substitutions resolved, every branch
is taken. What only running would tell becomes UNKNOWN in the words, never nothing.
"""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import EITHER, UNKNOWN, Call, UnreadableError
from agentguard_secrets.acts.outputs import is_known, output_of
from agentguard_secrets.acts.parts import ASSIGNMENT, Parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_FUNCTION = re.compile(r"([^\s'\"\\$`|&;<>(){}=]+)[ \t]*\([ \t]*\)\s*")
_MOST_CALLS = 500


class Shell(Parts):
    """One reading of one command; `calls` are in the order in which the shell would make them."""

    def __init__(self, text: str, *, home: str, folder: str, aliases: Mapping[str, str]) -> None:
        super().__init__(text.replace("\r\n", "\n"), home=home, folder=folder)
        self.aliases = aliases
        self.calls: list[Call] = []
        self.files: dict[str, str] = {}
        self.functions: dict[str, str] = {}
        self.uncalled: dict[str, str] = {}
        self.feeds: tuple[Call, ...] = ()
        self.stdin: str | None = None
        self.host = ""
        self.is_looping = False
        self.fed: list[tuple[int, int]] = []

    def read(self) -> list[Call]:
        """Every call of the command. Raises UnreadableError where the shell would see a syntax error."""
        self.script(())
        if self.at < len(self.text):
            raise UnreadableError("something is closed that was not opened")
        self.variables.update(dict.fromkeys("@*123456789", UNKNOWN))
        for body in list(self.uncalled.values()):
            self.run_script(body)
        return self.calls

    def run_script(self, text: str) -> str | None:
        """Follow another script in the state reached here; returns what it prints, None when unknown."""
        bodies, self.bodies = self.bodies, {}
        try:
            printed: str | None = self.elsewhere(text, lambda: self.script(()))
            return printed
        finally:
            self.bodies = bodies

    def script(self, ends: tuple[str, ...]) -> str | None:
        """Follow commands until one of `ends` stands at the position, or the text is over."""
        printed: list[str | None] = []
        while True:
            self.separators()
            if self.at >= len(self.text) or self.text[self.at] == ")" or self.reserved() in ends:
                return None if None in printed else "".join(part or "" for part in printed)
            if ";;" in ends and self.text.startswith((";;", ";&"), self.at):
                return None
            before = self.at
            printed.append(self._pipeline())
            if self.at == before:
                raise UnreadableError("a command is missing")
            if len(self.calls) > _MOST_CALLS:
                raise UnreadableError("too many commands")

    def substitution(self, opened: str) -> str:
        """The output of `$(...)`, `<(...)` or `>(...)`, whose opening stands here."""
        start, outer, stdin = len(self.calls), self.inner, self.stdin
        self.at += 2
        self.inner = []
        output = self.script((")",))
        self.expect(")")
        made = tuple(self.calls[start:])
        self.inner, self.stdin = [*outer, *self.inner, *made], stdin
        if opened == "$(":
            return _names_in(made) if output is None else output.rstrip("\n")
        if opened == ">(":
            self.fed.append((start, len(self.calls)))
        name = f"/dev/fd/{60 + len(self.files)}"
        if output is not None:
            self.files[name] = output
        elif (names := _names_in(made)) != UNKNOWN:
            self.files[name] = names.replace(EITHER, "\n")
        return name

    def _pipeline(self) -> str | None:
        feeds, stdin = self.feeds, self.stdin
        try:
            while True:
                start = len(self.calls)
                printed = self.command()
                self.blanks()
                if not self.text.startswith("|", self.at) or self.text.startswith("||", self.at):
                    return printed
                self.at += 2 if self.text.startswith("|&", self.at) else 1
                self.feeds = (*self.feeds, *self.calls[start:])
                self.stdin = printed
                self.newlines()
        finally:
            self.feeds, self.stdin = feeds, stdin

    def command(self) -> str | None:
        from agentguard_secrets.acts import compound

        word = self.reserved()
        if word in ("!", "time", "coproc", "then", "do", "else"):
            self.at += len(word)
            self.blanks()
            return self.command() if self.text[self.at : self.at + 1] not in ("", "\n", ";") else None
        opener = word or next((mark for mark in ("((", "[[", "(") if self.text.startswith(mark, self.at)), "")
        read = compound.READERS.get(opener)
        if read is not None:
            return compound.with_redirections(self, read)
        if word:
            raise UnreadableError(f"{word} stands where a command is expected")
        function = _FUNCTION.match(self.text, self.at)
        if function:
            self.at = function.end()
            return compound.define(self, function[1])
        return self._simple()

    def _simple(self) -> str | None:
        outer, self.inner = self.inner, []
        words: list[str] = []
        settings: dict[str, str] = {}
        reads: list[str] = []
        writes: list[tuple[str, str]] = []
        stdin = self.stdin
        fed = len(self.fed)
        while self.has_more():
            if self.redirection(reads, writes):
                stdin = self.here if self.here is not None else None if reads and reads[-1] not in self.files else stdin
            elif not words and ASSIGNMENT.match(self.text, self.at):
                self.assignment(settings)
            else:
                words += self.next_word()
        call = Call(
            words=tuple(words),
            settings=settings,
            reads=tuple(reads),
            writes=tuple(writes),
            stdin=self.files.get(reads[-1], stdin) if reads else stdin,
            feeds=self.feeds,
            inner=tuple(self.inner),
            folder=self.folder,
            host=self.host,
        )
        self.inner = outer
        for start, end in self.fed[fed:]:
            self.calls[start:end] = [each._replace(feeds=(*each.feeds, call)) for each in self.calls[start:end]]
        return self.run(call)

    def run(self, call: Call) -> str | None:
        """Add the call and what it runs in turn; returns what it prints, None when unknown."""
        from agentguard_secrets.acts.running import follow

        if call.words and call.program.startswith("git-"):
            # As it lies in git's own folder of programs.
            call = call._replace(words=("git", call.program[4:], *call.words[1:]))
        self.calls.append(call)
        if not call.words:
            self.variables.update(call.settings)
            return None if call.reads else ""
        printed = follow(self, call)
        return self._kept(call, printed)

    def _kept(self, call: Call, printed: str | None) -> str | None:
        """Remember what goes into files: a later command may run them."""
        targets = [*call.writes, *((">", name) for name in call.operands if call.program == "tee")]
        for operator, target in targets:
            if operator[:1].isdigit():
                continue
            if printed is None:
                self.files.pop(target, None)
            else:
                self.files[target] = (self.files.get(target, "") if ">>" in operator else "") + printed
        is_redirected = any(not operator[:1].isdigit() for operator, _target in call.writes)
        return "" if is_redirected and call.program != "tee" else printed

    def output(self, call: Call) -> str | None:
        """What the call itself prints, as far as the command says it."""
        return output_of(call, files=self.files)

    def is_known(self, text: str) -> bool:
        """Whether the text can be followed as a script."""
        return is_known(text)


def _names_in(calls: tuple[Call, ...]) -> str:
    """What the output of these calls may be where it is names of files."""
    from agentguard_secrets.acts.finding import listed_by

    return EITHER.join(listed_by(calls)) or UNKNOWN
