"""Turns a call of a container, a package runner, git or an interpreter into what it runs."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import after_options, values_of
from agentguard_secrets.acts.wrappers import words_step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.wrappers import Step

INTERPRETERS = {
    "python": "-c",
    "python2": "-c",
    "python3": "-c",
    "pypy": "-c",
    "pypy3": "-c",
    "node": "-e --eval -p --print",
    "nodejs": "-e --eval -p --print",
    "bun": "-e --eval",
    "ruby": "-e",
    "perl": "-e -E",
    "php": "-r",
    "deno": "eval",
    "lua": "-e",
    "osascript": "-e",
    "tclsh": "-c",
    "expect": "-c",
}
_CONTAINER = (
    "-e --env -u --user -w --workdir -v --volume --name --network -p --publish --env-file -m --memory --entrypoint "
    "--mount --platform -h --hostname -l --label --cpus --add-host -H --host --context --detach-keys --shm-size "
    "-n --namespace -c --container --kubeconfig --gpus --ulimit --device --cap-add --security-opt --pull -f --file "
    "--profile --project-directory -s --server --cluster --as --index"
)
# A call that runs the shell or a program, up to where its words begin.
_IN_CODE = (
    r"(?:os\.(?:system|popen|execute)|subprocess\.\w+|getoutput|execSync|exec|spawnSync|spawn|execFileSync|execFile|system|shell_exec"
    r"|passthru|popen|proc_open|Popen|run|call|check_output|check_call|qx|do\s+shell\s+script)\s*(?=[(\s['\"`])"
)
_VALUED_BY_RUNNERS = "-n --name --project -f --file -e --env --env-file"
_NEXT_STRING = r"""(?s)[\s,\[(]*[fbru]?(['"`])((?:(?!\1).)*)\1"""
# Run by name they are programs of which more is known.
_MODULES_OF_PROGRAMS = ("keyring", "dotenv")
_BACKQUOTED = r"`([^`]*)`|%x[({\[]([^)}\]]*)[)}\]]|qx[({\[/]([^)}\]/]*)[)}\]/]"


def steps_of(call: Call, *, files: Mapping[str, str]) -> list[Step]:
    """What the call runs, in order; `files` are the texts that the command itself has written before."""
    from agentguard_secrets.acts.inside import steps_inside

    name = call.program
    if name in INTERPRETERS:
        if call.value_of("-m") in _MODULES_OF_PROGRAMS:
            return words_step(call.words[call.words.index("-m") + 1 :] if "-m" in call.words else ())
        scripts: list[Step] = [(script, "") for text in code_of(call, files=files) for script in scripts_in(text)]
        return scripts if name != "expect" else [*scripts, *steps_inside(call)]
    inside = steps_inside(call)
    if name in _RUNNERS:
        return [*_after_verbs(call, _RUNNERS[name]), *inside]
    launch = _LAUNCH.get(name)
    return [*launch(call), *inside] if launch else inside


def code_of(call: Call, *, files: Mapping[str, str]) -> list[str]:
    """The code that an interpreter is given in its words, its input, or a file that the command wrote."""
    name = call.program
    options = tuple(INTERPRETERS[name].split())
    texts = list(values_of(call.words, options))
    if texts:
        return texts
    clusters = [word for word in call.words[1:] if re.fullmatch(r"-[a-zA-Z]*[ceErp]", word) and len(word) > 2]
    if clusters and options:
        at = call.words.index(clusters[0])
        return list(call.words[at + 1 : at + 2])
    script = next((word for word in call.words[1:] if not word.startswith("-")), None)
    if script is not None:
        return [files[script]] if script in files else []
    return [call.stdin] if call.stdin and "-m" not in call.words else []


def scripts_in(code: str) -> list[str]:
    """The shell commands that stand as strings in code of another language."""
    scripts = []
    for match in re.finditer(_IN_CODE, code):
        words, at = [], match.end()
        while (found := re.match(_NEXT_STRING, code[at:])) is not None:
            words.append(found[2])
            at += found.end()
        if words:
            scripts.append(_joined([*words]) if len(words) > 1 else words[0])
    return scripts + [next(filter(None, found), "") for found in re.findall(_BACKQUOTED, code)]


def _joined(words: list[str | None]) -> str:
    import shlex

    return " ".join(shlex.quote(word) for word in words if word is not None)


def _after_verbs(call: Call, verbs: str) -> list[Step]:
    """For `poetry run pytest`, `npx rimraf dist` and the like: the verb and its options are taken off."""
    words = after_options(call.words[1:], f"-p --package --with --from --python -C --directory {_VALUED_BY_RUNNERS}")
    wanted = verbs.split()
    if wanted == ["*"]:
        return words_step(words)
    if words and words[0] in wanted:
        return words_step(
            after_options(words[1:], f"-p --package --with --from --python --extra --group {_VALUED_BY_RUNNERS}")
        )
    return []


def _container(call: Call) -> list[Step]:
    words = after_options(call.words[1:], _CONTAINER)
    if words and words[0] in ("compose", "container", "pod"):
        words = after_options(words[1:], _CONTAINER)
    if words[:1] == ("unshare",):
        # A shell of this machine, in which the person is root.
        return words_step(after_options(words[1:], ""))
    if not words or words[0] not in ("exec", "run", "create", "rsh", "debug"):
        return []
    rest = after_options(words[1:], _CONTAINER)
    inside = after_options(rest[1:], _CONTAINER) if "--" not in rest else rest[rest.index("--") + 1 :]
    steps = words_step(inside, rest[0] if rest else "container")
    entry = call.value_of("--entrypoint")
    return words_step((entry, *inside), rest[0]) if entry and rest else steps


def _git(call: Call) -> list[Step]:
    from agentguard_secrets.acts.gitruns import commands_of

    return [(command, "") for command in commands_of(call)]


def _prompt(call: Call) -> list[Step]:
    for at, word in enumerate(call.words):
        if word.lower() in ("/c", "/k", "/r"):
            return [("\n".join(part for part in " ".join(call.words[at + 1 :]).split("&")), "")]
    return []


def _remote_shell(call: Call) -> list[Step]:
    given = call.value_of("--command", "-C", "-c")
    return [(given, "remote")] if given else []


def _heroku(call: Call) -> list[Step]:
    words = call.operands
    if words[:1] == ["local:run"]:
        return words_step(tuple(words[1:]))
    return words_step(tuple(words[1:]), "remote") if words and words[0] in ("run", "run:detached") else []


def _connection(call: Call) -> list[Step]:
    """What a connection is given as its other end: a command, whose output goes to another machine."""
    given = values_of(call.words, ("-e", "-c", "--exec", "--sh-exec")) if call.program != "socat" else ()
    ends = [found[1] for word in call.words[1:] for found in re.finditer(r"(?i)^(?:exec|system|shell):([^,]+)", word)]
    return [(text, "") for text in (*given, *ends)]


def _framework(call: Call) -> list[Step]:
    """Code that a framework runs with all of its settings."""
    words = call.operands
    return words_step(("ruby", "-e", words[1])) if words[:1] in (["runner"], ["r"]) and words[1:] else []


def _terminal(call: Call) -> list[Step]:
    words = [word for word in call.operands if word not in ("Enter", "C-m")]
    return [(word, "") for word in words[1:] if " " in word]


def _standard_input(call: Call) -> list[Step]:
    return [(call.stdin, "")] if call.stdin else []


def _awk(call: Call) -> list[Step]:
    return [(script, "") for word in call.words[1:] for script in re.findall(r'system\(\s*"([^"]*)"', word)] + [
        (script, "") for word in call.words[1:] for script in re.findall(r'"([^"]+)"\s*\|\s*getline', word)
    ]


def _editor(call: Call) -> list[Step]:
    commands = [*values_of(call.words, ("-c", "--cmd")), *(word[1:] for word in call.words[1:] if word[:1] == "+")]
    return [(command.lstrip(":")[1:], "") for command in commands if command.lstrip(":").startswith("!")]


def _sed(call: Call) -> list[Step]:
    return [(match, "") for word in call.words[1:2] for match in re.findall(r"^\d*e\s+(.+)", word)]


def _package_script(call: Call) -> list[Step]:
    # Without a script of that name it is the program.
    if call.operands[:2] in (["run", "env"], ["run-script", "env"]) or call.words[:2] == ("yarn", "env"):
        return words_step(("env",))
    if call.operands[:1] in (["exec"], ["x"], ["dlx"]):
        words = after_options(call.words[call.words.index(call.operands[0]) + 1 :], "-p --package -w --workspace")
        return [(call.value_of("-c", "--call") or "", "")] if call.has("--call") else words_step(words)
    return []


def _ansible(call: Call) -> list[Step]:
    given = call.value_of("-a", "--args")
    return [(given, next(iter(call.operands), "remote"))] if given else []


_RUNNERS = {
    "poetry": "run",
    "pipenv": "run",
    "uv": "run",
    "hatch": "run",
    "rye": "run",
    "pdm": "run",
    "npx": "*",
    "bunx": "*",
    "uvx": "*",
    "pipx": "run",
    "bundle": "exec",
    "conda": "run",
    "mamba": "run",
    "op": "run",
    "doppler": "run",
    "dotenv": "* run",
    "dotenvx": "run",
    "infisical": "run",
    "watchexec": "*",
    "env-cmd": "*",
    "dotenv-cli": "*",
    "foreman": "run",
    "honcho": "run",
    "nf": "run",
    "mise": "exec x",
    "railway": "run",
    "netlify": "dev:exec",
    "envconsul": "*",
}

_LAUNCH: dict[str, Callable[[Call], list[Step]]] = {
    "docker": _container,
    "podman": _container,
    "nerdctl": _container,
    "buildah": _container,
    "incus": _container,
    **dict.fromkeys(("hub", "gt"), lambda call: words_step(("git", *call.words[1:]))),
    "rootlesskit": lambda call: words_step(after_options(call.words[1:], "")),
    "flatpak-spawn": lambda call: words_step(after_options(call.words[1:], "")),
    "docker-compose": _container,
    "rails": _framework,
    **dict.fromkeys(("ncat", "nc", "netcat", "socat"), _connection),
    "kubectl": _container,
    "oc": _container,
    "lxc": _container,
    "git": _git,
    "cmd": _prompt,
    "npm": _package_script,
    "pnpm": _package_script,
    "yarn": _package_script,
    "tmux": _terminal,
    "screen": _terminal,
    "at": _standard_input,
    "batch": _standard_input,
    "crontab": _standard_input,
    "awk": _awk,
    "gawk": _awk,
    "mawk": _awk,
    "nawk": _awk,
    "vim": _editor,
    "vi": _editor,
    "ex": _editor,
    "sed": _sed,
    "gcloud": _remote_shell,
    "vagrant": _remote_shell,
    "fly": _remote_shell,
    "flyctl": _remote_shell,
    "heroku": _heroku,
    "wsl": lambda call: words_step(after_options(call.words[1:], "-d -u")),
    "aws-vault": lambda call: words_step(call.words[call.words.index("--") + 1 :] if "--" in call.words else ()),
    "direnv": lambda call: words_step(call.words[3:] if call.words[1:2] == ("exec",) else ()),
    "nix": lambda call: words_step(call.words[call.words.index("-c") + 1 :] if "-c" in call.words else ()),
    "ansible": _ansible,
    "salt": lambda call: [(word, "remote") for word in call.operands[2:]],
    "pssh": lambda call: [(" ".join(call.operands[-1:]), "remote")],
    "parallel-ssh": lambda call: [(" ".join(call.operands[-1:]), "remote")],
}
