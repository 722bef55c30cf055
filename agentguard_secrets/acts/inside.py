"""Turns a call of a program that is no runner, but can be told to run something, into what it runs."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import after_options, values_of
from agentguard_secrets.acts.wrappers import words_step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.wrappers import Step


def steps_inside(call: Call) -> list[Step]:
    """What the call runs besides its own work, in order."""
    tell = _INSIDE.get(call.program)
    return tell(call) if tell else []


def _found(pattern: str) -> Callable[[Call], list[Step]]:
    """For programs with a language of their own: each command that its text hands to a shell."""

    def tell(call: Call) -> list[Step]:
        texts = (*call.words[1:], call.stdin or "")
        return [(found[found.lastindex or 0], "") for text in texts for found in re.finditer(pattern, text)]

    return tell


def _given(*options: str) -> Callable[[Call], list[Step]]:
    """For programs with an option whose value is a command."""
    return lambda call: [(text, "") for text in values_of(call.words, options)]


def _operands(call: Call) -> list[Step]:
    return [(word, "") for word in call.operands if " " in word]


def _behind_verb(call: Call) -> list[Step]:
    return words_step(after_options(call.words[2:], "-e -p -o -g"))


def _archiver(call: Call) -> list[Step]:
    told = [*values_of(call.words, ("--to-command", "--use-compress-program", "-I", "--rsh-command"))]
    told += [
        each.removeprefix("exec=") for each in values_of(call.words, ("--checkpoint-action",)) if each[:5] == "exec="
    ]
    return [(text, "") for text in told]


def _recipes(call: Call) -> list[Step]:
    """A makefile on standard input, or in an option."""
    text = "\n".join(values_of(call.words, ("--eval", "-E")))
    if {"-", "/dev/stdin"} & set(values_of(call.words, ("-f", "--file", "--makefile"))):
        text += "\n" + (call.stdin or "")
    return [(found[1], "") for found in re.finditer(r"(?m)^(?:\t|[^\n#=]*:[^\n=]*;)\s*[@-]*(.+)$", text)]


def _packager(call: Call) -> list[Step]:
    scripts = [word.partition("=")[2] for word in call.words[1:] if word.startswith("scripts.")]
    given = values_of(call.words, ("-c", "--call")) if "exec" in call.words[1:3] or call.program == "npx" else ()
    return [(text, "") for text in (*scripts, *given)]


_INSIDE: dict[str, Callable[[Call], list[Step]]] = {
    "man": _given("-P", "--pager"),
    "less": _found(r"^\+?!(.+)"),
    "gdb": _found(r"^\s*(?:shell|!|python os\.system)\s*(.+)"),
    "expect": _found(r"\b(?:spawn|exec|system)\s+([^\n;]+)"),
    **dict.fromkeys(("sqlite3", "sqlite", "duckdb"), _found(r"(?m)(?:^|\s)\.(?:shell|system)\s+(.+)")),
    **dict.fromkeys(("psql", "mysql", "mariadb"), _found(r"(?i)\\!\s*(.+)|\bprogram\s+'([^']+)'")),
    **dict.fromkeys(("tar", "bsdtar", "gtar"), _archiver),
    "zip": _given("-TT", "--unzip-command"),
    "rsync": _given("-e", "--rsh"),
    "ed": _found(r"(?m)^!\s*(.+)"),
    "m4": _found(r"\be?syscmd\(\[?`?([^)'\]]+)"),
    "make": _recipes,
    "gmake": _recipes,
    **dict.fromkeys(("npm", "npx", "pnpm", "yarn"), _packager),
    **dict.fromkeys(("hyperfine", "watchexec"), _operands),
    "perf": _behind_verb,
    "valgrind": lambda call: words_step(after_options(call.words[1:], "")),
}
