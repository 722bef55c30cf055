"""Turns what is to be scanned into what there is time for, and says what there was none for."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator

from agentguard_secrets.cli.workers import Item
from agentguard_secrets.model import Unread

# In seconds: a scan by hand or in CI that takes longer is one that nobody waits for any more.
LONGEST = 3600


def within(items: Iterable[Item], seconds: int) -> Iterator[Item]:
    """Yield `items` until `seconds` have passed, 0 for ever. What comes then is unread: each file by its name, all that
    is left of changes by one."""
    end = time.monotonic() + seconds
    why = f"not scanned: the run had taken the {seconds} s of --deadline"
    for item in items:
        if not seconds or time.monotonic() <= end:
            yield item
        elif isinstance(item, str):
            yield Unread(item, why)
        else:
            yield Unread(item.path or "the rest of the changes", why)
            return


def deadline(word: str) -> int:
    """Return a number of seconds, as a person writes it."""
    if not (word.isascii() and word.isdigit()):
        raise argparse.ArgumentTypeError(f"expected a number of seconds, 0 for none, got {word!r}")
    return int(word)
