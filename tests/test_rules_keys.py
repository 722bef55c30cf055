"""Private keys in every armour and every way of writing them down."""

from __future__ import annotations

import base64
import json

import pytest

from agentguard_secrets import scan_text
from agentguard_secrets.model import Finding
from tests.making import sample

KEY = b"k" * 32
ARMOURS = {
    "<pem:RSA>": "private-key-pem",
    "<pem:EC>": "private-key-pem",
    "<pem:PKCS8>": "private-key-pem",
    "<pem:OPENSSH>": "private-key-openssh",
    "<pgp>": "private-key-pgp",
    "<ppk>": "private-key-ppk",
    "<age>": "age-secret-key",
}


def found(text: str) -> list[Finding]:
    return scan_text(text, key=KEY)


@pytest.mark.parametrize(("template", "rule"), ARMOURS.items(), ids=ARMOURS)
def test_a_key_file_is_one_finding_with_proof(template: str, rule: str) -> None:
    findings = found(sample(template))
    assert [(finding.rule_id, finding.confidence) for finding in findings] == [(rule, "high")]


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda key: key.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(lambda key: json.dumps({"private_key": key}), id="one line of JSON"),
        pytest.param(lambda key: json.dumps(json.dumps({"private_key": key})), id="JSON inside JSON"),
        pytest.param(lambda key: "KEY='" + key.replace("\n", "\\n") + "'", id="shell, escaped line feeds"),
        pytest.param(lambda key: "key: |\n" + "".join(f"    {row}\n" for row in key.splitlines()), id="YAML block"),
        pytest.param(lambda key: "".join(f'    "{row}\\n" +\n' for row in key.splitlines()), id="Java, joined lines"),
        pytest.param(lambda key: "".join(f" * {row}\n" for row in key.splitlines()), id="a comment"),
        pytest.param(lambda key: "".join(f"+{row}\n" for row in key.splitlines()), id="a patch"),
        pytest.param(lambda key: base64.b64encode(key.encode()).decode(), id="base64 of the file"),
        pytest.param(lambda key: key[:400], id="cut off"),
    ],
)
@pytest.mark.parametrize("armour", ["<pem:RSA>", "<pem:EC>", "<pem:PKCS8>"])
def test_a_key_is_found_however_it_is_written(written, armour: str) -> None:  # type: ignore[no-untyped-def]
    findings = found(written(sample(armour)))
    assert findings
    assert all(finding.rule_id.startswith("private-key") for finding in findings)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "-----BEGIN PUBLIC KEY-----\n<base64:64>\n<base64:64>\n-----END PUBLIC KEY-----", id="a public key"
        ),
        pytest.param("-----BEGIN CERTIFICATE-----\n<base64:64>\n-----END CERTIFICATE-----", id="a certificate"),
        pytest.param("-----BEGIN CERTIFICATE REQUEST-----\n<base64:64>\n", id="a certificate request"),
        pytest.param("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----", id="an ellipsis"),
        pytest.param("if line == '-----BEGIN RSA PRIVATE KEY-----': in_key = True", id="code that reads keys"),
        pytest.param("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI<alnum:43> build@host", id="an authorized key"),
    ],
)
def test_stays_silent_on(text: str) -> None:
    assert found(sample(text)) == []
