"""Turns chance into tokens with something inside that parses: JSON, numbers, lengths, a checksum. Sources: detect/."""

from __future__ import annotations

import binascii
import json
import string
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Mapping
from random import Random
from typing import TYPE_CHECKING, Any

from agentguard_secrets.errors import RuleError
from agentguard_secrets.rulebook.chance import random_text, random_uuid, random_word
from agentguard_secrets.rulebook.sample_crc import crc32_base62, crc32_hex, in_digits

if TYPE_CHECKING:
    from agentguard_secrets.rulebook.samples import Maker

# Seconds since 1970 that tokens are dated with: some day of 2024 to 2026.
_FIRST_DAY, _LAST_DAY = 1_704_067_200, 1_780_000_000
_BASE36 = string.digits + string.ascii_lowercase
_BASE62_LOWER = _BASE36 + string.ascii_uppercase
# Version byte, then the field that names the index, as PyPI writes them.
_MACAROON_HEADS = {"": "AgEIcHlwaS5vcmc=", "test": "AgENdGVzdC5weXBpLm9yZw=="}
_ATLASSIAN = {
    "": ("ATATT3xFfGF0", "base64url", 171, "="),
    "ATATT3": ("ATATT3xFfGF0", "base64url", 171, "="),
    "ATCTT3": ("ATCTT3xFfGN0", "base64url", 171, "="),
    "ATBB": ("ATBB", "alnum", 24, ""),
    "ATTA": ("ATTA", "hex", 64, ""),
}


def jwt(issuer: str, dice: Random) -> str:
    """Return a signed JWT; with an argument, that is its `iss`."""
    made = _moment(dice)
    payload = {"sub": random_text("digits", 12, dice), "iat": made, "exp": made + 86400}
    header = {"alg": "HS256", "typ": "JWT"}
    parts = [_json64(header), _json64({"iss": issuer, **payload} if issuer else payload)]
    return ".".join(part.rstrip("=").translate(_URL_SAFE) for part in parts) + "." + random_text("base64url", 43, dice)


def pypi(index: str, dice: Random) -> str:
    """Return a PyPI token: a version 2 macaroon; `<pypi:test>` is one of the test index."""
    if index not in _MACAROON_HEADS:
        raise RuleError(f"<pypi:{index}>: expected <pypi> or <pypi:test>")
    caveat = b'{"version": 1, "permissions": "user"}'
    raw = b64decode(_MACAROON_HEADS[index]) + _field(2, random_uuid(dice).encode()) + b"\0"
    raw += _field(2, caveat) + b"\0\0" + _field(6, dice.randbytes(32))
    return "pypi-" + urlsafe_b64encode(raw).decode().rstrip("=")


def gitlab_routable(prefix: str, dice: Random) -> str:
    """Return a routable GitLab token; the argument is its prefix, glpat- unless said."""
    where = f"o:{random_text('lower', 2, dice)}\nu:{random_text('lower', 4, dice)}"
    payload = urlsafe_b64encode(dice.randbytes(16) + where.encode() + b"\x10").decode().rstrip("=")
    body = f"{prefix or 'glpat-'}{payload}.01.{in_digits(len(payload), _BASE36, width=2)}"
    return body + in_digits(binascii.crc32(body.encode()), _BASE36, width=7)


def grafana_service_account(_argument: str, dice: Random) -> str:
    """Return a Grafana service account token."""
    body = "glsa_" + random_text("alnum", 32, dice)
    return f"{body}_{binascii.crc32(body.encode()).to_bytes(4, 'little').hex()}"


def grafana_cloud(_argument: str, dice: Random) -> str:
    """Return a Grafana Cloud access policy token."""
    content = {
        "o": random_text("digits", 6, dice),
        "n": f"{random_word(8, dice)}-{random_word(6, dice)}",
        "k": random_text("alnum", 24, dice),
        "m": {"r": "us"},
    }
    return "glc_" + _json64(content)


def grafana_legacy(_argument: str, dice: Random) -> str:
    """Return a Grafana API key of the form before service accounts."""
    return _json64({"k": random_text("alnum", 32, dice), "n": random_word(7, dice), "id": dice.randint(1, 9)})


def atlassian(kind: str, dice: Random) -> str:
    """Return an Atlassian token: ATATT3 unless the argument says ATCTT3, ATBB (Bitbucket) or ATTA (Trello)."""
    if kind not in _ATLASSIAN:
        raise RuleError(f"<atlassian:{kind}>: expected one of ATATT3, ATCTT3, ATBB, ATTA")
    head, alphabet, length, tail = _ATLASSIAN[kind]
    body = head + random_text(alphabet, length, dice) + tail
    return f"{body}{binascii.crc32(body.encode()):08X}"


def sentry_org(_argument: str, dice: Random) -> str:
    """Return a Sentry organisation token."""
    content = {
        "iat": _moment(dice) + 0.125,
        "url": "https://sentry.io",
        "region_url": "https://us.sentry.io",
        "org": random_word(8, dice),
    }
    return f"sntrys_{_json64(content)}_{random_text('base64', 43, dice)}"


def onepassword(_argument: str, dice: Random) -> str:
    """Return a 1Password service account token."""
    key = "-".join(["A3", random_text("upper", 6, dice), *(random_text("upper", 5, dice) for _ in range(5))])
    content = {
        "signInAddress": f"{random_word(8, dice)}.1password.com",
        "userAuth": {"method": "SRPg-4096", "alg": "PBES2g-HS256", "iterations": 650_000},
        "email": f"{random_text('lower', 13, dice)}@1passwordserviceaccounts.com",
        "srpX": random_text("hex", 64, dice),
        "muk": {"alg": "A256GCM", "ext": True, "k": random_text("base64url", 43, dice), "kty": "oct", "kid": "mp"},
        "secretKey": key,
        "throttleSecret": {"seed": random_text("hex", 64, dice), "uuid": random_text("base32", 26, dice)},
        "deviceUuid": random_text("lower", 26, dice),
    }
    return "ops_" + _json64(content).rstrip("=").translate(_URL_SAFE)


