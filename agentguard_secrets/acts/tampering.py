"""Turns a call that would change the guard, or what it stands on, into acts."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import act
from agentguard_secrets.acts.paths import holds_guarded, is_guarded
from agentguard_secrets.acts.system import written_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

_ALL_OPERANDS = frozenset(
    "rm unlink shred mv chmod chown chattr setfacl truncate touch rmdir srm wipe trash chgrp rename".split()
)
# What of our own command line is for people.
_OURS = {
    "uninstall": None,
    "pause": None,
    "grant": ("add",),
    "baseline": ("create", "update", "import"),
    "policy": ("init",),
    "audit": None,
    "session": ("clear",),
    "journal": ("prune", "rotate", "delete"),
}
_TAKING = frozenset("rm mv unlink shred find".split())
_CLIENTS = ("claude", "claude-code")
# They start what their words name, in a terminal of its own.
_TERMINALS = ("screen", "tmux")
# What takes another settings folder, or none, into the client that is started.
_ELSEWHERE = frozenset({"HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_STATE_HOME"})
_UNPACKING = frozenset("tar bsdtar gtar unzip cpio".split())
_REMOVERS = frozenset("pip pip3 uv pipx conda poetry pdm brew apt apt-get npm yarn".split())
_NAME = r"^agentguard[-_]secrets\b|^agentguard$"


def acts_on_tampering(call: Call, world: World) -> Iterator[Act]:
    """The acts of this call on the guard itself."""
    yield from _files(call, world)
    words, module = call.operands, call.value_of("-m") or ""
    if re.match(_NAME, call.program) or module.startswith("agentguard_secrets"):
        yield from _own_commands(words if re.match(_NAME, call.program) else words[1:], call)
    elif call.program in _REMOVERS or module in _REMOVERS:
        yield from _packages(words[1:] if module else words, call)
    elif call.program in ("pre-commit", "lefthook", "husky") and words[:1] == ["uninstall"]:
        yield act("no-verify", f"{call.program} uninstall", "takes git's hooks away")
    elif call.program in _CLIENTS or (call.program in _TERMINALS and not {*_CLIENTS}.isdisjoint(call.words)):
        yield from _client(call)
    elif call.program in ("kill", "pkill", "killall") and any("agentguard" in word for word in words):
        yield act("self-protection", call.program, "ends the guard")


def _packages(words: list[str], call: Call) -> Iterator[Act]:
    """What takes the guard's package away, or puts another in its place."""
    if not any(re.match(_NAME, word) for word in words):
        return
    if any(word in ("uninstall", "remove", "rm") for word in words[:3]):
        yield act("self-protection", " ".join([call.program, *words[:3]]), "removes the guard")
    elif call.has("-U", "--upgrade", "--force-reinstall", "-I", "--ignore-installed", "--target", "--force") or any(
        re.match(rf"(?:{_NAME}).*[=<>@]", word) for word in words
    ):
        yield act("self-protection", " ".join([call.program, *words[:3]]), "replaces the guard")


def _files(call: Call, world: World) -> Iterator[Act]:
    touched = written_files(call)
    if call.program in _ALL_OPERANDS or _finds_everything(call):
        touched = [*touched, *call.operands]
    elif call.program == "ln":
        # By its other name the file is another's, to whoever sees only the name.
        linked = call.operands[: max(1, len(call.operands) - 1)]
        touched = [*touched, *linked, *(f"{each}/settings.json" for each in linked)]
    elif call.program in ("mount", "umount"):
        touched = call.operands[-1:]
    elif call.program in _UNPACKING:
        # Which files come out of it is not known: any of the folder's.
        into = call.value_of("-C", "--directory", "--one-top-level") or call.value_of("-d") or ""
        touched = [*touched, *([f"{into}/settings.json"] if into else [])]
    elif call.program == "git" and call.operands[:1] in (["checkout"], ["restore"], ["rm"], ["mv"]):
        touched = [*touched, *call.operands[1:]]
    for path in dict.fromkeys(touched):
        if is_guarded(path, world, folder=call.folder):
            yield act("self-protection", path, "changes a file that guards this session")
        elif _takes(call) and holds_guarded(path, world, folder=call.folder):
            yield act("self-protection", path, "takes files away that guard this session")


def _takes(call: Call) -> bool:
    is_git = call.program == "git" and call.operands[:1] in (["rm"], ["mv"])
    return is_git or call.program in _TAKING or call.program in ("mount", "umount")


def _finds_everything(call: Call) -> bool:
    return (
        call.program == "find"
        and "-delete" in call.words
        and not any(word.endswith("name") or word == "-empty" for word in call.words)
    )


def _own_commands(verbs: list[str], call: Call) -> Iterator[Act]:
    for verb, seconds in _OURS.items():
        if verbs[:1] == [verb] and (seconds is None or any(word in seconds for word in verbs[1:2])):
            yield act("self-protection", " ".join([call.program, *verbs[:2]]), "is for a person at a terminal")


def _client(call: Call) -> Iterator[Act]:
    words = call.words
    switches = (
        "--dangerously-skip-permissions",
        "--bare",
        "--safe-mode",
        "--settings",
        "--setting-sources",
        "--restricted",
    )
    moved = [name for name in call.settings if name in _ELSEWHERE or name.startswith("CLAUDE_")]
    is_taken_out = any(call.operands[:2] == ["plugin", verb] for verb in ("uninstall", "disable", "remove"))
    is_set = call.operands[:1] == ["config"] and any("hook" in word.lower() for word in words)
    if moved or is_taken_out or is_set or any(word.partition("=")[0] in switches for word in words):
        yield act("self-protection", " ".join(words[:3]), "starts the client without this guard, or takes it out")
