"""Turns a command in which the agent commits or pushes into what the git hooks would say, whether they run or not."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from itertools import pairwise

from agentguard_secrets.acts.call import EITHER, UNKNOWN, UnreadableError
from agentguard_secrets.acts.gitwords import git_words
from agentguard_secrets.acts.shell import Shell
from agentguard_secrets.errors import SourceError, UsageError
from agentguard_secrets.gitguard import judge, judge_commit, judge_push
from agentguard_secrets.guard.files import absolute, whole_file
from agentguard_secrets.guard.gitcopies import files_copied
from agentguard_secrets.guard.pipeline import Text
from agentguard_secrets.model import Unread
from agentguard_secrets.sources.files import from_paths
from agentguard_secrets.sources.repository import open_repository, run_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.guard.pipeline import Case
    from agentguard_secrets.model import Decision

_PROGRAMS = frozenset({"git", "g", "hub"})
_STAGING = frozenset({"add", "stage", "update-index", "apply"})
# Verbs that stage with these options.
_PLUMBING = {
    "update-index": frozenset(("--add", "--again", "-g", "--stdin", "--index-info")),
    "apply": frozenset(("--cached", "--index", "-3", "--3way")),
}
# With `--continue` these commit what is staged.
_CONTINUING = frozenset({"merge", "rebase", "cherry-pick", "revert", "am"})
_SENDING = frozenset({"push", "send-pack"})
# They send every commit that the other side lacks, wherever that is.
_SENDING_ALL = (("subtree", "push"), ("svn", "dcommit"), ("p4", "submit"))
# So do these programs of forges, with the option that says so.
_FORGES = {"gh": ("repo", "--push"), "glab": ("mr", "--push")}
_EVERYTHING = ("--all", ":/")
# What git add asks a person, or reads from elsewhere: then everything it could stage is taken.
_CHOOSING = re.compile(r"-[a-zA-Z]*[pie][a-zA-Z]*|--(?:patch|interactive|edit|pathspec-from-file.*)")
# The options of `git commit` that take the next word, unless their value stands in the same one.
_TAKERS = "mFCct"
_LONG_TAKERS = frozenset(
    f"--{name}" for name in "message file reuse-message reedit-message template author date fixup squash".split()
)
_PLACE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")
_MESSAGE_FILES = ("-F", "--file", "-t", "--template")


def with_git(case: Case, folder: str) -> Case:
    """Return the case with the decision about each commit and push of the command, and about the message's file."""
    command = case.event.payload["tool_input"].get("command")
    if not isinstance(command, str):
        return case
    staged: dict[str, list[tuple[str, ...]]] = {}
    texts, unread, decided = [*case.texts], [*case.unread], [*case.decided]
    calls = _calls(command, folder)
    for at, call in enumerate(calls):
        words = _words(call)
        if call.host or not words:
            continue
        place = _place(call)
        if words[0] in _STAGING:
            staged.setdefault(place or "", []).extend(_adding(words))
        elif not _is_judged(words):
            continue
        elif place is None:
            unread.append(Unread(f"git {words[0]}", "it cannot be told in which repository it runs"))
        else:
            decided += _decided(words, place, call=call, adding=staged.get(place, []))
            if words[0] == "commit" and (files := files_copied(calls[:at], place)):
                decided.append(judge("commit", from_paths(files), folder=place).decision)
            texts += _message_files(words, place)
    return case._replace(texts=tuple(texts), unread=tuple(unread), decided=tuple(decided))


def _words(call: Call) -> tuple[str, ...]:
    """Return what git is asked to do; of a forge's program, the push that it makes."""
    if call.program in _FORGES:
        verb, option = _FORGES[call.program]
        return ("push",) if call.operands[:1] == [verb] and call.has(option) else ()
    return git_words(call) if call.program in _PROGRAMS else ()


def _calls(command: str, folder: str) -> list[Call]:
    shell = Shell(command, home=os.path.expanduser("~"), folder=folder, aliases=_aliases(folder))
    try:
        return shell.read()
    except (UnreadableError, RecursionError):
        # That it cannot be read is the business of the command gate; what was read until then is judged.
        return shell.calls


