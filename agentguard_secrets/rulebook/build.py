"""Turns rules/*.toml into the tables of detect/: `python -m agentguard_secrets.rulebook.build [--check]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from agentguard_secrets.detect.engine import MARK
from agentguard_secrets.detect.outline import outline
from agentguard_secrets.errors import RuleError
from agentguard_secrets.model import Rule
from agentguard_secrets.rulebook.anchors import index_of
from agentguard_secrets.rulebook.compose import BRIDGE
from agentguard_secrets.rulebook.heads import heads_of
from agentguard_secrets.rulebook.load import load_rules, rules_folder
from agentguard_secrets.rulebook.shape import shape_of, starts_of
from agentguard_secrets.rulebook.source import RuleSource

_DETECT = Path(__file__).resolve().parent.parent / "detect"
TABLE = _DETECT / "table.py"
OUTLINES = _DETECT / "outlines.py"
MARKS = _DETECT / "marks.py"

# In the form it has within a row.
_BRIDGE = json.dumps(BRIDGE, ensure_ascii=False)[1:-1]

_HEADER = '''"""Turns a keyword into the rules to try. Generated: change rules/*.toml and run
`python -m agentguard_secrets.rulebook.build`.
"""

from __future__ import annotations

# fmt: off
'''

_OUTLINES_HEADER = '''"""Turns the number of a rule into its outline. Generated: change rules/*.toml and run
`python -m agentguard_secrets.rulebook.build`.
"""

from __future__ import annotations

# fmt: off
'''

_MARKS_HEADER = '''"""Turns the beginning of a token into its least length. Generated: change rules/*.toml and run
`python -m agentguard_secrets.rulebook.build`.
"""

from __future__ import annotations

# fmt: off
'''


def table_text(rules: Sequence[RuleSource]) -> str:
    """Return the text of detect/table.py for `rules`. The same rules always give the same text."""
    ordered = sorted(rules, key=lambda rule: rule.id)
    anchors, short = index_of(ordered)
    lines = [f"{_HEADER}# Stands in the rows as {MARK!r}.\nBRIDGE = {_BRIDGE!r}\n", "RULES: tuple[str, ...] = ("]
    lines.extend(f"    {row_of(compiled_rule(rule))!r}," for rule in ordered)
    lines.append(")\n\nANCHORS: dict[int, str] = {")
    lines.extend(f"    {gram!r}: {postings!r}," for gram, postings in anchors.items())
    lines.append("}\n\nSHORT: dict[int, str] = {")
    lines.extend(f"    {gram!r}: {postings!r}," for gram, postings in short.items())
    return "\n".join(lines) + "\n}\n"


def outlines_text(rules: Sequence[RuleSource]) -> str:
    """Return the text of detect/outlines.py for `rules`, in the order of the table."""
    ordered = sorted(rules, key=lambda rule: rule.id)
    lines = [_OUTLINES_HEADER + "OUTLINES: tuple[str, ...] = ("]
    lines.extend(f"    {outline(rule.pattern, kind=rule.kind)!r}," for rule in ordered)
    return "\n".join(lines) + "\n)\n"


def marks_text(rules: Sequence[RuleSource]) -> str:
    """Return the text of detect/marks.py for `rules`."""
    lines = [_MARKS_HEADER + "MARKS: dict[str, int] = {"]
    lines.extend(f"    {head!r}: {least}," for head, least in heads_of(rules).items())
    return "\n".join(lines) + "\n}\n"


def row_of(rule: Rule) -> str:
    """Return the row of `rule` as detect/engine.py reads it. One string loads at once, and most are never read."""
    values = rule._astuple() if rule.starts else rule._astuple()[:-1]
    return json.dumps(values, ensure_ascii=False).replace(_BRIDGE, MARK)


def compiled_rule(source: RuleSource) -> Rule:
    """Return the rule that the engine runs for `source`, with what its pattern says of itself."""
    shape = shape_of(source.pattern)
    fields = {name: getattr(source, name) for name in Rule._fields if name not in ("reach", "prefix", "starts")}
    prefix = shape.prefix if source.kind == "token" else ""
    return Rule(**fields, reach=shape.reach, prefix=prefix, starts=starts_of(source.pattern))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the tables, or with --check only say (1) that one of them would change."""
    parser = argparse.ArgumentParser(prog="python -m agentguard_secrets.rulebook.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a table would change")
    options = parser.parse_args(arguments)
    try:
        rules = load_rules(rules_folder())
    except RuleError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    texts = {TABLE: table_text(rules), OUTLINES: outlines_text(rules), MARKS: marks_text(rules)}
    stale = [path for path, text in texts.items() if not (path.is_file() and path.read_text(encoding="utf-8") == text)]
    if options.check:
        for path in texts:
            print(f"{path.name}: {'would change' if path in stale else 'current'} ({len(rules)} rules)")
        return 1 if stale else 0
    for path, text in texts.items():
        if path in stale:
            path.write_text(text, encoding="utf-8", newline="\n")
        print(f"{path.name}: {'written' if path in stale else 'unchanged'} ({len(rules)} rules)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
