"""Turns what one run worked out into a file beside the byte code of this package, as trusted as that is."""

from __future__ import annotations

import marshal
import os

from agentguard_secrets._patterns import opened, path_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def read_kept(name: str, folder: str, stamp: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Return the values that were kept under this name and stamp; None when there are none that can be trusted."""
    if not stamp or (found := opened(name, folder)) is None:
        return None
    number, size = found
    try:
        written, *values = marshal.loads(os.read(number, size))  # noqa: S302 - as with byte code
    except (OSError, EOFError, ValueError, TypeError):
        return None
    finally:
        os.close(number)
    return tuple(values) if written == stamp else None


def keep_values(name: str, folder: str, stamp: tuple[Any, ...], *, values: tuple[Any, ...]) -> bool:
    """Keep what `marshal` can write for later runs; say whether it could be written."""
    return bool(stamp) and keep_bytes(name, folder, marshal.dumps((stamp, *values)))


def keep_bytes(name: str, folder: str, raw: bytes) -> bool:
    """Keep bytes under this name; say whether they could be written."""
    from agentguard_secrets.errors import StateError
    from agentguard_secrets.state.atomic import write_atomically

    path = path_of(name, folder)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_atomically(path, raw, mode=0o644)
    except (OSError, StateError):
        return False
    return True
