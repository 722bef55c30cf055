"""Turns rules/*.toml into detect/table.py: `python -m agentguard_secrets.rulebook.build [--check]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from agentguard_secrets.errors import RuleError
from agentguard_secrets.model import Rule
from agentguard_secrets.rulebook.anchors import index_of
from agentguard_secrets.rulebook.load import load_rules, rules_folder
from agentguard_secrets.rulebook.shape import shape_of
from agentguard_secrets.rulebook.source import RuleSource

TABLE = Path(__file__).resolve().parent.parent / "detect" / "table.py"

_HEADER = '''"""Turns a keyword into the rules to try. Generated: change rules/*.toml and run
`python -m agentguard_secrets.rulebook.build`.
"""

from __future__ import annotations

# fmt: off
'''


def table_text(rules: Sequence[RuleSource]) -> str:
    """Return the text of detect/table.py for `rules`. The same rules always give the same text."""
    ordered = sorted(rules, key=lambda rule: rule.id)
    anchors, short = index_of([rule.keywords for rule in ordered])
    lines = [_HEADER + "RULES: tuple[str, ...] = ("]
    lines.extend(f"    {row_of(compiled_rule(rule))!r}," for rule in ordered)
    lines.append(")\n\nANCHORS: dict[int, str] = {")
    lines.extend(f"    {gram!r}: {postings!r}," for gram, postings in anchors.items())
    lines.append("}\n\nSHORT: dict[int, str] = {")
    lines.extend(f"    {gram!r}: {postings!r}," for gram, postings in short.items())
    return "\n".join(lines) + "\n}\n"


def row_of(rule: Rule) -> str:
    """Return the row of `rule` as detect/engine.py reads it. One string loads at once, and most are never read."""
    return json.dumps(rule._astuple(), ensure_ascii=False)


def compiled_rule(source: RuleSource) -> Rule:
    """Return the rule that the engine runs for `source`, with its reach and its prefix."""
    shape = shape_of(source.pattern)
    fields = {name: getattr(source, name) for name in Rule._fields if name not in ("reach", "prefix")}
    return Rule(**fields, reach=shape.reach, prefix=shape.prefix if source.kind == "token" else "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the table, or with --check only say (1) that it would change."""
    parser = argparse.ArgumentParser(prog="python -m agentguard_secrets.rulebook.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the table would change")
    options = parser.parse_args(arguments)
    try:
        rules = load_rules(rules_folder())
    except RuleError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    text = table_text(rules)
    is_current = TABLE.is_file() and TABLE.read_text(encoding="utf-8") == text
    if options.check:
        print(f"{TABLE.name}: {'current' if is_current else 'would change'} ({len(rules)} rules)")
        return 0 if is_current else 1
    if not is_current:
        TABLE.write_text(text, encoding="utf-8", newline="\n")
    print(f"{TABLE.name}: {'unchanged' if is_current else 'written'} ({len(rules)} rules)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
