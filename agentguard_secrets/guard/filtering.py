"""Turns a shell command into the same command whose output passes the masks before the client gets it, failed or not.

The price is the policy's to pay: the client's permission rules then match the rewritten command, `cd` and variables do
not outlive it, its two streams arrive as one, all at the end, and the filter costs the start of a program. Of Monitor,
whose lines are events, each is masked as it comes.
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


def with_filter(answer: Answer, event: Event) -> Answer:
    """Return the answer of a call of the shell that may run, or may be asked about, with the call rewritten.

    What says that it is filtered already is filtered all the same: anybody can say so.
    """
    tool_input = event.payload["tool_input"]
    command = tool_input.get("command")
    if not isinstance(command, str):
        return answer
    status, output, words = answer
    document = json.loads(output or "{}")
    changed = {**tool_input, "command": _filtered(command, ("--lines",) if event.tool == "Monitor" else ())}
    said = document.get("hookSpecificOutput", {})
    document["hookSpecificOutput"] = {**said, "hookEventName": event.name, "updatedInput": changed}
    return status, json.dumps(document, allow_nan=False) + "\n", words


def _filtered(command: str, options: tuple[str, ...]) -> str:
    """The command's own status is what counts; a filter that fails prints nothing, so that nothing passes it.

    The command is one quoted word: no brace in it closes ours.
    """
    redact = shlex.join([sys.executable, "-I", "-m", _PROGRAM, "redact", *options])
    status = "${pipestatus[1]}" if os.environ.get("SHELL", "").endswith("zsh") else "${PIPESTATUS[0]}"
    return f"# {MARK}\n{{ eval {shlex.quote(command)}; }} 2>&1 | {redact}\nexit {status}"
