"""Every format that can be proved offline: what holds is certain wherever it stands, what fails goes as agreed."""

from __future__ import annotations

import pytest

from agentguard_secrets import scan_text
from agentguard_secrets.detect.confirm import CHECKS
from agentguard_secrets.model import Finding
from agentguard_secrets.rulebook.load import load_rules, rules_folder
from agentguard_secrets.rulebook.sample_crc import crc32_base62, crc32_base64, crc32_hex
from tests.making import sample

KEY = b"k" * 32
# What a placeholder test looks for, in a folder and on a line where nothing is real.
SURROUNDINGS = "# example, a dummy placeholder: replace with your_token_here\nexpected = mock('{}')  # changeme\n"
# The format, what holds, what fails, and what becomes of that: no finding, one of low confidence, or as if unchecked.
CHECKSUMS = [
    ("GitHub classic", "ghp_<alnum:30><crc62:6>", "ghp_<alnum:36>", "none"),
    ("GitHub OAuth", "gho_<alnum:30><crc62:6>", "gho_<alnum:36>", "none"),
    ("GitHub user to server", "ghu_<alnum:30><crc62:6>", "ghu_<alnum:36>", "none"),
    ("GitHub server to server", "ghs_<alnum:30><crc62:6>", "ghs_<alnum:36>", "none"),
    ("GitHub refresh", "ghr_<alnum:30><crc62:6>", "ghr_<alnum:36>", "none"),
    ("npm", "npm_<alnum:30><crc62:6>", "npm_<alnum:36>", "none"),
    *(
        (f"Vercel {kind}", f"{kind}_<alnum:50><crc62:6>", f"{kind}_<alnum:56>", "low")
        for kind in ("vcp", "vci", "vca", "vcr", "vck")
    ),
    ("Polar organization", "polar_oat_<alnum:37><crc62:6>", "polar_oat_<alnum:43>", "low"),
    ("Polar person", "polar_pat_<alnum:37><crc62:6>", "polar_pat_<alnum:43>", "low"),
    ("GitLab routable", "<gitlab_routable>", "glpat-<alnum:27>.01.<lower:9>", "none"),
    ("Confluent", "cflt<base64:54><crc64le:6>", "cflt<alnum:60>", "low"),
    ("Zuplo", "zpka_<lower:32>_<crc32hex:8>", "zpka_<lower:32>_<hex:8>", "low"),
    ("Africa's Talking", "atsk_<hex:64><crc32hex:8>", "atsk_<hex:72>", "unchecked"),
    ("Apify", "<apify>", "apify_api_<alnum:36>", "unchecked"),
    ("Apify proxy", "<apify:proxy>", "apify_proxy_<alnum:36>", "unchecked"),
    ("Trello", "<atlassian:ATTA>", "ATTA<hex:64>0<digits:7>", "low"),
    ("Cashfree", "cfsk_ma_prod_<hex:32>_<crc32hex:8>", "cfsk_ma_prod_<hex:32>_<hex:8>", "unchecked"),
    ("Cfx.re", "<cfxre>", "cfxk_<alnum:20>_<alnum:6>", "unchecked"),
    ("SmartCaptcha", "<smartcaptcha>", "ysc2_<alnum:40><hex:8>", "unchecked"),
    ("Grafana service account", "<grafana_sa>", "glsa_<alnum:32>_<hex:8>", "low"),
    ("Atlassian API", "<atlassian:ATATT3>", "ATATT3xFfGF0<base64url:171>=0<digits:7>", "low"),
    ("Atlassian workspace", "<atlassian:ATCTT3>", "ATCTT3xFfGN0<base64url:171>=0<digits:7>", "low"),
    ("Bitbucket app password", "<atlassian:ATBB>", "ATBB<alnum:24>0<digits:7>", "low"),
    ("Cloudflare", "cfut_<alnum:40><crc32hex:8>", "cfut_<alnum:48>", "unchecked"),
    *(
        (f"Azure {mark}", f"<azure_identifiable:{mark}>", "", "")
        for mark in "+ASt +ABa +AMC ACDb APIM AzCa AzSe AzFu +ASb +AEh +ARm +ACR AIoT AZEG".split()
    ),
    ("Azure storage", "<azure_identifiable:+ASt>", "<alnum:76>+ASt<alnum:5>A==", "low"),
    ("Azure search", "<azure_identifiable:AzSe>", "<alnum:42>AzSe<alnum:6>", "low"),
    ("Azure annotated", "<azure_annotated:ACOG>", "<alnum:52>JQQJ99<alnum:18>ACOG<alnum:4>", "unchecked"),
    ("Azure DevOps", "<azure_annotated:AZDO>", "<alnum:52>JQQJ99<alnum:18>AZDO<alnum:4>", "unchecked"),
    ("Azure DevOps, old", "azure pat = [[<azdo_pat>]]", "", ""),
    ("Entra", "<entra>", "<alnum:3>8Q~<alnum:34>", "low"),
    ("age", "<age>", "", ""),
    *((f"NATS S{kind}", f"<nats:{kind}>", f"S{kind}A<base32:55>", "none") for kind in "UAONCX"),
    ("Bitcoin WIF", "bitcoin = [[<wif>]]", "bitcoin = [[K<base32:51>]]", "none"),
    ("Bitcoin extended", "<xprv>", "xprv9<alnum:106>", "none"),
    ("Nostr", "<nostr>", "", ""),
    ("Stellar", "stellar = [[<stellar>]]", "stellar = [[SA<base32:54>]]", "none"),
]
ARMOURS = [
    ("PGP", "<pgp>", "checksum"),
    ("PuTTY 2", "<ppk:2>", "checksum"),
    ("PuTTY 3", "<ppk>", "checksum"),
    ("OpenSSH", "<pem:OPENSSH>", "structure"),
    ("RSA", "<pem:RSA>", "structure"),
    ("PKCS#8", "<pem:PKCS8>", "structure"),
    ("EC", "<pem:EC>", "structure"),
]
STRUCTURES = [
    ("CASK", "<cask>"),
    ("JWT", "<jwt>"),
    ("PyPI", "<pypi>"),
    ("Sentry organisation", "<sentry_org>"),
    ("Grafana Cloud", "<grafana_cloud>"),
    ("Grafana legacy", "<grafana_legacy>"),
    ("1Password service account", "<onepassword>"),
    ("Mapbox", "<mapbox>"),
    ("Discord", "<discord>"),
    ("Telegram", "<telegram>"),
    ("Slack configuration", "<slack_refresh>"),
    ("Jira data centre", "jira token: [[<jira_pat>]]"),
    ("Bitbucket data centre", "BBDC-<jira_pat>"),
    ("JFrog", "<jfrog_ref>"),
    ("AWS key id", "<aws_key>"),
    ("AWS session", "<aws_session>"),
    ("HTTP Basic", "Authorization: Basic [[<basic>]]"),
    ("Docker", '{"auths": {"https://index.docker.io/v1/": {"auth": "[[<basic>]]"}}}'),
    *((f"OpenAI {kind}", f"sk-{kind}<alnum:40>T3BlbkFJ<alnum:40>") for kind in ("proj-", "svcacct-", "admin-")),
    ("OpenAI legacy", "sk-<alnum:20>T3BlbkFJ<alnum:20>"),
    ("Anthropic", "sk-ant-api03-<base64url:93>AA"),
    ("Anthropic admin", "sk-ant-admin01-<base64url:93>AA"),
    ("Groq", "gsk_<alnum:20>WGdyb3FY<alnum:24>"),
    ("Tailscale", "tskey-auth-k<alnum:11>CNTRL-<alnum:32>"),
]


