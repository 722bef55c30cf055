"""Turns a token without a checksum into whether its inner structure parses.

Each test returns True when it parses, False when it does not, None when the token is not of the form that was meant.
"""

from __future__ import annotations

import json
import re
from base64 import b32decode, urlsafe_b64decode

from agentguard_secrets.detect.suppress import is_placeholder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Secret, signature, reserved, both sizes, kind and provider, optional fields, reserved, year, month, day and time.
_CASK = r"([\w-]{24,88})QJJQA([B-E])([A-E])[\w-][\w-]{4}((?:[\w-]{4}){0,4})AA[\w-][A-L][A-Za-e][A-X][A-Za-z0-7]{2}"
_LEAST_SIGNATURE = 20
_FORMS = ("user:password", "username:password")
_TUTORIAL = ("password", "password1", "password123", "passw0rd", "my-password", "mypassword", "yourpassword")


def decoded(text: str) -> bytes | None:
    """Return the bytes of base64 or base64url text, padded or not; None when it is neither."""
    plain = text.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
    except ValueError:
        return None


def _object_in(text: str) -> dict[str, Any] | None:
    raw = decoded(text)
    if raw is None:
        return None
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _holds(text: str, *names: str) -> bool:
    value = _object_in(text)
    return value is not None and all(name in value for name in names)


def is_jwt(token: str) -> bool | None:
    """JWT: the header is a JSON object with `alg` or `enc`, the payload (unless encrypted) a JSON object. RFC 7519.

    A header with another payload behind it is no JWT, but a signed message all the same: None. Nothing accepts one
    whose signature is shorter than any algorithm makes it, such as the word "signature" in an example.
    """
    parts = token.split(".")
    header = _object_in(parts[0])
    if header is None or not ("alg" in header or "enc" in header):
        return False
    if len(parts) == 3 and len(parts[2]) < _LEAST_SIGNATURE:
        return False
    return True if len(parts) == 5 or _object_in(parts[1]) is not None else None


def has_jose_header(token: str) -> bool | None:
    """JWS or JWE: the header is a JSON object with `alg` or `enc`, whatever is signed. RFC 7515, RFC 7516.

    Nothing else begins with such a header.
    """
    header = _object_in(token.split(".", maxsplit=1)[0])
    return header is not None and ("alg" in header or "enc" in header)


def is_pypi(token: str) -> bool | None:
    """PyPI: a version 2 macaroon whose packets have lengths that fit and whose first field names the index."""
    raw = decoded(token.removeprefix("pypi-"))
    if raw is None or len(raw) < 8 or raw[0] != 2 or raw[1] != 1:
        return False
    length = raw[2]
    return b"pypi" in raw[3 : 3 + length].lower() and len(raw) > 3 + length


def is_sentry_org(token: str) -> bool | None:
    """Sentry organisation token: base64 JSON with iat, url, region_url and org before the last underscore."""
    return _holds(token.removeprefix("sntrys_").rpartition("_")[0], "iat", "org")


def is_grafana_cloud(token: str) -> bool | None:
    """Grafana Cloud: base64 JSON with o, n and k."""
    return _holds(token.removeprefix("glc_"), "o", "n", "k")


def is_grafana_legacy(token: str) -> bool | None:
    """Grafana legacy API key: base64 JSON with k, n and id."""
    return _holds(token, "k", "n", "id")


def is_onepassword(token: str) -> bool | None:
    """1Password service account: base64 JSON with email, muk and secretKey."""
    return _holds(token.removeprefix("ops_"), "email", "muk", "secretKey")


def is_mapbox(token: str) -> bool | None:
    """Mapbox: the middle part is base64 JSON with u and a."""
    parts = token.split(".")
    return _holds(parts[1], "u", "a") if len(parts) == 3 else None


def is_discord(token: str) -> bool | None:
    """Discord bot token: the first part is base64 of a number of 17 to 20 digits."""
    raw = decoded(token.split(".", maxsplit=1)[0])
    return raw is not None and re.fullmatch(rb"\d{17,20}", raw) is not None


def is_telegram(token: str) -> bool | None:
    """Telegram bot token: 8 to 10 digits, a colon and 35 characters that begin with AA in real ones."""
    return True if re.fullmatch(r"\d{8,10}:AA[A-Za-z0-9_-]{33}", token) else None


