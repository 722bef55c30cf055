"""Turns the files that a policy names into whatever may be a value in them."""

from __future__ import annotations

import os
import re

from agentguard_secrets.detect.kept import settings_in
from agentguard_secrets.state.held import MOST_FILES, below, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentguard_secrets.state.held import Setting


def named_values(files: Iterable[str], root: str, home: str) -> Iterator[Setting]:
    """Yield whatever may be a value in files of these names, seen from `root`: a policy means all of a file."""
    for path in _named_files(files, root):
        text, shown = text_of(path), below(path, home, "~/")
        # Names are not told: in a list of values one may be taken for a name.
        values = [value for _name, value in settings_in(text, os.path.basename(path), bool)]
        yield from (("password", value, f"a value in {shown}", path) for value in values)
        yield from (("password", line.strip(), f"a value in {shown}", path) for line in text.split("\n"))


def _named_files(files: Iterable[str], root: str) -> Iterator[str]:
    for name in files:
        path = os.path.join(root, os.path.expanduser(name))
        folder, pattern = os.path.split(path)
        if "*" not in pattern and "?" not in pattern:
            yield path
            continue
        wanted = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
        try:
            matching = sorted(each for each in os.listdir(folder) if re.fullmatch(wanted, each, re.DOTALL))
        except OSError:
            continue
        yield from (os.path.join(folder, each) for each in matching[:MOST_FILES])
