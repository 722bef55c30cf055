"""Turns a command of PowerShell into acts, by a modest reading: each statement for itself."""

from __future__ import annotations

import re
import shlex

from agentguard_secrets.acts.call import UNKNOWN, Call, act, is_secret_name
from agentguard_secrets.acts.paths import is_guarded, is_secret
from agentguard_secrets.acts.telling import names_something

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

_PART = r"""(?s)'((?:[^']|'')*)'|"((?:[^"`]|`.|"")*)"|([;|\n{}()]|&&|\|\||>>?|<)|([^\s;|{}()'"<>]+)"""
# Cmdlets and their aliases, by the program that does the same.
_SAME_AS = {
    **dict.fromkeys("remove-item ri rm del erase rd rmdir clear-item".split(), "rm"),
    **dict.fromkeys("clear-content clc".split(), "truncate"),
    **dict.fromkeys("get-content gc cat type".split(), "cat"),
    **dict.fromkeys("select-string sls findstr".split(), "grep"),
    **dict.fromkeys("copy-item cpi cp copy".split(), "cp"),
    **dict.fromkeys("move-item mi mv move".split(), "mv"),
    **dict.fromkeys("set-content sc add-content ac out-file tee-object".split(), "tee"),
    **dict.fromkeys("invoke-webrequest iwr invoke-restmethod irm curl wget".split(), "curl"),
    **dict.fromkeys("invoke-expression iex".split(), "eval"),
    **dict.fromkeys("stop-computer restart-computer".split(), "shutdown"),
    **dict.fromkeys("format-volume clear-disk initialize-disk remove-partition".split(), "mkfs"),
    **dict.fromkeys("stop-service".split(), "systemctl"),
    "write-output": "echo",
    "write-host": "echo",
    "echo": "echo",
}
_OPTIONS = {
    "-recurse": "-r",
    "-r": "-r",
    "-force": "-f",
    "/s": "-r",
    "/q": "-f",
    "-whatif": "--dry-run",
    "-body": "--data",
    "-infile": "--upload-file",
    "-method": "--request",
    "-headers": "--header",
    "-outfile": "--output",
    "-uri": "--url",
}
_NAMED = frozenset("-path -literalpath -destination -filter -include -value -inputobject -filepath -pattern".split())
_ENCODED = r"(?i)-e(?:nc(?:odedcommand)?|c)?\s+['\"]?([A-Za-z0-9+/=]{16,})"
_FETCHING = r"(?i)downloadstring|downloadfile|\b(?:iwr|irm|invoke-webrequest|invoke-restmethod|curl|wget)\b"
_TELLING = ("-e", "$env", "::")
# Other shells, which are read as such.
_SHELLS = frozenset("cmd bash sh zsh wsl".split())
_FILE = (
    r"(?i)\[(?:System\.)?IO\.File\]::(Read|Open|Copy|Move|Write|Append|Delete|Replace|Create)\w*"
    r"""\(\s*['"]([^'"]+)['"]"""
)
_READING = frozenset(("read", "open", "copy", "move"))
_TOLD = r"""(?im)(?:^|[;|{]|\b(?:echo|write-\w+))\s*["']?\$env:(\w+)|GetEnvironmentVariable\(\s*['"](\w+)"""
_ENVIRONMENT = r"(?i)(?:get-childitem|gci|dir|ls|get-item|gi)\s+(?:-path\s+)?['\"]?env:|GetEnvironmentVariables\(\)"


def acts_of_powershell(text: str, world: World) -> tuple[Act, ...]:
    """Every act of a command of PowerShell, each once."""
    is_telling = names_something(text, words=world.words) or any(sign in text.lower() for sign in _TELLING)
    return tuple(dict.fromkeys(_acts(text, world))) if is_telling else ()


