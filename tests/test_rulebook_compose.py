"""A composed pattern finds a value beside its word however the assignment is written, and nowhere else."""

from __future__ import annotations

import re
import time

import pytest

from agentguard_secrets.rulebook.compose import composed, keywords_of
from tests.making import sample

PATTERN = re.compile(composed(["web_shop"], "[0-9a-f]{20}", edge="word"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("web_shop_key={}", id="environment"),
        pytest.param("webShopKey = '{}'", id="camel case"),
        pytest.param("WEB-SHOP: {}", id="dash"),
        pytest.param('"web shop token": "{}"', id="JSON"),
        pytest.param("web_shop:\n    token: {}", id="nested YAML"),
        pytest.param('"web_shop": {{"key": "{}"}}', id="nested JSON"),
        pytest.param("--web-shop-token {}", id="command line"),
        pytest.param("X-Web-Shop: Bearer {}", id="header"),
        pytest.param('new WebShop(key: new String("{}"))', id="call"),
        pytest.param("web_shop_key => '{}'", id="arrow"),
        pytest.param("The web shop token for tests is {}", id="prose"),
        pytest.param('<add key="WebShop" value="{}"/>', id="XML attribute"),
        pytest.param("<webShop>{}</webShop>", id="XML element"),
        pytest.param("web_shop API\n\t[DEBUG] Using KEY={}", id="log"),
    ],
)
def test_finds_the_value_beside_the_word(text: str) -> None:
    value = sample("<hex:20>")
    found = PATTERN.search(text.format(value) + "\n")
    assert found is not None
    assert found[1] == value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("web_shape_key={}", id="another word"),
        pytest.param('"web_shop": "3.1.0", "other": "{}"', id="the next entry of a lock file"),
        pytest.param("web_shop==3.1 --hash=sha256:{}", id="the hash of a package"),
        pytest.param("web_shop{}", id="no assignment"),
    ],
)
def test_stays_silent_without_a_word_and_an_assignment(text: str) -> None:
    assert PATTERN.search(text.format(sample("<hex:20>")) + "\n") is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("fizzshop_token: {}", id="a name"),
        pytest.param("fizzshop:\n  token: {}", id="YAML"),
        pytest.param('{{"fizzshop": {{"api_token": "{}"}}}}', id="JSON"),
        pytest.param("[fizzshop]\ntoken = {}", id="a section"),
        pytest.param("fizzshop = {{ token = '{}' }}", id="a table in one line"),
    ],
)
def test_a_word_of_two_parts_is_also_a_table_and_what_it_holds(text: str) -> None:
    pattern = re.compile(composed(["fizzshop_token", "fizzshop_api"], "[0-9a-f]{20}", edge="word"))
    value = sample("<hex:20>")
    found = pattern.search(text.format(value) + "\n")
    assert found is not None
    assert found[1] == value


@pytest.mark.parametrize(
    ("word", "text"),
    [
        pytest.param("fizzshop_token", "fizzshop:\n  project: {}", id="the table holds something else"),
        pytest.param("fizzshop_token", "fizzshop:\n  id: 7\n  token: {}", id="not the first that the table holds"),
        pytest.param("login_token", "login:\n  token: {}", id="a word that every second file has"),
        pytest.param("fizzshop_project", "fizzshop:\n  project: {}", id="a part that names no credential"),
    ],
)
def test_a_word_of_two_parts_is_no_other_table(word: str, text: str) -> None:
    pattern = re.compile(composed([word], "[0-9a-f]{20}", edge="word"))
    value = sample("<hex:20>")
    assert pattern.search(f"{word}: {value}\n")
    assert pattern.search(text.format(value) + "\n") is None


@pytest.mark.parametrize("word", ["ado", "okta"])
def test_a_short_word_is_not_found_inside_of_another(word: str) -> None:
    pattern = re.compile(composed([word], "[0-9a-f]{20}", edge="word"))
    assert pattern.search(f"{word}_key={sample('<hex:20>')}\n")
    assert pattern.search(f"x{word}x={sample('<hex:20>')}\n") is None


@pytest.mark.parametrize("unit", ["web_shop" + " " * 60, "web_shop key = key = ", "web_shop\n", 'web_shop = "'])
def test_hostile_text_takes_milliseconds(unit: str) -> None:
    begin = time.process_time()
    assert PATTERN.search((unit * 20_000)[:20_000]) is None
    assert time.process_time() - begin < 0.4


@pytest.mark.parametrize("text", ["web_shop", "WebShop", "web-shop", "web.shop", "web shop"])
def test_a_keyword_stands_in_every_spelling_of_the_word(text: str) -> None:
    assert any(keyword in text.lower() for keyword in keywords_of(["web_shop"]))


def test_a_longer_word_on_the_way_is_passed_over() -> None:
    pattern = re.compile(composed(["web_shop"], "[0-9A-Za-z]{12}", edge="word"))
    value = sample("<alnum:12>")
    found = pattern.search(f'web_shop_headers = {{"Authorization": "Bearer {value}"}}\n')
    assert found is not None
    assert found[1] == value
