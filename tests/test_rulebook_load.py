"""Rule files are read strictly: what is wrong is named with file, line, rule and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard_secrets.errors import RuleError
from agentguard_secrets.rulebook.build import compiled_rule, table_text
from agentguard_secrets.rulebook.load import load_rules

TOKEN = """\
[[rule]]
id = "shop-key"
title = "Shop key"
provider = "shop"
severity = "high"
kind = "token"
keywords = ["SHP_"]
pattern = '''(shp_[0-9a-f]{20})'''
samples = ["shp_<hex:20>"]
near_miss = ["shp_<hex:19>"]
reference = "https://shop.invalid/keys"
grants = "Orders."
revoke = "Settings, keys."
"""
CONTEXT = (
    TOKEN.replace('"shop-key"', '"shop-secret"')
    .replace('"token"', '"context"')
    .replace("shp_<hex", "<hex")
    .replace('keywords = ["SHP_"]\n', 'words = ["web_shop"]\n')
    .replace("pattern = '''(shp_[0-9a-f]{20})'''", "value = '''[0-9a-f]{20}'''")
)
# With as many samples and near misses as a check asks for.
WHOLE = TOKEN.replace(
    'samples = ["shp_<hex:20>"]', 'samples = ["shp_<hex:20>", "key: [[shp_<hex:20>]]", "SHOP_KEY=[[shp_<hex:20>]]"]'
).replace('["shp_<hex:19>"]', '["shp_<hex:19>", "shp_<hex:12>", "shp-<hex:20>"]')


def written(folder: Path, text: str) -> Path:
    path = folder / "shop.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_rule_is_read_with_its_defaults(tmp_path: Path) -> None:
    (rule,) = load_rules(written(tmp_path, "\n" + TOKEN))
    assert (rule.line, rule.confidence, rule.edge, rule.on_fail, rule.entropy) == (2, "high", "word", "lower", 0.0)
    assert rule.keywords == ("shp_",)


def test_a_context_rule_is_composed(tmp_path: Path) -> None:
    (rule,) = load_rules(written(tmp_path, CONTEXT))
    assert rule.confidence == "medium"
    assert rule.pattern.endswith("([0-9a-f]{20})[^0-9A-Za-z_]")
    assert any(keyword in "webshop_token" for keyword in rule.keywords)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        pytest.param('severity = "high"', 'severity = "hihg"', 5, "expected one of info", id="a wrong choice"),
        pytest.param("keywords =", "keyword =", 7, "did you mean keywords?", id="an unknown key"),
        pytest.param('grants = "Orders."\n', "", 1, "grants: expected this key, got none", id="a missing key"),
        pytest.param('["SHP_"]', '["SH"]', 7, "at least 3 characters", id="a keyword in nearly every text"),
        pytest.param("{20})", "+)", 8, "bounded repeats", id="no upper bound"),
        pytest.param("(shp_", "(?:shp_", 8, "exactly one capturing group", id="no group"),
        pytest.param("(shp_", "(?<!x)(shp_", 8, "look-around", id="look-around"),
        pytest.param("{20})", "{20})$", 8, "an anchor", id="an anchor"),
        pytest.param("{20})", "{20}", 8, "expected a regular expression", id="does not compile"),
        pytest.param("https://", "http://", 11, "begins with https://", id="an address that is not safe"),
        pytest.param("samples = [", "confirm = 'crc61'\nsamples = [", 9, "expected one of", id="unknown check"),
        pytest.param('["shp_<hex:20>"]', "[]", 9, "at least 1 texts", id="no sample"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    assert old in TOKEN
    with pytest.raises(RuleError) as raised:
        load_rules(written(tmp_path, TOKEN.replace(old, new)))
    message = str(raised.value)
    assert message.startswith(f"{tmp_path / 'shop.toml'}:{line}: rule shop-key: ")
    assert said in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "expected at least one [[rule]]", id="nothing in the file"),
        pytest.param("[[rule]\n", "expected TOML", id="not TOML"),
        pytest.param("[[rules]]\nid = 'x'\n", "rules: expected only [[rule]]", id="a table with another name"),
    ],
)
def test_a_file_without_rules_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RuleError, match=r"shop\.toml") as raised:
        load_rules(written(tmp_path, text))
    assert said in str(raised.value)


def test_an_id_stands_only_once(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"shop\.toml:15: rule shop-key: id: .*shop\.toml:1"):
        load_rules(written(tmp_path, TOKEN + "\n" + TOKEN))


def test_an_empty_folder_is_no_rule_book(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="got none"):
        load_rules(tmp_path)


def test_reach_and_prefix_come_from_the_pattern(tmp_path: Path) -> None:
    (rule,) = load_rules(written(tmp_path, TOKEN))
    compiled = compiled_rule(rule)
    assert (compiled.reach, compiled.prefix) == (24, "shp_")


def test_a_context_rule_shows_no_prefix(tmp_path: Path) -> None:
    (rule,) = load_rules(written(tmp_path, CONTEXT))
    assert compiled_rule(rule).prefix == ""


def test_the_order_of_rules_does_not_change_the_table(tmp_path: Path) -> None:
    rules = load_rules(written(tmp_path, TOKEN + CONTEXT))
    assert len(rules) == 2
    assert table_text(rules) == table_text(rules[::-1])
