"""Turns a shell command into the same command whose output passes the masks before the client gets it, failed or not.

The price is the policy's to pay: the client's permission rules then match the rewritten command, `cd` and variables do
not outlive it, its two streams arrive as one, all at the end, and the filter costs the start of a program.
"""

from __future__ import annotations

import json
import os
import shlex
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.model import Event
    from agentguard_secrets.protocol.claude_answer import Answer

# Started, never imported: the command line stands above the guard.
_PROGRAM = f"{__name__.partition('.')[0]}.cli.main"
MARK = "agentguard-secrets: the output of this command is filtered"


def filtered_call(event: Event) -> Answer | None:
    """Return the answer that rewrites a call of the shell, None for one that is rewritten already or is no text."""
    tool_input = event.payload["tool_input"]
    command = tool_input.get("command")
    if not isinstance(command, str) or MARK in command:
        return None
    changed = {**tool_input, "command": _filtered(command)}
    specific = {"hookEventName": event.name, "updatedInput": changed}
    return 0, json.dumps({"hookSpecificOutput": specific}) + "\n", ""


def _filtered(command: str) -> str:
    """The command's own status is what counts; a filter that fails prints nothing, so that nothing passes it."""
    redact = shlex.join([sys.executable, "-I", "-m", _PROGRAM, "redact"])
    status = "${pipestatus[1]}" if os.environ.get("SHELL", "").endswith("zsh") else "${PIPESTATUS[0]}"
    return f"# {MARK}\n{{\n{command}\n}} 2>&1 | {redact}\nexit {status}"
