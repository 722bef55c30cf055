"""Turns a call into the files that it shows in a way of its own: by an option, a module, or its own language."""

from __future__ import annotations

import re

from agentguard_secrets.acts.bystanders import CALM
from agentguard_secrets.acts.call import UNKNOWN, values_of
from agentguard_secrets.acts.routes import PROGRAMS, WRAPPING

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
# What they are given as a script is shown by them, if only where it is wrong.
_READERS = frozenset(("php", "perl", "ruby"))
SCRIPTED = frozenset("python python2 python3 node nodejs perl ruby php lua bash sh zsh dash ksh tclsh".split())
# They use keys, certificates and settings, and do not show them.
_USING = frozenset(
    (
        "step certtool cfssl certigo mkcert keytool jarsigner apksigner signtool codesign ssh-add ssh-copy-id wg "
        "wg-quick openvpn certbot update-ca-certificates trust nginx haproxy caddy stunnel age age-keygen rage cosign "
        "minisign signify sops dotenv-linter gpg2 gpgconf foreman honcho overmind hivemind gunicorn uvicorn hypercorn "
        "flask streamlit java jar xcodebuild fastlane xcrun certutil pk12util p11tool ggshield gitleaks trufflehog "
        "detect-secrets git-crypt transcrypt git-secret blackbox_register_new_file openconnect ykman pkcs11-tool "
        "kubeseal kubeconform keyctl curl-config dotenv dotenvx envdir chamber teller source . export unset"
    ).split()
)
_NAMED_PAIRS = ("--rawfile", "--slurpfile", "--argfile")
_MODULES = frozenset(
    "base64 tokenize json.tool fileinput gzip bz2 lzma zipfile tarfile quopri uu ast dis pdb trace".split()
)
# They open the file that they are given first, to be asked about what is in it.
_OPENING = frozenset(("sqlite3", "sqlite", "duckdb"))
# What they make of a file they print, where they are told how to write it.
_MANIFESTING = frozenset(("kubectl", "oc"))
_COMPILERS = frozenset("gcc cc clang g++ c++ tcc".split())
_QUERY = r"""(?ix)\b(?:readfile|read_\w+|pg_read_\w*file|load_file|infile)\s*\(?\s*['"]([^'"]+)['"]
    |(?:^|\s)\.(?:import|read)\s+['"]?([^\s'"]+)|\\(?:copy\s+\S+\s+from|i|ir|lo_import)\s+['"]?([^\s'"]+)"""
_LISP = r'\b(?:insert-file-contents\S*|find-file\S*)\s+"([^"]+)"'
_QUOTED = r"""["']([^"'\s]+)["']"""
_LANGUAGES = {
    **dict.fromkeys(("Rscript", "R", "julia", "groovy", "elixir", "iex", "guile", "sbcl", "ghc", "octave"), _QUOTED),
    **dict.fromkeys(("bun", "scala", "jshell", "erl", "terraform", "awk", "gawk", "mawk", "nawk"), _QUOTED),
    **dict.fromkeys(("vi", "vim", "nvim", "ex"), rf"{_QUOTED}|\br(?:ead)?\s+(\S+)"),
    **dict.fromkeys(("tclsh", "wish", "expect"), r"""\bopen\s+["{]?([^\s\]"}]+)"""),
    **dict.fromkeys(("pwsh", "powershell"), r"""(?i)\b(?:gc|cat|type|get-content)\s+(?:-\w+\s+)*['"]?([^\s'"|;]+)"""),
    **dict.fromkeys(("sed", "gsed"), r"(?:^|[;{}\s\d$/])r\s+([^\s;}]+)"),
    **dict.fromkeys(("cpp", "gcc", "cc", "clang"), r"""#\s*include\s+["<]([^">]+)"""),
    **dict.fromkeys(("make", "gmake"), r"(?:^|\n)-?include\s+(\S+)|\$\(file\s+<\s*([^)\s]+)"),
    **dict.fromkeys(("convert", "magick"), r"(?:text:|(?:label|caption):@)(\S+)"),
    "m4": r"include\(`?([^)']+)",
    "nix": r"read(?:File|Dir)\s+\(?([^\s)]+)",
    "gdb": r"\bsource\s+(\S+)",
    **dict.fromkeys(("sqlite3", "sqlite", "duckdb", "psql", "mysql", "mariadb"), _QUERY),
    "emacs": _LISP,
}
SHOWING = frozenset(
    (*_OPTIONS, *_MANIFESTING, *_COMPILERS, *_LANGUAGES, "python", "python3", "bash", "sh", "zsh", "dash", "ksh")
)


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
    if name in _MANIFESTING and call.has("-o", "--output"):
        yield from (value.rpartition("=")[2] for value in values_of(call.words, ("--from-file", "--from-env-file")))
    if name in _OPENING:
        yield from call.operands[:1]
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


def given_files(call: Call) -> Iterator[str]:
    """Yield the files that a program which nobody here knows is given, and those that an interpreter is to run.

    A program that belongs to the project, and what an option names, may use such a file: that is what it is for.
    """
    name = call.program
    if name in SCRIPTED:
        yield from call.operands[:1] if not call.has("-c", "-e", "-m", "-r") or call.has("-n", "--check") else ()
        yield from (
            call.words[2:3] if call.words[1:2] in (("-f",), ("-w",), ("-wc",), ("-c",)) and name in _READERS else ()
        )
    elif not call.host and not _is_known(call):
        yield from call.reads
        for before, word in zip(call.words, call.words[1:], strict=False):
            is_given = word[:1] != "-" and (before[:1] != "-" or before is call.words[0])
            if is_given or word.startswith("file:"):
                yield word


def _is_known(call: Call) -> bool:
    name = call.program
    if not name:
        return True
    is_elsewhere = "/" in call.words[0] and not call.words[0].startswith(("/usr/", "/bin/", "/opt/"))
    return is_elsewhere or UNKNOWN in name or name in PROGRAMS or name in WRAPPING or name in CALM | _USING
