"""Turns a person's word that the guard shall only watch for some minutes into a note that ends by itself."""

from __future__ import annotations

import os
import time

from agentguard_secrets._digest import signer_with
from agentguard_secrets.errors import StateError
from agentguard_secrets.state.folders import state_folder
from agentguard_secrets.state.key import user_key

LONGEST = 8 * 60 * 60.0  # seconds: a working day


def pause(seconds: float) -> float:
    """Let the guard only watch from now on; returns when that ends. Raises StateError when it cannot be written."""
    from agentguard_secrets.state.atomic import write_atomically

    until = round(time.time() + min(seconds, LONGEST))
    try:
        write_atomically(_file(), f"{until} {_seal(until)}\n", mode=0o600)
    except OSError as error:
        raise StateError(f"{_file()}: the pause cannot be written: {error.strerror or error}") from error
    return until


def end_pause() -> bool:
    """Let the guard stand in the way again; returns whether it was paused."""
    was_paused = paused_until() is not None
    try:
        os.unlink(_file())
    except FileNotFoundError:
        return False
    return was_paused


def paused_until() -> float | None:
    """When the pause ends, None when there is none. What nobody at a terminal wrote is none."""
    try:
        with open(_file(), encoding="ascii") as stream:
            until, _space, seal = stream.read().strip().partition(" ")
        number = int(until)
    except (OSError, ValueError):
        return None
    # Most often there is no note, and nothing to compare.
    import hmac

    now = time.time()
    is_ours = hmac.compare_digest(seal.encode("ascii"), _seal(number).encode("ascii"))
    return number if is_ours and now < number <= now + LONGEST + 60 else None


def _seal(until: int) -> str:
    return signer_with(user_key())(b"agentguard-secrets pause\0%d" % until)


def _file() -> str:
    return os.path.join(state_folder(), "paused")
