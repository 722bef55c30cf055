"""Turns what one run worked out into a file beside the byte code of this package, as trusted as that is."""

from __future__ import annotations

import marshal
import os

from agentguard_secrets._patterns import opened, path_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# In front of the file stands how long its head is. Bytes that are longer than `_LONG` follow the head as they are: to
# take them out of what `marshal` wrote would copy megabytes.
_LENGTH, _LONG = 8, 1 << 16


def read_kept(name: str, folder: str, stamp: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Return the values that were kept under this name and stamp; None when there are none that can be trusted."""
    if not stamp or (found := opened(name, folder)) is None:
        return None
    number, size = found
    try:
        head = min(int.from_bytes(os.read(number, _LENGTH), "little"), size)
        written, sizes, *values = marshal.loads(os.read(number, head))  # noqa: S302 - as with byte code
        if written != stamp:
            return None
        for place, length in sizes:
            values[place] = os.read(number, length)
    except (OSError, EOFError, ValueError, TypeError, LookupError, OverflowError):
        return None
    finally:
        os.close(number)
    return tuple(values) if all(len(values[place]) == length for place, length in sizes) else None


def keep_values(name: str, folder: str, stamp: tuple[Any, ...], *, values: tuple[Any, ...]) -> bool:
    """Keep what `marshal` can write for later runs; say whether it could be written."""
    places = [place for place, value in enumerate(values) if isinstance(value, bytes) and len(value) > _LONG]
    rest = (None if place in places else value for place, value in enumerate(values))
    head = marshal.dumps((stamp, [(place, len(values[place])) for place in places], *rest))
    raw = b"".join((len(head).to_bytes(_LENGTH, "little"), head, *(values[place] for place in places)))
    return bool(stamp) and keep_bytes(name, folder, raw)


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
