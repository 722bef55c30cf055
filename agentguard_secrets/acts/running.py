"""Turns a call into what it makes the shell run in turn: its builtins, functions, wrappers and scripts."""

from __future__ import annotations

import posixpath
import re

from agentguard_secrets.acts.call import EITHER, UNKNOWN, UnreadableError, values_of
from agentguard_secrets.acts.routes import PROGRAMS, WRAPPING, runs_others

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.shell import Shell

_DEEPEST = 12
_MOST_STARS = 4
_RUN_BY_NAME = re.compile(
    r"(?:EDITOR|VISUAL|PAGER|BROWSER|COMMAND|_CMD|ASKPASS|EXTERNAL_DIFF|GIT_SSH|LESSOPEN|LESSCLOSE|_RSH|_WRAPPER)$"
)
# The shell expands them whenever it prints them.
_PROMPTS = frozenset(("PS0", "PS1", "PS2", "PS4"))
# Builtins that take the index of an array for a calculation, and so run what stands in it.
_CALCULATING = frozenset(("test", "[", "let", "printf", "declare", "typeset", "read", "unset", "export"))
_DECLARING = frozenset({"export", "declare", "local", "readonly", "typeset"})


def follow(shell: Shell, call: Call) -> str | None:
    """Run the call in `shell` as far as its text tells; returns what it prints, None when unknown."""
    for name, value in call.settings.items():
        _run_setting(shell, call, name=name, value=value)
    name = call.program
    _calculate(shell, call)
    if name in shell.functions:
        return _function(shell, call)
    if name in _DECLARING:
        return _declare(shell, call)
    builtin = _BUILTINS.get(name)
    if builtin is not None:
        return builtin(shell, call)
    if any(mark in call.words[0] for mark in "*?[") or UNKNOWN in call.program.strip(UNKNOWN):
        _resolve(shell, call)
    if name == "git" and shell.aliases:
        call = _with_aliases(shell, call)
    if name == "git" and not runs_others(call.words):
        return None
    if name not in WRAPPING and not name.startswith("ld-") and not _is_script(shell, call):
        return shell.output(call)
    return _unwrapped(shell, call)


def _run_setting(shell: Shell, call: Call, *, name: str, value: str) -> None:
    """Follow what programs run because a variable names it, as an editor or a pager."""
    if name in _PROMPTS:
        _expand(shell, value)
        return
    if name in ("BASH_ENV", "ENV"):
        value = shell.files.get(value, "")
    elif not _RUN_BY_NAME.search(name):
        return
    if value and shell.depth <= _DEEPEST:
        run_step(shell, call._replace(settings={}), (value, ""))


def _calculate(shell: Shell, call: Call) -> None:
    for word in call.words[1:] if call.program in _CALCULATING else ():
        _expand(shell, word if re.match(r"\w+\[", word) else "")


def _expand(shell: Shell, text: str) -> None:
    """Follow what is run when the shell expands a text that was quoted before; what cannot be read is no command."""
    if "$(" not in text and "`" not in text:
        return
    inner = list(shell.inner)
    try:
        shell.quoted(text)
    except UnreadableError:
        return
    finally:
        shell.inner = inner


def _with_aliases(shell: Shell, call: Call) -> Call:
    """The call of git as if its configured alias had been given in the command."""
    named = next((word for word in call.operands if word in shell.aliases), None)
    if named is None:
        return call
    return call._replace(words=("git", "-c", f"alias.{named}={shell.aliases[named]}", *call.words[1:]))


def _unwrapped(shell: Shell, call: Call) -> str | None:
    from agentguard_secrets.acts.wrappers import steps_of

    printed = shell.output(call)
    if call.program in ("xargs", "parallel"):
        # What flows in stands in the words of what runs.
        call = call._replace(inner=(*call.inner, *call.feeds))
    if shell.depth > _DEEPEST:
        raise UnreadableError("nested too deeply")
    for step in steps_of(call, files=shell.files):
        printed = run_step(shell, call, step)
    return printed


def run_step(shell: Shell, call: Call, step: tuple[tuple[str, ...] | str, str]) -> str | None:
    """Follow one thing that `call` runs: words or a script, and the machine on which it runs (empty: this one)."""
    what, host = step
    before = shell.host, shell.feeds, shell.stdin
    shell.host = host or shell.host
    shell.depth += 1
    try:
        if isinstance(what, str):
            return _script(shell, call, what)
        settings = dict(call.settings)
        while what and re.match(r"[A-Za-z_]\w*=", what[0]):
            name, _equals, value = what[0].partition("=")
            settings[name] = value
            what = what[1:]
        return shell.run(call._replace(words=what, settings=settings, host=shell.host, writes=())) if what else None
    finally:
        shell.host, shell.feeds, shell.stdin = before
        shell.depth -= 1


def _script(shell: Shell, call: Call, text: str) -> str | None:
    if UNKNOWN in text.strip(UNKNOWN) or not text.strip(UNKNOWN + EITHER + " \n"):
        text = text.replace(UNKNOWN, "${_}")
    shell.feeds = call.feeds
    shell.stdin = call.stdin
    variables, shell.variables = shell.variables, {**shell.variables, **call.settings}
    try:
        return shell.run_script(text.replace(EITHER, "\n"))
    finally:
        shell.variables = {**shell.variables, **{name: variables.get(name, "") for name in call.settings}}


