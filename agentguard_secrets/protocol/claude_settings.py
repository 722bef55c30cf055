"""Turns the settings of the client into what in them keeps a guard from running, or lets others in its place."""

from __future__ import annotations

from agentguard_secrets.protocol.claude_handlers import hook_faults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MODULE = f"{__name__.partition('.')[0]}.hook"
PLUGIN = "agentguard-secrets"

# Off for everybody, or for everybody below the managed settings.
_SWITCHES = ("disableAllHooks",)
_ONLY = ("allowManagedHooksOnly", "strictPluginOnlyCustomization")
# What a program that is started takes from its environment before its own first line.
_VARIABLES = frozenset(
    {
        *("PATH", "SHELL", "BASH_ENV", "ENV", "ZDOTDIR", "PROMPT_COMMAND", "IFS", "HOME", "XDG_STATE_HOME"),
        *("XDG_CONFIG_HOME", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_SHELL_PREFIX", "CLAUDE_CODE_SIMPLE", "NODE_OPTIONS"),
        *("CLAUDE_CODE_DISABLE_HOOKS", "CLAUDE_CODE_BARE", "CLAUDE_CODE_SAFE_MODE", "GIT_CONFIG_GLOBAL"),
        *("GIT_CONFIG_SYSTEM", "GIT_CONFIG_COUNT", "GIT_DIR", "GIT_SSH_COMMAND", "HUSKY", "SKIP"),
        # Where `sh` is bash, they can have it run nothing at all and end with 0.
        *("SHELLOPTS", "BASHOPTS"),
        # They show git, and so the guard, another repository, or have it run other programs.
        *("GIT_EXEC_PATH", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_SSH"),
        *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CEILING_DIRECTORIES", "GIT_TEMPLATE_DIR", "GIT_EXTERNAL_DIFF"),
        *("CLAUDE_CODE_MANAGED_SETTINGS_PATH", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "COMSPEC", "PATHEXT"),
    }
)
_FAMILIES = ("LD_", "DYLD_", "PYTHON", "GIT_CONFIG_", "AGENTGUARD_", "BASH_FUNC_", "OPENSSL_")


def faults(settings: Any) -> Iterator[str]:
    """Yield place, expectation and what stood there for each thing by which settings disarm a guard.

    A malformed group or handler counts: for one the client drops every hook of the file, and says nothing.
    """
    if not isinstance(settings, dict):
        yield f"settings: expected an object, got {type(settings).__name__}"
        return
    for name in _SWITCHES:
        if settings.get(name):
            yield f"{name}: expected false, it switches the guard off"
    for name in _ONLY:
        if settings.get(name):
            yield f"{name}: it switches off every guard that is not managed"
    plugins = settings.get("enabledPlugins", {})
    for name in sorted(plugins) if isinstance(plugins, dict) else ():
        if name.startswith(f"{PLUGIN}@") and plugins[name] is False:
            yield f"enabledPlugins.{name}: expected true, it switches the guard off"
    yield from hook_faults(settings.get("hooks", {}))
    variables = settings.get("env", {})
    for name in sorted(variables) if isinstance(variables, dict) else ():
        # On Windows their case does not count.
        if name.upper() in _VARIABLES or name.upper().startswith(_FAMILIES):
            yield f"env.{name}: hooks inherit it, and it can change what runs in the guard's place"


def has_guard(settings: Any) -> bool:
    """Say whether a guard of ours is among the hooks of the settings, whatever else is in them."""
    return MODULE in _words(settings.get("hooks") if isinstance(settings, dict) else None)


def _words(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict | list):
            waiting += each.values() if isinstance(each, dict) else each
