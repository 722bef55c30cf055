"""Samples are made anew, look random, and hold the checksums and structures that their vendors write."""

from __future__ import annotations

import re

import pytest

from agentguard_secrets.detect.confirm import CHECKS
from agentguard_secrets.errors import RuleError
from agentguard_secrets.rulebook.chance import ALPHABETS
from tests.making import sample

PROVED = {
    "age": "<age>",
    "atlassian": "<atlassian>",
    "aws_key_id": "<aws_key>",
    "aws_session": "<aws_session>",
    "azdo_pat": "<azdo_pat>",
    "azure_cask": "<azure_annotated:AZDO>",
    "azure_identifiable": "<azure_identifiable:+ASt>",
    "basic_auth": "<basic>",
    "confluent": "cflt<base64:54><crc64le:6>",
    "crc62": "ghp_<alnum:30><crc62:6>",
    "crc62_37": "polar_oat_<alnum:37><crc62:6>",
    "crc62_50": "vcp_<base64url:50><crc62:6>",
    "der_key": "<pem:RSA>",
    "discord": "<discord>",
    "entra": "<entra>",
    "gitlab_routable": "<gitlab_routable>",
    "grafana_cloud": "<grafana_cloud>",
    "grafana_legacy": "<grafana_legacy>",
    "grafana_sa": "<grafana_sa>",
    "jfrog_ref": "<jfrog_ref>",
    "jira_pat": "<jira_pat>",
    "jwt": "<jwt>",
    "mapbox": "<mapbox>",
    "nats": "<nats>",
    "onepassword": "<onepassword>",
    "openssh_key": "<pem:OPENSSH>",
    "pgp_armor": "<pgp>",
    "pypi": "<pypi>",
    "sentry_org": "<sentry_org>",
    "slack_refresh": "<slack_refresh>",
    "telegram": "<telegram>",
    "zuplo": "zpka_<lower:32>_<crc32hex:8>",
}


@pytest.mark.parametrize(("check", "template"), PROVED.items())
def test_the_check_holds_for_its_sample(check: str, template: str) -> None:
    assert all(CHECKS[check].test(sample(template)) is True for _ in range(3))


@pytest.mark.parametrize("kind", ["EC", "DSA", "PKCS8", "ENCRYPTED"])
def test_armoured_keys_hold_elements_whose_lengths_fit(kind: str) -> None:
    assert CHECKS["der_key"].test(sample(f"<pem:{kind}>")) is True


def test_a_changed_character_breaks_the_checksum() -> None:
    value = sample("ghp_<alnum:30><crc62:6>")
    changed = value[:10] + ("a" if value[10] != "a" else "b") + value[11:]
    assert CHECKS["crc62"].test(changed) is False


@pytest.mark.parametrize("name", ALPHABETS)
def test_random_characters_are_of_their_alphabet(name: str) -> None:
    value = sample(f"x<{name}:50>y")[1:-1]
    assert len(value) == 50
    assert set(value) <= set(ALPHABETS[name])


def test_random_characters_hold_a_digit_and_a_letter() -> None:
    for seed in range(50):
        value = sample("<alnum:4>", seed)
        assert re.search("[0-9]", value)
        assert re.search("[A-Za-z]", value)


def test_a_range_gives_lengths_in_it() -> None:
    assert {len(sample("<hex:4-6>", seed)) for seed in range(40)} == {4, 5, 6}


def test_a_sample_is_new_unless_seeded() -> None:
    assert sample("<alnum:20>") != sample("<alnum:20>")
    assert sample("<alnum:20>", 7) == sample("<alnum:20>", 7)
    assert sample("<alnum:20>", 7) != sample("<alnum:20>", 8)


def test_other_words_in_brackets_stand_for_themselves() -> None:
    assert sample("<RSAKeyValue><lt>x<gt>") == "<RSAKeyValue><x>"


@pytest.mark.parametrize("template", ["<alnm:20>", "<alnum>", "<hex:many>", "<jwtt>", "<pem:WOOD>", "<pypi:nowhere>"])
def test_a_slip_in_a_placeholder_is_refused(template: str) -> None:
    with pytest.raises(RuleError, match="expected"):
        sample(template)