def _aliases(folder: str) -> Mapping[str, str]:
    try:
        lines = run_git(folder, "config", "-z", "--get-regexp", r"^alias\.", check=False).split(b"\0")[:-1]
    except SourceError:
        return {}
    pairs = (os.fsdecode(line).partition("\n")[::2] for line in lines)
    return {name.removeprefix("alias."): value for name, value in pairs}


def _is_judged(words: tuple[str, ...]) -> bool:
    verb = words[0]
    return verb in ("commit", *_SENDING) or (verb in _CONTINUING and "--continue" in words) or words[:2] in _SENDING_ALL


def _place(call: Call) -> str | None:
    """Return the folder in which git works, None when only the shell will know."""
    place, words = call.folder, list(call.words[1:])
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word == "-C":
            place = os.path.join(place, os.path.expanduser(words.pop(0))) if place and words else ""
        elif word in ("-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"):
            words = words[1:]
    return place if place and UNKNOWN not in place and EITHER not in place else None


def _adding(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield what to give `git add` so that it stages at least what these words would, and asks nobody."""
    said = words[1:]
    if words[0] in _PLUMBING:
        if not _PLUMBING[words[0]].isdisjoint(said):
            # What they take into the index may be any change there is.
            yield _EVERYTHING
    elif any(UNKNOWN in word or EITHER in word or _CHOOSING.fullmatch(word) for word in said):
        yield _EVERYTHING
    else:
        yield tuple(word for word in said if word not in ("-n", "--dry-run", "-v", "--verbose"))


def _decided(
    words: tuple[str, ...], place: str, *, call: Call, adding: Sequence[tuple[str, ...]]
) -> Iterator[Decision]:
    if not os.path.isdir(place):
        return
    try:
        with _environment(call):
            open_repository(place)
            if words[0] in _SENDING or words[:2] in _SENDING_ALL:
                yield judge_push(place, words=() if words[:2] in _SENDING_ALL else _known(words[1:]))
            else:
                yield judge_commit(place, adding=[*adding, *_of_commit(words)])
    except UsageError:
        # No repository yet: `git init && git add . && git commit` in one command makes one of all that is there.
        if adding:
            yield judge("commit", from_paths([place]), folder=place).decision


def _known(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a push; where one is only known to the shell, every branch and tag is meant."""
    if any(UNKNOWN in word or EITHER in word for word in words):
        return ("--all", "--tags")
    return tuple(word for word in words if word)


def _of_commit(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield what `git commit` itself stages: all that is tracked, or the paths that it names."""
    named: list[str] = []
    left, is_all = list(words[1:]), False
    while left:
        word = left.pop(0)
        if word == "--":
            named += left
            break
        if not word.startswith("-"):
            named.append(word)
            continue
        flags = re.split(f"[{_TAKERS}]", word)[0] if word[:2] != "--" else ""
        is_all |= "a" in flags or "p" in flags or word in ("--all", "--patch", "--interactive")
        is_all |= word.startswith("--pathspec-from-file")
        if word in _LONG_TAKERS or (flags and len(flags) == len(word) - 1):
            left = left[1:]
    if is_all or any(UNKNOWN in path or EITHER in path for path in named):
        yield "--update", ":/"
    elif named and words[0] == "commit":
        yield "--", *named


def _message_files(words: tuple[str, ...], place: str) -> Iterator[Text]:
    for name, value in pairwise(words):
        if name in _MESSAGE_FILES:
            yield from (part for part in whole_file(absolute(value, place), origin="message") if isinstance(part, Text))


@contextmanager
def _environment(call: Call) -> Iterator[None]:
    """Let git see the repository that the call's settings and options name."""
    named = {name: value for name, value in call.settings.items() if name in _PLACE}
    for option, name in (("--git-dir", "GIT_DIR"), ("--work-tree", "GIT_WORK_TREE")):
        value = call.value_of(option)
        named |= {name: value} if value is not None else {}
    before = dict(os.environ)
    os.environ.update({name: value for name, value in named.items() if UNKNOWN not in value})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
