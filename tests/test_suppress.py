"""What stands for a credential without being one."""

from __future__ import annotations

import re

import pytest

from agentguard_secrets.detect.suppress import is_pattern, is_placeholder, is_reference, says_stand_in
from tests.making import sample

RANDOM = "Zk3vN8qLw2XcT7mPb4Ys"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("your-token-here", id="your"),
        pytest.param("<your token here>", id="angle brackets"),
        pytest.param("changeme", id="changeme"),
        pytest.param("xxxxxxxxxxxxxxxx", id="x-es"),
        pytest.param("************", id="stars"),
        pytest.param("AKIAIOSFODNN7EXAMPLE", id="the vendor's own example"),
        pytest.param("0123456789abcdef0123456789abcdef", id="counting"),
        pytest.param("abababababababab", id="a repeated pair"),
    ],
)
def test_placeholder(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(RANDOM, id="random letters and digits"),
        pytest.param("9f86d081884c7d659a2feaa0c55ad015", id="random hex"),
        pytest.param("hunter2!", id="a person's password"),
    ],
)
def test_no_placeholder(value: str) -> None:
    assert not is_placeholder(value)


@pytest.mark.parametrize(("times", "expected"), [(3, False), (6, True)])
def test_a_few_digits_again_and_again_stand_in_for_a_key(times: int, *, expected: bool) -> None:
    assert says_stand_in(f"k{'123' * times}w") is expected


def test_the_known_prefix_is_not_judged() -> None:
    assert not is_placeholder(f"sample_{RANDOM}", "sample_")


@pytest.mark.parametrize(
    "value",
    [
        "${DB_PASSWORD}",
        "$PASSWORD",
        "{{ vault.token }}",
        "process.env.TOKEN",
        "os.environ['A']",
        "%(password)s",
        "<token>",
    ],
)
def test_reference(value: str) -> None:
    assert is_reference(value)


@pytest.mark.parametrize("value", ["pa$$word", "a%sb9", "x{y}z", RANDOM])
def test_no_reference(value: str) -> None:
    assert not is_reference(value)


def test_a_long_key_may_hold_a_run_that_a_short_one_may_not() -> None:
    assert is_placeholder(f"{RANDOM}{'A' * 10}")
    assert not is_placeholder(f"{RANDOM * 2}Qw{RANDOM[::-1] * 2}xy{RANDOM[3:] * 2}{'A' * 10}")


@pytest.mark.parametrize("value", [r"[0-9a-f]{32}", r"(?:key|token)", r"\s{0,3}=", r"x{8,16}y"])
def test_pattern(value: str) -> None:
    assert is_pattern(value)


@pytest.mark.parametrize("value", [RANDOM, "pa(ss)w[0]rd", "a{b}c", "C:\\dir"])
def test_no_pattern(value: str) -> None:
    assert not is_pattern(value)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("q7TodO9z", False, id="four letters of a page are chance"),
        pytest.param("q7YourKey9z", False, id="so are four before any three"),
        pytest.param("q7EXAMPLE9z", True, id="seven letters are meant"),
        pytest.param("\n[todo]\n", True, id="a word that stands apart is meant"),
    ],
)
def test_word_in_a_key_of_a_page(word: str, *, expected: bool) -> None:
    page = sample("<base64:600>").replace("/", "7").replace("+", "7")
    for chance in ("todo", "mock", "snip", "your"):
        page = re.sub(chance, "q7q7", page, flags=re.IGNORECASE)
    assert says_stand_in(f"{page}{word}{page}") is expected
