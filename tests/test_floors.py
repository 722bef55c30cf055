"""Turns the source of every module into proof that imports only go down, and that the pure packages stay pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "agentguard_secrets"
NAME = PACKAGE.name

# From the ground up. A module imports from floors below its own and from its own package; a new one gets a floor here.
FLOORS = (
    {"errors", "_digest", "_record", "_patterns", "_plainjson"},
    {"model"},
    {"detect", "acts", "policy", "protocol"},
    {"sources", "state", "rulebook", "interop"},
    {"report"},
    # Whoever is told is told in the words of a report; all hooks let it happen.
    {"telling"},
    {"gitguard"},
    {"githook", "api"},
    # What git's hooks would say is part of the guard's judgement of `git commit`.
    {"guard"},
    {"hook"},
    # Above the other faces, because it offers them as commands.
    {"cli"},
)
HEIGHT = {name: height for height, floor in enumerate(FLOORS) for name in floor}
# The package itself offers what the top floor offers, so only its version may be imported from below.
ROOF = len(FLOORS)

PURE = {"model", "detect", "acts", "policy", "protocol"}
IMPURE_MODULES = {
    *("asyncio", "datetime", "glob", "io", "locale", "logging", "multiprocessing", "os", "pathlib", "platform"),
    *("random", "secrets", "shutil", "signal", "socket", "subprocess", "tempfile", "threading", "time", "urllib"),
    *("uuid", "warnings"),
}
IMPURE_NAMES = {"open", "print", "input", "breakpoint", "exec", "eval", "__import__"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def unit(module: str) -> str:
    """The first name below the package: `detect` for agentguard_secrets.detect.engine, "" for the package itself."""
    return module.split(".")[1] if "." in module else ""


def is_ours(module: str) -> bool:
    return module == NAME or module.startswith(NAME + ".")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every import of the file, also those in functions and under TYPE_CHECKING, as (line, dotted module)."""
    package = dotted(path) if path.name == "__init__.py" else dotted(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *filter(None, [base])])
            yield from ((node.lineno, f"{base}.{alias.name}" if base == NAME else base) for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == NAME:
            yield node.lineno, f"{NAME}.{node.attr}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and is_a_module(node.value):
            yield node.lineno, node.value


def is_a_module(text: str) -> bool:
    """A dotted name of ours in a string is an import as well: it is what importlib and `-m` are given."""
    return text.startswith(NAME + ".") and text.replace(".", "").isidentifier() and unit(text) in HEIGHT


def height(module: str) -> int:
    """The package's own name and its version are everybody's; what else it offers comes from the top."""
    is_ground = module == NAME or unit(module).startswith("__")
    return -1 if is_ground else HEIGHT.get(unit(module), ROOF)


def test_there_are_modules_to_check() -> None:
    assert len(MODULES) > 40


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_has_a_floor(path: Path) -> None:
    assert dotted(path) == NAME or unit(dotted(path)) in HEIGHT, f"give {dotted(path)} a floor in FLOORS"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_only_from_below(path: Path) -> None:
    own = dotted(path)
    top = height(own) if path != PACKAGE / "__init__.py" else ROOF
    wrong = [
        f"{path.name}:{line} imports {module}"
        for line, module in imports(path)
        if is_ours(module) and unit(module) != unit(own) and height(module) >= top
    ]
    assert wrong == []


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_is_at_most_two_folders_deep(path: Path) -> None:
    assert len(path.relative_to(PACKAGE).parts) <= 2


@pytest.mark.parametrize("path", [path for path in MODULES if unit(dotted(path)) in PURE], ids=dotted)
def test_pure_module_touches_nothing_outside(path: Path) -> None:
    imported = [f"import {name}" for _, name in imports(path) if name.split(".")[0] in IMPURE_MODULES]
    names = [
        node.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and node.id in IMPURE_NAMES
    ]
    assert imported + names == []
