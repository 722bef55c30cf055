"""Offline proofs: what the format's owner makes holds, and one changed character breaks it."""

from __future__ import annotations

from base64 import b64encode

import pytest

from agentguard_secrets.detect.confirm import CHECKS
from agentguard_secrets.detect.marvin import marvin32
from tests.making import sample

HELD = [
    ("age", "<age>"),
    ("anthropic_tail", "sk-ant-api03-<base64url:93>AA"),
    ("artifactory", "AKCp<base58:69>"),
    ("atlassian", "<atlassian>"),
    ("aws_key_id", "<aws_key>"),
    ("aws_session", "<aws_session>"),
    ("azdo_pat", "<azdo_pat>"),
    ("azure_cask", "<azure_annotated>"),
    ("azure_identifiable", "<azure_identifiable:+ASt>"),
    ("azure_identifiable", "<azure_identifiable:AzSe>"),
    ("base58check", "<wif>"),
    ("base58check", "<xprv>"),
    ("basic_auth", "<basic>"),
    ("cask", "<cask>"),
    ("cask", "<cask:E>"),
    ("africastalking", "atsk_<hex:64><crc32hex:8>"),
    ("apify", "<apify>"),
    ("atlassian", "<atlassian:ATTA>"),
    ("cashfree", "cfsk_ma_prod_<hex:32>_<crc32hex:8>"),
    ("cfxre", "<cfxre>"),
    ("cloudflare", "cfat_<alnum:40><crc32hex:8>"),
    ("confluent", "cflt<base64:54><crc64le:6>"),
    ("crc62", "ghp_<alnum:30><crc62:6>"),
    ("crc62_37", "polar_oat_<alnum:37><crc62:6>"),
    ("crc62_50", "vcp_<alnum:50><crc62:6>"),
    ("der_key", "<pem:RSA>"),
    ("der_key", "<pem:EC>"),
    ("der_key", "<pem:PKCS8>"),
    ("discord", "<discord>"),
    ("dropbox_marker", "<lower:11>AAAAAAAAAA<alnum:43>"),
    ("entra", "<entra>"),
    ("gitlab_routable", "<gitlab_routable>"),
    ("grafana_cloud", "<grafana_cloud>"),
    ("grafana_legacy", "<grafana_legacy>"),
    ("grafana_sa", "<grafana_sa>"),
    ("groq_marker", "gsk_<alnum:20>WGdyb3FY<alnum:24>"),
    ("jfrog_ref", "<jfrog_ref>"),
    ("jira_pat", "<jira_pat>"),
    ("jose", "eyJhbGciOiJIUzI1NiJ9.<alnum:80>.<base64url:43>"),
    ("jwt", "<jwt>"),
    ("mapbox", "<mapbox>"),
    ("nats", "<nats>"),
    ("nostr", "<nostr>"),
    ("onepassword", "<onepassword>"),
    ("openai_marker", "sk-proj-<alnum:20>T3BlbkFJ<alnum:20>"),
    ("openssh_key", "<pem:OPENSSH>"),
    ("pgp_armor", "<pgp>"),
    ("putty_mac", "<ppk>"),
    ("putty_mac", "<ppk:2>"),
    ("pypi", "<pypi>"),
    ("sentry_org", "<sentry_org>"),
    ("slack_refresh", "<slack_refresh>"),
    ("smartcaptcha", "<smartcaptcha>"),
    ("stellar", "<stellar>"),
    ("tailscale_marker", "tskey-auth-<alnum:11>CNTRL-<alnum:32>"),
    ("telegram", "<telegram>"),
    ("workos_marker", "sk_live_a2V5Xz<alnum:60>"),
    ("zuplo", "zpka_<lower:32>_<crc32hex:8>"),
]


def test_every_check_has_a_case() -> None:
    assert {name for name, _ in HELD} == CHECKS.keys()


