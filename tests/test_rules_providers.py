"""The rule pack as a whole: whom it covers, how loudly it speaks, and what a checksum decides."""

from __future__ import annotations

import pytest

from agentguard_secrets import scan_text
from agentguard_secrets.model import Finding
from agentguard_secrets.rulebook.load import load_rules, rules_folder
from tests.making import sample

KEY = b"k" * 32
PROVIDERS = (
    "adafruit adobe anthropic artifactory atlassian aws azure bitbucket databricks digitalocean doppler dropbox "
    "facebook github gitlab google grafana heroku huggingface jwt mailchimp mailgun mapbox microsoftteams newrelic "
    "npm nuget okta openai postman privatekey pypi rubygems sendgrid shopify slack sonarqube sourcegraph square "
    "stripe telegram twilio twitch twitter vault"
).split()
# What is meant to be seen by everybody: reported, but never a reason to stop.
PUBLIC = (
    "adobe-client-id azure-identifier bitbucket-client-id github-app-key-id google-oauth-client-id newrelic-account-id "
    "posthog-project-key shopify-client-id square-application-id stripe-publishable-key mapbox-public-token"
).split()


def found(text: str) -> list[Finding]:
    return scan_text(text, key=KEY)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_that_all_scanners_know_has_a_rule(provider: str) -> None:
    assert [rule.id for rule in load_rules(rules_folder()) if rule.provider == provider]


def test_an_identifier_is_told_in_a_low_voice() -> None:
    voices = {rule.id: rule.confidence for rule in load_rules(rules_folder()) if rule.id in PUBLIC}
    assert voices == dict.fromkeys(PUBLIC, "low")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param("AKCp<base58:69>", ["high"], id="Artifactory, of 54 bytes"),
        pytest.param("AKCp<base58:60>0<base58:8>", ["low"], id="Artifactory, no Base58"),
        pytest.param("<discord>", ["high"], id="Discord, of a number"),
        pytest.param("MTA<alnum:3>z<alnum:17>.<alnum:6>.<alnum:38>", [], id="Discord, of no number"),
        pytest.param("GR1348941<alnum:20>", ["high"], id="GitLab"),
        pytest.param("GR1348941" + "123" * 6 + "12", [], id="GitLab, three digits again and again"),
        pytest.param("Mid-client-<alnum:16>", ["low"], id="a browser's key"),
        pytest.param("SB-Mid-client-<alnum:16>", [], id="a browser's key of a sandbox"),
    ],
)
def test_what_a_form_and_its_inside_say_together(template: str, expected: list[str]) -> None:
    assert [finding.confidence for finding in found(f"x = '{sample(template, seed=3)}'")] == expected


def test_a_public_address_of_sentry_speaks_in_a_low_voice_whatever_its_key() -> None:
    for key in (sample("<hex:32>"), "0123456789abcdef" * 2):
        told = found(f"SENTRY_DSN=https://{key}@sentry.io/12345")
        assert [(finding.rule_id, finding.severity) for finding in told] == [("sentry-dsn", "low")]


def test_every_rule_says_what_is_lost_and_how_to_undo_it() -> None:
    rules = load_rules(rules_folder())
    assert len(rules) > 200
    silent = [rule.id for rule in rules if not (rule.grants and rule.revoke and rule.reference.startswith("https://"))]
    assert silent == []


def test_every_rule_shows_three_texts_that_it_finds_and_three_that_it_does_not() -> None:
    rules = load_rules(rules_folder())
    assert [rule.id for rule in rules if len(set(rule.samples)) < 3 or len(set(rule.near_miss)) < 3] == []


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("ghp_<alnum:30><crc62:6>", id="GitHub"),
        pytest.param("npm_<alnum:30><crc62:6>", id="npm"),
        pytest.param("<gitlab_routable>", id="GitLab routable"),
        pytest.param("<age>", id="age"),
        pytest.param("<atlassian>", id="Atlassian"),
        pytest.param("<grafana_sa>", id="Grafana"),
    ],
)
def test_a_checksum_that_holds_is_proof(template: str) -> None:
    assert [(finding.proof, finding.confidence) for finding in found(sample(template))] == [("checksum", "high")]


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("ghp_<alnum:36>", id="GitHub"),
        pytest.param("npm_<alnum:36>", id="npm"),
        pytest.param("glpat-<alnum:27>.01.<lower:9>", id="GitLab routable"),
    ],
)
def test_a_broken_checksum_silences_where_every_real_one_holds(template: str) -> None:
    assert found(sample(template)) == []


def test_a_broken_checksum_only_lowers_the_voice_where_vendors_may_have_changed_the_form() -> None:
    template = "glsa_<alnum:32>_<hex:8>"
    assert [finding.confidence for finding in found(sample(template))] == ["low"]


@pytest.mark.parametrize(
    ("template", "rule"),
    [
        pytest.param("sk_live_<alnum:24>", "stripe-secret-key", id="live"),
        pytest.param("sk_test_<alnum:24>", "stripe-test-key", id="test data only"),
        pytest.param("pk_live_<alnum:24>", "stripe-publishable-key", id="made for browsers"),
    ],
)
def test_keys_of_one_vendor_are_told_apart_by_what_they_open(template: str, rule: str) -> None:
    assert [finding.rule_id for finding in found(sample(template))] == [rule]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("AWS_SECRET_ACCESS_KEY={}", id="environment file"),
        pytest.param("aws_secret_access_key = {}", id="credentials file"),
        pytest.param('"SecretAccessKey": "{}"', id="answer of the service"),
        pytest.param("<SecretAccessKey>{}</SecretAccessKey>", id="XML"),
        pytest.param(sample("<aws_key>") + ":{}", id="beside its id"),
    ],
)
def test_an_aws_secret_is_found_where_it_is_written(line: str) -> None:
    secret = sample("<alnum:19>/<alnum:20>")
    text = line.replace("{}", secret)
    assert any(text[finding.span.start : finding.span.end] == secret for finding in found(text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("uses: actions/checkout@<hex:40>", id="a pinned action of GitHub"),
        pytest.param("github_sha: <hex:40>", id="a commit on GitHub"),
        pytest.param("sonar.projectKey=team_shop_frontend_and_backend_services", id="a project's name"),
        pytest.param("dropbox: 2.14.0\ntwilio: 8.10.0\n", id="versions"),
        pytest.param("azure_region = westeurope", id="a region"),
        pytest.param('<script src="https://js.stripe.com/v3/"></script>', id="a vendor's script"),
    ],
)
def test_a_vendors_word_alone_accuses_nobody(text: str) -> None:
    assert found(sample(text.replace("<script", "<lt>script").replace('">', '"<gt>').replace("</", "<lt>/"))) == []
