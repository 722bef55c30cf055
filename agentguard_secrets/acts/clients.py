"""Turns a call that starts a client, or another agent, into acts: whatever it does then nobody here would judge."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import act

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.model import Act

_CLIENTS = ("claude", "claude-code")
_CLIENT_FILE = re.compile(r"(?:^|/)claude-code(?:-[\w-]+)?/(?:cli(?:-wrapper)?|start|bin/claude\w*)(?:\.\w+)?$")
# The client's program, and its package in a certain version: an older one does not know what the guard stands on.
_PROGRAM = re.compile(r"/(?:bin|local)/claude$")
_VERSION = re.compile(r"(?:^|/)claude-code@[\^~v]?\d")
# What takes the client's hooks, or the folder that they are looked for in, away from every client that comes after.
_DISARMING = frozenset(
    "CLAUDE_CONFIG_DIR CLAUDE_CODE_SAFE_MODE CLAUDE_CODE_SIMPLE CLAUDE_CODE_MANAGED_SETTINGS_PATH".split()
)
# They start what their words name, in a terminal of its own.
_TERMINALS = ("screen", "tmux")
# What takes another settings folder, or none, into the client that is started.
_ELSEWHERE = frozenset({"HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_STATE_HOME"})
# Nothing but the client has these, under whatever name it is started.
_UNMISTAKABLE = frozenset(
    ("--dangerously-skip-permissions --allow-dangerously-skip-permissions --setting-sources").split()
)
_SWITCHES = _UNMISTAKABLE | frozenset("--bare --safe-mode --settings --restricted --plugin-dir".split())
# Plugins bring hooks of their own, or take ours away.
_PLUGIN_VERBS = ("uninstall", "disable", "remove", "rm", "install", "i", "enable")
_COPYING = frozenset("cp ln mv install".split())
# They write what an administrator says about the client on macOS and on Windows.
_MANAGING = frozenset("defaults plutil plistbuddy profiles reg regedit".split())
# Other agents -> the words by which they work by themselves, and do not ask a person in a terminal.
_PROMPTED = ("-p", "--prompt", "-y", "--yolo", "--approval-mode")
_AGENTS = {
    **dict.fromkeys(("gemini", "gemini-cli", "qwen", "qwen-code"), _PROMPTED),
    "aider": ("-m", "--message", "-f", "--message-file", "--yes", "--yes-always"),
    "amp": ("-x", "--execute", "--dangerously-allow-all"),
    "auggie": ("-p", "--print"),
    "codex": ("exec", "e"),
    "copilot": ("-p", "--prompt", "--allow-all-tools"),
    "crush": ("run",),
    "cursor-agent": ("-p", "--print", "-f", "--force"),
    "droid": ("exec",),
    "goose": ("run", "session"),
    "opencode": ("run",),
}


def acts_on_clients(call: Call) -> Iterator[Act]:
    """The acts by which this call starts a client that the guard does not watch, or prepares one."""
    if _is_client(call):
        yield from _started(call)
    elif call.program in ("export", "declare", "typeset"):
        yield from _exported(call)
    elif call.program in _COPYING and any(_PROGRAM.search(word) for word in call.operands[:-1]):
        if not _PROGRAM.search(call.operands[-1]):
            yield act("self-protection", call.program, "gives the client another name")
    elif any(_VERSION.search(word) for word in call.words):
        yield act(
            "self-protection", call.program, "puts a certain version of the client in the place of the one there is"
        )
    elif call.program in _MANAGING and any("anthropic.claude" in word or "claudecode" in word for word in _small(call)):
        yield act("self-protection", call.program, "changes what an administrator says about the client")
    elif call.program in _AGENTS and (
        call.feeds or call.stdin or not set(_AGENTS[call.program]).isdisjoint(call.words)
    ):
        yield act("unseen-code", call.program, "starts another agent, whose calls no guard here judges")


def _small(call: Call) -> list[str]:
    return [word.lower() for word in call.words]


def _is_client(call: Call) -> bool:
    name = call.program.partition("@")[0]
    if name in _CLIENTS or (call.program in _TERMINALS and not {*_CLIENTS}.isdisjoint(call.words)):
        return True
    if call.program == "env":
        # What it starts is a call of its own, which no longer shows that the environment was emptied.
        return call.has("-i", "--ignore-environment", "-u", "--unset") and not {*_CLIENTS}.isdisjoint(call.words)
    is_disguised = not _UNMISTAKABLE.isdisjoint(call.words) or {"--bare", "-p"} <= {*call.words}
    return is_disguised or any(_CLIENT_FILE.search(word) for word in call.words[:4])


def _exported(call: Call) -> Iterator[Act]:
    for word in call.words[1:]:
        name, equals, value = word.partition("=")
        if equals and value and name in _DISARMING:
            yield act("self-protection", f"{call.program} {name}", "starts clients without this guard")


def _started(call: Call) -> Iterator[Act]:
    words = call.words
    moved = [name for name in call.settings if name in _ELSEWHERE or name.startswith("CLAUDE_")]
    is_bypass = call.value_of("--permission-mode") == "bypassPermissions"
    is_plugin = call.operands[:1] in (["plugin"], ["plugins"]) and call.operands[1:2] != ["validate"]
    is_changed = is_plugin and any(word in _PLUGIN_VERBS for word in call.operands[1:3])
    is_set = call.operands[:1] == ["config"] and any("hook" in word.lower() for word in words)
    is_emptied = call.program == "env"
    is_other = bool(_VERSION.search(words[0])) or (call.operands[:1] == ["install"] and bool(_numbers(call)))
    switched = any(word.partition("=")[0] in _SWITCHES for word in words)
    if moved or is_bypass or is_changed or is_set or is_emptied or is_other or switched:
        yield act("self-protection", " ".join(words[:3]), "starts the client without this guard, or takes it out")


def _numbers(call: Call) -> list[str]:
    return [word for word in call.operands[1:] if re.match(r"v?\d", word)]
