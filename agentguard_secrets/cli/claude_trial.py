"""Turns the real client, a guard's settings and a scripted model into proof that a deny denies and a mask masks."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_PATIENCE = 180  # seconds


# Where the client looks for the settings of a level; those of the whole machine are in force by themselves.
_PLACES = {"user": ".claude/settings.json", "project": "work/.claude/settings.json"}
_PLACES["local"] = "work/.claude/settings.local.json"
NO_PROOF = "the client did not make the two calls of the trial: it says nothing about the guard"


def trial(client: str, settings: dict[str, Any], credential: str, *, words: tuple[str, ...] = ()) -> list[str]:
    """Return what the client let happen that the guard should have stopped; [] when nothing.

    `settings` is what each level says, `words` are more words for the client. It runs in a folder and a home that are
    thrown away, talks to this process only, and tries two calls: a write of the credential, and a command that prints
    it. The credential is in no problem.
    """
    with tempfile.TemporaryDirectory(prefix="agentguard-trial-") as scratch:
        folder = Path(scratch) / "work"
        folder.mkdir()
        for scope, said in settings.items():
            path = Path(scratch) / _PLACES[scope]
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(said), encoding="utf-8")
        (folder / "notes.txt").write_text(f"first line\n{credential}\n", encoding="utf-8")
        sent = _conversation(client, folder, [_write(folder, credential), _READ], words)
        return list(_problems(sent, folder, credential))


def _problems(sent: list[dict[str, Any]], folder: Path, credential: str) -> Iterator[str]:
    results = [block for body in sent for block in _results(body)]
    if len({block["tool_use_id"] for block in results}) < 2:
        yield NO_PROOF
        return
    if (folder / "made.txt").exists():
        yield "the client wrote a file that was denied"
    last = json.dumps([block for block in results if block["tool_use_id"] == "toolu_1"])
    if credential in last or "[REDACTED:" not in last:
        yield "the client sent an output that was masked"


def _write(folder: Path, credential: str) -> dict[str, Any]:
    return {"name": "Write", "input": {"file_path": str(folder / "made.txt"), "content": f"TOKEN={credential}\n"}}


_READ = {"name": "Bash", "input": {"command": "cat notes.txt", "description": "read"}}


def _results(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for message in body.get("messages", []):
        content = message.get("content")
        for block in content if isinstance(content, list) else []:
            if block.get("type") == "tool_result":
                yield block


def _conversation(
    client: str, folder: Path, calls: list[dict[str, Any]], more: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return every request of a client to which the model answers with one call after the other."""
    sent: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"] or 0)) or b"{}")
            sent.append(body)
            done = len({block["tool_use_id"] for block in _results(body)})
            block: dict[str, Any] = {"type": "text", "text": "done"}
            if body.get("tools") and done < len(calls):
                block = {"type": "tool_use", "id": f"toolu_{done}", **calls[done]}
            raw = b"".join(_stream(block))
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        words = [client, "-p", "--dangerously-skip-permissions", *more, "--", "go"]
        address = f"http://127.0.0.1:{server.server_address[1]}"
        # One that cannot be started, or does not end, makes no call: that is what is told of it.
        with suppress(OSError, subprocess.TimeoutExpired):
            _run(words, folder, address)
    finally:
        server.shutdown()
        server.server_close()
    return sent


def _run(words: list[str], folder: Path, address: str) -> None:
    silent: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    subprocess.run(words, cwd=folder, env=_environment(folder, address), timeout=_PATIENCE, check=False, **silent)


def _environment(folder: Path, address: str) -> dict[str, str]:
    """Nothing of the user's: no account, no settings, no other host."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "COMSPEC") if name in os.environ}
    own = {"HOME": str(folder.parent), "USERPROFILE": str(folder.parent), "IS_SANDBOX": "1", "DISABLE_TELEMETRY": "1"}
    api = {"ANTHROPIC_BASE_URL": address, "ANTHROPIC_API_KEY": "none", "DISABLE_AUTOUPDATER": "1"}
    return {**kept, **own, **api, "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}


def _stream(block: dict[str, Any]) -> Iterator[bytes]:
    """Yield an answer of one block as the client wants to have it."""
    is_call = block["type"] == "tool_use"
    usage = {"input_tokens": 1, "output_tokens": 1}
    about = {"id": "msg_1", "type": "message", "role": "assistant", "model": "trial", "usage": usage}
    begun = {**block, "input": {}} if is_call else {**block, "text": ""}
    part = {"type": "input_json_delta", "partial_json": json.dumps(block.get("input"))}
    delta = part if is_call else {"type": "text_delta", "text": block["text"]}
    stop = {"stop_reason": "tool_use" if is_call else "end_turn", "stop_sequence": None}
    for kind, values in (
        ("message_start", {"message": {**about, "content": [], "stop_reason": None}}),
        ("content_block_start", {"index": 0, "content_block": begun}),
        ("content_block_delta", {"index": 0, "delta": delta}),
        ("content_block_stop", {"index": 0}),
        ("message_delta", {"delta": stop, "usage": usage}),
        ("message_stop", {}),
    ):
        yield f"event: {kind}\ndata: {json.dumps({'type': kind, **values})}\n\n".encode()
