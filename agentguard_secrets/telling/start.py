"""Turns a decision that was journaled into a process of its own that tells those outside whom the policy names."""

from __future__ import annotations

import json
import os
import sys
import time

from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.journal import put_aside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.model import AuditEvent, Policy
    from agentguard_secrets.state.journalline import End

# What a pipe takes at once everywhere: nobody may have to wait for the reader.
_MOST_BYTES = 16_000
_TOLD = ("ask", "deny")
_PROGRAM = "agentguard_secrets.telling.main"


def tell(event: AuditEvent, end: End, policy: Policy) -> None:
    """Let others be told of the line that ends the journal; return at once, and say nothing if that is impossible.

    The verdict never depends on it and never waits for it. Nothing is started where the policy names nobody.
    """
    terms = policy.journal
    is_news = bool(policy.notify) and event.verdict in _TOLD
    is_heard = terms.anchors or terms.anchor_git or terms.otlp or terms.syslog
    try:
        if not (is_news or is_heard or (terms.keep and put_aside(journal_file()))):
            return
        _start(_message(event, end, policy, is_news=is_news))
    except (OSError, ValueError):
        return


def _message(event: AuditEvent, end: End, policy: Policy, *, is_news: bool) -> bytes:
    """One JSON object with the event and whom to tell; long words and lists are cut so that it fits into a pipe."""
    terms = policy.journal
    said = {name: value for name, value in event._asdict().items() if value}
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    words = {"version": 1, "time": now, "sequence": end.sequence, "digest": end.digest, **said, "folder": policy.root}
    whom = {
        "owner": policy.owner._asdict(),
        "notify": policy.notify,
        "journal": terms._asdict(),
        "digest": policy.digest,
        "root": policy.root,
    }
    for most in (1000, 100, 10):
        cut = {key: _cut(value, most) for key, value in words.items()}
        raw = json.dumps({"event": cut, "is_news": is_news, "policy": whom}).encode("ascii")
        if len(raw) <= _MOST_BYTES:
            return raw
    raise ValueError("the words about a decision do not fit into a pipe")


def _cut(value: object, most: int) -> object:
    if isinstance(value, str):
        return value[:most]
    return [str(each)[:most] for each in value[: most // 10 or 1]] if isinstance(value, tuple) else value


def _start(message: bytes) -> None:
    """Start the program detached, in a session of its own, with the message on its standard input."""
    words = [sys.executable, "-I", "-m", _PROGRAM]
    reading, writing = os.pipe()
    try:
        os.write(writing, message)
        _spawn(words, reading)
    finally:
        os.close(reading)
        os.close(writing)


def _spawn(words: list[str], reading: int) -> None:
    if not hasattr(os, "posix_spawn"):
        _spawn_slowly(words, reading)
        return
    nothing = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    try:
        os.posix_spawn(
            words[0], words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, reading, 0), *nothing], setsid=True
        )
    except NotImplementedError:
        _spawn_slowly(words, reading)


def _spawn_slowly(words: list[str], reading: int) -> None:
    # 10 ms of imports, where the platform cannot start a session of its own otherwise.
    import subprocess

    flags = getattr(subprocess, "DETACHED_PROCESS", 0)
    nothing = subprocess.DEVNULL
    subprocess.Popen(words, stdin=reading, stdout=nothing, stderr=nothing, start_new_session=True, creationflags=flags)
