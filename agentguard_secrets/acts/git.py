"""Turns a call of git into acts: what it pushes, rewrites, throws away or goes around."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import SECRET, act, is_dry, operands_of, values_of
from agentguard_secrets.acts.gitwords import git_words, is_protected, no_verify, says, skips_hooks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

    Judge = Callable[[tuple[str, ...], Call, World], Iterator[Act]]

# Environment that turns hooks off, with the values that leave them on.
_HOOKS_OFF = {
    "HUSKY": ("", "1", "2"),
    "HUSKY_SKIP_HOOKS": ("", "0"),
    "SKIP": ("",),
    "LEFTHOOK": ("", "1", "true"),
    "LEFTHOOK_EXCLUDE": ("",),
    "OVERCOMMIT_DISABLE": ("", "0"),
    "PRE_COMMIT_ALLOW_NO_CONFIG": ("", "0"),
    "SKIP_HOOKS": ("", "0"),
    "NO_VERIFY": ("", "0"),
}
_OTHER_SETTINGS = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")
_STORING = frozenset(("commit", "merge", "push", "am", "pull", "rebase"))
# What is said in their words becomes part of the repository.
_NAMING = frozenset("commit tag notes branch checkout switch stash merge commit-tree update-ref worktree".split())
# A short option of git commit that takes the rest of its word as a value.
_COMMIT_TAKERS = "mFCctuSU"


def acts_on_git(call: Call, world: World) -> Iterator[Act]:
    """The acts of a call of git, and of any call whose environment turns git's hooks off."""
    yield from _environment(call)
    if call.program in ("bfg", "git-filter-repo", "git-filter-branch"):
        yield act("history-rewrite", call.program, "rewrites commits")
    if call.program in ("git", "git-push", "g"):
        yield from _configured(call)
        words = git_words(call)
        if words[:1] and words[0] in _NAMING and any(SECRET in word for word in words[1:]):
            yield act("print-environment", f"git {words[0]}", "puts a variable that may hold a credential into commits")
        judge = _JUDGES.get(words[0]) if words else None
        if judge is not None:
            yield from judge(words, call, world)


def _environment(call: Call) -> Iterator[Act]:
    given = dict(call.settings)
    if call.program in ("export", "declare", "env", "set", "setx"):
        given |= dict(word.partition("=")[::2] for word in call.words[1:] if "=" in word)
    for name, value in given.items():
        if name in _HOOKS_OFF and value.lower() not in _HOOKS_OFF[name] and (name != "SKIP" or _may_commit(call)):
            yield act("no-verify", f"{name}={value}", "turns git's hooks off")
        if name.startswith("GIT_CONFIG") and "hookspath" in value.lower():
            yield act("no-verify", name, "points git to other hooks")
        if name in _OTHER_SETTINGS and not _STORING.isdisjoint(git_words(call)[:1]):
            yield act("no-verify", name, "takes other settings of git, which may name other hooks or none")


def _may_commit(call: Call) -> bool:
    return call.program in ("git", "export", "env", "pre-commit", "g", "gt", "declare")


def _configured(call: Call) -> Iterator[Act]:
    for setting in values_of(call.words, ("-c", "--config-env")):
        key = setting.partition("=")[0].lower()
        if key == "core.hookspath":
            yield act("no-verify", "core.hooksPath", "points git to other hooks")
        yield from _kept_for_later(list(setting.partition("=")[::2]))
    for word in call.words[1:]:
        if word.startswith("-ccore.hookspath".lower()) or word.lower().startswith("-ccore.hookspath"):
            yield act("no-verify", "core.hooksPath", "points git to other hooks")
            return


def _commit(words: tuple[str, ...], _call: Call, _world: World) -> Iterator[Act]:
    if skips_hooks(words) or any(_says_n(word) for word in _before_values(words[1:])):
        yield no_verify("commit")


def _before_values(words: tuple[str, ...]) -> Iterator[str]:
    """The options, without the words that are values of the option before them."""
    is_value = False
    for word in words:
        if word == "--":
            return
        if not is_value and word.startswith("-"):
            yield word
        letters = word[1:] if re.fullmatch(r"-[a-zA-Z]+", word) and not is_value else ""
        taker = next((place for place, letter in enumerate(letters) if letter in "mFCct"), None)
        is_value = not is_value and (
            word in ("--message", "--file", "--author", "--date", "--template", "--trailer", "--fixup", "--squash")
            or (taker is not None and taker == len(letters) - 1)
        )


