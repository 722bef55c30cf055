"""Turns this machine, under a policy, into the values that must not leave it."""

from __future__ import annotations

import os

from agentguard_secrets.detect.known import Known, Watchlist
from agentguard_secrets.detect.worth import is_worth
from agentguard_secrets.state.held import MOST_VALUES, all_values, longest_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from agentguard_secrets.detect.engine import Detector
    from agentguard_secrets.model import Chunk, Policy


def listed(policy: Policy, folder: str) -> Watchlist | None:
    """Return what has to be looked for under this policy, seen from `folder`; None when there is nothing."""
    found = machine_secrets(folder, files=policy.known_files, names=policy.known_names)
    return Watchlist(found) if found else None


def away_from_home(detector: Detector, chunk: Chunk) -> Detector:
    """Return the detector without the values that are kept in the file `chunk` is read from.

    Whoever scans a folder with a `.env` in it knows that the values of `.env` stand in `.env`. A commit of it, and an
    agent that reads it, are another matter.
    """
    if detector.known is None or chunk.origin != "file":
        return detector
    path = os.path.realpath(chunk.path)
    return detector._replace(known=detector.known.outside(path)) if detector.known.is_home(path) else detector


def machine_secrets(folder: str, *, files: Collection[str] = (), names: Collection[str] = ()) -> tuple[Known, ...]:
    """Return the values of this machine's credentials, seen from `folder`, the first `MOST_VALUES` of them.

    `files` and `names` are what a policy adds: paths from the repository's root, from `~` or from `/`, of which the
    last part may hold `*`, and names of variables. Whatever stands in these files counts. What cannot be read, is not.
    """
    found: dict[str, tuple[str, str]] = {}
    for name, value, home, path in all_values(folder, files, names):
        line = longest_line(value)
        if line not in found and is_worth(name, line):
            found[line] = home, path
        if len(found) >= MOST_VALUES:
            break
    return tuple(Known(home, value, _followed(path)) for value, (home, path) in found.items())


def _followed(path: str) -> str:
    return os.path.realpath(path) if path and os.path.islink(path) else path
