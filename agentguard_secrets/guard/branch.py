"""Turns the files of a git repository into what git would push by itself, and into its aliases, without running git."""

from __future__ import annotations

import os
import re

from agentguard_secrets.acts.world import Branch

_MOST = 1024 * 1024
_SECTION = re.compile(r'\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]')


def branch_of(folder: str) -> Branch:
    """Return what is checked out in the repository around `folder`, and how it is pushed; an empty one without any."""
    found = _git_folder(folder)
    if found is None:
        return Branch()
    head = _read(os.path.join(found, "HEAD")).strip()
    name = head.removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else ""
    common = _read(os.path.join(found, "commondir")).strip()
    shared = os.path.join(found, common) if common else found
    settings = _settings(shared)
    merge = settings.get(f"branch.{name}.merge", [""])[-1]
    return Branch(
        name=name,
        upstream=merge.removeprefix("refs/heads/"),
        push_default=settings.get("push.default", ["simple"])[-1].lower(),
        aliases={key[6:]: values[-1] for key, values in settings.items() if key.startswith("alias.")},
    )


def _git_folder(folder: str) -> str | None:
    """Return the folder that holds HEAD: `.git`, or where a file of that name says."""
    at = os.path.realpath(folder)
    while True:
        path = os.path.join(at, ".git")
        if os.path.isdir(path):
            return path
        if os.path.isfile(path):
            return os.path.join(at, _read(path).partition("gitdir:")[2].strip())
        if os.path.dirname(at) == at:
            return None
        at = os.path.dirname(at)


def _settings(shared: str) -> dict[str, list[str]]:
    home = os.path.expanduser("~")
    own = os.environ.get("GIT_CONFIG_GLOBAL") or os.path.join(home, ".gitconfig")
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    found: dict[str, list[str]] = {}
    for path in (os.path.join(config, "git", "config"), own, os.path.join(shared, "config")):
        _parse(_read(path), into=found)
    return found


def _parse(text: str, *, into: dict[str, list[str]]) -> None:
    section = ""
    for line in text.replace("\\\n", "").split("\n"):
        opened = _SECTION.match(line.strip())
        if opened:
            section = opened[1].lower() + (f".{opened[2]}" if opened[2] is not None else "")
            line = line.strip()[opened.end() :]
        key, equals, value = line.partition("=")
        if equals and section and not key.strip().startswith(("#", ";")):
            into.setdefault(f"{section}.{key.strip().lower()}", []).append(_unquoted(value.strip()))


def _unquoted(value: str) -> str:
    if value.startswith('"') and value.endswith('"') and len(value) > 1:
        return value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return re.split(r"\s[#;]", value)[0]


def _read(path: str) -> str:
    try:
        with open(path, "rb") as stream:
            return stream.read(_MOST).decode("utf-8", "replace")
    except OSError:
        return ""
