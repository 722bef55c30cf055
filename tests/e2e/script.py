"""Turns a list of steps into a model: a server of this machine that answers the real client with the next step."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Message = dict[str, Any]
# The step of a call stands in its id, so that a request that is sent again gets the same answer.
_ID = "toolu_{step}_{number}"


def call(tool: str, **values: Any) -> Message:
    """One tool call of a step."""
    return {"name": tool, "input": values}


class ScriptedModel:
    """A model that makes the calls of one step after the other and then says "done"; a context manager.

    A step is a list of calls. `requests` holds everything that was ever sent to it. A conversation whose first message
    holds SCRIPT:<name> plays `agents[<name>]`.
    """

    def __init__(self, steps: list[list[Message]], agents: dict[str, list[list[Message]]] | None = None) -> None:
        self._scripts = {"": steps, **(agents or {})}
        self.requests: list[Message] = []
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"] or 0)) or b"{}")
                if self.path.partition("?")[0].endswith("/v1/messages"):
                    model.requests.append(body)
                    self._send(model.answer(body), is_streamed=bool(body.get("stream")))
                else:
                    self._send({"input_tokens": 1}, is_streamed=False)

            def do_GET(self) -> None:
                self.send_error(404)

            do_HEAD = do_GET  # noqa: N815 - the name is the library's

            def log_message(self, *_words: object) -> None:
                """Say nothing."""

            def _send(self, answer: Message, *, is_streamed: bool) -> None:
                raw = b"".join(_events(answer)) if is_streamed else json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("content-type", "text/event-stream" if is_streamed else "application/json")
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> ScriptedModel:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_about: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, body: Message) -> Message:
        """The next step of the conversation in `body`; a request without tools asks for a title or a summary."""
        blocks: list[Message] = [{"type": "text", "text": "done"}]
        name, step = self._place(body)
        steps = self._scripts[name]
        if body.get("tools") and step < len(steps):
            blocks = [
                {"type": "tool_use", "id": f"{name}{_ID.format(step=step, number=number)}", **each}
                for number, each in enumerate(steps[step])
            ]
        reason = "tool_use" if blocks[0]["type"] == "tool_use" else "end_turn"
        usage = {"input_tokens": 1, "output_tokens": 1}
        about = {"id": "msg_1", "type": "message", "role": "assistant", "model": body.get("model", "m")}
        return {**about, "content": blocks, "stop_reason": reason, "stop_sequence": None, "usage": usage}

    def sent(self) -> str:
        """Everything that the model was sent, as one text."""
        return json.dumps(self.requests, ensure_ascii=False)

    def seen(self, step: int, number: int = 0) -> str:
        """What the model was told about a call, "" when it never was."""
        wanted = _ID.format(step=step, number=number)
        found = [
            block.get("content")
            for body in self.requests
            for block in _blocks(body, "user")
            if block.get("type") == "tool_result" and block.get("tool_use_id") == wanted
        ]
        return json.dumps(found[-1], ensure_ascii=False) if found else ""

    def _place(self, body: Message) -> tuple[str, int]:
        first = json.dumps(body.get("messages", [])[:1])
        names = [name for name in self._scripts if name and f"SCRIPT:{name}" in first]
        name = names[0] if names else ""
        steps = [
            int(found[1])
            for block in _blocks(body, "assistant")
            if (found := re.fullmatch(rf"{name}toolu_(\d+)_\d+", str(block.get("id"))))
        ]
        return name, max(steps, default=-1) + 1


def _blocks(body: Message, role: str) -> Iterator[Message]:
    for message in body.get("messages", []):
        if message.get("role") == role and isinstance(message.get("content"), list):
            yield from (block for block in message["content"] if isinstance(block, dict))


def _events(answer: Message) -> Iterator[bytes]:
    yield _event("message_start", message={**answer, "content": [], "stop_reason": None})
    for index, block in enumerate(answer["content"]):
        if block["type"] == "text":
            begun, delta = {**block, "text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            begun = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        yield _event("content_block_start", index=index, content_block=begun)
        yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    stop = {"stop_reason": answer["stop_reason"], "stop_sequence": None}
    yield _event("message_delta", delta=stop, usage=answer["usage"])
    yield _event("message_stop")


def _event(kind: str, **values: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **values})}\n\n".encode()
