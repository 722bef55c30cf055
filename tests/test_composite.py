"""A secret and the id, host or user that it goes with are one finding that tells both places."""

from __future__ import annotations

import pytest

from agentguard_secrets.detect.engine import default_detector, scan_chunk
from agentguard_secrets.detect.redact import redact_text
from agentguard_secrets.model import Chunk, Finding
from tests.making import sample


def found(text: str, added: range | None = None) -> list[Finding]:
    return scan_chunk(Chunk(text, added=added), default_detector(b"k" * 32))


def parts(text: str) -> list[tuple[str, str]]:
    (finding,) = found(text)
    return [(part.name, text[part.span.start : part.span.end]) for part in finding.parts]


AWS_ID = sample("<aws_key>")
AWS = f"AWS_ACCESS_KEY_ID={AWS_ID}\nAWS_SECRET_ACCESS_KEY={sample('<base64:40>')}\n"
UUIDS = sample("<uuid>"), sample("<uuid>")
GOOGLE_ID = sample("<digits:12>-<lower:32>.apps.googleusercontent.com")
SID = sample("AC<hex:32>")
SPACES_ID = sample("DO00<upper:16>")
TENCENT_ID = sample("AKID<alnum:32>")
VOLCENGINE_ID = sample("AKLT<alnum:43>")
NAVER_ID = sample("ncp_iam_BPAMKR<alnum:14>")
WECHAT_ID = sample("wx<hex:16>")
STS_ID = sample("STS.<alnum:25>")
FAR = "# nothing\n" * 60


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(AWS, [("access key id", AWS_ID)], id="AWS, environment file"),
        pytest.param(
            f"twilio_sid = '{SID}'\ntwilio_auth_token = '{sample('<hex:32>')}'\n", [("account sid", SID)], id="Twilio"
        ),
        pytest.param(
            f"AWS_ACCESS_KEY_ID={SPACES_ID}\nAWS_SECRET_ACCESS_KEY={sample('<base64:43>')}\n",
            [("access key id", SPACES_ID)],
            id="DigitalOcean Spaces under the names of AWS",
        ),
        pytest.param(
            f"secret_id: {TENCENT_ID}\nsecret_key: {sample('<alnum:32>')}\n",
            [("secret id", TENCENT_ID)],
            id="Tencent Cloud",
        ),
        pytest.param(
            f"ak: {VOLCENGINE_ID}\nsk: {sample('<alnum:58>')}==\n",
            [("access key id", VOLCENGINE_ID)],
            id="Volcengine",
        ),
        pytest.param(
            f"NCP_ACCESS_KEY={NAVER_ID}\nNCP_SECRET_KEY={sample('ncp_iam_BPKMKR<alnum:28>')}\n",
            [("access key id", NAVER_ID)],
            id="Naver Cloud",
        ),
        pytest.param(
            f"wechat_app_id = {WECHAT_ID}\nwechat_app_secret = {sample('<hex:32>')}\n",
            [("app id", WECHAT_ID)],
            id="WeChat app",
        ),
        pytest.param(
            f"AccessKeyId: {STS_ID}\nAccessKeySecret: {sample('<alnum:44>')}\n",
            [("access key id", STS_ID)],
            id="Alibaba Cloud, temporary",
        ),
        pytest.param(
            f'{{"client_id": "{GOOGLE_ID}", "client_secret": "{sample("GOCSPX-<alnum:28>")}"}}',
            [("client id", GOOGLE_ID)],
            id="Google OAuth client",
        ),
        pytest.param(
            f"AZURE_TENANT_ID={UUIDS[0]}\nAZURE_CLIENT_ID={UUIDS[1]}\nAZURE_CLIENT_SECRET={sample('<entra>')}\n",
            [("tenant id", UUIDS[0]), ("client id", UUIDS[1])],
            id="Azure service principal",
        ),
        pytest.param(
            f"host: db.internal\nuser: app\npassword: {sample('<alnum:18>')}\n",
            [("host", "db.internal"), ("user", "app")],
            id="database",
        ),
        pytest.param(
            f"client_id = portal-web\nclient_secret = {sample('<alnum:32>')}\n",
            [("client id", "portal-web")],
            id="OAuth client without a vendor",
        ),
    ],
)
def test_one_finding_tells_the_places_of_all_parts(text: str, expected: list[tuple[str, str]]) -> None:
    assert parts(text) == expected


def test_the_finding_stands_where_the_secret_stands() -> None:
    (finding,) = found(AWS)
    assert (finding.rule_id, finding.line, finding.parts[0].at[0]) == ("aws-secret-access-key", 2, 1)


def test_parts_that_fit_together_are_worth_more_than_either() -> None:
    alone = found(f"twilio_auth_token = '{sample('<hex:32>')}'\n")
    together = found(f"twilio_sid = '{SID}'\ntwilio_auth_token = '{sample('<hex:32>')}'\n")
    assert (alone[0].confidence, together[0].confidence) == ("medium", "high")


def test_an_id_far_away_stays_a_finding_of_its_own() -> None:
    text = f"AWS_ACCESS_KEY_ID={AWS_ID}\n{FAR}AWS_SECRET_ACCESS_KEY={sample('<base64:40>')}\n"
    assert [finding.rule_id for finding in found(text)] == ["aws-access-key-id", "aws-secret-access-key"]


def test_an_id_by_itself_is_found() -> None:
    assert [finding.rule_id for finding in found(f"id = {AWS_ID}\n")] == ["aws-access-key-id"]


def test_a_line_that_is_not_new_does_not_take_a_new_one_in() -> None:
    assert [finding.rule_id for finding in found(AWS, range(1, 2))] == ["aws-access-key-id"]


def test_the_secret_and_the_id_are_masked() -> None:
    cleaned = redact_text(AWS, found(AWS))
    assert AWS_ID not in cleaned
    assert cleaned.count("[REDACTED:") == 2


def test_a_host_and_a_user_stay_readable() -> None:
    text = f"host: db.internal\nuser: app\npassword: {sample('<alnum:18>')}\n"
    assert redact_text(text, found(text)).startswith("host: db.internal\nuser: app\npassword: [REDACTED:")
