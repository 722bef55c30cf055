"""Turns each way in which a guard can fail into proof that the real client then lets nothing through."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from agentguard_secrets.state.claudehooks import TIMEOUT
from tests.e2e.script import Message, call
from tests.e2e.workplace import HAS_ROOT, Workplace, bash, token

MCP = Path(__file__).parent / "server.py"
_BARE = Path(sys.base_prefix) / "bin" / "python3"

# What becomes of the guard, as a shell says it: "$@" are its arguments, $input is the event.
_DEATHS = {
    "crash": 'exec "$real" -I -c "raise SystemError"',
    "exit": "exit 1",
    "signal": "kill -9 $$",
    "half-an-answer": "printf '{\"hookSpec'; exit 1",
    "two-answers": "echo '{} {}'; exit 3",
    "memory": 'ulimit -v 60000; exec "$real" "$@" < "$input"',
    "disk": 'ulimit -f 0; exec "$real" "$@" < "$input"',
    "interpreter": "exec /gone/python",
    "package": f'exec {_BARE} "$@" < "$input"',
    "policy": 'exec "$real" "$@" --policy / < "$input"',
    "stop": "kill -STOP $$",
    "hang": 'mkfifo "$input.slow"; sleep 25 > "$input.slow" & exec "$real" "$@" < "$input.slow"',
}
_STAND_IN = """#!/bin/sh
real=@real@
input=$(mktemp) && cat > "$input"
if grep -q '"hook_event_name":"@event@"' "$input"; then
    @deaths@
