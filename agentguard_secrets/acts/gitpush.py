"""Turns a `git push` into acts: whether it replaces commits, and which branches it goes to."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import EITHER, UNKNOWN, act, is_dry, operands_of, values_of
from agentguard_secrets.acts.gitwords import git_words, is_protected, no_verify, says, skips_hooks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

_PUSH_VALUED = "-o --push-option --receive-pack --exec --repo"


def acts_on_push(words: tuple[str, ...], call: Call, world: World) -> Iterator[Act]:
    """The acts of a push; `words` begin with the verb."""
    if is_dry(words[1:], "-n", *("--dry-run"[:end] for end in range(5, 10))):
        return
    if skips_hooks(words):
        yield no_verify("push")
    operands = _operands(words[1:])
    if any(word.startswith("--repo") for word in words):
        operands = ["", *operands]
    specs = [each for word in operands[1:] for each in word.split(EITHER)]
    for setting in values_of(call.words, ("-c",)):
        key, _equals, value = setting.partition("=")
        specs += [value] if re.fullmatch(r"remote\..+\.push", key) else []
    yield from _forced(words, specs)
    yield from _pushed(words, specs, call, world)
    if operands and re.search(r"://|^[\w.-]+@|^[\w.-]+:[^\\]", operands[0]):
        yield act("egress", operands[0], "pushes to an address that is no configured remote")


def _operands(words: tuple[str, ...]) -> list[str]:
    takers = set(_PUSH_VALUED.split())
    kept = [word for at, word in enumerate(words) if at == 0 or words[at - 1] not in takers]
    return operands_of(tuple(kept))


def _forced(words: tuple[str, ...], specs: list[str]) -> Iterator[Act]:
    is_long = any(len(word) > 3 and ("--force".startswith(word) or word.startswith("--force")) for word in words[1:])
    named = next((spec.lstrip("+") for spec in specs if spec.startswith("+")), None)
    if named is not None or is_long or says(words, "-f", "--mirror"):
        yield act("force-push", named or " ".join(specs) or "the current branch", "replaces commits on the remote")


def _pushed(words: tuple[str, ...], specs: list[str], call: Call, world: World) -> Iterator[Act]:
    if says(words, "--mirror", "--all", "--branches"):
        yield act("protected-push", "every branch", "pushes the protected branches too")
        return
    deletes = says(words, "-d", "--delete")
    for spec in specs or _default_specs(words, call, world):
        source, colon, target = spec.lstrip("+").partition(":")
        branch = _branch_name(target if colon else source, call, world)
        if branch and (is_protected(branch, world) or "*" in branch or UNKNOWN in branch):
            yield act("protected-push", branch, "pushes to a protected branch, or one that cannot be told")
        elif branch and (deletes or (colon and not source)):
            yield act("history-rewrite", branch, "deletes a branch on the remote")
        elif spec == ":":
            yield act("protected-push", "every branch", "pushes the protected branches too")


def _branch_name(name: str, call: Call, world: World) -> str:
    if name.startswith(("refs/tags/", "refs/notes/")) or name == "tag":
        return ""
    name = name.removeprefix("refs/heads/").removeprefix("heads/")
    if name in ("HEAD", "@"):
        return world.branch.name
    if UNKNOWN in name and any(_tells_current(each) for each in call.inner):
        return world.branch.name or UNKNOWN
    return name


def _tells_current(call: Call) -> bool:
    words = " ".join(git_words(call))
    return call.program == "git" and any(part in words for part in ("--show-current", "--abbrev-ref", "symbolic-ref"))


def _default_specs(words: tuple[str, ...], call: Call, world: World) -> list[str]:
    if says(words, "--tags") or "--follow-tags" in words[:1]:
        return []
    if call.value_of("-C", "--git-dir") or not call.folder.startswith(world.root):
        return [UNKNOWN]
    branch = world.branch
    given = [
        setting.partition("=")[2] for setting in values_of(call.words, ("-c",)) if setting.startswith("push.default=")
    ]
    default = given[-1] if given else branch.push_default
    if default == "matching":
        return [":"]
    if default in ("upstream", "tracking") and branch.upstream:
        return [branch.upstream]
    # A branch without upstream is not pushed by `simple`, but by `-u`: then by its own name.
    return [branch.name] if branch.name else []


def acts_on_subtree(words: tuple[str, ...], call: Call, world: World) -> Iterator[Act]:
    """The acts of `git subtree push`."""
    operands = _operands(words[1:])
    if operands[:1] == ["push"] and operands[2:]:
        yield from _pushed(words, operands[-1:], call, world)
