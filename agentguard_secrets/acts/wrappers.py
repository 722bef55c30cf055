"""Turns a call of a program that runs other programs into what it runs."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import UNKNOWN, after_options, operands_of, values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agentguard_secrets.acts.call import Call

    # The words or the script, and the machine on which it runs, empty for this one.
    Step = tuple[tuple[str, ...] | str, str]

SHELLS = frozenset("sh bash zsh dash ksh ash fish rbash bash.exe".split())
# The loader of programs runs the one that it is given.
LOADER = r"ld-(?:linux|musl)"
_DURATION = re.compile(r"\d+(\.\d+)?[smhd]?")


def steps_of(call: Call, *, files: Mapping[str, str]) -> list[Step]:
    """What the call runs, in order; `files` are the texts that the command itself has written before."""
    name = call.program
    if name in SHELLS:
        return _shell(call, files)
    if name in ("source", "."):
        return _sourced(call.words[1], files) if call.words[1:2] else []
    if call.words[0] in files or call.words[0].removeprefix("./") in files:
        return [(files.get(call.words[0], files.get(call.words[0].removeprefix("./"), "")), "")]
    if re.match(LOADER, name):
        return words_step(after_options(call.words[1:], "--library-path --argv0 --preload --audit --inhibit-rpath"))
    if name in _PLAIN:
        return words_step(after_options(call.words[1:], _PLAIN[name]))
    unwrap = _UNWRAP.get(name)
    if unwrap is not None:
        return unwrap(call)
    from agentguard_secrets.acts import launchers

    return launchers.steps_of(call, files=files)


def _sourced(name: str, files: Mapping[str, str]) -> list[Step]:
    return [(files[name], "")] if name in files else _named_text(name, files)


def words_step(words: tuple[str, ...], host: str = "") -> list[Step]:
    """The step that runs these words; none when there are none."""
    return [(words, host)] if words else []


def _shell(call: Call, files: Mapping[str, str]) -> list[Step]:
    words = call.words[1:]
    for at, word in enumerate(words):
        if re.fullmatch(r"-[a-zA-Z]*c[a-zA-Z]*", word) or word == "--command":
            rest = after_options(words[at + 1 :], "-o -O +o")
            return [(_with_arguments(rest), call.host)] if rest else []
        if not word.startswith(("-", "+")):
            return [(files[word], call.host)] if word in files else _named_text(word, files)
        if word in ("-s", "-"):
            break
    return [(call.stdin, call.host)] if call.stdin else []


def _named_text(word: str, files: Mapping[str, str]) -> list[Step]:
    return [(files[word.removeprefix("./")], "")] if word.removeprefix("./") in files else []


def _with_arguments(rest: tuple[str, ...]) -> str:
    if len(rest) < 2:
        return rest[0]
    import shlex

    # What stands behind the script is $0, $1, ...
    script = rest[0].replace('"$0"', shlex.quote(rest[1])).replace("$0", rest[1])
    return f"set -- {' '.join(shlex.quote(word) for word in rest[2:])}\n{script}"


def _env(call: Call) -> list[Step]:
    scripts = list(values_of(call.words[1:], ("-S", "--split-string")))
    if scripts:
        behind = call.words[call.words.index(scripts[-1]) + 1 :] if scripts[-1] in call.words else ()
        return [(" ".join([scripts[-1], *behind]), "")]
    return words_step(after_options(call.words[1:], "-u --unset -C --chdir -P"))


def _sudo(call: Call) -> list[Step]:
    return words_step(after_options(call.words[1:], "-u -g -h -p -C -r -t -T -D -R -U --user --group --host --chdir"))


def _timeout(call: Call) -> list[Step]:
    words = after_options(call.words[1:], "-s -k --signal --kill-after")
    return words_step(words[1:] if words and _DURATION.fullmatch(words[0]) else words)


def _skip_one(valued: str) -> Callable[[Call], list[Step]]:
    """For `chroot DIR command`, `flock FILE command` and the like."""
    return lambda call: words_step(after_options(call.words[1:], valued)[1:])


def _script_of(*options: str) -> Callable[[Call], list[Step]]:
    """For `su -c 'command'`, `nix-shell --run 'command'` and the like."""
    return lambda call: [(text, "") for text in values_of(call.words, options)]


def _eval(call: Call) -> list[Step]:
    return [(" ".join(call.words[1:]), "")]


def _trap(call: Call) -> list[Step]:
    return [(call.operands[0], "")] if len(call.operands) > 1 else []


def _watch(call: Call) -> list[Step]:
    return [(" ".join(after_options(call.words[1:], "-n --interval -d")), "")]


def _flock(call: Call) -> list[Step]:
    given = call.value_of("-c", "--command")
    return [(given, "")] if given else words_step(after_options(call.words[1:], "-w -E")[1:])


def _xargs(call: Call) -> list[Step]:
    words = after_options(
        call.words[1:], "-I -i -n -P -L -l -d -s -E -a --max-args --max-procs --replace --delimiter --arg-file"
    )
    given = tuple((call.stdin or "").split()) or (UNKNOWN,)
    if call.stdin is None:
        from agentguard_secrets.acts.finding import found_by

        given = found_by(call.feeds) or (UNKNOWN,)
    if call.program != "xargs" and ":::" in words:
        given, words = words[words.index(":::") + 1 :], words[: words.index(":::")]
    if len(words) == 1 and " " in words[0]:
        return [(words[0].replace("{}", " ".join(given)), "")]
    place = call.value_of("-I", "--replace")
    if place is None and call.has("-i"):
        place = "{}"
    if place:
        return words_step(tuple(word.replace(place, each) for word in words for each in _each(given, word, place)))
    return words_step((*words, *given)) if words else []


def _each(given: tuple[str, ...], word: str, place: str) -> tuple[str, ...]:
    return given if place in word else ("",)


def _find(call: Call) -> list[Step]:
    steps: list[Step] = []
    words = call.words
    names = list(values_of(words, ("-name", "-iname", "-path", "-wholename")))
    start = words[1] if len(words) > 1 and not words[1].startswith("-") else "."
    found = f"{start.rstrip('/')}/{names[-1] if names else '*'}"
    for at, word in enumerate(words):
        if word in ("-exec", "-execdir", "-ok", "-okdir"):
            rest = words[at + 1 :]
            end = next((place for place, each in enumerate(rest) if each in (";", "+")), len(rest))
            steps.append((tuple(each.replace("{}", found) for each in rest[:end]), ""))
    return steps


def _fd(call: Call) -> list[Step]:
    for at, word in enumerate(call.words):
        if word in ("-x", "--exec", "-X", "--exec-batch"):
            # What it looks for is a pattern; without its signs it is the name.
            named = [re.sub(r"[\\^$]", "", each) for each in operands_of(call.words[1:at])[:1]]
            return words_step((*call.words[at + 1 :], *named, "*"))
    return []


def _ssh(call: Call) -> list[Step]:
    valued = "-b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w -B"
    words = after_options(call.words[1:], valued)
    commands = list(values_of(call.words, ("-oProxyCommand", "-oLocalCommand")))
    commands += [each.partition("=")[2] for each in values_of(call.words, ("-o",)) if each.startswith("ProxyCommand=")]
    steps: list[Step] = [(command, "") for command in commands]
    rest = after_options(words[1:], valued)
    if rest:
        steps.append((" ".join(rest), words[0]))
    elif words and call.stdin:
        steps.append((call.stdin, words[0]))
    return steps


def _command(call: Call) -> list[Step]:
    return [] if call.has("-v", "-V") else words_step(after_options(call.words[1:], ""))


def _bwrap(call: Call) -> list[Step]:
    words = call.words[1:]
    while words and words[0].startswith("-"):
        words = words[1 + _VALUES_OF_BWRAP.get(words[0], 0) :]
    return words_step(words)


def _busybox(call: Call) -> list[Step]:
    return words_step(call.words[1:])


# Wrappers that only have to be taken off, with those of their options that take the next word.
_PLAIN = {
    "nice": "-n --adjustment",
    "ionice": "-c -n -p",
    "nohup": "",
    "setsid": "",
    "stdbuf": "-i -o -e",
    "time": "-f -o",
    "builtin": "",
    "exec": "-a",
    "unshare": "",
    "nsenter": "-t",
    "strace": "-e -o -p -s -u",
    "ltrace": "-e -o -p -s -u",
    "pkexec": "--user",
    "systemd-run": "-p --property --unit -E --setenv",
    "firejail": "",
    "proot": "-r -b -w",
    "chronic": "",
    "unbuffer": "",
    "caffeinate": "-t -w",
    "arch": "",
    "numactl": "",
    "setpriv": "",
    "prlimit": "",
    "doas": "-u -C",
    "sshpass": "-p -f",
    "entr": "",
}

# How many words belong to an option.
_VALUES_OF_BWRAP = {
    **dict.fromkeys(
        (
            *("--bind", "--bind-try", "--dev-bind", "--dev-bind-try", "--ro-bind", "--ro-bind-try", "--symlink"),
            *("--setenv", "--file", "--bind-data", "--ro-bind-data", "--chmod", "--bind-fd", "--ro-bind-fd"),
        ),
        2,
    ),
    **dict.fromkeys(
        (
            *("--args", "--argv0", "--userns", "--userns2", "--pidns", "--uid", "--gid", "--hostname", "--chdir"),
            *("--unsetenv", "--lock-file", "--sync-fd", "--remount-ro", "--exec-label", "--file-label", "--proc"),
            *("--dev", "--tmpfs", "--mqueue", "--dir", "--seccomp", "--add-seccomp-fd", "--block-fd", "--perms"),
            *("--userns-block-fd", "--info-fd", "--json-status-fd", "--cap-add", "--cap-drop", "--size"),
        ),
        1,
    ),
}

_UNWRAP: dict[str, Callable[[Call], list[Step]]] = {
    "env": _env,
    "sudo": _sudo,
    "timeout": _timeout,
    "gtimeout": _timeout,
    "chroot": _skip_one("--userspec --groups"),
    "taskset": _skip_one("-p"),
    "gosu": _skip_one(""),
    "su-exec": _skip_one(""),
    "setuidgid": _skip_one(""),
    "chpst": _skip_one("-u -U -e"),
    "envdir": _skip_one(""),
    "flock": _flock,
    "command": _command,
    "su": _script_of("-c", "--command"),
    "runuser": _script_of("-c", "--command"),
    "script": _script_of("-c", "--command"),
    "nix-shell": _script_of("--run", "--command"),
    "eval": _eval,
    "trap": _trap,
    "watch": _watch,
    "xargs": _xargs,
    "parallel": _xargs,
    "rush": _xargs,
    "find": _find,
    "fd": _fd,
    "fdfind": _fd,
    "ssh": _ssh,
    "autossh": _ssh,
    "mosh": _ssh,
    "bwrap": _bwrap,
    "busybox": _busybox,
    "toybox": _busybox,
}
