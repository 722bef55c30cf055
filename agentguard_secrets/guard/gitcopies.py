"""Turns what a command does before it commits into the files out of which it makes others that may be committed."""

from __future__ import annotations

import os

from agentguard_secrets.acts.call import EITHER, UNKNOWN
from agentguard_secrets.sources.repository import run_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentguard_secrets.acts.call import Call

_COPYING = frozenset("cp mv ln install rsync".split())
# Of more files than these no command of a person speaks; a folder that is copied is looked into as far.
_MOST_FILES = 300


def files_copied(calls: Sequence[Call], place: str) -> list[str]:
    """Return the files that `calls` copy, move or filter into files of the repository at `place` that are not ignored.

    What they make is not there yet, so nothing that is staged beforehand shows it.
    """
    files: dict[str, None] = {}
    for call in calls:
        sources, targets = _told(call)
        named = [path for path in sources if os.path.exists(path)]
        if named and any(_may_be_committed(target, place) for target in targets):
            files.update((path, None) for each in named for path in _files_at(each))
    return list(files)[:_MOST_FILES]


def _told(call: Call) -> tuple[list[str], list[str]]:
    """Return what the call reads and what it makes, as far as its words tell."""
    if call.host:
        return [], []
    words = call.operands
    if call.program in _COPYING and len(words) > 1:
        into = call.value_of("-t", "--target-directory") or words[-1]
        sources = [word for word in words if word is not into]
        return _placed(call, sources), _placed(call, [into, *(f"{into}/{os.path.basename(each)}" for each in sources)])
    read = [word for each in (call, *call.feeds) for word in (*each.words[1:], *each.reads)]
    made = [target for _operator, target in call.writes] + (words if call.program == "tee" else [])
    return (_placed(call, read), _placed(call, made)) if made else ([], [])


def _placed(call: Call, words: Sequence[str]) -> list[str]:
    known = (word for word in words if word and UNKNOWN not in word and EITHER not in word)
    return [os.path.join(call.folder, os.path.expanduser(word)) for word in known]


def _may_be_committed(path: str, place: str) -> bool:
    """Say whether the path lies in the repository and git does not ignore it."""
    if os.path.isdir(path):
        return False
    return run_git(place, "check-ignore", "-v", "-n", "--", path, check=False).startswith(b"::")


def _files_at(path: str) -> Iterator[str]:
    if not os.path.isdir(path):
        yield path
        return
    for folder, _folders, names in os.walk(path):
        yield from (os.path.join(folder, name) for name in names[:_MOST_FILES])
