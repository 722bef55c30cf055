"""Turns the journal's head into a mark that somebody outside keeps, and such marks into ends to compare with."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agentguard_secrets.errors import StateError, UsageError
from agentguard_secrets.model import JournalTerms
from agentguard_secrets.state.atomic import write_atomically
from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.journal import read_head
from agentguard_secrets.state.journalline import End, key_name, opened_line, sealed_line, signer

PATIENCE = 20.0  # seconds for one command
# So many lines, or seconds, may follow the last mark before the next one is due.
DUE_LINES = 100
DUE_SECONDS = 15 * 60
# `verify` complains when the mark is older than this and lines have followed it, or when there never was one and the
# process that makes it has had time to.
LATE_SECONDS = 24 * 3600
FIRST_SECONDS = 60
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_NOBODY = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "agentguard-secrets"), ("EMAIL", "journal@agentguard.invalid"))
}

Outcome = tuple[str, str]


def marks(terms: JournalTerms, folder: Path) -> Iterator[Outcome]:
    """Tell the head to every anchor; yield each one's name and why it failed, empty when it did not."""
    end = read_head(journal_file(), signer())
    if end is None or end.sequence == 0:
        return
    failures = []
    for command in terms.anchors:
        failures.append(_told_to_command(command, end, folder))
        yield f"anchor {command[0]}", failures[-1]
    if terms.anchor_git:
        failures.append(_told_to_git(end, folder))
        yield "anchor git", failures[-1]
    if failures and not any(failures):
        remember("marked", {"sequence": end.sequence, "time": _now().timestamp()})


def is_due(terms: JournalTerms, *, sequence: int) -> bool:
    """Whether an anchor should be told again now that the journal ends with `sequence`."""
    if not terms.anchors and not terms.anchor_git:
        return False
    last = remembered("marked")
    age = _now().timestamp() - last.get("time", 0.0)
    return bool(sequence - last.get("sequence", 0) >= DUE_LINES or age >= DUE_SECONDS)


def lateness(terms: JournalTerms) -> str:
    """What is wrong with the time of the last mark; empty when nothing is, or when the policy names no anchor."""
    end = read_head(journal_file(), signer())
    if end is None or not (terms.anchors or terms.anchor_git):
        return ""
    last = remembered("marked")
    since = end.sequence - last.get("sequence", 0)
    if not last:
        is_new = _now().timestamp() - Path(f"{journal_file()}.head").stat().st_mtime < FIRST_SECONDS
        if is_new and end.sequence < DUE_LINES:
            return ""
        return "the policy names an anchor, and none has been told yet: run `agentguard-secrets journal anchor`"
    if since > 0 and _now().timestamp() - last["time"] > LATE_SECONDS:
        return f"{since} lines have followed the last mark outside, which is older than a day"
    return ""


def told_ends(path: str) -> list[End]:
    """The ends in a file of heads as an anchor's command got them, one JSON object a line. Raises UsageError."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--anchors {path}: cannot be read: {error}") from error
    return [_end(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]


def known_outside(terms: JournalTerms, folder: Path) -> list[End]:
    """The ends that the git repository of `folder` keeps; none where it keeps none."""
    if not terms.anchor_git:
        return []
    done = _git(folder, "log", "--format=%B%x00", _ref())
    texts = done.stdout.split("\0") if done.returncode == 0 else []
    return [_end(text, _ref()) for text in texts if text.strip()]


def remember(name: str, values: dict[str, Any]) -> None:
    """Keep what was told last, sealed like a line of the journal."""
    write_atomically(f"{journal_file()}.{name}", sealed_line(values, signer()) + b"\n")


def remembered(name: str) -> dict[str, Any]:
    """What was kept under this name; empty when nothing was, or it is not genuine."""
    try:
        raw = Path(f"{journal_file()}.{name}").read_bytes()
    except OSError:
        return {}
    return opened_line(raw.rstrip(b"\n"), signer()) or {}


def head_line(end: End) -> str:
    """The head as an anchor gets it: one JSON object."""
    told = _now().strftime("%Y-%m-%dT%H:%M:%SZ")
    head = {"version": 1, "journal": key_name(signer()), "sequence": end.sequence, "digest": end.digest, "time": told}
    return json.dumps(head)


def _end(text: str, place: str) -> End:
    try:
        values = json.loads(text)
        return End(int(values["sequence"]), str(values["digest"]))
    except (ValueError, LookupError, TypeError) as error:
        raise UsageError(f"{place}: expected a JSON object with sequence and digest") from error


def _told_to_command(command: tuple[str, ...], end: End, folder: Path) -> str:
    try:
        done = subprocess.run(
            command,
            input=f"{head_line(end)}\n",
            text=True,
            cwd=folder,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"took longer than {PATIENCE:g} s"
    except OSError as error:
        return error.strerror or str(error)
    return f"exit status {done.returncode}" if done.returncode else ""


def _told_to_git(end: End, folder: Path) -> str:
    """One more commit of an empty tree on a ref of its own: git keeps it, and pushing it puts it out of reach."""
    try:
        before = _git(folder, "rev-parse", "--verify", "--quiet", _ref()).stdout.strip()
        _git(folder, "hash-object", "-t", "tree", "-w", "--stdin")
        parent = ("-p", before) if before else ()
        made = _git(folder, "commit-tree", _EMPTY_TREE, *parent, "-m", head_line(end))
        if made.returncode:
            return made.stderr.strip() or "git commit-tree failed"
        moved = _git(folder, "update-ref", _ref(), made.stdout.strip(), *((before,) if before else ()))
        return moved.stderr.strip()
    except (OSError, subprocess.TimeoutExpired, StateError) as error:
        return str(error)


def _ref() -> str:
    """One ref for each user of a machine. Not by the key: who throws away state and key must not lose the old marks."""
    who = f"{platform.node()}\0{getpass.getuser()}\0{journal_file()}"
    return f"refs/agentguard/journal-{hashlib.sha256(os.fsencode(who)).hexdigest()[:12]}"


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    # Without GIT_DIR and its like: within a hook they may name another repository than the folder's.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | _NOBODY
    return subprocess.run(
        ["git", "-c", "commit.gpgSign=false", *words],
        cwd=folder,
        env=environment,
        input="",
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=PATIENCE,
        check=False,
    )


def _now() -> datetime:
    return datetime.now(UTC)