def _says_n(word: str) -> bool:
    if word.startswith("--"):
        return False
    for letter in word[1:]:
        if letter == "n":
            return True
        if letter in _COMMIT_TAKERS:
            return False
    return False


def _with_hooks(words: tuple[str, ...], _call: Call, _world: World) -> Iterator[Act]:
    if skips_hooks(words) or (words[0] == "am" and "-n" in words):
        yield no_verify(words[0])


def _plumbing(words: tuple[str, ...], _call: Call, _world: World) -> Iterator[Act]:
    yield act("no-verify", f"git {words[0]}", "makes commits that no hook sees")


def _push(words: tuple[str, ...], call: Call, world: World) -> Iterator[Act]:
    from agentguard_secrets.acts.gitpush import acts_on_push

    return acts_on_push(words, call, world)


def _subtree(words: tuple[str, ...], call: Call, world: World) -> Iterator[Act]:
    from agentguard_secrets.acts.gitpush import acts_on_subtree

    return acts_on_subtree(words, call, world)


def _rewrites(words: tuple[str, ...], _call: Call, _world: World) -> Iterator[Act]:
    yield act("history-rewrite", f"git {words[0]}", "rewrites commits")


def _reflog(words: tuple[str, ...], _call: Call, _world: World) -> Iterator[Act]:
    if words[1:2] in (("expire",), ("delete",), ("drop",)):
        yield act("history-rewrite", f"git reflog {words[1]}", "throws the way back to old commits away")


def _collect(words: tuple[str, ...], _call: Call, _world: World) -> Iterator[Act]:
    if words[0] == "prune" or any(word.startswith("--prune=") and "week" not in word for word in words):
        yield act("history-rewrite", f"git {words[0]}", "throws unreachable commits away")


def _update_ref(words: tuple[str, ...], _call: Call, _world: World) -> Iterator[Act]:
    yield act("history-rewrite", " ".join(operands_of(words[1:])[:1]), "moves or deletes a branch past git's checks")


def _rebase(words: tuple[str, ...], call: Call, world: World) -> Iterator[Act]:
    yield from _with_hooks(words, call, world)
    is_ending = {"--abort", "--continue", "--skip", "--quit"} & set(words)
    if "--root" in words or (is_protected(world.branch.name, world) and world.branch.name and not is_ending):
        yield act("history-rewrite", world.branch.name or "every commit", "rewrites the commits of a protected branch")


def _branch(words: tuple[str, ...], _call: Call, world: World) -> Iterator[Act]:
    names = operands_of(words[1:])
    if says(words, "-D") or (says(words, "-d", "--delete") and says(words, "-f", "--force")):
        yield act("history-rewrite", " ".join(names), "deletes a branch whose commits may be nowhere else")
    elif says(words, "-f", "--force", "-M", "-C") and any(is_protected(name, world) for name in names):
        yield act("history-rewrite", " ".join(names), "moves a protected branch")


def _stash(words: tuple[str, ...], _call: Call, _world: World) -> Iterator[Act]:
    if words[1:2] in (("drop",), ("clear",)):
        yield act("destructive-files", f"git stash {words[1]}", "throws stashed work away")


def _reset(words: tuple[str, ...], _call: Call, _world: World) -> Iterator[Act]:
    if any(len(word) > 4 and "--hard".startswith(word) for word in words) or "--merge" in words:
        yield act("destructive-files", " ".join(words[1:3]), "throws uncommitted work away")
        if any(re.search(r"[~^]|@\{|^[0-9a-f]{7,40}$", word) for word in operands_of(words[1:])):
            yield act("history-rewrite", " ".join(words[1:3]), "takes commits off the branch")


def _checkout(words: tuple[str, ...], _call: Call, world: World) -> Iterator[Act]:
    names = operands_of(words[1:])
    if says(words, "-B", "-C") and any(is_protected(name, world) for name in names):
        yield act("history-rewrite", " ".join(names), "moves a protected branch")
    if says(words, "-b", "-c", "-B", "-C", "--orphan", "--create"):
        return
    takes_files = words[0] == "checkout" and (
        "--" in words or "." in names or any(name.startswith("./") for name in names)
    )
    if takes_files or says(words, "-f", "--force", "--discard-changes"):
        yield act("destructive-files", " ".join(names[:2]), "throws uncommitted work away")


