"""Turns a call into the files that it shows in a way of its own: by an option, a module, or its own language."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.call import Call

# Options whose file the program prints, if only to say what is wrong in it.
_OPTIONS = {
    "xargs": ("-a", "--arg-file"),
    "parallel": ("-a", "--arg-file"),
    "wget": ("-i", "--input-file"),
    "curl": ("-K", "--config"),
    "date": ("-f", "--file"),
    "file": ("-f", "--files-from"),
    "qrencode": ("-r", "--read-from"),
    "jq": ("--rawfile", "--slurpfile", "--argfile"),
    **dict.fromkeys(("grep", "egrep", "fgrep"), ("--include",)),
    "rg": ("-g", "--glob"),
    "make": ("-f", "--file", "--makefile"),
    "ssh-keygen": ("-f",),
}
_NAMED_PAIRS = ("--rawfile", "--slurpfile", "--argfile")
_MODULES = frozenset("base64 tokenize json.tool fileinput gzip bz2 lzma zipfile tarfile quopri uu ast dis".split())
_COMPILERS = frozenset("gcc cc clang g++ c++ tcc".split())
_QUERY = r"""(?ix)\b(?:readfile|read_\w+|pg_read_\w*file|load_file|infile)\s*\(?\s*['"]([^'"]+)['"]
    |(?:^|\s)\.(?:import|read)\s+['"]?([^\s'"]+)|\\(?:copy\s+\S+\s+from|i|ir|lo_import)\s+['"]?([^\s'"]+)"""
_LISP = r'\b(?:insert-file-contents\S*|find-file\S*)\s+"([^"]+)"'
_LANGUAGES = {
    **dict.fromkeys(("sqlite3", "sqlite", "duckdb", "psql", "mysql", "mariadb"), _QUERY),
    "emacs": _LISP,
}
SHOWING = frozenset((*_OPTIONS, *_COMPILERS, *_LANGUAGES, "python", "python3", "bash", "sh", "zsh", "dash", "ksh"))


def shown_otherwise(call: Call) -> Iterator[str]:
    """Yield the files that the call shows, beyond those that it is simply given."""
    name = call.program
    if name not in SHOWING:
        return
    if name != "ssh-keygen" or call.has("-y", "-e", "-p"):
        yield from values_of(call.words, _OPTIONS.get(name, ()))
    for at, word in enumerate(call.words):
        if name == "jq" and word in _NAMED_PAIRS:
            yield from call.words[at + 2 : at + 3]
    module = call.value_of("-m")
    if name.startswith("python") and module in _MODULES:
        yield from call.operands[1:]
    is_echoing = name in _COMPILERS and call.has("-E")
    if is_echoing or (
        name.endswith("sh") and any(re.fullmatch(r"-[a-z]*[vx][a-z]*", word) for word in call.words[1:3])
    ):
        yield from (*call.operands, *call.reads)
    pattern = _LANGUAGES.get(name)
    for text in (*call.words[1:], call.stdin or "") if pattern else ():
        yield from (part for found in re.finditer(pattern or "", text) for part in found.groups() if part)


def tells_variables(call: Call) -> bool:
    """Whether it prints variables of the environment in its own language, other than one that is named and harmless."""
    text = " ".join(call.words[1:])
    if call.program in ("awk", "gawk", "mawk"):
        return re.search(r"\bin\s+ENVIRON\b", text) is not None
    if call.program in ("jq", "gojq"):
        return re.search(r"(?:^|[\s|(,])env(?![\w.(])|\$ENV(?!\.\w|\[)", text) is not None
    return (call.program, call.words[1:2]) in (
        ("systemctl", ("show-environment",)),
        ("launchctl", ("export",)),
    ) or (call.program == "cmake" and call.words[1:3] == ("-E", "environment"))
