"""Turns the end of a turn into the files that the session has changed, whatever wrote them."""

from __future__ import annotations

import os

from agentguard_secrets.errors import SourceError, UsageError
from agentguard_secrets.guard.files import whole_file
from agentguard_secrets.guard.pipeline import Text
from agentguard_secrets.sources.uncommitted import tracked_changes, untracked_files
from agentguard_secrets.state.folders import project_folders
from agentguard_secrets.state.session import ACCEPTED, STARTED, WROTE, remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

    from agentguard_secrets.guard.pipeline import Case
    from agentguard_secrets.state.session import Note

# The clock of a file system may be a little behind the one that dated the session's start.
_SLACK = 2.0  # seconds


def with_changed_files(case: Case, folder: str) -> Case:
    """Return the case with every file that the session wrote or that changed while it ran; old lines do not count.

    What a person has accepted in this session, by letting the call that wrote it run, is left out.
    """
    notes = remembered(case.event.session)
    accepted = frozenset(note.subject for note in notes if note.kind == ACCEPTED)
    # What tools wrote may lie where git does not look.
    files = {**{note.subject: None for note in notes if note.kind == WROTE}, **_changed_since_commit(folder)}
    texts, unread = [*case.texts], [*case.unread]
    for path, lines in files.items():
        if not _is_of_this_session(path, notes):
            continue
        for part in whole_file(path, origin="write", lines=lines):
            if isinstance(part, Text):
                texts.append(part)
            elif not part.partly:
                unread.append(part)
    return case._replace(texts=tuple(texts), unread=tuple(unread), accepted=accepted)


def _changed_since_commit(folder: str) -> dict[str, Container[int] | None]:
    """Return each file that git sees changed, with the lines that are new; nothing outside of a work tree."""
    try:
        return {**tracked_changes(folder), **untracked_files(folder)}
    except (SourceError, UsageError):
        if not os.path.lexists(os.path.join(project_folders(folder)[0], ".git")):
            return {}
        raise


def _is_of_this_session(path: str, notes: tuple[Note, ...]) -> bool:
    """Say whether a file was changed since the session started; one whose start was not seen may have changed it."""
    started = next((note.time for note in notes if note.kind == STARTED), None)
    if started is None:
        return True
    try:
        status = os.lstat(path)
    except OSError:
        return False
    # The time of the last change of the entry, too: a program can set the other one to what it likes.
    return max(status.st_mtime, status.st_ctime) >= started - _SLACK
