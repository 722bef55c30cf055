"""Turns the policy into permission and sandbox settings of the client: a layer below the guard that needs no hook."""

from __future__ import annotations

from agentguard_secrets.model import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentguard_secrets.model import Policy

# What the client's own rules can say about a category. They see the text, not what it comes to.
_COMMANDS = {
    "force-push": ("git push --force:*", "git push -f:*", "git push --mirror:*"),
    "no-verify": ("git commit --no-verify:*", "git commit -n:*", "git push --no-verify:*"),
    "destructive-files": ("rm -rf:*", "rm -r:*", "git clean -f:*", "git reset --hard:*", "shred:*", "mkfs:*"),
    "destructive-database": ("dropdb:*", "mysqladmin drop:*"),
    "infrastructure": (
        "terraform destroy:*",
        "terraform apply:*",
        "kubectl delete:*",
        "helm uninstall:*",
        "pulumi destroy:*",
    ),
    "package-publish": ("npm publish:*", "twine upload:*", "cargo publish:*", "gem push:*", "docker push:*"),
    "history-rewrite": ("git filter-branch:*", "git filter-repo:*", "git reflog expire:*"),
    "print-environment": ("env", "printenv", "export -p"),
    "system": ("shutdown:*", "reboot:*"),
    "self-protection": ("agentguard-secrets uninstall:*", "agentguard-secrets pause:*", "agentguard-secrets grant:*"),
}
# A rule that denies has no exceptions, so `.env.*` is said by the names that are in use.
_SPELLED = {".env.*": (".env.local", ".env.development", ".env.production", ".env.staging", ".env.test")}
_WORDS = {Verdict.DENY: "deny", Verdict.ASK: "ask"}


def client_settings(policy: Policy) -> dict[str, Any]:
    """The settings that say, as far as the client's rules can, what the policy says."""
    rules: dict[str, list[str]] = {"deny": [], "ask": []}
    read = _WORDS.get(policy.verdicts.get("read", {}).get("secret-file", Verdict.ASK))
    secret = [each for glob in policy.secret_paths for each in _SPELLED.get(glob, (glob,))]
    if read is not None:
        rules[read] += [f"Read({_rule_path(glob)})" for glob in secret]
    guarded = _WORDS.get(policy.commands.get("self-protection", Verdict.DENY))
    if guarded is not None:
        rules[guarded] += [f"Edit({_rule_path(glob)})" for glob in policy.guarded_paths]
    for category, patterns in _COMMANDS.items():
        word = _WORDS.get(policy.commands.get(category, Verdict.ALLOW))
        if word is not None:
            rules[word] += [f"Bash({pattern})" for pattern in patterns]
    protected = _WORDS.get(policy.commands.get("protected-push", Verdict.ASK))
    if protected is not None:
        rules[protected] += [f"Bash(git push origin {branch}:*)" for branch in policy.protected if "*" not in branch]
    return {
        "permissions": {word: listed for word, listed in rules.items() if listed},
        "sandbox": {"enabled": True, "filesystem": _walls(secret, policy)},
    }


def _walls(secret: list[str], policy: Policy) -> dict[str, list[str]]:
    """What programs in the sandbox cannot open at all. Files of the project stay open: programs have to use them."""
    return {
        "denyRead": [_sandbox_path(glob) for glob in secret if glob[0] in "/~"],
        "denyWrite": [_sandbox_path(glob) for glob in policy.guarded_paths],
    }


def _rule_path(glob: str) -> str:
    if glob.startswith("~/"):
        return glob
    if glob.startswith("/"):
        return f"/{glob}"
    return f"./{glob}" if "/" in glob else f"**/{glob}"


def _sandbox_path(glob: str) -> str:
    bare = glob.removesuffix("/**")
    return f"/{bare}" if bare.startswith("/") else bare if bare.startswith("~/") else f"./{bare}"
