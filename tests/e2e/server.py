"""Turns the file named on the command line into the answers of an MCP server on standard input and output."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TEXT = Path(sys.argv[1]).read_text(encoding="utf-8")
_ALL: dict[str, Any] = {"tools": {}, "prompts": {}}
SCHEMA = {"type": "object", "properties": {}}


def answer(method: str, params: dict[str, Any]) -> dict[str, Any]:
    if method == "initialize":
        about = {"name": "tiny", "version": "1"}
        return {"protocolVersion": params["protocolVersion"], "capabilities": _ALL, "serverInfo": about}
    if method == "tools/list":
        return {
            "tools": [{"name": name, "description": name, "inputSchema": SCHEMA} for name in ("echo", "structured")]
        }
    if method == "prompts/list":
        return {
            "prompts": [{"name": "greet", "description": "greet", "arguments": [{"name": "who", "required": True}]}]
        }
    if method == "prompts/get":
        content = {"type": "text", "text": f"Greet {params.get('arguments')}"}
        return {"messages": [{"role": "user", "content": content}]}
    if method == "tools/call":
        content: Any = [{"type": "text", "text": f"here: {TEXT}"}]
        structured = {"structuredContent": {"note": f"here: {TEXT}"}} if params["name"] == "structured" else {}
        return {"content": content, **structured}
    return {}


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        if "id" in request:
            result = answer(request["method"], request.get("params", {}))
            print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}), flush=True)


if __name__ == "__main__":
    main()