def found(text: str) -> list[Finding]:
    return scan_text(text, path="tests/fixtures/examples.py", key=KEY)


def told(text: str) -> list[tuple[str, str]]:
    return [(finding.proof, finding.confidence) for finding in found(text)]


def placed(template: str) -> str:
    """Return a text in which a placeholder test finds much, and the sample with its own surroundings, if it has any."""
    line = sample(template.replace("[[", "").replace("]]", ""))
    return SURROUNDINGS.replace("'{}'" if "[[" in template else "{}", line)


def test_every_check_is_used_by_a_rule() -> None:
    assert {rule.confirm for rule in load_rules(rules_folder())} - {None} == CHECKS.keys()


@pytest.mark.parametrize("template", [pytest.param(holds, id=name) for name, holds, _, _ in CHECKSUMS])
def test_a_checksum_that_holds_is_certain_wherever_it_stands(template: str) -> None:
    assert told(placed(template)) == [("checksum", "high")]


@pytest.mark.parametrize(
    ("template", "fate"), [pytest.param(fails, fate, id=name) for name, _, fails, fate in CHECKSUMS if fails]
)
def test_a_checksum_that_fails_is_treated_as_agreed(template: str, fate: str) -> None:
    expected = {"none": [], "low": ["low"], "unchecked": ["high"]}[fate]
    assert [finding.confidence for finding in found(sample(template.replace("[[", "").replace("]]", "")))] == expected


