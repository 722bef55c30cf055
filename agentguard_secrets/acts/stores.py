"""Turns a call into whether it prints a credential out of the store that it is kept in."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import is_secret_name
from agentguard_secrets.acts.routes import PRINTING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.world import World

# The service that tells a machine of a cloud its credentials, also as a number.
METADATA = (
    r"169\.254\.(?:169\.254|170\.2)\b|\bmetadata\.google\.internal|\b100\.100\.100\.200\b|a9fe:a9fe|\b2852039166\b"
    r"|(?i:0xa9fea9fe)"
)
# Words, in order, of calls that print a credential out of a store.
_STORES = (
    ("aws", "secretsmanager", "get-secret-value"),
    ("aws", "ssm", "get-parameter", "--with-decryption"),
    ("aws", "ssm", "get-parameters", "--with-decryption"),
    ("aws", "ssm", "get-parameters-by-path", "--with-decryption"),
    ("aws", "configure", "get"),
    ("aws", "configure", "export-credentials"),
    ("aws", "sts", "get-session-token"),
    ("aws", "iam", "create-access-key"),
    ("gcloud", "secrets", "versions", "access"),
    ("gcloud", "auth", "print-access-token"),
    ("gcloud", "auth", "print-identity-token"),
    ("gcloud", "auth", "application-default", "print-access-token"),
    ("az", "keyvault", "secret", "show"),
    ("az", "account", "get-access-token"),
    ("vault", "read"),
    ("vault", "kv", "get"),
    ("vault", "print", "token"),
    ("op", "read"),
    ("op", "item", "get"),
    ("pass", "show"),
    ("bw", "get"),
    ("bw", "export"),
    ("security", "find-generic-password"),
    ("security", "find-internet-password"),
    ("security", "dump-keychain"),
    ("secret-tool", "lookup"),
    ("secret-tool", "search"),
    ("keyring", "get"),
    ("gh", "auth", "token"),
    ("gh", "auth", "status", "--show-token"),
    ("gh", "auth", "status", "-t"),
    ("glab", "auth", "status", "-t"),
    ("kubectl", "create", "token"),
    ("oc", "create", "token"),
    ("kubectl", "config", "view", "--raw"),
    ("kubectl", "create", "secret", "--dry-run", "-o"),
    ("terraform", "state", "pull"),
    ("tofu", "state", "pull"),
    ("aws-vault", "export"),
    ("chamber", "export"),
    ("chamber", "read"),
    ("chamber", "exec", "env"),
    ("sops", "decrypt"),
    ("sops", "exec-env"),
    ("teller", "env"),
    ("teller", "show"),
    ("age", "-d"),
    ("gopass", "show"),
    ("lpass", "show"),
    ("rbw", "get"),
    ("dcli", "password"),
    ("keepassxc-cli", "show"),
    ("kwallet-query", "-r"),
    ("az", "keys", "list"),
    ("az", "credential", "show"),
    ("az", "appsettings", "list"),
    ("gcloud", "keys", "create"),
    ("fly", "auth", "token"),
    ("flyctl", "auth", "token"),
    ("vercel", "env", "pull"),
    ("infisical", "export"),
    ("firebase", "functions:config:get"),
    ("dotnet", "user-secrets", "list"),
    ("dotenv", "list"),
    ("dotenv", "get"),
    ("glab", "config", "get", "token"),
    ("heroku", "config"),
    ("heroku", "auth:token"),
    ("doppler", "secrets"),
    ("git", "credential", "fill"),
    ("git", "credential-store", "get"),
    ("gpg", "--export-secret-keys"),
    ("gpg", "--export-secret-key"),
    ("npm", "config", "get", "//"),
    ("infisical", "secrets"),
    ("railway", "variables"),
    ("docker-credential-desktop", "get"),
    ("sops", "-d"),
    ("sops", "--decrypt"),
    ("ansible-vault", "view"),
    ("ansible-vault", "decrypt"),
    ("aws", "kms", "decrypt"),
    ("aws-okta", "env"),
    ("bw", "list", "items"),
    ("dotenv", "-p"),
    ("drush", "sql:connect"),
    ("gopass", "cat"),
    ("kubectl", "view-secret"),
    ("lpass", "export"),
    ("netlify", "env:list", "--plain"),
    ("nomad", "var", "get"),
    ("npm", "token", "create"),
    ("oc", "extract"),
    ("op", "document", "get"),
    ("op", "inject"),
    ("saml2aws", "script"),
    ("security", "export"),
    ("sops", "exec-file"),
    ("vault", "login"),
    ("vault", "operator", "init"),
    ("vault", "token", "create"),
    ("vault", "token", "lookup"),
    ("vault", "unwrap"),
    ("wp", "config", "list"),
)
# What prints one value, of the name that it is given: a credential's, if that is what the name says.
_GETTERS = (
    ("convex", "env", "get"),
    ("heroku", "config:get"),
    ("netlify", "env:get"),
    ("pulumi", "config", "get"),
    ("pulumi", "stack", "output"),
    ("terraform", "output"),
    ("tofu", "output"),
    ("wp", "config", "get"),
)
PROGRAMS = frozenset(store[0] for store in (*_STORES, *_GETTERS))


def is_store(call: Call, world: World) -> bool:
    """Whether it prints a credential out of a store."""
    words = call.words
    if not PRINTING.isdisjoint(words) or (call.program.startswith("docker-credential-") and "get" in words):
        return True
    if any(re.search(METADATA, word) for word in words[1:]):
        return call.program not in ("ping", "route", "ip", "iptables", "echo", "printf")
    if call.program in ("kubectl", "oc"):
        kinds = [word for word in call.operands[1:] if re.match(r"secrets?(/|$|,)", word)]
        output = call.value_of("-o", "--output", "--template") or ""
        is_shown = output.startswith(("yaml", "json", "go-template", "custom", "{{"))
        if call.operands[:1] == ["get"] and kinds and is_shown:
            return True
    if call.program == "pass" and len(words) == 2:
        return words[1] not in ("ls", "list", "help", "version", "init", "git") and bool(world.secret)
    if call.program in ("gpg", "gpg2") and call.has("-d", "--decrypt") and not call.has("-o", "--output"):
        return not call.writes
    if call.program == "git" and "get" in words and any(word.startswith("credential-") for word in words):
        return True
    if any(map(is_secret_name, call.operands)) and any(_follows(call, getter) for getter in _GETTERS):
        return True
    return any(_follows(call, store) for store in _STORES)


def _follows(call: Call, store: tuple[str, ...]) -> bool:
    if call.program != store[0]:
        return False
    words = list(call.words[1:])
    if not all(any(word == wanted or _gives(word, wanted) for word in words) for wanted in store[1:]):
        return False
    return store[1:] != ("configure", "get") or any(is_secret_name(word) or "session" in word for word in words)


def _gives(word: str, wanted: str) -> bool:
    """Whether an option is given together with its value, or with others in one word; or an address begins so."""
    is_short = len(wanted) == 2 and wanted[0] in "-/"
    return word.startswith(wanted if is_short else f"{wanted}=") and wanted[0] in "-/"
