"""Turns a call into whether it prints a credential out of the store that it is kept in."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import is_secret_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.world import World

# Words that say it in whatever program.
_TELLING_WORDS = frozenset(
    (
        "--show-secrets --show-token --reveal print-access-token print-identity-token print-refresh-token "
        "get-login-password get-authorization-token get-session-token export-credentials create-for-rbac "
        "show-connection-string credentials:show credentials:edit functions:secrets:access"
    ).split()
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
)
PROGRAMS = frozenset(store[0] for store in _STORES)


def is_store(call: Call, world: World) -> bool:
    """Whether it prints a credential out of a store."""
    words = call.words
    if not _TELLING_WORDS.isdisjoint(words) or (call.program.startswith("docker-credential-") and "get" in words):
        return True
    if call.program in ("kubectl", "oc"):
        kinds = [word for word in call.operands[1:] if re.match(r"secrets?(/|$|,)", word)]
        output = call.value_of("-o", "--output", "--template") or ""
        is_shown = output.startswith(("yaml", "json", "go-template", "custom", "{{"))
        if call.operands[:1] == ["get"] and kinds and is_shown:
            return True
    if call.program == "pass" and len(words) == 2:
        return words[1] not in ("ls", "list", "help", "version", "init", "git") and bool(world.secret)
    return any(_follows(call, store) for store in _STORES)


def _follows(call: Call, store: tuple[str, ...]) -> bool:
    if call.program != store[0]:
        return False
    words = list(call.words[1:])
    if not all(
        any(word == wanted or (wanted == "//" and word.startswith(wanted)) for word in words) for wanted in store[1:]
    ):
        return False
    return store[1:] != ("configure", "get") or any(is_secret_name(word) or "session" in word for word in words)
