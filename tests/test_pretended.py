"""What looks like a credential in every way, and only plays one."""

from __future__ import annotations

import hashlib
import hmac
import random
from base64 import b64encode, urlsafe_b64encode

import pytest

from agentguard_secrets import scan_text
from agentguard_secrets.detect import published
from agentguard_secrets.detect.pretended import counts, is_repeated, pretence
from tests.making import sample

KEY = b"k" * 32
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
COUNTED = "".join(f"{ALPHABET[n : n + 3]}{n % 9}{(n + 1) % 9}{(n + 2) % 9}" for n in range(0, 18, 3))


def confidences(text: str) -> list[str]:
    return [finding.confidence for finding in scan_text(text, key=KEY)]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(COUNTED, id="letters and digits in threes"),
        pytest.param("".join(f"{n % 10}{letter}" for n, letter in enumerate(ALPHABET[:16])), id="in turns"),
        pytest.param("0123456789abcdef" * 2, id="through the digits, twice"),
        pytest.param("ABCDEF1234", id="a short one"),
    ],
)
def test_counts(value: str) -> None:
    assert counts(value)


def test_random_values_do_not_count() -> None:
    kinds = ("<hex:32>", "<alnum:10>", "<digits:10>", "<base64:40>", "<uuid>")
    assert not [kind for kind in kinds for seed in range(400) if counts(sample(kind, seed=seed))]


@pytest.mark.parametrize(("value", "expected"), [("k3Q" * 7, True), ("k3Q" * 7 + "k3", True), ("k3Qk3Qk3Qzz81", False)])
def test_repeated(value: str, *, expected: bool) -> None:
    assert is_repeated(value) is expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"api_key = 'prod_{COUNTED}'", id="typed along the alphabet"),
        pytest.param("api_key = 'zxcvbnm'", id="a row of the keyboard"),
        pytest.param("secretkey = 'base64string'", id="what it says of its form"),
        pytest.param(f"password = '{b64encode(b'EXAMPLE' + bytes(range(40, 60))).decode()}'", id="stand-in in base64"),
        pytest.param(f"access_key = '{b64encode(b'ACCESS_KEY').decode()}'", id="constant in base64"),
        pytest.param(f"SHOP_API_KEY=shop_sandbox_{sample('<alnum:30>', seed=1)}", id="a sandbox by its own word"),
        pytest.param(f"secret: quickstart-{sample('<hex:32>', seed=2)}", id="of a quickstart"),
        pytest.param('"password": "Contrase\\u00f1a"', id="the word in another language"),
        pytest.param("<password>NotActuallyApplied!</password>", id="says it is not used"),
        pytest.param(f"token={sample('<hex:14>', seed=3)}...", id="left out in part"),
        pytest.param("error decoding signing key: openpgp: invalid argument", id="a label before another"),
        pytest.param("SAS_TOKEN=st=2031-01-01&se=2031-02-01&spr=https&sr=c", id="parameters that nobody signed"),
        pytest.param("jws-algorithms=RS384", id="a name that speaks of several"),
        pytest.param(f'authenticity_token: "{sample("<base64:86>", seed=4)}"', id="of a form"),
        pytest.param("jpeg \ufffd\x12 QPw=2\ufffd\ufffdH6r\ufffdB", id="a piece of a picture"),
        pytest.param('auth = "AWS_SIGV4"', id="a constant"),
        pytest.param("tokens: Uint32Array;", id="a type"),
        pytest.param('"sid": "S-1-5-21-1654078763-769949647-2968445802-513"', id="an account of Windows"),
    ],
)
def test_plays_a_credential(text: str) -> None:
    assert confidences(text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"api_key = 'prod_{sample('<alnum:36>', seed=5)}'", id="not typed"),
        pytest.param(
            f"password = '{b64encode(sample('<alnum:30>', seed=6).encode()).decode()}'", id="base64 of a password"
        ),
        pytest.param(f"SHOP_API_KEY=shopbox_{sample('<alnum:30>', seed=7)}", id="no sandbox"),
        pytest.param(f"token={sample('<hex:24>', seed=8)}.", id="a sentence's end"),
        pytest.param(f"CONNECTION_SECRET={sample('<alnum:30>', seed=9)}&page=2", id="one of the parameters"),
        pytest.param(f"jws-algorithm-secret={sample('<alnum:30>', seed=10)}", id="a name that ends in a secret"),
        pytest.param(f"password = 'ü{sample('<alnum:14>', seed=11)}'", id="a letter beyond ASCII"),
    ],
)
def test_only_resembles_one_that_plays(text: str) -> None:
    assert confidences(text) == ["medium"]


