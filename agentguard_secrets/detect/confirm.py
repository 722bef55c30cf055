"""Turns the name of an offline proof into the test that computes it."""

from __future__ import annotations

from agentguard_secrets._record import Record
from agentguard_secrets.detect import asymmetric, checksums, marvin, structures

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Check(Record):
    """`test` says True (holds), False (fails) or None (cannot be computed); `proof` is what a holding test proves."""

    test: Callable[[str], bool | None]
    proof: str


def _checks(proof: str, tests: dict[str, Callable[[str], bool | None]]) -> dict[str, Check]:
    return {name: Check(test, proof) for name, test in tests.items()}


CHECKS: dict[str, Check] = {
    **_checks(
        "checksum",
        {
            "africastalking": checksums.is_africastalking,
            "age": checksums.is_age,
            "apify": checksums.is_apify,
            "atlassian": checksums.is_atlassian,
            "azdo_pat": checksums.is_azdo_pat,
            "azure_cask": marvin.is_annotated_key,
            "azure_identifiable": marvin.is_identifiable_key,
            "base58check": checksums.is_base58_checked,
            "cashfree": checksums.is_cashfree,
            "cfxre": checksums.is_cfxre,
            "cloudflare": checksums.is_cloudflare,
            "confluent": checksums.is_confluent,
            "crc62": checksums.is_crc62_of_30,
            "crc62_37": checksums.is_crc62_of_37,
            "crc62_50": checksums.is_crc62_of_50,
            "entra": marvin.is_entra_secret,
            "gitlab_routable": checksums.is_gitlab_routable,
            "grafana_sa": checksums.is_grafana_service_account,
            "nats": checksums.is_nats_seed,
            "nostr": checksums.is_nostr_key,
            "pgp_armor": asymmetric.is_pgp_armour,
            "putty_mac": asymmetric.is_putty_key,
            "smartcaptcha": checksums.is_smartcaptcha,
            "stellar": checksums.is_stellar_seed,
            "zuplo": checksums.is_zuplo,
        },
    ),
    **_checks(
        "structure",
        {
            "anthropic_tail": structures.ends_like_anthropic,
            "artifactory": structures.is_artifactory_key,
            "aws_key_id": structures.is_aws_key_id,
            "aws_session": structures.is_aws_session,
            "basic_auth": structures.is_basic_auth,
            "cask": structures.is_cask,
            "der_key": asymmetric.is_der_key,
            "discord": structures.is_discord,
            "dropbox_marker": structures.has_dropbox_marker,
            "grafana_cloud": structures.is_grafana_cloud,
            "grafana_legacy": structures.is_grafana_legacy,
            "groq_marker": structures.has_groq_marker,
            "jose": structures.has_jose_header,
            "jfrog_ref": structures.is_jfrog_reference,
            "jira_pat": structures.is_jira_pat,
            "jwt": structures.is_jwt,
            "mapbox": structures.is_mapbox,
            "onepassword": structures.is_onepassword,
            "openai_marker": structures.has_openai_marker,
            "openssh_key": asymmetric.is_openssh_key,
            "pypi": structures.is_pypi,
            "sentry_org": structures.is_sentry_org,
            "slack_refresh": structures.is_slack_refresh,
            "tailscale_marker": structures.has_tailscale_marker,
            "telegram": structures.is_telegram,
            "workos_marker": structures.has_workos_marker,
        },
    ),
}
