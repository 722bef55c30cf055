"""Turns settings with the guard into settings in which the client itself holds the line where the guard cannot."""

from __future__ import annotations

import copy
from typing import Any

_Settings = dict[str, Any]

# What was put in by us is listed under this key, so that it can be taken out again, and nothing else.
MARK = "agentguard-secrets"

# Denied by the client itself, in every mode, with all hooks switched off, and for `@file` as well. Only what is a
# credential in any project: such a rule knows no exception, and `.env.example` has to stay readable.
DENIED = tuple(
    f"Read({path})"
    for path in (
        *("./.env", "./.env.local", "./.env.production", "./**/.env", "./**/.env.local", "./**/.env.production"),
        *(
            "~/.aws/credentials",
            "~/.azure/**",
            "~/.config/gcloud/**",
            "~/.config/gh/hosts.yml",
            "~/.docker/config.json",
        ),
        *("~/.kube/config", "~/.netrc", "~/.git-credentials", "~/.npmrc", "~/.pypirc", "~/.pgpass", "~/.my.cnf"),
        *("~/.ssh/id_*", "~/.gnupg/**", "~/.password-store/**", "~/.vault-token", "~/.cargo/credentials.toml"),
        *("~/.terraform.d/credentials.tfrc.json", "~/.claude/.credentials.json"),
    )
)

# From there on a managed guard survives `--bare` and inherits nothing of a repository's `env`.
MANAGED: _Settings = {"disableAllHooks": False, "requiredMinimumVersion": "2.1.315"}
# Nobody else's hooks, which could put an output back that was masked.
STRICT: _Settings = {"allowManagedHooksOnly": True}


def with_extras(settings: _Settings, extras: _Settings, denied: tuple[str, ...]) -> _Settings:
    """Return the settings with the keys of `extras` and the rules `denied`; what says something already stays.

    `permissions` that are no object, or whose `deny` is no list, are left alone: the client complains of them itself.
    """
    changed = copy.deepcopy(settings)
    before = changed.pop(MARK, None)
    mine = before if isinstance(before, dict) else {}
    added = [*mine.get("keys", []), *(key for key in extras if key not in changed)]
    changed = {**{key: value for key, value in extras.items() if key not in changed}, **changed}
    rules = list(mine.get("deny", []))
    permissions = changed.get("permissions", {})
    if denied and isinstance(permissions, dict) and isinstance(permissions.get("deny", []), list):
        there = permissions.get("deny", [])
        missing = [rule for rule in denied if rule not in there]
        rules += missing
        if missing:
            changed["permissions"] = {**permissions, "deny": [*there, *missing]}
    mark = {name: list(dict.fromkeys(value)) for name, value in (("keys", added), ("deny", rules)) if value}
    return {**changed, MARK: mark} if mark else changed


def without_extras(settings: _Settings) -> _Settings:
    """Return the settings without what `with_extras` has put in, and without what only that was in."""
    changed = copy.deepcopy(settings)
    mine = changed.pop(MARK, None)
    if not isinstance(mine, dict):
        return changed
    for key in mine.get("keys", []):
        changed.pop(key, None)
    permissions = changed.get("permissions")
    if isinstance(permissions, dict) and isinstance(permissions.get("deny"), list):
        permissions["deny"] = [rule for rule in permissions["deny"] if rule not in mine.get("deny", [])]
        if mine.get("deny") and not permissions["deny"]:
            del permissions["deny"]
        if mine.get("deny") and not permissions:
            del changed["permissions"]
    return changed