@pytest.mark.parametrize(
    ("template", "digits", "expected"),
    [
        pytest.param("vsts = [[<azdo_pat>]]", "pq", ["low"], id="Azure DevOps, old"),
        pytest.param("<age>", "PQ", [], id="age"),
        pytest.param("<nostr>", "pq", [], id="Nostr"),
        pytest.param("<xprv>", "pq", [], id="Bitcoin extended"),
        pytest.param("<nats>", "PQ", [], id="NATS"),
    ],
)
def test_one_changed_character_decides(template: str, digits: str, expected: list[str]) -> None:
    text = sample(template.replace("[[", "").replace("]]", ""))
    other = next(digit for digit in digits if digit != text[-12])
    assert [finding.confidence for finding in found(text[:-12] + other + text[-11:])] == expected


@pytest.mark.parametrize(("template", "proof"), [pytest.param(*rest, id=name) for name, *rest in ARMOURS])
def test_a_key_that_fits_together_is_certain_wherever_it_stands(template: str, proof: str) -> None:
    text = f"# example, a dummy placeholder: your_key_here\n{sample(template)}\n"
    assert told(text) == [(proof, "high")]


@pytest.mark.parametrize("template", [pytest.param(template, id=name) for name, template, _ in ARMOURS])
def test_a_key_that_does_not_fit_together_is_told_in_a_lower_voice(template: str) -> None:
    key = sample(template)
    place = key.index("Private-Lines") + 60 if "PuTTY" in key else len(key) // 2
    cut = key[:place] + ("B" if key[place] != "B" else "C") + key[place + 1 :]
    if key.startswith("-----BEGIN EC"):
        pytest.skip("an EC key holds nothing that one changed digit contradicts")
    if "OPENSSH" in key or "BEGIN PRIVATE" in key:
        cut = key.replace(key.splitlines()[3] + "\n", "")
    assert [finding.confidence for finding in found(cut)] in (["low"], ["medium"])


@pytest.mark.parametrize("template", [pytest.param(template, id=name) for name, template in STRUCTURES])
def test_a_structure_that_parses_is_certain_wherever_it_stands(template: str) -> None:
    assert told(placed(template)) == [("structure", "high")]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("ghp_" + "x" * 30 + crc32_base62("x" * 30), id="GitHub"),
        pytest.param("npm_" + "example" * 5 + crc32_base62("example" * 5)[:1], id="npm, which fails"),
        pytest.param("vcp_" + "example123" * 5 + crc32_base62("example123" * 5), id="Vercel"),
        pytest.param("polar_oat_" + "dummy" * 7 + "xx" + crc32_base62("dummy" * 7 + "xx"), id="Polar"),
        pytest.param("zpka_" + "changeme" * 4 + "_" + crc32_hex("changeme" * 4), id="Zuplo"),
        pytest.param(
            "cfut_" + "placeholder" * 3 + "0000000" + crc32_hex("placeholder" * 3 + "0000000"), id="Cloudflare"
        ),
        pytest.param("cflt" + "sample" * 9 + crc32_base64("sample" * 9), id="Confluent"),
    ],
)
def test_a_stand_in_whose_checksum_holds_is_certain(value: str) -> None:
    expected = [] if value.startswith("npm_") else [("checksum", "high")]
    assert told(f"key {value}\n") == expected
