"""Turns the policy's files into what a clean hook run has to know, without parsing them again.

Importing `tomllib` costs 11 ms. So the slow path leaves a snapshot that holds the exact text of every policy file
and what was read out of it; it is believed as long as the texts are equal byte for byte. It decides about clean
runs only: a finding always goes through the real files, so a forged snapshot cannot hide one.
"""

from __future__ import annotations

import os
import stat

from agentguard_secrets import __version__
from agentguard_secrets._plainjson import parsed, written
from agentguard_secrets._record import Record
from agentguard_secrets.state.folders import MANAGED_POLICY, place_of_state, policy_places, state_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# A policy is a page that people read. What is larger is something else.
MAX_BYTES = 256 * 1024
_ON_ERROR = ("DENY", "ASK")


class Settings(Record):
    """What a run without findings needs from the policy; `deadline` is in seconds, `on_error` "DENY" or "ASK".

    `words` holds every name and glob that the policy's files may list, and more than these: whatever stands between
    two quotes. They come from the files, never from the snapshot, so that a forged one cannot hide a secret path or a
    protected branch: what matches no word and no built-in name is clean, all else goes through the real policy.

    `is_told` says whether somebody outside is told of the journal's end. `rules` says whether the files may add rules
    of their own: like `words` it comes from the files.
    """

    deadline: float
    on_error: str
    journal_clean: bool
    digest: str
    words: tuple[str, ...] = ()
    is_told: bool = False
    rules: bool = False


class Source(Record):
    """One policy file as it was read, and who owns it (None where the platform has no such number)."""

    path: str
    text: str
    owner: int | None


DEFAULT_SETTINGS = Settings(deadline=10.0, on_error="DENY", journal_clean=False, digest="defaults")


def current_settings(cwd: str, *, managed: str = MANAGED_POLICY) -> Settings:
    """The settings that hold in the folder `cwd`, the defaults when no policy file exists.

    Raises PolicyError when a policy file cannot be read or is wrong, StateError when there is no home folder.
    """
    sources = read_sources(policy_places(cwd, managed=managed))
    if not sources:
        return DEFAULT_SETTINGS
    settings = _remembered(sources) or _from_files(cwd, managed)
    return settings._replace(words=words_of(sources), rules=any(map(_may_add_rules, sources)))


def _may_add_rules(source: Source) -> bool:
    """Say whether the word for such a table stands at the beginning of a line or behind a bracket, however quoted."""
    starts = source.text.replace("[", "\n").split("\n")
    return any(start.lstrip(" \t\"'").startswith(("rule", "\\")) for start in starts)


def words_of(sources: list[Source]) -> tuple[str, ...]:
    """Whatever may be a text in these TOML files, and more: each part between quotes and line ends.

    Without parsing them, which costs 15 ms. Where an escape could spell a word differently, `**` stands for all.
    """
    words: dict[str, None] = {}
    for source in sources:
        if "\\" in source.text:
            return ("**",)
        words.update(dict.fromkeys(source.text.replace("'", '"').replace("\n", '"').split('"')))
    return tuple(word for word in words if word.strip())


def read_sources(places: list[str]) -> list[Source]:
    """Those of the files that exist, in order. Raises PolicyError for one that exists and cannot be read."""
    return [source for place in places if (source := read_source(place)) is not None]


def read_source(path: str) -> Source | None:
    """The policy file, None when there is none; a link that leads nowhere is an error. Raises PolicyError."""
    try:
        # Non-blocking: a named pipe must not hold up the hook.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError) as error:
        if os.path.islink(path):
            raise _wrong(path, "expected a policy file, found a link that leads nowhere") from error
        return None
    except OSError as error:
        raise _wrong(path, f"the policy cannot be read: {error.strerror or error}") from error
    try:
        return _read_open(path, number)
    except OSError as error:
        raise _wrong(path, f"the policy cannot be read: {error.strerror or error}") from error
    finally:
        os.close(number)


def _read_open(path: str, number: int) -> Source:
    status = os.fstat(number)
    if not stat.S_ISREG(status.st_mode):
        raise _wrong(path, "expected a policy file, found something that is not a regular file")
    if status.st_size > MAX_BYTES:
        raise _wrong(path, f"expected at most {MAX_BYTES} bytes, found {status.st_size}")
    raw = os.read(number, MAX_BYTES + 1)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _wrong(f"{path}:{line}", "expected UTF-8 text, found a byte that is not") from error
    return Source(path=path, text=text, owner=status.st_uid if hasattr(os, "getuid") else None)


def _wrong(place: str, said: str) -> Exception:
    from agentguard_secrets.errors import PolicyError

    return PolicyError(f"{place}: {said}")


def _remembered(sources: list[Source]) -> Settings | None:
    """The settings of a snapshot that is ours and of exactly these sources; None sends the caller the slow way."""
    try:
        record = _load(_snapshot_path(sources, place_of_state()), sources)
        if record["program"] != __version__ or record["sources"] != _identity(sources):
            return None
        return _checked(record["settings"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None


def _load(path: str, sources: list[Source]) -> Any:
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with open(number, "rb") as stream:
        status = os.fstat(number)
        if not _is_trusted(status, sources):
            return {}
        return parsed(stream.read().decode("utf-8"))


def _is_trusted(status: os.stat_result, sources: list[Source]) -> bool:
    """Whether nobody but the owner of every policy file, who is the user, could have written the snapshot."""
    if not stat.S_ISREG(status.st_mode):
        return False
    if not hasattr(os, "getuid"):
        return True
    owners = {os.getuid(), status.st_uid, *(source.owner for source in sources)}
    return len(owners) == 1 and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _checked(values: dict[str, Any]) -> Settings:
    settings = Settings(
        deadline=float(values["deadline"]),
        on_error=str(values["on_error"]),
        journal_clean=values["journal_clean"] is True,
        digest=str(values["digest"]),
        is_told=values["is_told"] is True,
    )
    if settings.on_error not in _ON_ERROR or not settings.deadline > 0:
        raise ValueError("a snapshot that no policy can have made")
    return settings


def _from_files(cwd: str, managed: str) -> Settings:
    from agentguard_secrets.state.policyfile import load_sources

    sources, policy = load_sources(cwd, managed=managed)
    terms = policy.journal
    is_told = bool(terms.anchors or terms.anchor_git or terms.otlp or terms.syslog)
    settings = Settings(policy.deadline, policy.on_error.name, policy.journal_clean, policy.digest, is_told=is_told)
    if sources:
        _remember(sources, settings)
    return settings


def _remember(sources: list[Source], settings: Settings) -> None:
    from agentguard_secrets.errors import StateError
    from agentguard_secrets.state.atomic import write_atomically

    values = {**settings._asdict(), "words": ()}
    record = {"program": __version__, "sources": _identity(sources), "settings": values}
    try:
        path = _snapshot_path(sources, state_folder())
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        write_atomically(path, written(record), mode=0o600)
    except (OSError, StateError):
        # Without a snapshot the next run takes the slow way again, which is right, only slower.
        return


def _identity(sources: list[Source]) -> list[list[str]]:
    return [[source.path, source.text] for source in sources]


def _snapshot_path(sources: list[Source], folder: str) -> str:
    # A remainder by a prime instead of hashlib, which costs 3 ms: two projects that meet only take turns.
    paths = "\0".join(source.path for source in sources)
    name = int.from_bytes(os.fsencode(paths), "big") % (2**61 - 1)
    return os.path.join(folder, "snapshots", f"{name:016x}.json")
