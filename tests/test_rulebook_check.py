"""Proving a rule finds each way in which it can be wrong, and a right one has no problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard_secrets.errors import RuleError
from agentguard_secrets.rulebook import check
from agentguard_secrets.rulebook.bench import Bench, Problem, bench_of
from agentguard_secrets.rulebook.check import check_rules
from agentguard_secrets.rulebook.load import load_rules, rules_folder
from agentguard_secrets.rulebook.proof import Context, Decoy, load_contexts, load_decoys, placed
from agentguard_secrets.rulebook.prove_cost import compile_problems, cost_problems
from agentguard_secrets.rulebook.prove_found import prove_found
from agentguard_secrets.rulebook.prove_silent import prove_decoys, prove_look_alikes, prove_near_misses
from agentguard_secrets.rulebook.source import RuleSource
from tests.test_rulebook_load import CONTEXT, TOKEN, WHOLE, written

CONTEXTS = (
    Context("alone", "{value}", lines=True),
    Context("Python assignment", '{name}_token = "{value}"'),
    Context("JSON", '{"{Name}Token": "{value}"}', escape="json"),
)
DECOY = Decoy("commit", "{name} commit\n<hex:40>\n", "shp_<hex:20>", "decoys.toml", 1)


def rule_in(folder: Path, text: str) -> RuleSource:
    return load_rules(written(folder, text))[0]


def bench(*rules: RuleSource, decoy: Decoy = DECOY) -> Bench:
    return bench_of(rules, contexts=CONTEXTS, decoys=(decoy,))


def told(problems: list[Problem]) -> str:
    return "\n".join(map(str, problems))


@pytest.mark.parametrize("text", [TOKEN, CONTEXT], ids=["token", "context"])
def test_a_right_rule_has_no_problem(tmp_path: Path, text: str) -> None:
    rule = rule_in(tmp_path, text)
    tried = prove_found(rule, bench(rule))
    assert (tried.samples, tried.problems) == (1, [])
    assert tried.places >= 2
    assert compile_problems(rule) == []
    assert cost_problems(rule)[1] == []
    count, problems = prove_near_misses(rule, bench(rule))
    assert (count > 3, problems) == (True, [])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("[0-9a-f]{20})", "[0-9a-f]{19})", "expected the sample to be found", id="too short a pattern"),
        pytest.param("[0-9a-f]{20})", '[0-9a-f]{20}"?)', "expected exactly the sample's characters", id="a wider span"),
        pytest.param('["SHP_"]', '["shop_"]', "expected one of the keywords", id="a keyword that is not there"),
        pytest.param("samples =", "confirm = 'crc62'\nsamples =", "the check crc62 holds", id="nothing it proves"),
    ],
)
def test_a_sample_that_is_not_found_as_it_stands_is_a_problem(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TOKEN
    rule = rule_in(tmp_path, TOKEN.replace(old, new))
    problems = prove_found(rule, bench(rule)).problems
    assert f"{tmp_path / 'shop.toml'}:1: shop-key: " in told(problems)
    assert said in told(problems)


def test_another_rule_that_finds_the_sample_is_a_problem(tmp_path: Path) -> None:
    rule = rule_in(tmp_path, TOKEN)
    other = rule._replace(id="also-shop", severity="critical")
    assert "got also-shop" in told(prove_found(rule, bench(rule, other)).problems)


def test_a_near_miss_that_is_found_is_a_problem(tmp_path: Path) -> None:
    rule = rule_in(tmp_path, TOKEN.replace("shp_<hex:19>", "shp_<hex:20>"))
    assert "near miss" in told(prove_near_misses(rule, bench(rule))[1])


def test_a_marked_sample_brings_its_own_surroundings(tmp_path: Path) -> None:
    text = TOKEN.replace("(shp_[0-9a-f]{20})", "shp_id=([0-9a-f]{20})").replace("shp_<hex:20>", "shp_id=[[<hex:20>]];")
    rule = rule_in(tmp_path, text)
    assert prove_found(rule, bench(rule)).problems == []


def test_a_decoy_that_is_found_is_a_problem(tmp_path: Path) -> None:
    rule = rule_in(tmp_path, CONTEXT)
    loud = DECOY._replace(text='{name}_token = "<hex:20>"')
    assert prove_decoys(rule, bench(rule)) == (1, [])
    assert "decoy 'commit' with 'web_shop'" in told(prove_decoys(rule, bench(rule, decoy=loud))[1])


def test_a_decoy_whose_look_alike_is_not_found_proves_nothing(tmp_path: Path) -> None:
    rule = rule_in(tmp_path, TOKEN)
    assert prove_look_alikes(bench(rule)) == (1, [])
    blind = DECOY._replace(look_alike="shp_<hex:19>")
    assert "expected a finding in its look-alike" in told(prove_look_alikes(bench(rule, decoy=blind))[1])


def test_time_that_grows_faster_than_the_text_is_a_problem(tmp_path: Path) -> None:
    rule = rule_in(tmp_path, TOKEN.replace("(shp_[0-9a-f]{20})", "(shp_[^~]{0,9000}[0-9]~)"))
    assert "hostile" in (said := told(cost_problems(rule)[1])) or "twice the text" in said


def test_repeats_that_divide_signs_in_many_ways_are_a_problem(tmp_path: Path) -> None:
    divided = r"(shp_(?:[0-9a-f]{20}|[^~\n]{2,120}(?:[!%*-][^~\n]{0,60}){0,3}~))"
    rule = rule_in(tmp_path, TOKEN.replace("(shp_[0-9a-f]{20})", divided))
    assert "and many signs" in told(cost_problems(rule)[1])


def test_a_span_is_counted_in_the_written_form() -> None:
    place = placed(CONTEXTS[2], 'a"b', name="web shop")
    assert place.text == '{"WebShopToken": "a\\"b"}'
    assert place.text[place.span.start : place.span.end] == 'a\\"b'


def test_a_pack_is_proved_beside_the_built_in_rules(tmp_path: Path) -> None:
    report = check_rules([written(tmp_path, WHOLE)], workers=1)
    assert report.problems == ()
    assert report.counts["rules"] == 1
    assert report.counts["hostile texts"] >= 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *(
            (line + "\n", "")
            for line in WHOLE.splitlines()
            if line.startswith(("provider", "reference", "grants", "revoke"))
        ),
        ('near_miss = ["shp_<hex:19>", "shp_<hex:12>", "shp-<hex:20>"]\n', ""),
        ('"shp_<hex:12>", ', ""),
        ('"shp_<hex:20>", "key', '"key'),
    ],
)
def test_what_a_pack_leaves_out_is_a_problem(tmp_path: Path, old: str, new: str) -> None:
    assert old in WHOLE
    key = next(line for line in WHOLE.splitlines() if old.strip() in line).partition(" ")[0]
    problems = check_rules([written(tmp_path, WHOLE.replace(old, new))], workers=1).problems
    assert [problem.text.partition(":")[0] for problem in problems] == [key]


def test_a_pack_with_an_id_that_exists_is_refused(tmp_path: Path) -> None:
    taken = load_rules(rules_folder())[0].id
    with pytest.raises(RuleError, match="an id of its own"):
        check_rules([written(tmp_path, TOKEN.replace("shop-key", taken))], workers=1)


def test_nothing_tried_is_a_problem() -> None:
    report = check._joined([])
    assert [problem.text for problem in report.problems] == [
        f"expected {name} to try, got none" for name in sorted(check.COUNTED)
    ]


def test_the_contexts_and_decoys_are_many() -> None:
    assert len(load_contexts(rules_folder())) >= 40
    assert len(load_decoys(rules_folder())) >= 20


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("contexts", '[[context]]\nid = "x"\ntext = "no mark"\n', id="nowhere to put the value"),
        pytest.param("contexts", '[[context]]\nid = "x"\ntxet = "{value}"\n', id="an unknown key"),
        pytest.param("contexts", "", id="nothing in the file"),
    ],
)
def test_a_wrong_context_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=r"contexts\.toml"):
        load_contexts(tmp_path)
