"""Turns an event of the client into the hook that calls the guard and closes the door when the guard dies."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from agentguard_secrets.protocol.claude_settings import MODULE

# Every event that carries text, or that the journal has to know of. A client passes over the names it does not know.
EVENTS = (
    "PreToolUse",
    "PostToolUse",
    "PostToolUseFailure",
    "PostToolBatch",
    "UserPromptSubmit",
    "UserPromptExpansion",
    "PermissionRequest",
    "PermissionDenied",
    "SessionStart",
    "InstructionsLoaded",
    "PreCompact",
    "Elicitation",
    "ElicitationResult",
    "ConfigChange",
    "SubagentStop",
    "Stop",
    "SessionEnd",
)

# In seconds, above every deadline of our own: what the client itself ends, it lets through.
TIMEOUT = 60

# The client goes on after any exit status but 0 and 2, whatever it was that died.
_CLOSED = '"$0" "$@"; [ $? -eq 0 ] || exit 2'
# After the call exit status 2 only adds words; what keeps the output back is this answer.
_WITHHELD = json.dumps(
    {
        "continue": False,
        "stopReason": "agentguard-secrets could not judge this output, so it was not sent to the model. "
        "Run agentguard-secrets doctor.",
    }
)
_COLLECTED = f"""if answer=$("$0" "$@"); then printf '%s' "$answer"; else printf '%s' '{_WITHHELD}'; fi"""
# There exit status 2 would keep the turn going, which a dead guard is no reason for.
_AS_IT_IS = '"$0" "$@"'
_WRAPPERS = {"PostToolUse": _COLLECTED, "Stop": _AS_IT_IS, "SubagentStop": _AS_IT_IS}

# In a file that a team shares this machine's interpreter is only the first guess; the next is the one beside the
# installed program. What is not found must be no name that the working folder could have.
_ELSEWHERE = (
    'python=$0; [ -x "$python" ] || { program=$(PATH="$HOME/.local/bin:$PATH" command -v agentguard-secrets) && '
    'program=$(readlink -f "$program") && python=${program%/*}/python || python=/nowhere/python; }; '
)


def handler(event: str, *, is_shared: bool, python: str = sys.executable) -> dict[str, Any]:
    """Return the hook of one event; where `is_shared`, it also finds the guard on the machines of others."""
    if sys.platform == "win32":
        return on_windows(python)
    wrapper = _WRAPPERS.get(event, _CLOSED)
    if is_shared:
        wrapper = _ELSEWHERE + wrapper.replace('"$0" "$@"', '"$python" "$@"')
    guard = [python, "-I", "-m", MODULE]
    return _limited({"type": "command", "command": "/bin/sh", "args": ["-c", wrapper, *guard]})


def _limited(hook: dict[str, Any]) -> dict[str, Any]:
    # What neither the shell nor the guard can say: the shell itself is missing, or both stand still until the client's
    # time is over. Clients that do not know the key go on without it, and so do all at the events that end a turn.
    return {**hook, "timeout": TIMEOUT, "onFailure": "block"}


def on_windows(python: str) -> dict[str, Any]:
    """Return the hook for a machine without a shell of POSIX: `call` keeps the quotes that a path with blanks gets.

    What a guard that died leaves of an output is kept back before the next request is sent, at PostToolBatch.
    """
    shell = os.environ.get("COMSPEC") or r"C:\Windows\System32\cmd.exe"
    words = ["/d", "/c", "call", python, "-I", "-m", MODULE, "||", "exit", "2"]
    return _limited({"type": "command", "command": shell, "args": words})
