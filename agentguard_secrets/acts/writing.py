"""Turns a call into the files that it writes in a way of its own: by an option, in its own language, out of a patch."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agentguard_secrets.acts.call import Call

# What most programs call the option before the file that they write.
_OUTPUT = re.compile(
    r"--?(?:o|O|out|output|out-?file|output-?file|output-?document|dest|destination|log-?file|junit-?xml|write|report)"
)
_OUTPUT_FOLDERS = (
    "--output-dir",
    "--outdir",
    "--out-dir",
    "--output-directory",
    "--directory-prefix",
    "--target-dir",
    "--prefix",
    "--pack-destination",
)
# They mean something else by it.
_OTHER_OUTPUT = frozenset("grep egrep fgrep zgrep rg ag ack find fd fdfind ps ssh mount git set shopt test [".split())
_OF_CURL = (
    *("-D", "--dump-header", "-c", "--cookie-jar", "--trace", "--trace-ascii", "--stderr", "--etag-save", "--libcurl"),
    *("--hsts", "--alt-svc"),
)
_IN_PLACE = re.compile(r"--(?:in-?place|write|fix|overwrite)(?:=.*)?")

_SQLITE = r"""(?ix)\.(?:output|once|backup|save|clone|log|excel)\s+["']?([^\s"']+)|writefile\(\s*["']([^"']+)"""
_SQL = (
    r"""(?ix)\\o(?:ut)?\s+["']?([^\s"']+)|\bto\s+'([^']+)'|\binto\s+(?:out|dump)file\s+["']([^"']+)"""
    r"""|\\copy\s[^;]*?\sto\s+["']?([^\s"']+)"""
)
_PATCH = r"(?m)^(?:\+\+\+ (?:[a-z]/)?|rename to |copy to |--- (?:[a-z]/)?)([^\s]+)"
_AWK = r"""print[^;\n]*?>{1,2}\s*"([^"]+)\""""
_SED = r"""(?:^|[;{}/\n]|\d|\$)[gIip]*w\s+([^\s;}]+)"""
_EDITOR = r"""(?:^|\n|[:+|])\s*(?:\d*,?\$?)?w(?:q|rite)?!?\s+([^\s|]+)|delete\(["']([^"']+)"""
_FTP = r"""\bget\s+\S+\s+(?:-o\s+)?([^\s;]+)"""
_LISP = r"""(?:write-region|write-file|delete-file|rename-file|copy-file|append-to-file)\b.*"""


def written_otherwise(call: Call) -> Iterator[str]:
    """Yield each file that the call writes, beyond those that `written_files` tells."""
    if call.program not in _OTHER_OUTPUT:
        yield from _by_option(call.words)
    tell = _WRITERS.get(call.program)
    if tell is not None:
        yield from tell(call)


def _by_option(words: tuple[str, ...]) -> Iterator[str]:
    for at, word in enumerate(words[1:], 1):
        name, equals, value = word.partition("=")
        if _OUTPUT.fullmatch(name):
            place = value if equals else "".join(words[at + 1 : at + 2])
            yield from (place, f"{place}/settings.json")
        elif name in _OUTPUT_FOLDERS:
            yield f"{value if equals else ''.join(words[at + 1 : at + 2])}/settings.json"
    if any(_IN_PLACE.fullmatch(word) for word in words[1:]):
        yield from (word for word in words[1:] if not word.startswith("-"))


def _matches(pattern: str) -> Callable[[Call], Iterator[str]]:
    """For programs with a language of their own: what its text says is written, in the words or the input."""

    def tell(call: Call) -> Iterator[str]:
        for text in (*call.words[1:], call.stdin or ""):
            yield from (name for found in re.finditer(pattern, text) for name in found.groups() if name)

    return tell


def _patched(call: Call) -> Iterator[str]:
    if call.program != "git" or call.operands[:1] in (["apply"], ["am"]):
        yield from _matches(_PATCH)(call._replace(words=call.words[:1]))
    elif call.operands[:2] in (["worktree", "add"], ["submodule", "add"]) or call.operands[:1] == ["clone"]:
        yield from (f"{each.rstrip('/')}/x" for each in call.operands[1:])


def _verbs(*verbs: str) -> Callable[[Call], Iterator[str]]:
    """For programs of which one verb writes to what is named behind it."""

    def tell(call: Call) -> Iterator[str]:
        if call.operands[:1] and call.operands[0] in verbs:
            yield from call.operands[1:]
            yield from (f"{each.rstrip('/')}/settings.json" for each in call.operands[1:])

    return tell


def _into(*options: str) -> Callable[[Call], Iterator[str]]:
    """For programs with an option that names the folder in which something is put."""
    return lambda call: (f"{folder.rstrip('/')}/settings.json" for folder in values_of(call.words, options))


def _in_module(call: Call) -> Iterator[str]:
    """Python's own archivers, and the module that writes JSON anew."""
    module = call.value_of("-m")
    behind = call.operands[call.operands.index(module) + 1 :] if module in call.operands else []
    if module in ("zipfile", "tarfile") and call.has("-e", "--extract"):
        yield from (f"{each}/settings.json" for each in behind[1:])
    elif module == "json.tool":
        yield from behind[1:]


def _opened(call: Call) -> Iterator[str]:
    for word in call.words[1:]:
        kind, _, rest = word.partition(":")
        if kind.upper() in ("OPEN", "FILE", "CREATE", "CREAT", "GOPEN"):
            yield rest.partition(",")[0]


def _playbook(call: Call) -> Iterator[str]:
    for given in values_of(call.words, ("-a", "--args")):
        yield from re.findall(r"\b(?:path|dest|name)=(\S+)", given)


def _last(call: Call) -> Iterator[str]:
    yield from call.operands[-1:] if len(call.operands) > 1 else ()


def _all_but_first(call: Call) -> Iterator[str]:
    yield from call.operands[1:]


def _all(call: Call) -> Iterator[str]:
    yield from call.operands


def _copied(call: Call) -> Iterator[str]:
    if not {"cp", "mv", "sync", "copy", "move", "copyto", "moveto", "bisync", "rsync"}.isdisjoint(call.operands[:2]):
        for place in _last(call):
            yield from (place, f"{place.rstrip('/')}/settings.json")


def _set(call: Call) -> Iterator[str]:
    if not {"put", "set", "delete", "--set", "--del", "rm", "unset"}.isdisjoint(call.words[1:3]):
        yield from call.operands[1:]
        yield from values_of(call.words, ("-f", "--file"))


def _unpacked(call: Call) -> Iterator[str]:
    """The members that are named, where something is taken out of an archive."""
    first = call.words[1] if len(call.words) > 1 else ""
    is_tar = call.program in ("tar", "bsdtar", "gtar")
    if is_tar and not (call.has("--extract", "--get") or re.fullmatch(r"-?[a-zA-Z]*x[a-zA-Z]*", first)):
        return
    if call.program == "cpio" and not call.has("-i", "--extract"):
        return
    yield from call.operands[0 if call.program == "cpio" else 1 :]


def _seven(call: Call) -> Iterator[str]:
    if call.operands[:1] in (["x"], ["e"]):
        yield from call.operands[2:]
        yield from (f"{word[2:]}/settings.json" for word in call.words if word.startswith("-o"))


def _edited(call: Call) -> Iterator[str]:
    """yq and jq's relatives change a file in place by `-i`, sd always does."""
    if call.program == "sd" or call.has("-i"):
        yield from call.operands[2 if call.program == "sd" else 1 :]


def _fetched(call: Call) -> Iterator[str]:
    yield from (f"{folder.rstrip('/')}/settings.json" for folder in values_of(call.words, ("-P",)))


def _lisp(call: Call) -> Iterator[str]:
    for text in values_of(call.words, ("--eval", "-eval", "--execute")):
        for found in re.finditer(_LISP, text):
            yield from re.findall(r'"([^"]*)"', found[0])


_WRITERS: dict[str, Callable[[Call], Iterator[str]]] = {
    **dict.fromkeys(("sqlite3", "sqlite", "duckdb"), _matches(_SQLITE)),
    **dict.fromkeys(("psql", "mysql", "mariadb", "clickhouse-client"), _matches(_SQL)),
    **dict.fromkeys(("awk", "gawk", "mawk", "nawk"), _matches(_AWK)),
    **dict.fromkeys(("patch", "git"), _patched),
    **dict.fromkeys(("scp", "ffmpeg"), _last),
    "csplit": lambda call: iter((*_last(call), *values_of(call.words, ("-f", "--prefix")))),
    **dict.fromkeys(("split", "xxd", "uniq"), _all_but_first),
    **dict.fromkeys(("link", "mmv", "prename", "perl-rename", "setfattr", "setcap", "fallocate", "del", "erase"), _all),
    **dict.fromkeys(("gvfs-trash", "trash-put", "rip", "del-cli"), _all),
    "gio": _verbs("trash", "remove", "move", "copy", "save"),
    "svn": _verbs("export", "checkout", "co"),
    "hg": _verbs("clone", "archive"),
    "aria2c": _into("-d", "--dir"),
    "gh": _into("-D", "--dir"),
    **dict.fromkeys(("python", "python3"), _in_module),
    **dict.fromkeys(("sed", "gsed"), _matches(_SED)),
    **dict.fromkeys(("ed", "ex", "vi", "vim", "nvim"), _matches(_EDITOR)),
    **dict.fromkeys(("lftp", "sftp", "ftp"), _matches(_FTP)),
    "socat": _opened,
    "ansible": _playbook,
    **dict.fromkeys(("aws", "docker", "podman", "gsutil", "kubectl", "rclone", "mc", "s3cmd", "gcloud"), _copied),
    **dict.fromkeys(("dasel", "toml", "toml-cli", "crudini", "augtool"), _set),
    **dict.fromkeys(("tar", "bsdtar", "gtar", "unzip", "cpio"), _unpacked),
    **dict.fromkeys(("7z", "7za", "7zr"), _seven),
    **dict.fromkeys(("yq", "gojq", "tomlq", "sd"), _edited),
    "wget": _fetched,
    **dict.fromkeys(("curl", "curlie"), lambda call: values_of(call.words, _OF_CURL)),
    "ssh-keygen": lambda call: values_of(call.words, ("-f",)) if not call.has("-y", "-l", "-e", "-F") else iter(()),
    "emacs": _lisp,
}
