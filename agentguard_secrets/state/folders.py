"""Turns the platform's conventions into the folders and files that are ours.

`platformdirs` knows the same conventions and costs every hook call 15 ms of imports; a test compares with it.
"""

from __future__ import annotations

import os
import stat
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAME = "agentguard-secrets"
POLICY_NAME = "agentguard.toml"
MANAGED_POLICY = r"C:\ProgramData\agentguard\policy.toml" if sys.platform == "win32" else "/etc/agentguard/policy.toml"
_SETTINGS = ("settings.json", "settings.local.json")
# Longer, or with a line end in it, a text names no file.
_LONGEST = 1024


def state_folder() -> str:
    """Absolute path of the folder for key, journal and snapshots; made with mode 0700 when it is not there.

    Raises StateError when it cannot be made.
    """
    folder = place_of_state()
    if os.path.isdir(folder):
        return folder
    try:
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        os.mkdir(folder, 0o700)
    except OSError as error:
        # Another process may have been faster.
        if not os.path.isdir(folder):
            raise _wrong(f"{folder}: the state folder cannot be made: {error.strerror or error}") from error
    return folder


def place_of_state() -> str:
    """Absolute path of that folder, whether it is there or not. Raises StateError when there is no home folder."""
    return os.path.join(_state_home(), NAME)


def journal_file() -> str:
    """Absolute path of the journal. Raises StateError when the state folder cannot be made."""
    return os.path.join(state_folder(), "journal.jsonl")


def check_writable() -> None:
    """Return when a line could be journaled now: a decision that cannot be must not be made silently.

    It stands here because every clean run asks and needs no more of the journal. Raises StateError otherwise.
    """
    os.close(open_journal(journal_file()))


def open_journal(path: str) -> int:
    """Open the journal for appending. Raises StateError for a link or a device: it would swallow the lines."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    try:
        number = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o600)
    except OSError as error:
        raise _wrong(f"{path}: the journal cannot be written: {error.strerror or error}") from error
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise _wrong(f"{path}: expected the journal, found something that is not a regular file")
    return number


def user_policies() -> list[str]:
    """Where the user's own policy may stand, without repetition.

    XDG_CONFIG_HOME adds a place and never takes `~/.config` away: setting a variable must not hide a strict policy.
    """
    folders = [_xdg("XDG_CONFIG_HOME"), os.path.join(_home(), ".config")]
    return list(dict.fromkeys(os.path.join(folder, "agentguard", "policy.toml") for folder in folders if folder))


def project_folders(start: str) -> list[str]:
    """From the repository's root to `start`, both included; only `start` when it lies in no repository.

    Links are resolved first: what counts is where the folder is, not by which name it was entered.
    """
    start = os.path.realpath(start)
    folders = [start]
    while not os.path.lexists(os.path.join(folders[-1], ".git")):
        parent = os.path.dirname(folders[-1])
        if parent == folders[-1]:
            return [start]
        folders.append(parent)
    return folders[::-1]


def enclosing_folders(start: str) -> list[str]:
    """From the root of the outermost repository around `start` to `start`, both included; only `start` without one.

    A repository in another does not get out of what the outer one demands: anybody who can make a folder can make one.
    """
    start = os.path.realpath(start)
    folders, outermost = [start], 0
    while True:
        if os.path.lexists(os.path.join(folders[-1], ".git")):
            outermost = len(folders) - 1
        parent = os.path.dirname(folders[-1])
        if parent == folders[-1]:
            return folders[outermost::-1]
        folders.append(parent)


def policy_places(start: str, *, managed: str = MANAGED_POLICY) -> list[str]:
    """Every file that may hold a layer of the policy for `start`, from the outermost to the nearest."""
    near = [os.path.join(folder, POLICY_NAME) for folder in enclosing_folders(start)]
    return [managed, *user_policies(), *near]


def _state_home() -> str:
    if sys.platform == "win32":
        return os.environ.get("LOCALAPPDATA") or os.path.join(_home(), "AppData", "Local")
    fallback = ("Library", "Application Support") if sys.platform == "darwin" else (".local", "state")
    return _xdg("XDG_STATE_HOME") or os.path.join(_home(), *fallback)


def _xdg(name: str) -> str | None:
    # The XDG specification: a relative path is invalid and to be ignored.
    value = os.environ.get(name, "")
    return value if os.path.isabs(value) else None


def _wrong(said: str) -> Exception:
    from agentguard_secrets.errors import StateError

    return StateError(said)


def _home() -> str:
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        raise _wrong("HOME: expected the absolute path of the home folder, found none")
    return home


def followed(value: Any, folder: str) -> Any:
    """Return `value` with each text that names a file by way of a link, from `folder` on, replaced by its real path."""
    if isinstance(value, str):
        return _followed(value, folder)
    if isinstance(value, dict):
        return {key: followed(item, folder) for key, item in value.items()}
    return [followed(item, folder) for item in value] if isinstance(value, list) else value


def _followed(text: str, folder: str) -> str:
    if not 0 < len(text) <= _LONGEST or "\n" in text or "\0" in text:
        return text
    named = text.removeprefix("file://")
    if sys.platform == "win32" and named.replace("\\", "/").startswith("//"):
        # To look at a share is to greet another machine.
        return text
    path = os.path.join(folder, named)
    try:
        if "/" not in text and not os.path.lexists(path):
            return text
        real = os.path.realpath(path)
    except (OSError, ValueError):
        return text
    return text if real == os.path.normpath(path) else real


def linked_settings(folder: str) -> list[str]:
    """Return where settings of the client really lie that somebody keeps elsewhere and has left a link to."""
    project = os.environ.get("CLAUDE_PROJECT_DIR") or folder
    places = [f"{above}/.claude/{name}" for above in (project, os.path.expanduser("~")) for name in _SETTINGS]
    return [os.path.realpath(place) for place in places if os.path.islink(place)]