def _acts(text: str, world: World) -> Iterator[Act]:
    from agentguard_secrets.acts.flow import Flow
    from agentguard_secrets.acts.routes import judges_of

    plain = re.sub(r"`(?=[\w-])", "", text.replace("`\n", " ").replace("`\r\n", " "))
    if re.search(_ENVIRONMENT, plain):
        yield act("print-environment", "env:", "prints variables that may hold credentials")
    if re.search(r"\b(?:iex|invoke-expression)\b", plain, re.IGNORECASE) and (
        re.search(_FETCHING, plain) or "frombase64" in plain.lower()
    ):
        yield act("unseen-code", "Invoke-Expression", "runs what is downloaded or decoded on the way")
    for match in re.finditer(_ENCODED, plain):
        yield from _decoded(match[1], world)
    yield from _in_words(plain, world)
    calls = list(_calls(plain, world))
    flow = Flow(calls, files={}, world=world)
    for call in calls:
        if call.program in _SHELLS:
            from agentguard_secrets.acts.command import acts_of_command

            yield from acts_of_command(shlex.join(call.words), world)
        for judge in judges_of(call, flow):
            yield from judge(call, world, flow)


def _in_words(text: str, world: World) -> Iterator[Act]:
    """What is said in words of .NET, and variables whose value a statement prints."""
    for verb, named in re.findall(_FILE, text):
        path = named.replace("\\", "/")
        if verb.lower() in _READING and is_secret(path, world):
            yield act("read-secret-file", named, "shows or copies a file of credentials")
        if verb.lower() not in ("read", "open") and is_guarded(path, world):
            yield act("self-protection", named, "changes a file that guards this session")
    for names in re.findall(_TOLD, text):
        if is_secret_name("".join(names)):
            yield act("print-environment", "env:", "prints variables that may hold credentials")


def _decoded(spelled: str, world: World) -> Iterator[Act]:
    import binascii

    yield act("unseen-code", "-EncodedCommand", "runs what is decoded on the way")
    try:
        hidden = binascii.a2b_base64(spelled + "=" * (-len(spelled) % 4)).decode("utf-16-le", "ignore")
    except ValueError:
        return
    if "-e" not in hidden:
        yield from _acts(hidden, world)


def _calls(text: str, world: World) -> Iterator[Call]:
    """One call for each statement, with the statements before it in the pipeline as its feeds."""
    feeds: tuple[Call, ...] = ()
    for words, writes, ending in _statements(text):
        call = _call(words, writes, feeds, world)
        if call is not None:
            yield call
        feeds = (*feeds, call) if ending == "|" and call is not None else ()


def _statements(text: str) -> Iterator[tuple[list[str], list[tuple[str, str]], str]]:
    words: list[str] = []
    writes: list[tuple[str, str]] = []
    is_target = False
    for single, double, mark, bare in re.findall(_PART, text):
        if mark in (">", ">>"):
            is_target = True
        elif mark:
            yield words, writes, mark
            words, writes = [], []
        elif is_target:
            writes.append((">", single or double or bare))
            is_target = False
        elif words or (single or double or bare) not in ("&", "."):
            words.append(single or double or bare)
    yield words, writes, ""


def _call(words: list[str], writes: list[tuple[str, str]], feeds: tuple[Call, ...], world: World) -> Call | None:
    expanded = [_expanded(word, world) for word in words]
    if not expanded and not writes:
        return None
    name = expanded[0] if expanded else ""
    same = _SAME_AS.get(name.lower())
    if same is None:
        return Call(tuple(expanded), writes=tuple(writes), feeds=feeds, folder=world.folder)
    options = [_OPTIONS.get(word.lower(), word) for word in expanded[1:] if word.lower() not in _NAMED]
    split = [part for word in options for part in (word.split(",") if same in ("rm", "cat") else [word])]
    extra = ("stop",) if same == "systemctl" else ("-s", "0") if same == "truncate" else ()
    return Call((same, *extra, *split), writes=tuple(writes), feeds=feeds, folder=world.folder)


def _expanded(word: str, world: World) -> str:
    word = re.sub(r"\$env:(?:USERPROFILE|HOME)\b|\$HOME\b", lambda _match: world.home, word, flags=re.IGNORECASE)
    word = word.replace("\\", "/") if re.search(r"\w:\\|\\\w|^\.\\", word) else word
    return UNKNOWN if re.fullmatch(r"\$\w+", word) else word
