"""Turns a secret and what stands near it into one credential: an access key with its id, a password with its host."""

from __future__ import annotations

import re

from agentguard_secrets.model import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.detect.matches import Match

# Parts of one credential stand on neighbouring lines. In characters before and behind the secret.
REACH = 400
_UUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
_IS = r"""\\?["'`\]]{0,2}[ \t]{0,4}(?:=>|:=|[=:,>])\s{0,4}\\?["'`]{0,3}"""
_CLIENT_ID = rf"(?i:(?:client|consumer|app|application|oauth)[_.\- ]?(?:id|key)){_IS}([0-9A-Za-z][\w.\-]{{5,120}})"
_AWS = (("access key id", r"\b((?:A3T[0-9A-Z]|AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16})\b"),)
_ALIBABA = (("access key id", r"\b(LTAI[0-9A-Za-z]{12,30}|STS\.[0-9A-Za-z]{20,25})\b"),)
_SPACES = (("access key id", r"\b(DO(?:00|80)[0-9A-Z]{16})\b"),)
_TENCENT = (("secret id", r"\b([AI]KID[0-9A-Za-z]{32})\b"),)
_VOLCENGINE = (("access key id", r"\b(AKLT[0-9A-Za-z]{43})\b"),)
_NAVER = (("access key id", r"\b(ncp_iam_BPA[0-9A-Za-z]{17})\b"),)
_WECHAT = (("app id", r"\b(wx[0-9a-f]{16})\b"),)
_TWILIO = (("account sid", r"\b(AC[0-9a-f]{32})\b"),)
_ALGOLIA = (("application id", rf"(?i:app(?:lication)?[_.\- ]?id){_IS}([0-9A-Z]{{10}})\b"),)
_AZURE = (
    ("tenant id", rf"(?i:(?:tenant|directory)[_.\- ]?(?:id)?){_IS}({_UUID})"),
    ("client id", rf"(?i:(?:client|app|application)[_.\- ]?id){_IS}({_UUID})"),
)
_GOOGLE = (("client id", r"\b([0-9]{6,21}-[0-9a-z]{16,40}\.apps\.googleusercontent\.com)\b"),)
_OAUTH = (("client id", _CLIENT_ID),)
_ACCOUNT = (
    ("host", rf"(?i:host(?:name)?|server|endpoint|address){_IS}([\w.\-]{{3,120}})"),
    ("user", rf"(?i:user(?:name)?|login|uid){_IS}([\w.@+\-]{{2,80}})"),
)
# What else it takes to use the secret that a rule finds, by the rule's id: name and pattern of each part.
PARTS: dict[str, tuple[tuple[str, str], ...]] = {
    "aws-secret-access-key": _AWS,
    "aws-secret-after-id": _AWS,
    "alibaba-secret": _ALIBABA,
    "alibaba-secret-near-id": _ALIBABA,
    "alibaba-sts-secret": _ALIBABA,
    "alibaba-sts-secret-near-id": _ALIBABA,
    "alibaba-secret-before-id": _ALIBABA,
    "digitalocean-spaces-secret": _SPACES,
    "digitalocean-spaces-secret-near-id": _SPACES,
    "digitalocean-spaces-secret-before-id": _SPACES,
    "naver-cloud-secret": _NAVER,
    "tencent-secret": _TENCENT,
    "tencent-secret-near-id": _TENCENT,
    "volcengine-secret": _VOLCENGINE,
    "volcengine-secret-near-id": _VOLCENGINE,
    "wechat-app-secret": _WECHAT,
    "twilio-secret": _TWILIO,
    "algolia-admin-key": _ALGOLIA,
    "azure-entra-client-secret": _AZURE,
    "azure-client-secret-named": _AZURE,
    "google-oauth-client-secret": _GOOGLE,
    "google-client-secret-named": _GOOGLE,
    "auth0-client-secret": _OAUTH,
    "facebook-secret": _OAUTH,
    "github-hex-secret": _OAUTH,
    "gitlab-oauth-app-secret": _OAUTH,
    "okta-client-secret": _OAUTH,
    "paypal-client-secret": _OAUTH,
    "plaid-secret": _OAUTH,
    "salesforce-client-secret": _OAUTH,
    "shopify-shared-secret": _OAUTH,
    "spotify-client-secret": _OAUTH,
    "sumologic-access-key": (("access id", r"\b(su[0-9A-Za-z]{12})\b"),),
}
# What a generic rule finds tells by its name what it needs.
_NAMED = (
    (r"(?i)(?:client|consumer|oauth)[_.\- ]?secret[\w.\-]{0,8}\W{1,12}\Z", _OAUTH),
    (r"(?i)pass(?:w(?:or)?d|phrase)?[\w.\-]{0,8}\W{1,12}\Z", _ACCOUNT),
)
_NAME_REACH = 64
# Rules of public parts, beside those whose id ends in -id.
_PUBLIC = frozenset({"azure-identifier", "digitalocean-spaces-key", "twilio-api-key"})


def joined(text: str, matches: list[Match]) -> list[Match]:
    """Return `matches` with their parts. What was a finding only as the public part of another is one no more."""
    ids = {match.span: match.rule.id for match in matches if _is_public(match)}
    found = [_with_parts(text, match, ids) for match in matches]
    taken = {span for match in found for _, span, _ in match.parts}
    return [match for match in found if match.parts or match.span not in taken or match.span not in ids]


def _with_parts(text: str, match: Match, ids: dict[Span, str]) -> Match:
    needed = _needed(text, match)
    if not needed or match.layer is not None:
        return match
    places = [(name, _nearest(text, match.span, pattern)) for name, pattern in needed]
    parts = tuple((name, span, ids.get(span, "")) for name, span in places if span is not None)
    # Two parts that fit together say more than either; what looks like a stand-in stays one.
    is_whole = len(parts) == len(needed) and match.confidence == "medium" and match.rule.kind != "generic"
    return match._replace(parts=parts, confidence="high" if is_whole else match.confidence)


def _needed(text: str, match: Match) -> tuple[tuple[str, str], ...]:
    if match.rule.kind != "generic":
        return PARTS.get(match.rule.id, ())
    name = text[max(0, match.span.start - _NAME_REACH) : match.span.start]
    return next((parts for pattern, parts in _NAMED if re.search(pattern, name)), ())


def _nearest(text: str, secret: Span, pattern: str) -> Span | None:
    """Return where the part stands nearest to the secret, None when it does not stand near."""
    start, end = max(0, secret.start - REACH), min(len(text), secret.end + REACH)
    spans = [Span(*found.span(1)) for found in re.compile(pattern).finditer(text, start, end)]
    spans = [span for span in spans if not span.overlaps(secret)]
    return min(spans, key=lambda span: max(span.start - secret.end, secret.start - span.end), default=None)


def _is_public(match: Match) -> bool:
    """Say whether the rule finds an id: of no use to anybody who has not the secret, too."""
    return match.rule.id.endswith("-id") or match.rule.id in _PUBLIC
