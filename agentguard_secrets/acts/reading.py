"""Turns a call that shows a secret file or the environment into acts."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import SECRET, UNKNOWN, act, is_secret_name, values_of
from agentguard_secrets.acts.gitwords import git_words
from agentguard_secrets.acts.paths import holds_secret, is_secret
from agentguard_secrets.acts.serving import served
from agentguard_secrets.acts.showing import given_files, shown_otherwise
from agentguard_secrets.acts.stores import is_store
from agentguard_secrets.acts.variables import tells_variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.flow import Flow
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

# Programs that show, copy or pack what stands in the files they are given. Others may use a secret file: that is
# what it is for.
_SHOWING = frozenset(
    (
        "cat tac nl head tail less more most bat batcat view vim vi nvim nano emacs micro pico ed ex code "
        "open xdg-open od hexdump xxd strings base64 base32 gzip bzip2 xz zstd zip tar 7z 7za rar cp mv ln "
        "install dd tee diff cmp comm paste join column fold fmt rev sort uniq cut tr jq yq awk gawk mawk "
        "nawk sed grep egrep fgrep rg ag ack zgrep zcat gpg openssl scp rsync curl wget http printf echo "
        "mapfile readarray read while csvlook dasel xq tomlq gron envsubst split csplit shuf expand pr cpio "
        "ar uuencode iconv enca dos2unix perl ruby type gc get-content select-string glow pygmentize "
        "highlight sponge pv bc rg.exe busybox less.exe hd lolcat ccat source-highlight look colordiff delta "
        "icdiff sdiff vimdiff wdiff dc hexyl hexedit zstdcat bzcat xzcat zless zmore lesspipe pigz compress "
        "bsdtar shar enscript a2ps groff troff nroff xmllint tidy msgcat dialog whiptail w3m lynx links elinks ul "
        " tsort ptx lz4 brotli basenc m4 cpp pandoc mlr coreutils ffmpeg"
    ).split()
)
# What they read goes on as it is: to a program's words, to another machine, or to whoever reads the output.
_TAKING_INPUT = frozenset(("", "exec", "nc", "ssh", "xargs", "parallel"))
_PATTERN_FIRST = frozenset(
    "grep egrep fgrep rg ag ack zgrep sed awk gawk mawk nawk jq yq perl ruby dasel xq tomlq gron".split()
)
# They print what they are given in their words, if only to say what is wrong with it.
_REPEATING = frozenset(
    "echo printf print expr basename dirname seq figlet cowsay yes banner toilet wall notify-send say espeak".split()
)
# They print the text that they are given as their input.
_HANDING_ON = frozenset(
    "cat tac rev base64 base32 xxd od hexdump nl fold head tail tr sed cut sort uniq column".split()
)
_COPYING = frozenset("cp mv ln install scp rsync".split())
_RECURSIVE = frozenset("tar zip 7z 7za cp rsync scp grep rg ag ack find cpio".split())
_SHOWING_GIT = frozenset(
    (
        "show cat-file diff log blame annotate archive grep stash whatchanged format-patch difftool fast-export "
        "hash-object"
    ).split()
)


def acts_on_reading(call: Call, world: World, flow: Flow) -> Iterator[Act]:
    """The acts by which this call shows credentials."""
    for path in secret_files(call, world, flow):
        yield act("read-secret-file", path, "shows or copies a file of credentials")
    if is_store(call, world) and not flow.is_captured(call) and not _is_login(call, flow):
        yield act("read-secret-file", " ".join(call.words[:3]), "prints a credential out of its store")
    if prints_environment(call, flow):
        yield act("print-environment", " ".join(call.words[:1]), "prints variables that may hold credentials")


def secret_files(call: Call, world: World, flow: Flow) -> list[str]:
    """The secret files that this call shows, copies or takes as its input."""
    if shows_names_only(call):
        return []
    shown = [path for path in call.reads if call.program in _SHOWING or call.program in _TAKING_INPUT]
    if call.program == "xargs" and flow.is_captured(call):
        # `export $(xargs < .env)` shows nothing.
        shown = []
    shown += _shown_files(call)
    shown += (*shown_otherwise(call), *given_files(call))
    found = [path for path in shown if is_secret(path, world, folder=call.folder) or flow.is_secret(path, call)]
    if call.program in _RECURSIVE:
        found += [path for path in shown if path not in found and holds_secret(path, world, folder=call.folder)]
    return [*found, *(path for path in served(call) if holds_secret(path, world, folder=call.folder))]


def shows_names_only(call: Call) -> bool:
    """Whether it shows at most the names of variables, or counts, and no values."""
    text = " ".join(call.words[1:])
    if call.program == "wc":
        return True
    if call.program == "cut":
        return bool(re.search(r"-d ?=|--delimiter[= ]=", text)) and bool(
            re.search(r"-f ?1(?!\d|-|,)|--fields[= ]1$", text)
        )
    if call.program in ("awk", "gawk", "mawk"):
        return bool(re.search(r"-F ?=", text)) and bool(re.search(r"\{\s*print \$1;?\s*\}", text))
    if call.program == "sed":
        return bool(re.search(r"s([/|,#])=\.\*\1(?:=\S*)?\1", text))
    if call.program in ("grep", "egrep", "rg"):
        return call.has("-q", "-c", "-l", "-L", "--quiet", "--count", "--files-with-matches") or (
            call.has("-o") and bool(re.search(r"\^\[[^\]]*\][*+]$|\^\[\^=\][*+]$", (call.operands or [""])[0]))
        )
    return False


def prints_environment(call: Call, flow: Flow) -> bool:
    """Whether it prints variables of the environment that may hold credentials."""
    followers = flow.followers(call)
    if not _prints_variables(call) and not tells_variables(call, followers):
        return False
    if call.program in _REPEATING | _HANDING_ON:
        is_kept = any(not target.startswith("/dev/std") for _operator, target in call.writes)
        return not is_kept and not flow.is_captured(call) and not _is_login(call, flow)
    return not any(shows_names_only(each) or _asks_for_one(each) for each in followers[:2])


def _is_login(call: Call, flow: Flow) -> bool:
    options = ("--password-stdin", "--with-token", "--stdin", "--passphrase-fd", "-", "/dev/stdin", "--from-file")
    return any(option in each.words for each in flow.followers(call) for option in options)


def _prints_variables(call: Call) -> bool:
    name, words = call.program, call.words[1:]
    if name == "env":
        options = ("-i", "-", "--ignore-environment", "-S", "--split-string")
        return (
            not any(word in options for word in words)
            and all("=" in word or word.startswith("-") or word == UNKNOWN for word in words)
            and not call.has("-u")
        )
    if name == "printenv":
        return not call.operands or any(is_secret_name(word) or UNKNOWN in word for word in call.operands)
    if name in ("export", "declare", "typeset", "readonly"):
        bare = [word for word in words if not word.startswith(("-", "+"))]
        return (not words and name != "readonly") or (
            call.has("-p", "-x") and (not bare or any(map(is_secret_name, bare)))
        )
    if name == "set":
        return not words
    if name in _REPEATING:
        return any(SECRET in word for word in words)
    if name in _HANDING_ON:
        return SECRET in (call.stdin or "")
    if name == "ps":
        return bool(words) and re.fullmatch(r"[a-z]*e[a-z]*", words[0]) is not None and not words[0].startswith("-")
    return False


def _asks_for_one(call: Call) -> bool:
    """A `grep` for a name that no credential has."""
    if call.program not in ("grep", "egrep", "fgrep", "rg") or call.has("-v", "--invert-match"):
        return False
    pattern = (call.operands or [""])[0].replace("(", "").replace(")", "").strip("^=")
    names = [part for part in re.split(r"\\?\|", pattern) if part]
    return bool(names) and all(re.fullmatch(r"[\w^=]{3,}", name) and not _may_name_secret(name) for name in names)


def _may_name_secret(part: str) -> bool:
    upper = part.strip("^=").upper()
    words = ("TOKEN", "SECRET", "KEY", "PASS", "CRED", "AUTH", "PWD", "AWS", "DATABASE", "URL", "DSN", "API", "PRIVATE")
    return any(word in upper or (len(upper) > 2 and upper in word) for word in words)


def _shown_files(call: Call) -> list[str]:
    name, operands = call.program, call.operands
    if name == "git":
        return _git_files(call)
    if name not in _SHOWING or name in ("echo", "printf"):
        return []
    if name in _PATTERN_FIRST and not call.has("-e", "-f", "--expression", "--regexp", "--file"):
        operands = operands[1:]
    if name in _COPYING:
        into = call.value_of("-t", "--target-directory")
        operands = operands if into else operands[:-1]
    if name == "dd":
        operands = [word[3:] for word in call.words if word.startswith("if=")]
    if name == "openssl":
        is_public = bool({"x509", "req", "verify", "s_client", "crl"} & set(call.words[1:2])) or call.has(
            "-pubout", "-pubin"
        )
        operands = [] if is_public else list(values_of(call.words, ("-in", "-inkey")))
    if name in ("curl", "wget", "http"):
        operands = [word for word in operands if word.startswith("file:")]
    if name in ("tar",):
        operands = [] if _unpacks(call) else operands
    return operands


def _unpacks(call: Call) -> bool:
    first = call.words[1] if len(call.words) > 1 else ""
    return call.has("-x", "-t", "--extract", "--list", "--get") or re.fullmatch(r"[a-z]*[xt][a-z]*", first) is not None


def _git_files(call: Call) -> list[str]:
    words = git_words(call)
    if not words or words[0] not in _SHOWING_GIT:
        return []
    if words[0] in ("log", "whatchanged") and not call.has("-p", "-u", "--patch", "-L"):
        return []
    if {"--stat", "--name-only", "--name-status", "--numstat", "--shortstat"} & set(words):
        return []
    named = [word for word in words[1:] if not word.startswith("-")]
    if any(word.startswith("--batch") for word in words):
        named += (call.stdin or "").split()
    return [word.rpartition(":")[2] for word in named if not word.startswith(("http", "git@"))]
