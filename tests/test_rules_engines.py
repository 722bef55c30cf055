"""Every pattern compiles in the bulk engine, and none of them takes more than linear time.

`agentguard-secrets rules check` tries all of them with every hostile text, which takes minutes. Here stand those that
are most likely to fail: patterns that their authors wrote whole, the longest of the composed ones, a few others.
"""

from __future__ import annotations

import pytest

from agentguard_secrets.rulebook.load import load_rules, rules_folder
from agentguard_secrets.rulebook.prove_cost import compile_problems, cost_problems, hyperscan_module
from agentguard_secrets.rulebook.source import RuleSource

RULES = load_rules(rules_folder())
COMPOSED = sorted((rule for rule in RULES if rule.words), key=lambda rule: -len(rule.pattern))
WRITTEN = [rule for rule in RULES if not rule.words]


@pytest.mark.skipif(hyperscan_module() is None, reason="HYPERSCAN IS NOT INSTALLED: no pattern was tried in it")
@pytest.mark.parametrize("rule", [*WRITTEN, *COMPOSED[:40], *COMPOSED[40::40]], ids=lambda rule: rule.id)
def test_pattern_compiles_in_the_bulk_engine(rule: RuleSource) -> None:
    assert compile_problems(rule) == []


@pytest.mark.parametrize("rule", [*WRITTEN[::20], *COMPOSED[:10], *COMPOSED[10::80]], ids=lambda rule: rule.id)
def test_hostile_text_takes_linear_time(rule: RuleSource) -> None:
    count, problems = cost_problems(rule)
    assert count > 0
    assert problems == []
