"""The engine on rules of the tests' own: what it finds, where, and what it leaves alone."""

from __future__ import annotations

import re
import time

import pytest

from agentguard_secrets.detect.engine import Detector, default_detector, scan_chunk
from agentguard_secrets.model import Chunk, Rule, Span
from agentguard_secrets.rulebook.anchors import index_of
from agentguard_secrets.rulebook.build import row_of
from tests.making import sample

KEY = b"k" * 32
VALUE = "Zk3vN8qLw2Xc"


def detector(*rules: Rule) -> Detector:
    anchors, short = index_of(rules)
    return Detector(tuple(map(row_of, rules)), anchors, short, re.compile, KEY, {})


def token_rule(**changes: object) -> Rule:
    rule = Rule("toy", "Toy token", "toy", "high", "high", "token", ("toyk_",), r"(toyk_[0-9A-Za-z]{12})", reach=17)
    return rule._replace(prefix="toyk_", **changes)


def found(text: str, *rules: Rule) -> list[str]:
    findings = scan_chunk(Chunk(text), detector(*(rules or (token_rule(),))))
    return [text[slice(*finding.span._astuple())] for finding in findings]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("toyk_{}", id="alone"),
        pytest.param("a = 'toyk_{}'\n", id="in quotes"),
        pytest.param('{{"a": "line\\ntoyk_{}"}}', id="after an escaped line end"),
        pytest.param("q=%3Dtoyk_{}&b=1", id="after a percent escape"),
        pytest.param("\x1b[31mtoyk_{}\x1b[0m", id="in terminal colour"),
        pytest.param("İ" * 5000 + " toyk_{}", id="where lower-casing changes the length"),
        pytest.param("x " * 5000 + "toyk_{} " + "x " * 5000, id="deep in a long text"),
        pytest.param("é toyk_{}", id="after a letter of two bytes"),
        pytest.param("\ud800 toyk_{}", id="after a lone surrogate"),
        pytest.param("toyk_short toyk_{}", id="after a look-alike"),
        pytest.param("toyk_toyk_{}x toyk_{}", id="after a look-alike that overlaps it"),
    ],
)
def test_finds_the_token(text: str) -> None:
    assert found(text.replace("{}", VALUE).replace("{{", "{").replace("}}", "}"))[-1:] == [f"toyk_{VALUE}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("ltoyk-u_{}", True, id="one letter slipped in"),
        pytest.param("x = 'ltoyk-u_{}'", True, id="one letter, behind a quote"),
        pytest.param("mytoyk-u_{}", False, id="two letters: another word"),
        pytest.param("7toyk-u_{}", False, id="a digit: the end of something random"),
        pytest.param("x_toyk-u_{}", False, id="a longer name"),
        pytest.param("ltoyk-u_{}9", False, id="too long as well"),
    ],
)
def test_a_long_mark_may_stand_behind_one_letter(text: str, *, expected: bool) -> None:
    rule = token_rule(keywords=("toyk-u_",), pattern=r"(toyk-u_[0-9A-Za-z]{12})")._replace(prefix="toyk-u_")
    assert found(text.replace("{}", VALUE), rule) == ([f"toyk-u_{VALUE}"] if expected else [])


