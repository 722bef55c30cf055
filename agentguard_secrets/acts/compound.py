"""Turns a compound command of the shell into the calls of all its branches."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import EITHER, UNKNOWN, UnreadableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentguard_secrets.acts.shell import Shell


def with_redirections(shell: Shell, read: Callable[[Shell], str | None]) -> str | None:
    """Follow a compound command; what is redirected behind it holds for every call in it."""
    start, opening, stdin = len(shell.calls), shell.at, shell.stdin
    printed = read(shell)
    reads: list[str] = []
    writes: list[tuple[str, str]] = []
    shell.blanks()
    shell.here = None
    while shell.redirection(reads, writes):
        shell.blanks()
    given = shell.here if shell.here is not None else shell.files.get(reads[-1]) if reads else None
    if given is not None:
        # Only now it is known what the commands in it are given: they are followed once more.
        end, shell.at, shell.stdin = shell.at, opening, given
        printed, shell.at, shell.stdin = read(shell), end, stdin
    if reads or writes:
        shell.calls[start:] = [
            call._replace(reads=(*call.reads, *reads), writes=(*call.writes, *writes)) for call in shell.calls[start:]
        ]
    for _operator, target in writes:
        if printed is not None:
            shell.files[target] = printed
    return "" if writes else printed


def define(shell: Shell, name: str) -> str | None:
    """Read a function's body without running it."""
    start, calls = shell.at, len(shell.calls)
    variables, origins, fed = dict(shell.variables), dict(shell.origins), list(shell.fed)
    shell.command()
    body = shell.text[start : shell.at]
    del shell.calls[calls:]
    shell.variables, shell.origins, shell.fed = variables, origins, fed
    shell.functions[name] = body
    shell.uncalled[name] = body
    return ""


def _braces(shell: Shell) -> str | None:
    shell.expect("{")
    printed = shell.script(("}",))
    shell.expect("}")
    return printed


def _subshell(shell: Shell) -> str | None:
    variables, folder = dict(shell.variables), shell.folder
    shell.expect("(")
    printed = shell.script((")",))
    shell.expect(")")
    shell.variables, shell.folder = variables, folder
    return printed


def _arithmetic(shell: Shell) -> str | None:
    end = shell.text.find("))", shell.at)
    if end < 0:
        return _subshell(shell)
    shell.quoted(shell.text[shell.at + 2 : end])
    shell.at = end + 2
    return ""


def _condition(shell: Shell) -> str | None:
    end = re.compile(r"\s\]\](?=[\s;&|)]|$)").search(shell.text, shell.at)
    if end is None:
        raise UnreadableError("]] is missing")
    shell.quoted(shell.text[shell.at + 2 : end.start()])
    shell.at = end.end()
    return ""


def _if(shell: Shell) -> str | None:
    shell.at += 2
    while True:
        shell.script(("then", "elif", "else", "fi"))
        word = shell.reserved()
        if not word:
            raise UnreadableError("fi is missing")
        shell.at += len(word)
        if word == "fi":
            return None


def _while(shell: Shell) -> str | None:
    shell.at += 5
    outer, shell.is_looping = shell.is_looping, True
    try:
        shell.script(("do",))
        return _body(shell)
    finally:
        shell.is_looping = outer


def _body(shell: Shell) -> str | None:
    shell.expect("do")
    printed = shell.script(("done",))
    shell.expect("done")
    return printed


def _for(shell: Shell) -> str | None:
    shell.at += len(shell.reserved())
    shell.blanks()
    if shell.text.startswith("((", shell.at):
        _arithmetic(shell)
    else:
        _bind(shell)
    shell.separators()
    if shell.reserved() == "{":
        return _braces(shell)
    printed = _body(shell)
    return printed if printed == "" else None


def _bind(shell: Shell) -> None:
    name = "".join(shell.word())
    shell.newlines()
    values: list[str] = []
    before = len(shell.inner)
    if shell.text.startswith("in", shell.at):
        shell.at += 2
        while shell.has_more():
            values += shell.next_word()
    else:
        values = [shell.variables.get("@", UNKNOWN)]
    shell.variables[name] = EITHER.join(values) if values else UNKNOWN
    shell.origins[name] = tuple(shell.inner[before:])


def _case(shell: Shell) -> str | None:
    shell.at += 4
    shell.blanks()
    shell.word()
    shell.newlines()
    shell.expect("in")
    while True:
        shell.separators()
        while shell.text.startswith((";;", ";&"), shell.at):
            shell.at += 3 if shell.text.startswith(";;&", shell.at) else 2
            shell.separators()
        if shell.reserved() == "esac":
            shell.at += 4
            return None
        _branch(shell)


def _branch(shell: Shell) -> None:
    if shell.text.startswith("(", shell.at):
        shell.at += 1
    while not shell.text.startswith(")", shell.at):
        before = shell.at
        shell.blanks()
        shell.word()
        shell.blanks()
        if shell.text.startswith("|", shell.at):
            shell.at += 1
        if shell.at == before:
            raise UnreadableError("a branch of case that is not closed")
    shell.at += 1
    shell.script((";;", "esac"))


def _function(shell: Shell) -> str | None:
    shell.at += len("function")
    shell.blanks()
    name = "".join(shell.word())
    brackets = re.compile(r"[ \t]*\([ \t]*\)").match(shell.text, shell.at)
    shell.at = brackets.end() if brackets else shell.at
    shell.newlines()
    return define(shell, name)


READERS: dict[str, Callable[[Shell], str | None]] = {
    "{": _braces,
    "(": _subshell,
    "((": _arithmetic,
    "[[": _condition,
    "if": _if,
    "while": _while,
    "until": _while,
    "for": _for,
    "select": _for,
    "case": _case,
    "function": _function,
}
