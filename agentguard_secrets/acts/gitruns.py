"""Turns a call of git into the commands that it is told to run: by a setting, by an option, or by an alias."""

from __future__ import annotations

import shlex
from itertools import pairwise

from agentguard_secrets.acts.call import after_options, values_of
from agentguard_secrets.acts.gitwords import git_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.call import Call

# Of each verb the options whose value git runs.
_GIVEN = {
    "difftool": ("-x", "--extcmd"),
    "rebase": ("-x", "--exec"),
    **dict.fromkeys(("fetch", "pull", "ls-remote", "fetch-pack"), ("--upload-pack",)),
    "clone": ("-u", "--upload-pack"),
    **dict.fromkeys(("push", "send-pack"), ("--receive-pack", "--exec")),
    "archive": ("--exec",),
    "grep": ("-O", "--open-files-in-pager"),
    "filter-branch": tuple(f"--{name}-filter" for name in "env tree index parent msg commit tag-name".split()),
    "send-email": ("--sendmail-cmd", "--to-cmd", "--cc-cmd", "--header-cmd"),
}
# Shorter, an option of git could be many.
_SHORTEST = 5


def commands_of(call: Call) -> Iterator[str]:
    """Yield each command that this call of git runs, or stores to be run, as a script of the shell."""
    words = git_words(call)
    verb = words[0] if words else ""
    for setting in values_of(call.words, ("-c",)):
        key, _equals, value = setting.partition("=")
        if key.lower() == f"alias.{verb}".lower():
            behind = " ".join(shlex.quote(word) for word in words[1:])
            yield value[1:] if value.startswith("!") else f"git {value} {behind}"
        else:
            yield _stored(key, value)
    yield from _values(words, _GIVEN.get(verb, ()))
    if words[:2] in (("submodule", "foreach"), ("bisect", "run")):
        yield " ".join(after_options(words[2:], ""))
    if verb == "config":
        keys = [word for word in words[1:] if not word.startswith("-") and word not in ("set", "get", "unset")]
        yield from (_stored(key, value) for key, value in pairwise(keys) if "." in key)
    yield from (word[5:].replace("% ", "\\ ") for word in words[1:] if word.startswith("ext::"))


def _stored(key: str, value: str) -> str:
    # Which keys hold commands depends on the version; a value that is no command does nothing.
    if key.lower().startswith("alias.") and not value.startswith("!"):
        return f"git {value}"
    return value.lstrip("!")


def _values(words: tuple[str, ...], options: tuple[str, ...]) -> Iterator[str]:
    """What the options are given, which git also knows by the beginnings of their names."""
    yield from values_of(words, options)
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if len(name) >= _SHORTEST and any(option.startswith(name) and option != name for option in options):
            yield value if equals else "".join(words[at + 1 : at + 2])
