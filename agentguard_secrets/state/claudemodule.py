"""Turns the guard into a module of functions for a plugin of the client: a thin shim over the same program.

Experimental, as the client's own words about such modules are: it is found in 2.1.300 and later, and may change. The
module sees each row on its way into the conversation, also those that no hook of settings sees.
"""

from __future__ import annotations

import json

from agentguard_secrets.state.claudehooks import handler

NAME = "clean.mjs"
# The tool that a row is presented as: one that nobody has, so that every string of it is judged.
TOOL = "SessionRow"

# In milliseconds. The client passes over a module after 10 seconds, so that the row would go as it is.
_PATIENCE = 8000
_WITHHELD = "[agentguard-secrets could not judge this, so it was not sent. Run agentguard-secrets doctor.]"

_SOURCE = """\
// Written by agentguard-secrets: gives each row that is about to enter the conversation to the guard, as the output of
// a tool, and lets it in as the guard gives it back. What the guard does not judge is withheld.
const GUARD = @guard@;
const WITHHELD = @withheld@;

export function register(on) {
  on("session.append", async ($, row, next) => {
    // The model's own words and calls: what it was not sent cannot stand there.
    if (row.message.role === "assistant") return next(row);
    const event = {
      hook_event_name: "PostToolUse",
      session_id: "session-rows",
      tool_name: @tool@,
      tool_input: {},
      tool_response: row.message,
    };
    const ended = await $.process.run(GUARD, { stdin: JSON.stringify(event) + "\\n", timeoutMs: @patience@ });
    if (ended.exitCode !== 0 || ended.isStdoutTruncated) return next(without(row));
    if (ended.stdout.trim() === "") return next(row);
    const answer = JSON.parse(ended.stdout);
    if (answer.continue === false || answer.decision === "block") return next(without(row));
    const cleaned = answer.hookSpecificOutput?.updatedToolOutput;
    return next(cleaned === undefined ? row : { ...row, message: cleaned });
  }).catch(async ($, row, next) => next(row.message.role === "assistant" ? row : without(row)));
}

// The row with its ids and without its texts.
function without(row) {
  const blocks = row.message.content;
  const content = typeof blocks === "string" ? WITHHELD : blocks.map((block) =>
    block.type === "tool_result" ? { ...block, content: WITHHELD } : { type: "text", text: WITHHELD });
  return { ...row, message: { ...row.message, content } };
}
"""


def module_text(python: str) -> str:
    """Return the module's source for this interpreter."""
    hook = handler("PreToolUse", is_shared=True, python=python)
    values = {"guard": [hook["command"], *hook["args"]], "withheld": _WITHHELD, "tool": TOOL, "patience": _PATIENCE}
    text = _SOURCE
    for name, value in values.items():
        text = text.replace(f"@{name}@", json.dumps(value))
    return text