@pytest.mark.parametrize(("name", "template"), HELD)
def test_what_the_owner_makes_holds(name: str, template: str) -> None:
    assert all(CHECKS[name].test(sample(template)) is True for _ in range(20))


@pytest.mark.parametrize(("name", "template"), [each for each in HELD if CHECKS[each[0]].proof == "checksum"])
def test_one_changed_character_breaks_a_checksum(name: str, template: str) -> None:
    token = sample(template)
    place = len(token) // 2 if name != "pgp_armor" else token.index("\n\n") + 20
    other = next(letter for letter in "7kQ4cw" if letter.lower() != token[place].lower())
    assert CHECKS[name].test(token[:place] + other + token[place + 1 :]) is not True


@pytest.mark.parametrize(
    ("name", "template"),
    [
        pytest.param("artifactory", "AKCp<base58:60>0<base58:8>", id="a digit that Base58 has not"),
        pytest.param("artifactory", "AKCp<base58:68>", id="a byte too short"),
        pytest.param("jwt", "eyJ<base64url:40>.eyJ<base64url:40>.<base64url:43>", id="no JSON inside"),
        pytest.param("discord", "<base64url:24>.<base64url:6>.<base64url:27>", id="no number inside"),
        pytest.param("pypi", "pypi-AgE<base64url:150>", id="no macaroon of that index"),
        pytest.param("grafana_cloud", "glc_eyJ<base64:60>", id="no keys inside"),
        pytest.param("basic_auth", "<base64:24>", id="no printable pair"),
    ],
)
def test_structure_that_does_not_parse_fails(name: str, template: str) -> None:
    assert not any(CHECKS[name].test(sample(template)) is True for _ in range(20))


def test_a_word_in_the_place_of_a_signature_is_no_proof() -> None:
    token = sample("<jwt>")
    assert CHECKS["jwt"].test(token) is True
    assert CHECKS["jwt"].test(token.rpartition(".")[0] + ".signature") is False


def test_the_head_of_a_json_web_token_is_no_pair() -> None:
    assert CHECKS["basic_auth"].test(sample("<jwt>").partition(".")[0]) is False


@pytest.mark.parametrize("form", ["user:password", "username:password", "Username:Password"])
def test_a_form_that_nobody_filled_in_is_refuted(form: str) -> None:
    assert CHECKS["basic_auth"].test(b64encode(form.encode()).decode()) is False


def test_the_word_password_beside_a_name_is_no_proof() -> None:
    assert CHECKS["basic_auth"].test(b64encode(b"shop:password").decode()) is None


def test_a_short_password_in_a_basic_header_is_no_proof() -> None:
    assert CHECKS["basic_auth"].test(b64encode(b"user:pass").decode()) is None


@pytest.mark.parametrize("name", sorted(CHECKS))
@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="empty"),
        pytest.param("a", id="one letter"),
        pytest.param("é" * 60, id="beyond ASCII"),
        pytest.param("\ud800" * 60, id="lone surrogates"),
        pytest.param("=" * 64, id="padding only"),
        pytest.param("-----BEGIN A-----\n-----END A-----", id="empty armour"),
        pytest.param("a.b.c", id="three short parts"),
    ],
)
def test_no_check_fails_on_strange_values(name: str, value: str) -> None:
    assert CHECKS[name].test(value) is not True


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("", 0x30ED35C100CD3C7D),
        ("af", 0x48E73FC77D75DDC1),
        ("e70f", 0xB5F6E1FC485DBFF8),
        ("37f495", 0xF0B07C789B8CF7E8),
        ("8642dc59", 0x7008F2E87E9CF556),
        ("153fb79826", 0xE6C08C6DA2AFA997),
    ],
)
def test_marvin_agrees_with_the_vectors_of_symcrypt(message: str, expected: int) -> None:
    assert marvin32(bytes.fromhex(message), 0x004FB61A001BDBCC) == (expected >> 32) ^ (expected & 0xFFFFFFFF)
