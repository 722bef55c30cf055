"""Turns the words of a call of git into what they say."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import act, after_options
from agentguard_secrets.acts.globs import glob_matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

_GLOBAL = "-c -C --git-dir --work-tree --namespace --exec-path --config-env --super-prefix"


def git_words(call: Call) -> tuple[str, ...]:
    """The verb and what follows it, without git's own options."""
    return after_options(call.words[1:], _GLOBAL)


def is_protected(branch: str, world: World) -> bool:
    """Whether one of [branches] protected is about this branch."""
    return any(glob_matches(glob, branch) for glob in world.protected)


def skips_hooks(words: tuple[str, ...]) -> bool:
    """Whether `--no-verify` is among the options, however it is cut."""
    for word in words[1:]:
        if word == "--":
            return False
        if word.startswith("--no-v") and "--no-verify".startswith(word):
            return True
    return False


def no_verify(verb: str) -> Act:
    """The act of going around the hooks."""
    return act("no-verify", f"git {verb}", "goes around git's hooks")


def says(words: tuple[str, ...], *options: str) -> bool:
    """Whether one of these options stands behind the verb; short ones also among others in one word."""
    for word in words[1:]:
        if word == "--":
            return False
        if word.partition("=")[0] in options:
            return True
        if re.fullmatch(r"-[a-zA-Z]{2,}", word) and any(len(each) == 2 and each[1] in word[1:] for each in options):
            return True
    return False