def _function(shell: Shell, call: Call) -> str | None:
    name = call.program
    body = shell.functions[name]
    shell.uncalled.pop(name, None)
    if shell.depth > _DEEPEST:
        raise UnreadableError("nested too deeply")
    if re.search(rf"(?<![\w-]){re.escape(name)}\s*\|\s*{re.escape(name)}(?![\w-])", body):
        # It calls itself twice: to follow it would be to run it.
        shell.calls.append(call._replace(words=("fork-bomb",)))
        return None
    before = {key: shell.variables.get(key, "") for key in ("@", "*", *"123456789")}
    shell.variables.update({"@": EITHER.join(call.words[1:]), "*": " ".join(call.words[1:])})
    shell.variables.update({str(number): word for number, word in enumerate(call.words[1:10], 1)})
    shell.depth += 1
    try:
        return shell.run_script(body)
    finally:
        shell.variables.update(before)
        shell.depth -= 1


def _declare(shell: Shell, call: Call) -> str | None:
    for word in call.words[1:]:
        name, equals, value = word.partition("=")
        if equals and name.isidentifier():
            shell.variables[name] = value
            shell.origins[name] = call.inner
            _run_setting(shell, call, name=name, value=value)
    return None if call.has("-p") or len(call.words) == 1 else ""


def _set(shell: Shell, call: Call) -> str | None:
    if "--" in call.words:
        values = call.words[call.words.index("--") + 1 :]
        shell.variables.update({"@": EITHER.join(values), "*": " ".join(values)})
        shell.variables.update({str(number): word for number, word in enumerate(values[:9], 1)})
    return None if len(call.words) == 1 else ""


def _change_folder(shell: Shell, call: Call) -> str:
    target = (call.operands or [shell.home])[0]
    if UNKNOWN in target or EITHER in target or target == "-":
        shell.folder = ""
    else:
        shell.folder = posixpath.normpath(posixpath.join(shell.folder, target)) if shell.folder or target else ""
        if not shell.folder.startswith("/"):
            shell.folder = ""
    shell.variables["PWD"] = shell.folder or UNKNOWN
    return ""


def _read(shell: Shell, call: Call) -> str:
    lines = [line for line in (call.stdin or "").split("\n") if line]
    # Where it is read again and again, each line is one of what it may be.
    value = EITHER.join(lines[: None if shell.is_looping else 1]) or _names_found(call)
    for name in call.operands:
        if name.isidentifier():
            shell.variables[name] = value
            shell.origins[name] = (call, *call.feeds)
    return ""


def _names_found(call: Call) -> str:
    from agentguard_secrets.acts.finding import found_by

    return EITHER.join(found_by(call.feeds)) or UNKNOWN


def _printf(shell: Shell, call: Call) -> str | None:
    if call.words[1:2] == ("-v",) and len(call.words) > 3:
        printed = shell.output(call._replace(words=("printf", *call.words[3:])))
        shell.variables[call.words[2]] = UNKNOWN if printed is None else printed
        return ""
    return shell.output(call)


def _alias(shell: Shell, call: Call) -> str:
    for word in call.words[1:]:
        name, equals, value = word.partition("=")
        if equals and name:
            shell.functions[name] = f'{value} "$@"'
            shell.uncalled[name] = value
    return ""


def _completing(shell: Shell, call: Call) -> str | None:
    """A command that the shell runs for each line that it reads, or when a key is pressed."""
    for text in values_of(call.words, ("-C", "-x")):
        run_step(shell, call, (text.partition(":")[2] if call.program == "bind" else text, ""))
    return _read(shell, call) if call.program in ("mapfile", "readarray") else ""


def _hash(shell: Shell, call: Call) -> str:
    if call.words[1:2] == ("-p",) and len(call.words) > 3:
        shell.functions[call.words[3]] = f'{call.words[2]} "$@"'
    return ""


def _unset(shell: Shell, call: Call) -> str:
    for name in call.operands:
        shell.variables[name] = ""
    return ""


def _resolve(shell: Shell, call: Call) -> None:
    """Add a call for every program in the table that a name like /bin/r? stands for."""
    from fnmatch import fnmatchcase

    if sum(letter.isalnum() for letter in call.program) == 0 and "?" not in call.program:
        return
    pattern = re.sub(r"\*+", "*", call.program.replace(UNKNOWN, "*"))
    if pattern.count("*") > _MOST_STARS:
        raise UnreadableError("a name of wildcards")
    matching = sorted(name for name in PROGRAMS if fnmatchcase(name, pattern))
    for name in matching[:20]:
        shell.calls.append(call._replace(words=(name, *call.words[1:])))


def _is_script(shell: Shell, call: Call) -> bool:
    word = call.words[0]
    return word in shell.files or f"./{word}" in shell.files or word.removeprefix("./") in shell.files


_BUILTINS: dict[str, Callable[[Shell, Call], str | None]] = {
    "cd": _change_folder,
    "pushd": _change_folder,
    "set": _set,
    "read": _read,
    **dict.fromkeys(("mapfile", "readarray", "complete", "bind"), _completing),
    "hash": _hash,
    "printf": _printf,
    "alias": _alias,
    "unset": _unset,
}
