"""Turns the source of every module into proof that it is as short as we said it would be."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "agentguard_secrets"
GENERATED = {"letters.py", "marks.py", "outlines.py", "table.py", "weights.py"}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name not in GENERATED)

MODULE_LINES = 300
FUNCTION_LINES = 40


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_there_are_modules_to_check() -> None:
    assert len(MODULES) > 40


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_module_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MODULE_LINES


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_functions_are_short(path: Path) -> None:
    lengths = {each.name: (each.end_lineno or each.lineno) - each.lineno + 1 for each in functions(path)}
    assert {each: length for each, length in lengths.items() if length > FUNCTION_LINES} == {}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_module_opens_with_one_sentence(path: Path) -> None:
    documentation = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert documentation.split("\n\n")[0].rstrip().endswith(".")


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_public_functions_say_what_they_promise(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    public = [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    assert [node.name for node in public if not ast.get_docstring(node)] == []