def test_a_mark_without_a_sign_may_not() -> None:
    rule = token_rule(keywords=("toykey",), pattern=r"(toykey[0-9A-Za-z]{12})")._replace(prefix="toykey")
    assert found(f"ltoykey{VALUE}", rule) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"mytoyk_{VALUE}", id="a letter before it"),
        pytest.param(f"toyk_{VALUE}9", id="one character too long"),
        pytest.param(f"toyk_{VALUE}_x", id="part of a longer name"),
        pytest.param("toyk_xxxxxxxxxxxx", id="one character repeated"),
        pytest.param("toyk_EXAMPLEtoken", id="a stand-in word"),
        pytest.param("", id="nothing at all"),
    ],
)
def test_stays_silent_on(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("word", ["key", "token", "SECRET", "access", "private"])
def test_a_hyphen_behind_the_word_for_a_token_is_a_delimiter(word: str) -> None:
    assert found(f"vendor-{word}-toyk_{VALUE}", token_rule(edge="token")) == [f"toyk_{VALUE}"]
    assert found(f"vendor-{word}s-toyk_{VALUE}", token_rule(edge="token")) == []


def test_two_tokens_with_one_delimiter_between_them_are_both_found() -> None:
    other = VALUE[::-1]
    assert found(f"toyk_{VALUE},toyk_{other}") == [f"toyk_{VALUE}", f"toyk_{other}"]


def test_position_counts_lines_and_characters_from_one_and_ends_exclusive() -> None:
    (finding,) = scan_chunk(Chunk(f"é\n  toyk_{VALUE}\n", "a.txt"), detector(token_rule()))
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == (2, 3, 2, 20)
    assert finding.span == Span(4, 21)


def test_only_added_lines_count() -> None:
    text = f"toyk_{VALUE}\ntoyk_{VALUE}\n"
    findings = scan_chunk(Chunk(text, added=frozenset({2})), detector(token_rule()))
    assert [finding.line for finding in findings] == [2]


def test_a_value_over_several_lines_counts_when_one_of_them_was_added() -> None:
    rule = token_rule(pattern=r"(toyk_[0-9A-Za-z\n]{12})")
    text = "toyk_Zk3vN8\nLw2Xc\n"
    assert len(scan_chunk(Chunk(text, added=frozenset({2})), detector(rule))) == 1


def test_the_better_proved_of_two_overlapping_findings_stays() -> None:
    context = Rule(
        "toy-word", "Toy", "toy", "critical", "medium", "context", ("toyk_",), r"=\s?([0-9A-Za-z_]{17})", reach=20
    )
    findings = scan_chunk(Chunk(f"x = toyk_{VALUE}"), detector(context, token_rule()))
    assert [finding.rule_id for finding in findings] == ["toy"]


def test_a_word_beside_the_word_is_no_finding_of_a_context_rule() -> None:
    context = Rule("toy", "Toy", "toy", "high", "medium", "context", ("toyk",), r"toyk\s?=\s?([A-Za-z]{12})", reach=20)
    assert found("toyk = Smartypanzer", context) == []
    assert found("toyk = ZkvNqLwXcTmP", context) == ["ZkvNqLwXcTmP"]
    # Without edges it is a rule of passwords, which people make of words.
    assert found("toyk = Smartypanzer", context._replace(edge="none")) == ["Smartypanzer"]


def test_entropy_below_the_rule_s_least_is_no_finding() -> None:
    assert found("toyk_abababababab", token_rule(entropy=3.0)) == []


def test_a_failing_check_lowers_or_drops_as_the_rule_says() -> None:
    rule = token_rule(pattern=r"(toyk_[0-9A-Za-z]{36})", confirm="crc62", reach=41)
    text = f"toyk_{VALUE}q7Rt{VALUE[::-1]}Hb5Gj1Mn"
    (lowered,) = scan_chunk(Chunk(text), detector(rule))
    assert (lowered.confidence, lowered.proof) == ("low", "pattern")
    assert scan_chunk(Chunk(text), detector(rule._replace(on_fail="drop"))) == []


@pytest.mark.parametrize(
    ("comment", "allowed"),
    [
        pytest.param("# agentguard:allow", True, id="every rule"),
        pytest.param("# agentguard:allow[toy]", True, id="this rule"),
        pytest.param("# agentguard:allow[other, toy]", True, id="this rule among others"),
        pytest.param("# agentguard:allow[other]", False, id="another rule"),
        pytest.param("// pragma: allowlist secret", True, id="the comment of detect-secrets"),
        pytest.param("// gitleaks:allow", True, id="the comment of gitleaks"),
        pytest.param("# allow", False, id="no such comment"),
    ],
)
def test_comment_on_the_line_marks_the_finding(comment: str, allowed: bool) -> None:
    (finding,) = scan_chunk(Chunk(f"toyk_{VALUE}  {comment}\n# agentguard:deny"), detector(token_rule()))
    assert finding.allowed_inline is allowed


def test_a_comment_on_the_next_line_does_not_count() -> None:
    (finding,) = scan_chunk(Chunk(f"toyk_{VALUE}\n# agentguard:allow"), detector(token_rule()))
    assert not finding.allowed_inline


def test_a_finding_does_not_hold_the_credential() -> None:
    chunk = Chunk(f"a toyk_{VALUE} b")
    (finding,) = scan_chunk(chunk, detector(token_rule()))
    assert VALUE not in repr(finding)
    assert VALUE not in repr(chunk)
    assert finding.preview == "toyk_… (17 characters)"


def test_the_same_value_has_the_same_fingerprint_only_under_the_same_key() -> None:
    toys = detector(token_rule())
    first, second = scan_chunk(Chunk(f"toyk_{VALUE} toyk_{VALUE}"), toys)
    (other,) = scan_chunk(Chunk(f"toyk_{VALUE}"), toys._replace(key=b"another"))
    assert first.fingerprint == second.fingerprint != other.fingerprint


@pytest.mark.parametrize("between", ["\n", " "], ids=["each on its line", "all on one line"])
def test_a_megabyte_of_findings_takes_linear_time(between: str) -> None:
    text = between.join(f"toyk_{VALUE[:-5]}{number:05}" for number in range(50_000))
    started = time.process_time()
    assert len(found(text)) == 50_000
    # Quadratic, it was minutes.
    assert time.process_time() - started < 20


def test_a_megabyte_of_tags_takes_no_time_for_each_rule() -> None:
    started = time.process_time()
    assert not scan_chunk(Chunk("[REDACTED:no-such-rule:01234567] " * 30_000), default_detector(KEY))
    assert time.process_time() - started < 2


def test_an_assignment_may_touch_a_base64_value_and_padding_may_not_follow_it() -> None:
    rule = token_rule(edge="base64")
    assert found(f"KEY=toyk_{VALUE}", rule) == [f"toyk_{VALUE}"]
    assert found(f"KEY=toyk_{VALUE}=", rule) == []
    assert found(f"a/toyk_{VALUE}", rule) == []


@pytest.mark.parametrize("between", ["", "-", "_"])
def test_what_a_checksum_tells_may_be_touched_by_what_was_printed_behind_it(between: str) -> None:
    token = sample("ghp_<alnum:30><crc62:6>")
    for text in (f"{token}{between}again\n", f"done{between}{token}\n", f"{token}{between}{token}"):
        findings = scan_chunk(Chunk(text), default_detector(KEY))
        assert {text[slice(*each.span._astuple())] for each in findings} == {token}
        assert {each.proof for each in findings} == {"checksum"}
    false = token[:-1] + ("a" if token[-1] != "a" else "b")
    assert not scan_chunk(Chunk(f"{false}{between or 'x'}again\n"), default_detector(KEY))


def test_a_pattern_that_says_what_follows_holds_at_the_end_of_the_text() -> None:
    assert found(f"toyk_{VALUE}", token_rule(pattern=r"(toyk_[0-9A-Za-z]{12})[^0-9A-Za-z]")) == [f"toyk_{VALUE}"]


def test_a_commit_beside_the_word_is_no_finding_of_a_context_rule() -> None:
    context = Rule(
        "toy", "Toy", "toy", "high", "medium", "context", ("toyk",), r"toyk[a-z_= ]{1,12}([0-9a-f]{12})", reach=30
    )
    assert found("toyk_commit = 9f86d081884c", context) == []
    assert found("toyk_key = 9f86d081884c", context) == ["9f86d081884c"]


def test_a_keyword_of_three_characters_is_looked_for_too() -> None:
    rule = token_rule(keywords=("tk_",), pattern=r"(tk_[0-9A-Za-z]{12})")._replace(prefix="tk_")
    assert found(f"tk_{VALUE}", rule) == [f"tk_{VALUE}"]
    assert found("nothing here", rule) == []