fi
exec "$real" "$@" < "$input"
"""


def _breaking(work: Workplace, event: str) -> None:
    """Let the guard die at `event`, a pattern of grep, in the way that the event itself names.

    What stands still outlasts any deadline of its own; the client's is not waited for as long as it is in earnest.
    """
    deaths = "\n".join(f'grep -q BREAK-{name}- "$input" && {{ {death}; }}' for name, death in _DEATHS.items())
    stand_in = work.folder.parent / "python"
    text = _STAND_IN
    for name, value in (("real", sys.executable), ("event", event), ("deaths", deaths)):
        text = text.replace(f"@{name}@", value)
    stand_in.write_text(text)
    stand_in.chmod(0o755)
    settings = json.dumps(work.settings()).replace(sys.executable, str(stand_in))
    settings = settings.replace(f'"timeout": {TIMEOUT}', '"timeout": 20')
    (work.folder / ".claude" / "settings.local.json").write_text(settings)


def test_call_does_not_run_when_its_guard_fails(work: Workplace) -> None:
    _breaking(work, "PreToolUse")

    def write(name: str) -> Message:
        # A full disk matters only to who has to write something down.
        credential = token() if name == "disk" else ""
        return call("Write", file_path=str(work.folder / name), content=f"BREAK-{name}- {credential}\n")

    work.talk(write("nothing"), [write(name) for name in _DEATHS])
    assert [path.name for path in work.folder.iterdir() if path.is_file()] == ["nothing"]


def test_output_is_not_sent_when_its_guard_stands_still(work: Workplace) -> None:
    # The client lets the output itself through when its time is over; what is in it is then judged with the batch.
    _breaking(work, "PostToolUse")
    credential = token()
    work.write("notes.txt", credential)
    done = work.talk(bash("cat notes.txt # BREAK-stop-"))
    assert credential not in done.model.sent()
    assert len(done.model.requests) == 1


def test_batch_is_not_sent_when_its_guard_stands_still(pinned: Workplace) -> None:
    _breaking(pinned, r"PostTool[UB][a-z]*")
    credential = token()
    pinned.write("notes.txt", credential)
    done = pinned.talk(bash("cat notes.txt # BREAK-stop-"))
    assert credential not in done.model.sent()
    assert len(done.model.requests) == 1


@pytest.mark.parametrize("death", sorted({*_DEATHS} - {"stop"}))
def test_output_is_not_sent_when_its_guard_fails(pinned: Workplace, death: str) -> None:
    _breaking(pinned, "PostToolUse")
    credential = token() if death == "disk" else "harmless"
    pinned.write("notes.txt", f"{credential}-mark\n")
    done = pinned.talk(bash(f"cat notes.txt # BREAK-{death}-"))
    assert "-mark" not in done.model.sent()
    assert len(done.model.requests) == 1


@pytest.mark.parametrize("death", sorted({*_DEATHS} - {"disk"}))
def test_prompt_is_not_sent_when_its_guard_fails(pinned: Workplace, death: str) -> None:
    _breaking(pinned, "UserPromptSubmit")
    assert pinned.talk(prompt=f"go BREAK-{death}-").model.requests == []


@pytest.mark.skipif(not HAS_ROOT, reason="NOT TESTED: needs root and unshare for a full disk")
def test_nothing_gets_through_when_the_disk_is_full(work: Workplace) -> None:
    credential = token()
    work.write("notes.txt", credential)
    # The kernel's own answer, as no limit of a process gives it.
    state = work.home / ".local" / "state"
    state.mkdir(parents=True, exist_ok=True)
    full = 'mount --make-rprivate / && mount -t tmpfs -o size=16k none "$0" && dd if=/dev/zero of="$0/full" bs=1k; '
    launcher = ("unshare", "--mount", "sh", "-c", full + 'exec "$@"', str(state))
    write = call("Write", file_path=str(work.folder / "made"), content=token())
    work.talk(write, launcher=launcher)
    done = work.talk(bash("cat notes.txt"), launcher=launcher)
    assert not (work.folder / "made").exists()
    assert credential not in done.model.sent()


@pytest.mark.parametrize("kind", ["no TOML", "a folder", "a wrong value"])
def test_nothing_gets_through_when_the_policy_cannot_be_read(work: Workplace, kind: str) -> None:
    if kind == "a folder":
        (work.folder / "agentguard.toml").mkdir()
    else:
        work.write("agentguard.toml", "[[" if kind == "no TOML" else "[mode]\nlevel = 'sometimes'\n")
    assert work.talk(call("Write", file_path=str(work.folder / "made"), content="x")).model.requests == []
    assert not (work.folder / "made").exists()


def _deep(value: Any, levels: int) -> Any:
    for _ in range(levels):
        value = {"k": [value]}
    return value


def test_odd_input_hides_nothing(work: Workplace) -> None:
    made, credential = str(work.folder / "made"), token()
    server = {"command": sys.executable, "args": [str(MCP), str(work.write("notes.txt", f"n {credential}"))]}
    settings = work.write("mcp.json", json.dumps({"mcpServers": {"tiny": server}}))
    (work.folder / "odd.txt").write_bytes(b"a\xff\x00 " + credential.encode() + b" \xc3\x28\n")
    echo = "mcp__tiny__echo"
    (work.folder / "marked.txt").write_bytes(b"\xff\xfe" + f"the key is {credential} as ever\n".encode())
    denied: list[Message] = [
        call("Write", file_path=made, content=f"\ud800 {credential} \udfff"),
        call("Write", file_path=made, content=f"\x00 {credential} \x00\x1b"),
        bash(f"printf '\\000'; touch made; : '\x00{credential}'"),
        call(echo, a=None, b=1e300, c=True, d=[[], {}, [credential]]),
        call(echo, file_path=[1], old_string={"a": credential}, new_string=7, command=[]),
        call(echo, **{credential: 1}),
        call(echo, deep=_deep(credential, 40)),
    ]
    files = ("odd.txt", "marked.txt")
    masked = [call(echo), *(bash(f"cat {name}") for name in files)]
    masked += [call("Read", file_path=str(work.folder / name)) for name in files]
    done = work.talk(*denied, *masked, words=("--mcp-config", str(settings)))
    assert not (work.folder / "made").exists()
    # The calls are the model's own words; of what came back nothing may hold the credential.
    for number in range(len(denied)):
        assert done.model.seen(number), number
        assert credential not in done.model.seen(number)
        assert "here: n" not in done.model.seen(number)
    for number in range(len(denied), len(denied) + len(masked)):
        assert "[REDACTED:github-pat:" in done.model.seen(number), number
        assert credential not in done.model.seen(number)
    # Shown as if it were UTF-16, it would be the same bytes.
    assert credential.encode()[1:-1] not in done.model.sent().encode("utf-16-le", "surrogatepass")


@pytest.mark.parametrize("kind", ["50 MB", "400 levels"])
def test_more_than_can_be_judged_is_not_done(pinned: Workplace, kind: str) -> None:
    text = "number = 1\n" * 4_800_000 if kind == "50 MB" else "x"
    server = {"command": sys.executable, "args": [str(MCP), str(pinned.write("notes.txt", "answer"))]}
    settings = pinned.write("mcp.json", json.dumps({"mcpServers": {"tiny": server}}))
    calls = {
        "50 MB": call("Write", file_path=str(pinned.folder / "made"), content=text + token()),
        "400 levels": call("mcp__tiny__echo", deep=_deep("nothing", 400)),
    }
    done = pinned.talk(calls[kind], words=("--mcp-config", str(settings)))
    assert not (pinned.folder / "made").exists()
    assert "here: answer" not in done.model.sent()


def test_mentioned_file_of_no_encoding_is_not_sent(work: Workplace) -> None:
    (work.folder / "odd.txt").write_bytes(b"a\xff\x00 " + token().encode() + b" \xc3\x28\n")
    assert work.talk(prompt="see @odd.txt").model.requests == []
