"""Turns a folder of rule files into the rules they say."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from agentguard_secrets.errors import RuleError
from agentguard_secrets.rulebook.locate import table_lines
from agentguard_secrets.rulebook.schema import Place, own_rule_from, rule_from
from agentguard_secrets.rulebook.source import RuleSource

# Files of the rules' folder that hold what rules are proved with, not rules.
PROOF_FILES = frozenset({"contexts.toml", "decoys.toml"})
# Files that hold rules beside other things.
POLICY_FILES = frozenset({"agentguard.toml", "policy.toml"})

Rules = TypeVar("Rules")

_PACKAGE = Path(__file__).resolve().parent.parent


def rules_folder() -> Path:
    """Return the folder of the built-in rules: inside an installed package, beside it in a checkout."""
    installed = _PACKAGE / "_rules"
    return installed if installed.is_dir() else _PACKAGE.parent / "rules"


def load_rules(folder: Path) -> tuple[RuleSource, ...]:
    """Return the rules of every *.toml below `folder`, sorted by id; `folder` may be one file.

    Raises RuleError that names file, line, rule and key when something in them is not as expected, when an id stands
    twice, or when there is no rule at all.
    """
    return merged(rule for path in rule_files(folder) for rule in rules_of(path))


def rule_files(folder: Path) -> list[Path]:
    """Return the rule files of `folder`, sorted. Raises RuleError when there are none."""
    if folder.is_file():
        return [folder]
    files = sorted(path for path in folder.rglob("*.toml") if path.name not in PROOF_FILES)
    if not files:
        raise RuleError(f"{folder}: expected rule files (*.toml), got none")
    return files


def merged(rules: Iterable[RuleSource]) -> tuple[RuleSource, ...]:
    """Return `rules` sorted by id. Raises RuleError when an id stands twice."""
    by_id: dict[str, RuleSource] = {}
    for rule in rules:
        first = by_id.setdefault(rule.id, rule)
        if first is not rule:
            raise RuleError(
                f"{rule.path}:{rule.line}: rule {rule.id}: id: expected an id of its own, "
                f"got one that stands at {first.path}:{first.line}"
            )
    return tuple(by_id[name] for name in sorted(by_id))


def rules_of(path: Path) -> list[RuleSource]:
    """Return the rules of one file in their order. Raises RuleError as load_rules does."""
    text = read_text(path)
    return _read(parsed(text, path), text, path, read=rule_from)


def load_own(folder: Path) -> tuple[RuleSource, ...]:
    """Return the rules for somebody's own credentials: of a folder of packs, of a pack, or of a policy file."""
    return merged(rule for path in rule_files(folder) for rule in own_rules_of(path))


def own_rules_of(path: Path) -> list[RuleSource]:
    """Return the rules of one pack or policy file in their order. Raises RuleError as load_rules does."""
    text = read_text(path)
    content = toml_of(text, path) if path.name in POLICY_FILES else parsed(text, path)
    # A pack names no further packs: only a policy does.
    read = own_rules_at if path.name in POLICY_FILES else _own_rule_at
    return [rule for rules in _read(content, text, path, read=read) for rule in rules]


def _own_rule_at(table: Mapping[str, Any], place: Place) -> Sequence[RuleSource]:
    return [own_rule_from(table, place)]


def own_rules_at(table: Mapping[str, Any], place: Place) -> Sequence[RuleSource]:
    """Return the rule that the [[rule]] `table` says, or those of the file or folder that it names as `pack`."""
    if "pack" not in table:
        return [own_rule_from(table, place)]
    pack = table["pack"]
    if not isinstance(pack, str) or len(table) > 1:
        raise place.error("pack", f"expected the path of a file or folder of rules and no other key, got {pack!r}")
    path = Path(place.path).parent / pack
    if not path.exists() or path == Path(place.path):
        raise place.error("pack", f"expected a file or folder of rules beside this file, got {pack!r}")
    return load_own(path)


def _read(
    content: dict[str, Any], text: str, path: Path, *, read: Callable[[dict[str, Any], Place], Rules]
) -> list[Rules]:
    tables = content.get("rule", [])
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise RuleError(f"{path}: expected at least one [[rule]], got {'none' if not tables else 'something else'}")
    lines = table_lines(text, "rule")
    if len(lines) != len(tables):
        raise RuleError(f"{path}: expected each rule under its own [[rule]] header, got {len(lines)} headers")
    return [read(table, Place(str(path), text, line)) for table, line in zip(tables, lines, strict=True)]


def parsed(text: str, path: Path) -> dict[str, Any]:
    """Return the TOML of `text`, which holds rules and what proves them. Raises RuleError with the line."""
    content = toml_of(text, path)
    strange = sorted(content.keys() - {"rule", "context", "decoy"})
    if strange:
        raise RuleError(f"{path}: {strange[0]}: expected only [[rule]] tables, got an unknown key")
    return content


def toml_of(text: str, path: Path) -> dict[str, Any]:
    """Return the TOML of `text`, which stands in `path`. Raises RuleError with the line."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{path}: expected TOML: {error}") from None


def read_text(path: Path) -> str:
    """Return the text of a rule file. Raises RuleError when it cannot be read as UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{path}: expected a readable file in UTF-8: {error}") from None
