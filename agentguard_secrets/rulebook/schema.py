"""Turns one parsed `[[rule]]` table into a RuleSource, refusing whatever a rule does not say."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any

from agentguard_secrets._record import Record
from agentguard_secrets.detect.confirm import CHECKS
from agentguard_secrets.errors import RuleError
from agentguard_secrets.model import CONFIDENCES, SEVERITIES
from agentguard_secrets.rulebook.compose import composed, keywords_of
from agentguard_secrets.rulebook.locate import key_line
from agentguard_secrets.rulebook.shape import shape_of
from agentguard_secrets.rulebook.source import RuleSource

# The engine's own list cannot be imported here: it needs the table that is yet to be built.
EDGES = ("word", "token", "base64", "none")
KINDS = ("token", "context", "place", "generic")
ON_FAIL = ("lower", "drop")
LEAST_KEYWORD = 3

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_CONFIDENCE_OF_KIND = {"token": "high", "context": "medium", "place": "medium", "generic": "low"}
_REQUIRED = ("id", "title", "provider", "severity", "kind", "reference", "grants", "revoke", "samples", "near_miss")
_OPTIONAL = ("confidence", "keywords", "pattern", "words", "value", "edge", "confirm", "on_fail", "entropy")
KNOWN_KEYS = (*_REQUIRED, *_OPTIONAL)
_REQUIRED_OF_OWN = ("id", "title", "severity", "samples")
# What a rule for one's own credentials need not say to be looked for; `rules check` asks for it.
_OWN: Mapping[str, Any] = {
    "provider": "own",
    "reference": None,
    "grants": "What the service that issued it lets its holder do.",
    "revoke": "Where it was issued.",
    "near_miss": [],
}


class Place(Record):
    """Where a rule stands: the file, its text, the line of its header, the rule's id once it is known."""

    path: str
    text: str
    line: int
    rule: str = ""

    def error(self, key: str, expected: str) -> RuleError:
        """Return the error that `key` of this rule is not what was `expected` ("expected …, got …")."""
        line = key_line(self.text, key, table_line=self.line)
        rule = f"rule {self.rule}: " if self.rule else ""
        return RuleError(f"{self.path}:{line}: {rule}{key}: {expected}")


def rule_from(table: Mapping[str, Any], place: Place) -> RuleSource:
    """Return the rule that `table` says. Raises RuleError with file, line, rule and key."""
    place = place._replace(rule=_text(table, "id", place) if "id" in table else "")
    _refuse_unknown(table, place)
    for key in _REQUIRED:
        if key not in table:
            raise place.error(key, "expected this key, got none")
    return _with_pattern(table, _fields(table, place), place)


def own_rule_from(table: Mapping[str, Any], place: Place) -> RuleSource:
    """Return the rule for somebody's own credentials that `table` says: less of it is asked. Raises RuleError."""
    place = place._replace(rule=_text(table, "id", place) if "id" in table else "")
    _refuse_unknown(table, place)
    for key in _REQUIRED_OF_OWN:
        if key not in table:
            raise place.error(key, "expected this key, got none")
    whole = {"kind": "context" if "words" in table else "token", **_OWN, **table}
    rule = _with_pattern(_with_keywords(whole), _fields(whole, place), place)
    return rule._replace(unsaid=tuple(key for key in _OWN if key not in table))


def _with_keywords(table: dict[str, Any]) -> dict[str, Any]:
    """Return `table` with the fixed text that its pattern begins with as keyword, if it names none."""
    if "keywords" in table or "words" in table or not isinstance(table.get("pattern"), str):
        return table
    try:
        prefix = shape_of(table["pattern"]).prefix
    except RuleError:
        return table
    return {**table, "keywords": [prefix]} if prefix else table


