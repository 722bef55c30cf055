"""Turns the user's secret file into the keys of fingerprints."""

from __future__ import annotations

import os

from agentguard_secrets.state.folders import state_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.model import Policy

SIZE = 32


def user_key() -> bytes:
    """32 random bytes that only this user can read, the same on every call; made on the first one.

    Without them nobody can find out by trial which value a fingerprint stands for.
    Raises StateError when the file cannot be made or read, or does not hold 32 bytes.
    """
    path = os.path.join(state_folder(), "key")
    try:
        return _read(path)
    except FileNotFoundError:
        return _make(path)
    except OSError as error:
        raise _wrong(f"{path}: the key cannot be read: {error.strerror or error}") from error


def fingerprint_key(policy: Policy) -> bytes:
    """The key with which values are fingerprinted under this policy: the repository's salt if it has one.

    Raises StateError as `user_key` does.
    """
    return bytes.fromhex(policy.salt) if policy.salt else user_key()


def _read(path: str) -> bytes:
    with open(path, "rb") as stream:
        key = stream.read(SIZE + 1)
    if len(key) != SIZE:
        size = f"{len(key)}" if len(key) < SIZE else "more"
        raise _wrong(f"{path}: expected a key of {SIZE} bytes, found {size}; restore it, or remove it to get a new")
    return key


def _wrong(said: str) -> Exception:
    from agentguard_secrets.errors import StateError

    return StateError(said)


def _make(path: str) -> bytes:
    """Two processes may start at once: the key appears under its name complete, and the loser reads the winner's."""
    draft = f"{path}.{os.getpid()}.{os.urandom(4).hex()}.tmp"
    try:
        _write_new(draft, os.urandom(SIZE))
        try:
            # A link, not a rename: a rename would replace the key of the process that was faster.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
        return _read(path)
    except OSError as error:
        raise _wrong(f"{path}: the key cannot be made: {error.strerror or error}") from error


def _write_new(path: str, raw: bytes) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with open(number, "wb") as stream:
        stream.write(raw)
        stream.flush()
        os.fsync(stream.fileno())
