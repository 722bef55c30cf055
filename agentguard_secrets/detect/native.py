"""Turns the Hyperscan that is installed into the module that talks to it."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from typing import Any

_EXTENSION = "hyperscan._hs_ext"


def library() -> str | None:
    """Return where Hyperscan lies, without loading it; None where it is not installed."""
    spec = _spec()
    return spec.origin if spec else None


def hyperscan() -> Any:
    """Return the part of the package that is Hyperscan itself. Raises ImportError.

    Beside it the package has one record, for which it imports `typing`: that alone takes six times as long.
    """
    if _EXTENSION in sys.modules:
        return sys.modules[_EXTENSION]
    spec = _spec()
    if spec is None or spec.loader is None:
        raise ImportError("hyperscan is not installed")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[_EXTENSION] = module
    return module


def built(patterns: Sequence[str], numbers: Sequence[int], flags: int | list[int]) -> bytes:
    """Return the database of all patterns, each told of by its number, as `loaded` reads it.

    `flags` are those of all of them, or of each.
    """
    module = hyperscan()
    database = module.Database(mode=module.HS_MODE_BLOCK)
    expressions = [pattern.encode() for pattern in patterns]
    database.compile(expressions=expressions, ids=list(numbers), flags=flags)
    return bytes(module.dumpb(database))


def loaded(database: bytes) -> tuple[Any, Any]:
    """Return a database and the memory that it works in.

    Raises ValueError where this Hyperscan or this processor did not build it.
    """
    module = hyperscan()
    try:
        found = module.loadb(database, module.HS_MODE_BLOCK)
        return found, module.Scratch(found)
    except module.error as error:
        raise ValueError(f"no database of this machine's Hyperscan: {error}") from error


def _spec() -> ModuleSpec | None:
    package = PathFinder.find_spec("hyperscan")
    return package and PathFinder.find_spec(_EXTENSION, package.submodule_search_locations)
