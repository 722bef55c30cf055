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
    "journal": ("prune", "rotate", "delete"),
}
_TAKING = frozenset("rm mv unlink shred find".split())
_REMOVERS = frozenset("pip pip3 uv pipx conda poetry pdm brew apt apt-get npm yarn".split())
_NAME = r"^agentguard[-_]secrets\b|^agentguard$"


def acts_on_tampering(call: Call, world: World) -> Iterator[Act]:
    """The acts of this call on the guard itself."""
    yield from _files(call, world)
    words = call.operands
    if re.match(_NAME, call.program) or (call.value_of("-m") or "").startswith("agentguard_secrets"):
        verbs = words if re.match(_NAME, call.program) else words[1:]
        yield from _own_commands(verbs, call)
    elif call.program in _REMOVERS and any(word in ("uninstall", "remove", "rm") for word in words[:3]):
        if any(re.match(_NAME, word) for word in words):
            yield act("self-protection", " ".join([call.program, *words[:3]]), "removes the guard")
    elif call.program in ("pre-commit", "lefthook", "husky") and words[:1] == ["uninstall"]:
        yield act("no-verify", f"{call.program} uninstall", "takes git's hooks away")
    elif call.program == "claude":
        yield from _client(call)
    elif call.program in ("kill", "pkill", "killall") and any("agentguard" in word for word in words):
        yield act("self-protection", call.program, "ends the guard")


def _files(call: Call, world: World) -> Iterator[Act]:
    touched = written_files(call)
    if call.program in _ALL_OPERANDS or _finds_everything(call):
        touched = [*touched, *call.operands]
    elif call.program == "git" and call.operands[:1] in (["checkout"], ["restore"], ["rm"], ["mv"]):
        touched = [*touched, *call.operands[1:]]
    for path in dict.fromkeys(touched):
        if is_guarded(path, world, folder=call.folder):
            yield act("self-protection", path, "changes a file that guards this session")
        elif call.program in _TAKING and holds_guarded(path, world, folder=call.folder):
            yield act("self-protection", path, "takes files away that guard this session")


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
    if call.has(*switches) or call.operands[:2] in (
        ["plugin", "uninstall"],
        ["plugin", "disable"],
        ["plugin", "remove"],
    ):
        yield act("self-protection", " ".join(words[:3]), "starts the client without this guard, or takes it out")
