"""Turns the world into chunks: files, standard input, diffs, the index, commits and pushes.

Names are loaded when they are first used: the staged path must not wait for what walks repositories.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.sources.commits import from_range as from_range
    from agentguard_secrets.sources.files import from_paths as from_paths
    from agentguard_secrets.sources.files import from_stdin as from_stdin
    from agentguard_secrets.sources.history import from_history as from_history
    from agentguard_secrets.sources.patchfile import from_diff as from_diff
    from agentguard_secrets.sources.push import from_push as from_push
    from agentguard_secrets.sources.staged import from_index as from_index

_HOMES = {
    "from_diff": "patchfile",
    "from_history": "history",
    "from_index": "staged",
    "from_paths": "files",
    "from_push": "push",
    "from_range": "commits",
    "from_stdin": "files",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(f"agentguard_secrets.sources.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