def is_cask(token: str) -> bool | None:
    """CASK, second generation: sizes that fit, reserved bits that are zero, a time that exists. Source: microsoft/cask.

    The secret is 16, 32, 48 or 64 bytes, filled up to a multiple of three; `QJJQ` and 16 characters of fields follow.
    """
    found = re.fullmatch(_CASK, token)
    if found is None:
        return None
    size, extra = "BCDE".index(found[2]) + 1, "ABCDE".index(found[3])
    filled = "A" * (-16 * size % 3)
    return len(found[1]) == -(-16 * size // 3) * 4 and found[1].endswith(filled) and len(found[4]) == 4 * extra


def is_slack_refresh(token: str) -> bool | None:
    """Slack configuration tokens: base64 of dash-separated numbers and a hash."""
    raw = decoded(token.rpartition("-")[2])
    return True if raw is not None and re.match(rb"[\d-]{3,}", raw) else None


def is_jira_pat(token: str) -> bool | None:
    """Jira, Confluence and Bitbucket data centre: base64 of digits, a colon and 20 random bytes."""
    raw = decoded(token.removeprefix("BBDC-"))
    return raw is not None and re.fullmatch(rb"\d{6,15}:.{20}", raw, re.S) is not None


def is_jfrog_reference(token: str) -> bool | None:
    """JFrog reference token: base64 of reftkn:01:, a time of ten digits and a random part."""
    raw = decoded(token)
    return raw is not None and re.match(rb"reftkn:\d\d:\d{10}:", raw) is not None


def is_artifactory_key(token: str) -> bool | None:
    """Artifactory API key: 73 digits of Base58, which has neither 0 nor O, I and l: 54 bytes. Seen, not documented."""
    if re.fullmatch(r"[1-9A-HJ-NP-Za-km-z]+", token) is None:
        return False
    return True if len(token) == 73 else None


def is_aws_key_id(token: str) -> bool | None:
    """AWS access key id: the 16 characters after the prefix are base 32 and hold the account's number of 12 digits.

    Nine of ten words in that alphabet do: what looks like a stand-in is proved by nothing.
    """
    try:
        raw = b32decode(token[4:])
    except ValueError:
        return False
    if token[:4] not in ("AKIA", "ASIA") or is_placeholder(token[4:]):
        return None
    return True if (int.from_bytes(raw[:6], "big") & 0x7FFFFFFFFF80) >> 7 < 10**12 else None


def is_aws_session(token: str) -> bool | None:
    """AWS session token: it decodes to bytes that name the region after `origin_`, or to an older head.

    Those of the vendor's documentation say EXAMPLE.
    """
    if "EXAMPLE" in token:
        return None
    return token.startswith(("IQoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz")) and decoded(token[:64]) is not None


def is_basic_auth(token: str) -> bool | None:
    """HTTP Basic: base64 that decodes to printable user:password in UTF-8. RFC 7617.

    A password of less than eight characters is no proof: `user:pass` stands in every tutorial, and so does the word.
    Where both words stand in their places nobody has filled in the form.
    """
    try:
        pair = (decoded(token) or b"").decode("utf-8")
    except UnicodeDecodeError:
        return False
    # The head of a JSON web token holds a colon as well.
    if not pair.isprintable() or ":" not in pair[:-1] or pair.startswith('{"'):
        return False
    if pair.lower() in _FORMS:
        return False
    password = pair.partition(":")[2]
    return True if len(password) >= 8 and password.lower() not in _TUTORIAL else None


def has_openai_marker(token: str) -> bool | None:
    """OpenAI: base64 of the company's name stands in the middle."""
    return True if "T3BlbkFJ" in token else None


def has_workos_marker(token: str) -> bool | None:
    """WorkOS: base64 of `key_` stands where Stripe, whose prefix it shares, has random characters."""
    return True if "a2V5Xz" in token else None


def has_groq_marker(token: str) -> bool | None:
    """Groq: base64 of XgroqX stands in the token."""
    return True if "WGdyb3FY" in token else None


def has_tailscale_marker(token: str) -> bool | None:
    """Tailscale: CNTRL stands between the two parts."""
    return True if "CNTRL-" in token else None


def ends_like_anthropic(token: str) -> bool | None:
    """Anthropic: 93 characters and the tail AA of base64."""
    return True if re.fullmatch(r"sk-ant-[a-z]+\d\d-[A-Za-z0-9_-]{93}AA", token) else None


def has_dropbox_marker(token: str) -> bool | None:
    """Dropbox long-lived token: ten A, bytes that are always zero, stand after the first eleven characters."""
    return True if re.fullmatch(r"[0-9A-Za-z]{11}A{10}[0-9A-Za-z_=-]{43}", token) else None