def _refuse_unknown(table: Mapping[str, Any], place: Place) -> None:
    for key in table:
        if key in KNOWN_KEYS:
            continue
        nearest = difflib.get_close_matches(key, KNOWN_KEYS, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else f"one of {', '.join(KNOWN_KEYS)}"
        raise place.error(key, f"expected a key of a rule, got an unknown one ({hint})")


def _fields(table: Mapping[str, Any], place: Place) -> dict[str, Any]:
    kind = _choice(table, "kind", place, KINDS)
    return {
        "id": _named(table, "id", place),
        "title": _text(table, "title", place),
        "provider": _named(table, "provider", place),
        "severity": _choice(table, "severity", place, SEVERITIES),
        "confidence": _choice({"confidence": _CONFIDENCE_OF_KIND[kind], **table}, "confidence", place, CONFIDENCES),
        "kind": kind,
        "reference": "" if table["reference"] is None else _reference(table, place),
        "grants": _text(table, "grants", place),
        "revoke": _text(table, "revoke", place),
        "edge": _choice({"edge": "word", **table}, "edge", place, EDGES),
        "confirm": _choice(table, "confirm", place, tuple(sorted(CHECKS))) if "confirm" in table else None,
        "on_fail": _choice({"on_fail": "lower", **table}, "on_fail", place, ON_FAIL),
        "entropy": _number({"entropy": 0.0, **table}, "entropy", place),
        "samples": _texts(table, "samples", place, least=1),
        "near_miss": _texts(
            table, "near_miss", place, least=0 if kind == "generic" or table["near_miss"] is _OWN["near_miss"] else 1
        ),
        "path": place.path,
        "line": place.line,
    }


def _with_pattern(table: Mapping[str, Any], fields: dict[str, Any], place: Place) -> RuleSource:
    is_composed = "words" in table
    if is_composed:
        for key in ("words", "value"):
            if key not in table:
                raise place.error(key, "expected words and value together, got only one of them")
        if fields["kind"] != "context" or "pattern" in table:
            raise place.error("words", "expected words only in a rule of kind context that has no pattern of its own")
    words = _texts(table, "words", place, least=1) if is_composed else ()
    value = _text(table, "value", place) if is_composed else ""
    pattern = composed(words, value, edge=fields["edge"]) if is_composed else _required_text(table, "pattern", place)
    if not is_composed and "value" in table:
        raise place.error("value", "expected words beside value, got value alone")
    _check_pattern(pattern, "value" if is_composed else "pattern", place)
    keywords = _keywords(table, place, keywords_of(words))
    return RuleSource(**fields, words=words, value=value, pattern=pattern, keywords=keywords)


def _check_pattern(pattern: str, key: str, place: Place) -> None:
    try:
        shape_of(pattern)
    except RuleError as error:
        raise place.error(key, str(error)) from None


def _keywords(table: Mapping[str, Any], place: Place, default: tuple[str, ...]) -> tuple[str, ...]:
    if "keywords" not in table and default:
        keywords, key = default, "words"
    elif "keywords" not in table:
        raise place.error("keywords", "expected this key, got none")
    else:
        keywords, key = _texts(table, "keywords", place, least=1), "keywords"
    for keyword in keywords:
        if len(keyword) < LEAST_KEYWORD:
            raise place.error(key, f"expected at least {LEAST_KEYWORD} characters, got {keyword!r}")
    return tuple(dict.fromkeys(keyword.lower() for keyword in keywords))


def _required_text(table: Mapping[str, Any], key: str, place: Place) -> str:
    if key not in table:
        raise place.error(key, "expected this key, got none")
    return _text(table, key, place)


def _text(table: Mapping[str, Any], key: str, place: Place) -> str:
    value = table[key]
    if not isinstance(value, str) or not value.strip() or (key != "pattern" and "\n" in value):
        raise place.error(key, f"expected one line of text, got {value!r}")
    return value


def _named(table: Mapping[str, Any], key: str, place: Place) -> str:
    value = _text(table, key, place)
    if not _NAME.fullmatch(value):
        raise place.error(key, f"expected lower-case letters, digits and dashes, got {value!r}")
    return value


def _choice(table: Mapping[str, Any], key: str, place: Place, choices: tuple[str, ...]) -> str:
    value = table[key]
    if value not in choices:
        raise place.error(key, f"expected one of {', '.join(choices)}, got {value!r}")
    return str(value)


def _reference(table: Mapping[str, Any], place: Place) -> str:
    value = _text(table, "reference", place)
    if not value.startswith("https://"):
        raise place.error("reference", f"expected an address that begins with https://, got {value!r}")
    return value


def _number(table: Mapping[str, Any], key: str, place: Place) -> float:
    value = table[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 8:
        raise place.error(key, f"expected bits per character from 0 to 8, got {value!r}")
    return float(value)


def _texts(table: Mapping[str, Any], key: str, place: Place, *, least: int) -> tuple[str, ...]:
    values = table[key]
    if (
        not isinstance(values, list)
        or len(values) < least
        or not all(isinstance(each, str) and each for each in values)
    ):
        raise place.error(key, f"expected a list of at least {least} texts, got {values!r}")
    return tuple(values)
