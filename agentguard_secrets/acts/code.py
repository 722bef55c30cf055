"""Turns code that a command gives to an interpreter, or downloads for one, into acts."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import SECRET, UNKNOWN, act, is_secret_name, values_of
from agentguard_secrets.acts.files import is_expendable
from agentguard_secrets.acts.launchers import INTERPRETERS, code_of
from agentguard_secrets.acts.paths import holds_guarded, is_guarded, is_secret
from agentguard_secrets.acts.sending import FETCHING
from agentguard_secrets.acts.wrappers import SHELLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.flow import Flow
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

_DECODING = frozenset(
    "base64 base32 xxd openssl gunzip zcat gzip gpg uudecode rev tr bzip2 xz bzcat xzcat age ascii85".split()
)
_FILTERS = frozenset("sed awk gawk jq yq head tail cut paste fold fmt sort grep tr iconv python3 perl m4".split())
_STRING = r"""(['"`])((?:(?!\1)[^\\\n]|\\.)*)\1"""
_DELETING = r"""(?x)
    \b(?:rmtree|removedirs|remove_tree|rm_rf|rm_r|remove_entry\w*|remove_dir_all|rimraf)\b
    |\b(?:os|Deno)\.(?:removeSync|remove|unlink|rmdir|truncate)\b|\.(?:unlink|rmdir)\(|\bfs(?:["']\))?(?:\.promises)?\.(?:rm|rmSync|rmdir|rmdirSync|unlink|unlinkSync|truncate\w*)\b
    |\b(?:rmSync|unlinkSync|rmdirSync)\(|\bFile(?:Utils)?\.(?:delete|unlink|rm\w*|remove\w*)\b|(?:^|[\s;{(])unlink\b|(?:^|[\s;{(])rmdir\b"""
# Strings that name no file.
_MODULES = frozenset("fs os shutil path fileutils child_process node:fs utf8 utf-8 fs/promises".split())
_READING = (
    r"open|read|slurp|file_get_contents|File\b|cat\b|<\s|IO\.|fopen|createReadStream|dotenv_values|copy|Path\(|load"
    r"|getlines|FileInput|connect|parse_ini_file|run_path"
)
_WRITING = (
    r"""write|['"]\s*\+?>|['"][wax]b?\+?['"]|truncate|unlink|remove|rename|copy|rm|dump|file_put_contents|>|\bcp\b|\bmv\b|delete"""
    r"""|O_(?:WRONLY|RDWR|TRUNC|CREAT)|WriteStream|retrieve|inplace|touch|chmod|chown|os\.replace|symlink|\blink\w*\("""
)
_JOINED = r"""(?:(['"])[^'"\n]*\1\s*[/,]\s*){1,6}(['"])[^'"\n]*\2"""
_TAKING = r"\b(?:renames?|replace|move|moveSync|renameSync|rmtree|symlink\w*|extract\w*|unpack_archive)\b"
_OWN_CODE = r"agentguard_secrets\.(?:cli|state|guard)\b"
_ENVIRONMENT = r"""(?xs)
    (?:print|console\.log|puts|echo|say|pp|pprint|var_dump|print_r|dumps?|stringify|write|warn|\bp\b|inspect|exit|entries|items|join).{0,80}?
    (?P<env>os\.environ(?:b|\.copy\(\))?|process\.env|\bENV\b|%ENV|getenv|\$_ENV|Deno\.env|System\.getenv)
    (?P<key>(?:\.get|\.fetch|\.toObject)?[\[({.]\s*\\?['"]?\s*(?P<name>\w*))?"""
_SENDING = r"""(?x)
    \b(?:requests|httpx|session|client|axios|http|https|got|superagent|aiohttp)\.(?:post|put|patch|request|send)\b|urlopen\([^)]*,|\bfetch\s*\(
    |\.sendto?\(|\.sendall\(|socket\.connect|\.connect\(\(|TCPSocket|smtplib|sendmail|Net::HTTP(?:\.post|::Post)|LWP|HTTP::Tiny|create_connection|curl_exec
    |ftplib|urlretrieve\([^)]*%|gethostbyname|getaddrinfo|urlopen\("""
# What takes a credential out of its store, or a file of settings that it need not name, and prints it.
_PRINTING = r"\b(?:print|console\.log|puts|echo|say|pp?|pprint|var_dump|print_r|dumps?|stringify|write|warn|inspect)\b"
_STORE = r"""(?x)
    \bkeyring\.get_(?:password|credential)\(|\bnetrc\.netrc\(|\.get_(?:frozen_)?credentials\(\)|\bgoogle\.auth\.default\(
    |\bbrowser_cookie3\b|\.get_secret_value\(|\.get_parameters?\([^)]*WithDecryption|\.access_secret_version\(
    |169\.254\.169\.254|metadata\.google\.internal|\bdotenv_values\(|\bDotenv\.(?:load|parse)|\.config\([^)]*\)\.parsed\b|\bfrom\s+decouple\s+import\b"""
_UNSEEN = r"""(?xs)
    \b(?:exec|eval|Function|instance_eval|loadstring|compile|system|popen|__import__)\s*\(?.{0,160}?
    (?:b64decode|base64_decode|decode_base64|decode64|fromhex|unhexlify|atob|Buffer\.from|urlopen|requests\.get|fetch\(|codecs\.decode|zlib\.decompress|marshal\.loads|bytes\(\[|chr\(|fromCharCode|unpack\b|pack\b)"""


def acts_on_code(call: Call, world: World, flow: Flow) -> Iterator[Act]:
    """The acts of the code that this call runs, and of running what nobody has seen."""
    yield from _unseen(call, flow)
    if call.program in INTERPRETERS:
        for code in code_of(call, files=flow.files):
            yield from _in_code(code, call, world)


def _unseen(call: Call, flow: Flow) -> Iterator[Act]:
    is_runner = call.program in SHELLS or call.program in INTERPRETERS or call.program in ("eval", "source", ".")
    if not is_runner:
        if call.words and flow.is_fetched(call.words[0], call):
            yield act("unseen-code", call.words[0], "runs what was just downloaded")
        return
    operands = call.operands
    if operands and flow.is_fetched(operands[0], call):
        yield act("unseen-code", operands[0], "runs what was just downloaded")
    elif _runs_hidden(call):
        yield act("unseen-code", call.program, "runs what is downloaded or decoded on the way")
    elif call.program == "eval" and any(UNKNOWN in word for word in call.words) and not call.inner:
        yield act("unseen-code", "eval", "runs a text that is put together elsewhere")


def _runs_hidden(call: Call) -> bool:
    is_fed = _takes_input(call) and call.stdin is None
    # A text of the command itself, out of which a filter makes another that nobody has seen.
    if is_fed and any(_hides(each) or (each.program in _FILTERS and each.stdin) for each in call.feeds):
        return True
    is_made = any(UNKNOWN in word or word.startswith("/dev/fd/") for word in call.words)
    return is_made and any(_hides(each) for each in call.inner)


def _takes_input(call: Call) -> bool:
    rest = [word for word in call.words[1:] if word not in ("-", "-s", "-x", "-e", "-u", "--", "/dev/stdin")]
    if "-s" in call.words or "-" in call.words or "/dev/stdin" in call.words:
        return True
    return not [word for word in rest if not word.startswith("-")] and not call.has("-c", "-e", "-m", "--version")


def _hides(call: Call) -> bool:
    if call.program in FETCHING:
        return True
    if call.program in ("gzip", "xz", "bzip2", "base64", "base32", "gpg", "openssl", "xxd"):
        return call.has("-d", "-D", "-r", "--decode", "--decompress", "--decrypt", "-dc", "-cd")
    return call.program in _DECODING or call.words[:3] in (("aws", "s3", "cp"),) or call.program in INTERPRETERS


def _in_code(code: str, call: Call, world: World) -> Iterator[Act]:
    strings = [match[2] for match in re.finditer(_STRING, code)]
    named = [UNKNOWN + text if text.startswith("/.") else text for text in strings if text]
    secret = [text for text in named if is_secret(text, world, folder=call.folder)]
    paths = [text for text in strings if text not in _MODULES and ("/" in text or "." in text or text.isidentifier())]
    if re.search(_DELETING, code) and not (paths and all(is_expendable(path, call, world) for path in paths)):
        yield act("destructive-files", call.program, "deletes files from within code")
    is_given = any(SECRET in word for word in call.words) and re.search(r"(?i)\bargv\b", code)
    shows = _shows_environment(code) or SECRET in code or bool(is_given)
    if re.search(_SENDING, code) and (secret or shows or "os.environ" in code):
        yield act("egress-of-secret", call.program, "sends credentials, or a file of them, out")
    elif re.search(_SENDING, code):
        yield act("egress", call.program, "talks to another machine from within code")
    if secret and re.search(_READING, code):
        yield act("read-secret-file", secret[0], "shows or copies a file of credentials")
    elif re.search(_STORE, code) and re.search(_PRINTING, code):
        yield act("read-secret-file", call.program, "prints a credential out of its store")
    if shows:
        yield act("print-environment", call.program, "prints variables that may hold credentials")
    if re.search(_UNSEEN, code) or (UNKNOWN in code and any(_hides(each) for each in call.inner)):
        yield act("unseen-code", call.program, "runs code that is decoded or downloaded first")
    yield from _further(code, strings, call, world)


def _further(code: str, strings: list[str], call: Call, world: World) -> Iterator[Act]:
    from agentguard_secrets.acts.databases import destroys

    if re.search(r"execute|query|cursor|connect|sqlite|\bsql\b|collection|\bdb\b", code, re.IGNORECASE) and destroys(
        code
    ):
        yield act("destructive-database", call.program, "drops or empties data as a whole")
    # Perl and awk say in front of the name that they write.
    named = [text.lstrip("+<>| ") for text in (*strings, *_joined_paths(code))]
    guarded = next((text for text in named if text and is_guarded(text, world, folder=call.folder)), None)
    taken = next(
        (
            text
            for text in strings
            if text.startswith((".", "/", "~")) and len(text) > 2 and holds_guarded(text, world, folder=call.folder)
        ),
        None,
    )
    if guarded is not None and re.search(_WRITING, code):
        yield act("self-protection", guarded, "changes a file that guards this session")
    elif taken is not None and re.search(_TAKING, code):
        yield act("self-protection", taken, "takes files away that guard this session")
    elif re.search(_OWN_CODE, code) or (
        "agentguard_secrets" in code and re.search(r"__(?:file|path)__", code) and re.search(_WRITING, code)
    ):
        yield act("self-protection", call.program, "runs the guard's own commands from within code")


def acts_on_given_code(call: Call, world: World) -> Iterator[Act]:
    """What code that is given by an option does to the files that guard a session, in whatever language it is."""
    given = [
        *values_of(call.words, ("-e", "-c", "--eval", "--expr", "-E")),
        *(word for word in call.words if word[:1] == "+"),
    ]
    for code in given if call.program not in INTERPRETERS else ():
        for _quote, text in re.findall(_STRING, code):
            if is_guarded(text, world, folder=call.folder) and re.search(_WRITING, code):
                yield act("self-protection", text, "changes a file that guards this session")


def _joined_paths(code: str) -> Iterator[str]:
    """Yield the paths that are put together of texts, as pathlib and `os.path.join` do."""
    for found in re.finditer(_JOINED, code):
        yield "/".join(text for _quote, text in re.findall(r"""(['"])([^'"\n]*)\1""", found[0]))


def _shows_environment(code: str) -> bool:
    whole = re.fullmatch(
        r"\s*(?:process\.env|ENV|os\.environ)(?:\.(\w+)(?!\w*\s*(?:\?|[=!]=|\.length)).*)?\s*;?\s*", code
    )
    if whole and (whole[1] is None or is_secret_name(whole[1])):
        return True
    for match in re.finditer(_ENVIRONMENT, code):
        name = match["name"] or ""
        if (
            not name
            or name
            in (
                "get",
                "items",
                "copy",
                "toObject",
                "values",
                "to_h",
                "to_hash",
                "to_a",
                "inspect",
                "each",
                "map",
                "sort",
            )
            or is_secret_name(name)
        ):
            return True
    return False