def _restore(words: tuple[str, ...], _call: Call, _world: World) -> Iterator[Act]:
    if not says(words, "--staged", "-S") or says(words, "--worktree", "-W"):
        yield act("destructive-files", " ".join(operands_of(words[1:])[:2]), "throws uncommitted work away")


def _clean(words: tuple[str, ...], call: Call, _world: World) -> Iterator[Act]:
    forced = says(words, "-f", "--force") or any(
        setting.lower() == "clean.requireforce=false" for setting in values_of(call.words, ("-c",))
    )
    if forced and not is_dry(words[1:], "-n", "--dry-run"):
        yield act("destructive-files", "untracked files", "deletes every file that git does not know")


def _worktree(words: tuple[str, ...], _call: Call, _world: World) -> Iterator[Act]:
    if words[1:2] == ("remove",) and says(words, "-f", "--force"):
        yield act("destructive-files", " ".join(words[2:4]), "deletes a work tree with what is not committed in it")


def _config(words: tuple[str, ...], _call: Call, _world: World) -> Iterator[Act]:
    operands = [word for word in operands_of(words[1:]) if word not in ("set", "unset")]
    is_reading = says(words, "--get", "--list", "-l", "--get-all", "--get-regexp") or words[1:2] in (
        ("get",),
        ("list",),
    )
    changes = len(operands) > 1 or says(words, "--unset", "--unset-all") or words[1:2] == ("unset",)
    if any("core.hookspath" in word.lower() for word in operands) and changes and not is_reading:
        yield act("no-verify", "core.hooksPath", "points git to other hooks")
    if changes and not is_reading:
        yield from _kept_for_later(operands)
    section = [word.lower() for word in operands if word not in ("remove-section", "rename-section")]
    moves = says(words, "--remove-section", "--rename-section") or words[1:2] in (
        ("remove-section",),
        ("rename-section",),
    )
    if moves and section[:1] == ["core"]:
        yield act("no-verify", "core", "takes away the settings that name git's hooks")
    elif says(words, "--edit", "-e") or words[1:2] == ("edit",):
        yield act("no-verify", "git config --edit", "opens settings that may name git's hooks")


def _kept_for_later(operands: list[str]) -> Iterator[Act]:
    """A key by which git goes around its hooks later: an alias, or a file with keys of its own."""
    for at, key in enumerate(operands[:-1]):
        value = operands[at + 1]
        if key.lower().startswith("alias.") and re.search(_GOING_AROUND, value):
            yield act("no-verify", key, "makes an alias that goes around git's hooks")
        if re.fullmatch(r"include(?:if\..*)?\.path", key.lower()):
            yield act("no-verify", key, "brings in settings that may point git to other hooks")


def _remote(words: tuple[str, ...], _call: Call, _world: World) -> Iterator[Act]:
    if words[1:2] in (("add",), ("set-url",)):
        yield act("egress", words[-1], "gives git an address to send to")


_GOING_AROUND = r"--no-verify|core\.hooksPath|\b(?:commit|merge)\b.*\s-[a-zA-Z]*n[a-zA-Z]*\b"
_JUDGES: dict[str, Judge] = {
    "commit": _commit,
    **dict.fromkeys(("merge", "am", "pull"), _with_hooks),
    **dict.fromkeys(("commit-tree", "fast-import"), _plumbing),
    **dict.fromkeys(("push", "send-pack"), _push),
    "subtree": _subtree,
    **dict.fromkeys(("filter-branch", "filter-repo", "replace"), _rewrites),
    "reflog": _reflog,
    "gc": _collect,
    "prune": _collect,
    "update-ref": _update_ref,
    "rebase": _rebase,
    "branch": _branch,
    "stash": _stash,
    "reset": _reset,
    "checkout": _checkout,
    "switch": _checkout,
    "restore": _restore,
    "clean": _clean,
    "worktree": _worktree,
    "config": _config,
    "remote": _remote,
}