def mapbox(kind: str, dice: Random) -> str:
    """Return a Mapbox token: secret (sk) unless the argument says pk or tk."""
    content = {"u": random_word(9, dice), "a": "cl" + random_text("lower", 23, dice)}
    middle = _json64(content).rstrip("=").translate(_URL_SAFE)
    return f"{kind or 'sk'}.{middle}.{random_text('alnum', 22, dice)}"


def bedrock(_argument: str, dice: Random) -> str:
    """Return a short-term key of Amazon Bedrock: a signed address in base64."""
    signature = random_text("hex", 64, dice)
    address = f"bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Signature={signature}&Version=1"
    return "bedrock-api-key-" + b64encode(address.encode()).decode()


def discord(_argument: str, dice: Random) -> str:
    """Return a Discord bot token."""
    number = "1" + random_text("digits", 17, dice)
    return f"{_base64(number.encode())}.G{random_text('alnum', 5, dice)}.{random_text('base64url', 38, dice)}"


def telegram(_argument: str, dice: Random) -> str:
    """Return a Telegram bot token."""
    return f"{dice.randint(1, 8)}{random_text('digits', 9, dice)}:AA{random_text('base64url', 33, dice)}"


def jira_pat(_argument: str, dice: Random) -> str:
    """Return a token of Jira's, Confluence's or Bitbucket's data centre edition, without a prefix."""
    return _base64(random_text("digits", 12, dice).encode() + b":" + dice.randbytes(20))


def jfrog_reference(_argument: str, dice: Random) -> str:
    """Return a JFrog reference token."""
    return _base64(f"reftkn:01:{_moment(dice)}:{random_text('alnum', 27, dice)}".encode())


def slack_refresh(_argument: str, dice: Random) -> str:
    """Return a Slack configuration refresh token."""
    numbers = "-".join(["2", *(random_text("digits", 13, dice) for _ in range(3)), random_text("hex", 64, dice)])
    return f"xoxe-1-{_base64(numbers.encode()).rstrip('=')}"


def aws_key_id(prefix: str, dice: Random) -> str:
    """Return an AWS access key id whose digits hold an account number; AKIA unless the argument says otherwise."""
    account = dice.randint(10**11, 10**12 - 1)
    digits = in_digits(account << 9 | dice.getrandbits(9), string.ascii_uppercase + "234567", width=10)
    return f"{prefix or 'AKIA'}{digits}{random_text('base32', 6, dice)}"


def aws_session(_argument: str, dice: Random) -> str:
    """Return an AWS session token."""
    head = b"!\n\torigin_ec\x10" + bytes([dice.randrange(256)]) + b"\x1a\tus-west-2"
    return _base64(head + dice.randbytes(264 - len(head)))


def apify(kind: str, dice: Random) -> str:
    """Return an Apify token: api unless the argument says ui, proxy or another."""
    body = f"apify_{kind or 'api'}_{random_text('alnum', 30, dice)}"
    return body + in_digits(binascii.crc32(body.encode()), _BASE62_LOWER, width=6)


def cfxre(_argument: str, dice: Random) -> str:
    """Return a Cfx.re server key."""
    body = "cfxk_" + random_text("alnum", 20, dice)
    return f"{body}_{crc32_base62(body).lstrip('0')}"


def smartcaptcha(_argument: str, dice: Random) -> str:
    """Return a server key of Yandex SmartCaptcha."""
    body = "ysc2_" + random_text("alnum", 40, dice)
    return body + crc32_hex(body)


def ngc(_argument: str, dice: Random) -> str:
    """Return an NVIDIA NGC key of the first form: the base64 of an id and a UUID."""
    return _base64(f"{random_text('lower', 26, dice)}:{random_uuid(dice)}".encode())


def basic(_argument: str, dice: Random) -> str:
    """Return the base64 of a user and a password, as HTTP Basic writes it."""
    return _base64(f"{random_word(6, dice)}:{random_text('alnum', 15, dice)}".encode())


_URL_SAFE = str.maketrans("+/", "-_")


def _json64(content: dict[str, Any]) -> str:
    return _base64(json.dumps(content, separators=(",", ":")).encode())


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()


def _field(kind: int, content: bytes) -> bytes:
    return bytes([kind, len(content)]) + content


def _moment(dice: Random) -> int:
    return dice.randint(_FIRST_DAY, _LAST_DAY)


MAKERS: Mapping[str, Maker] = {
    "jwt": jwt,
    "pypi": pypi,
    "gitlab_routable": gitlab_routable,
    "grafana_sa": grafana_service_account,
    "grafana_cloud": grafana_cloud,
    "grafana_legacy": grafana_legacy,
    "atlassian": atlassian,
    "sentry_org": sentry_org,
    "onepassword": onepassword,
    "mapbox": mapbox,
    "bedrock": bedrock,
    "discord": discord,
    "telegram": telegram,
    "jira_pat": jira_pat,
    "jfrog_ref": jfrog_reference,
    "slack_refresh": slack_refresh,
    "aws_key": aws_key_id,
    "aws_session": aws_session,
    "apify": apify,
    "cfxre": cfxre,
    "smartcaptcha": smartcaptcha,
    "ngc": ngc,
    "basic": basic,
}
