"""Turns a person's word about one exact command into a grant that expires, and back.

One JSON object a line, sealed with the user's key, in one file that is only ever appended to: a line that is not sealed
grants nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from typing import Any

from agentguard_secrets._record import Record
from agentguard_secrets.errors import StateError
from agentguard_secrets.state.folders import state_folder
from agentguard_secrets.state.key import user_key

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_PURPOSE = b"agentguard-secrets grant"
_SHORT = 12


class Grant(Record):
    """One exact command that may run in one folder until `expires` (seconds since 1970), of one session or of any.

    `shown` is what a person recognises it by. It never holds a credential.
    """

    id: str
    folder: str
    session: str
    expires: float
    shown: str
    made: float


def grant(command: str, *, folder: str, seconds: float, session: str, shown: str) -> Grant:
    """Let this command run in this folder from now on. Raises StateError when it cannot be written."""
    now = time.time()
    made = Grant(
        id=_digest(command, folder)[:_SHORT],
        folder=folder,
        session=session,
        expires=now + seconds,
        shown=shown,
        made=now,
    )
    _append({**made._asdict(), "command": _digest(command, folder)})
    return made


def revoke(identity: str) -> None:
    """End the grants with this id. Raises StateError when it cannot be written."""
    _append({"revoked": identity})


def grants() -> list[Grant]:
    """Those that hold now, oldest first. Raises StateError when they cannot be read."""
    return [each for each, _digest_of_command in _holding()]


def is_granted(command: str, *, folder: str, session: str) -> bool:
    """Whether this exact command may run in this folder now. Raises StateError when that cannot be found out."""
    if not os.path.exists(_file()):
        return False
    wanted = _digest(command, folder)
    return any(hmac.compare_digest(digest, wanted) and each.session in ("", session) for each, digest in _holding())


def _holding() -> list[tuple[Grant, str]]:
    found: dict[str, tuple[Grant, str]] = {}
    now = time.time()
    for values in _lines():
        if "revoked" in values:
            found = {key: pair for key, pair in found.items() if pair[0].id != values["revoked"]}
        elif values["expires"] > now:
            digest = values.pop("command")
            found[f"{digest} {values['session']}"] = (Grant(**values), digest)
    return list(found.values())


def _lines() -> list[dict[str, Any]]:
    try:
        with open(_file(), "rb") as stream:
            raw = stream.read().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StateError(f"{_file()}: the grants cannot be read: {error.strerror or error}") from error
    opened = [_opened(line) for line in raw if line]
    return [values for values in opened if values is not None]


def _opened(line: bytes) -> dict[str, Any] | None:
    seal, _space, body = line.partition(b" ")
    if not hmac.compare_digest(seal, _seal(body)):
        return None
    values: dict[str, Any] = json.loads(body)
    return values


def _append(values: dict[str, Any]) -> None:
    body = json.dumps(values).encode("ascii")
    try:
        number = os.open(_file(), _FLAGS, 0o600)
        try:
            os.write(number, _seal(body) + b" " + body + b"\n")
        finally:
            os.close(number)
    except OSError as error:
        raise StateError(f"{_file()}: the grant cannot be written: {error.strerror or error}") from error


def _seal(body: bytes) -> bytes:
    return hmac.digest(user_key(), _PURPOSE + b"\0" + body, hashlib.sha256).hex().encode("ascii")


def _digest(command: str, folder: str) -> str:
    text = f"{folder}\0{command}".encode("utf-8", "surrogatepass")
    return hmac.digest(user_key(), _PURPOSE + b" command\0" + text, hashlib.sha256).hex()


def _file() -> str:
    return os.path.join(state_folder(), "grants.jsonl")
