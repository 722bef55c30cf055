"""Turns JSON into values and values into JSON as the package `json` does, mostly without loading it.

What does the work is part of the interpreter; around it `json` compiles patterns for interpreters that lack it, and
loads `re`: an eighth of what a hook costs.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Pairs = Callable[[list[tuple[str, Any]]], Any]

_BLANKS = " \t\n\r"
# What stands behind a key and an item; keys are not sorted, none is left out, and numbers may be none.
_FORM = (":", ",", False, False, True)


class _Reading:
    """How `json.loads` reads unless it is told otherwise."""

    strict = True
    object_hook = None
    parse_float = float
    parse_int = int
    memo: dict[str, str] | None = None

    def __init__(self, pairs: Pairs | None) -> None:
        self.object_pairs_hook = pairs

    @staticmethod
    def parse_constant(name: str) -> float:
        return {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}[name]


def parsed(text: str, pairs: Pairs | None = None) -> Any:
    """Return what `json.loads` does, with `pairs` for its `object_pairs_hook`. Raises what it raises."""
    try:
        scanner, _encoder, _texts = _of_the_interpreter()

        start = len(text) - len(text.lstrip(_BLANKS))
        value, end = scanner(_Reading(pairs))(text, start)
        if end == len(text) or not text[end:].strip(_BLANKS):
            return value
    except (ImportError, AttributeError, TypeError, ValueError, StopIteration):
        pass
    from json import loads

    # It knows the words for what is wrong.
    return loads(text, object_pairs_hook=pairs)


def no_constant(name: str) -> float:
    """For `parse_constant`, where JavaScript reads, too: its JSON knows no `NaN`. Raises ValueError."""
    raise ValueError(f"{name} is no JSON")


def written(values: Any) -> str:
    """Return what `json.dumps` does, without blanks. Raises what it raises."""
    try:
        _scanner, encoder, texts = _of_the_interpreter()

        # What is being written already, what knows other values, what writes texts, and how far lines are indented.
        encode = encoder({}, None, texts, None, *_FORM)
        return "".join(encode(values, 0))
    except (ImportError, AttributeError, TypeError, ValueError):
        pass
    from json import dumps

    return dumps(values, separators=(",", ":"))


def _of_the_interpreter() -> tuple[Any, Any, Any]:
    """Return what reads, what writes, and what writes texts. Raises ImportError and AttributeError."""
    if TYPE_CHECKING:
        _json: Any = None
    else:
        import _json

    return _json.make_scanner, _json.make_encoder, _json.encode_basestring_ascii