def test_a_long_number_is_cut_up_in_one_way_only() -> None:
    # With several ways this would end after the machine it runs on.
    digits = "".join(random.Random(1).choices("0123456789", k=90))
    assert pretence(f"{digits}-x", kind="secret") == ""


def test_people_choose_what_no_key_is() -> None:
    value = ALPHABET[:4] + "1234!"
    assert pretence(value, kind="token") == "placeholder"
    assert pretence(value, kind="password") == ""


@pytest.mark.parametrize(("group", "left"), [("_EXAMPLES", []), ("_STANDARDS", ["low"])])
def test_a_published_value_is_known(monkeypatch: pytest.MonkeyPatch, group: str, left: list[str]) -> None:
    token, password = sample("<jwt>", seed=12), sample("<alnum:20>", seed=13)
    text = f"x = '{token}'\ndb_password = '{password}'\n"
    assert confidences(text) == ["high", "medium"]
    known = {hashlib.sha256(value.encode()).hexdigest()[:32] for value in (token, password)}
    monkeypatch.setattr(published, group, frozenset(known))
    assert confidences(text) == left * 2


@pytest.mark.parametrize("key", ["secret", "your-256-bit-secret", "a-string-secret-at-least-256-bits-long"])
def test_a_json_web_token_that_everybody_could_sign_is_listed_only(key: str) -> None:
    assert confidences(f"x = '{json_web_token(key)}'\n") == ["low"]
    assert confidences(f"x = '{json_web_token(key + sample('<alnum:20>'))}'\n") == ["high"]


def json_web_token(key: str) -> str:
    head, _, rest = sample("<jwt>").partition(".")
    signed = f"{head}.{rest.partition('.')[0]}".encode()
    return f"{signed.decode()}.{urlsafe_b64encode(hmac.digest(key.encode(), signed, 'sha256')).decode().rstrip('=')}"


def test_the_digests_of_published_values_are_whole() -> None:
    for group in (published._EXAMPLES, published._STANDARDS):
        assert group
        assert {len(digest) for digest in group} == {32}
        assert all(int(digest, 16) for digest in group)


def test_padding_belongs_to_what_stands_before_it() -> None:
    value = sample("AIza<alnum:35>", seed=14)
    assert confidences(f"{value}==") == []
    assert confidences(f"k={value}=x") == ["high"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("uses: gitea/gitea@<hex:40>", [], id="a commit behind a repository"),
        pytest.param("gitea: <hex:40>", ["medium"], id="no commit"),
        pytest.param("https://badge.buildkite.com/<hex:50>.svg", [], id="a picture"),
        pytest.param("buildkite_token: <hex:50>", ["medium"], id="no picture"),
        pytest.param('{"name": "SNOWFLAKE_PASSWORD", "description": "x"}', [], id="the next name"),
        pytest.param("class KlingOutput(MultimodalCausalLMOutputWithPast):", [], id="a class"),
        pytest.param('looker: {"catalogIntegrationOptOut": {}}', [], id="a name of four words"),
        pytest.param("IQoJb3JpZ2luX2VjEOz<base64:40>wEXAMPLEt<base64:300>", [], id="the documentation's session"),
        pytest.param(
            "from typeform import getRealAndSyntheticDocumentFormattersOrdered", [], id="a name of a function"
        ),
        pytest.param("appendOr(Zip64EndOfCentralDirectoryRecord zip64Eocd)", [], id="a name as long as a key"),
        pytest.param(
            f"Authorization: Basic {b64encode(b'user:password').decode()}",
            ["low"],
            id="user and password of a tutorial",
        ),
    ],
)
def test_what_stands_beside_a_value_in_a_vendors_shape(text: str, expected: list[str]) -> None:
    assert confidences(sample(text, seed=15)) == expected
