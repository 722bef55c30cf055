"""Turns a call that would change the guard, or what it stands on, into acts."""

from __future__ import annotations

import re

from agentguard_secrets.acts.bystanders import files_given, written_by_git
from agentguard_secrets.acts.call import UNKNOWN, act, operands_of, values_of
from agentguard_secrets.acts.clients import acts_on_clients
from agentguard_secrets.acts.code import acts_on_given_code
from agentguard_secrets.acts.gitwords import git_words
from agentguard_secrets.acts.globs import glob_matches
from agentguard_secrets.acts.paths import absolute, holds_guarded, is_guarded
from agentguard_secrets.acts.system import written_files
from agentguard_secrets.acts.writing import written_otherwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

_ALL_OPERANDS = frozenset(
    "rm rimraf unlink shred mv chmod chown chattr setfacl truncate touch rmdir srm wipe trash chgrp rename".split()
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
_OUR_NAMES = frozenset(("settings.json", "settings.local.json", "agentguard.toml", ".claude/settings.json"))
_IN_FOLDER = ("settings.json", "pre-commit")
_STARTS = frozenset((".", "./", "/", "~", "$HOME", "..", ".claude", "./.claude"))
_EXECUTING = frozenset(("-exec", "-execdir", "-ok", "-okdir"))
_CHANGING = frozenset("cp mv rm tee truncate install ln dd shred unlink chmod".split())
_TAKING = frozenset("rm mv unlink shred find rmdir rimraf del-cli trash rip".split())
_UNPACKING = frozenset("tar bsdtar gtar unzip cpio".split())
_REMOVERS = frozenset("pip pip3 uv pipx conda poetry pdm brew apt apt-get npm yarn".split())
# A built package, which may hold anything.
_BUILT = r"(?:^|/)agentguard_secrets-[^/]*\.(?:whl|tar\.gz|zip)$"
_NAME = r"^agentguard[-_]secrets\b|^agentguard$"


def acts_on_tampering(call: Call, world: World) -> Iterator[Act]:
    """The acts of this call on the guard itself."""
    yield from _files(call, world)
    yield from acts_on_given_code(call, world)
    if ".pre-commit-config.yaml" in written_files(call) and any("agentguard" in word for word in call.words):
        yield act("no-verify", ".pre-commit-config.yaml", "takes git's hooks out of the framework")
    words, module = call.operands, call.value_of("-m") or ""
    if re.match(_NAME, call.program) or module.startswith("agentguard_secrets"):
        yield from _own_commands(words if re.match(_NAME, call.program) else words[1:], call)
    elif call.program in _REMOVERS or module in _REMOVERS:
        yield from _packages(words[1:] if module else words, call)
    elif call.program in ("pre-commit", "lefthook", "husky") and words[:1] == ["uninstall"]:
        yield act("no-verify", f"{call.program} uninstall", "takes git's hooks away")
    elif call.program in ("kill", "pkill", "killall", "pgrep", "pidof") and any("agentguard" in word for word in words):
        yield act("self-protection", call.program, "ends the guard, or looks for it to end it")
    elif call.program == "kill" and any(
        "agentguard" in word for each in (*call.feeds, *call.inner) for word in each.words
    ):
        yield act("self-protection", call.program, "ends what was looked for by the guard's name")
    else:
        yield from acts_on_clients(call)


def _packages(words: list[str], call: Call) -> Iterator[Act]:
    """What takes the guard's package away, or puts another in its place."""
    if words[:1] == ["uninstall-all"]:
        yield act("self-protection", f"{call.program} uninstall-all", "removes the guard")
    if not any(re.match(_NAME, word) or re.search(_BUILT, word) for word in words):
        return
    if any(word in ("uninstall", "remove", "rm") for word in words[:3]):
        yield act("self-protection", " ".join([call.program, *words[:3]]), "removes the guard")
    elif (
        call.has("-U", "--upgrade", "--force-reinstall", "-I", "--ignore-installed", "--target", "--force")
        or any(re.match(rf"(?:{_NAME}).*[=<>@]", word) or re.search(_BUILT, word) for word in words)
        or (call.program == "pipx" and words[:1] in (["upgrade"], ["inject"], ["reinstall"]))
    ):
        yield act("self-protection", " ".join([call.program, *words[:3]]), "replaces the guard")


def _files(call: Call, world: World) -> Iterator[Act]:
    by_git = written_by_git(call) if call.program == "git" else ()
    for path in dict.fromkeys((*_touched(call), *written_otherwise(call), *by_git)):
        if is_guarded(path, world, folder=call.folder) or _may_name_ours(path, world, folder=call.folder):
            yield act("self-protection", path, "changes a file that guards this session")
        elif _takes(call) and holds_guarded(path, world, folder=call.folder):
            yield act("self-protection", path, "takes files away that guard this session")
    for path in files_given(call):
        if is_guarded(path, world, folder=call.folder) or _is_folder_of_ours(path, world, folder=call.folder):
            yield act("self-protection", path, "gives a file that guards this session to a program that may change it")
    for path in _replaced(call):
        if _is_folder_of_ours(path, world, folder=call.folder):
            yield act("self-protection", path, "puts other files in the place of those that guard this session")
    if _asks_where_ours_is(call):
        yield act("self-protection", call.program, "changes a file for which the guard's own name was asked")
    if _finds_ours(call) or _finds_in_ours(call, world):
        yield act("self-protection", call.program, "changes each file of a name that guards this session")


def _asks_where_ours_is(call: Call) -> bool:
    """Whether what it changes is told by something that names the guard, as `python -c` with its package does."""
    if not any("agentguard" in word for each in call.inner for word in each.words):
        return False
    return call.program in _REMOVERS or any(UNKNOWN in path for path in (*_touched(call), *written_otherwise(call)))


def _may_name_ours(path: str, world: World, *, folder: str) -> bool:
    """Whether wildcards stand for one of our names in a folder in which it would be ours."""
    place, _slash, name = path.rpartition("/")
    return "*" in name and any(
        glob_matches(name, ours) and is_guarded(f"{place}/{ours}", world, folder=folder) for ours in _IN_FOLDER
    )


def _touched(call: Call) -> list[str]:
    """What the call writes, links to, mounts on or unpacks into, as far as its words name it."""
    touched = written_files(call)
    if call.program in _ALL_OPERANDS or _finds_everything(call):
        return [*touched, *call.operands]
    if call.program == "ln":
        # By its other name the file is another's, to whoever sees only the name.
        linked = call.operands[: max(1, len(call.operands) - 1)]
        return [*touched, *linked, *(f"{each}/settings.json" for each in linked)]
    if call.program in ("mount", "umount"):
        return call.operands[-1:]
    if call.program in _UNPACKING:
        # Which files come out of it is not known: any of the folder's.
        into = call.value_of("-C", "--directory", "--one-top-level", "-D") or call.value_of("-d") or ""
        return [*touched, *([f"{into}/settings.json"] if into else [])]
    if call.program == "git" and git_words(call)[:1] in (("checkout",), ("restore",), ("rm",), ("mv",)):
        return [*touched, *operands_of(git_words(call)[1:])]
    return touched


def _finds_ours(call: Call) -> bool:
    """Whether `find` hands each file of one of our names, wherever it is, to a program that changes it."""
    if call.feeds and call.program in ("sed", "perl", "ruby") and any(word.startswith("-i") for word in call.words):
        named = (name for feed in call.feeds for name in values_of(feed.words, ("-name", "-iname", "-path")))
        return not _OUR_NAMES.isdisjoint(name.lstrip("*/") for name in named)
    if call.program != "find" or _STARTS.isdisjoint(call.words[1:2]):
        return False
    names = {name.lstrip("*/") for name in values_of(call.words, ("-name", "-iname", "-path"))}
    is_edit = "-i" in call.words or any(word.startswith(("-i", "-pi")) for word in call.words[-6:])
    changing = [
        each for each in _started_by(call) if each in _CHANGING or (each in ("sed", "perl", "ruby") and is_edit)
    ]
    return bool(changing) and not names.isdisjoint(_OUR_NAMES)


def _finds_in_ours(call: Call, world: World) -> bool:
    """Whether `find` changes or deletes some of the files of a folder in which guarded ones lie."""
    if call.program != "find" or not any(
        _is_folder_of_ours(each, world, folder=call.folder) for each in call.words[1:2]
    ):
        return False
    return "-delete" in call.words or not _CHANGING.isdisjoint(_started_by(call))


def _started_by(call: Call) -> list[str]:
    """The programs that `find` starts for what it finds."""
    return [call.words[at + 1] for at, word in enumerate(call.words[:-1]) if word in _EXECUTING]


def _replaced(call: Call) -> Iterator[str]:
    """The folders whose files may become others: what is copied as a whole, and what becomes a link."""
    operands = call.operands
    if call.program in _UNPACKING:
        yield from values_of(call.words, ("-C", "--directory", "--one-top-level", "-D", "-d"))
    is_copy = call.program == "rsync" or (call.program == "cp" and call.has("-r", "-R", "-a", "-T", "--recursive"))
    if not (is_copy or call.program in ("ln", "mv")) or len(operands) < 2:
        return
    target = call.value_of("-t", "--target-directory") or operands[-1]
    yield target
    yield from (f"{target.rstrip('/')}/{source.rstrip('/').rpartition('/')[2]}" for source in operands[:-1])


def _is_folder_of_ours(path: str, world: World, *, folder: str) -> bool:
    """Whether guarded files lie in this folder, and it is no folder in which everything else lies, too."""
    place = absolute(path, world, folder=folder)
    above = (world.root, world.home, world.folder)
    return not any(each == place or each.startswith(place.rstrip("/") + "/") for each in above) and holds_guarded(
        path, world, folder=folder
    )


def _takes(call: Call) -> bool:
    is_git = call.program == "git" and git_words(call)[:1] in (("rm",), ("mv",))
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
