"""Measures what mutated events do to the guard: each has to end in a well-formed answer or exit status 2, in time.

    python benchmarks/hook_fuzz.py [--events 20000] [--processes 300] [--seed 1]

Most events are answered by forks of one interpreter, which share nothing but what it has imported; the last
`--processes` of them by processes of their own, through the wrapper that `install claude` writes. POSIX only.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from agentguard_secrets.rulebook.samples import make
from agentguard_secrets.state.claudehooks import handler

PAYLOADS = Path(__file__).parents[1] / "tests" / "golden" / "claude"
CREDENTIAL = make("ghp_<alnum:30><crc62:6>")
ODD = (None, True, 0, -1, 1e308, "", " ", [], {}, [[]], {"": ""}, "\ud800", "\x00", "\u202e", "@" * 50, "x" * 100_000)
DEADLINE = 60.0  # seconds: where the client itself ends a hook, and lets the call through


def main() -> None:
    """Print how the events ended, and end with status 1 when one of them ended wrongly."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--processes", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    chance = random.Random(chosen.seed)
    payloads = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(PAYLOADS.glob("*.json"))]
    ends: Counter[str] = Counter()
    wrong: list[str] = []
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(HOME=folder, XDG_STATE_HOME=f"{folder}/state", XDG_CONFIG_HOME=f"{folder}/config")
        for number in range(chosen.events):
            raw = mutated(chance.choice(payloads), chance, number)
            is_own = number >= chosen.events - chosen.processes
            started = time.perf_counter()
            status, output, words = in_a_process(raw) if is_own else in_a_fork(raw)
            seconds = time.perf_counter() - started
            slowest = max(slowest, seconds)
            end = judged(status, output, words)
            ends[end if seconds < DEADLINE else "too late"] += 1
            if end.startswith("WRONG") or seconds >= DEADLINE:
                wrong.append(f"event {number}: {end}, {seconds:.1f} s: {raw[:300]!r}")
    print(f"{chosen.events} events, seed {chosen.seed}, slowest {slowest:.2f} s")
    for end, times in ends.most_common():
        print(f"{times:7} {end}")
    print("\n".join(wrong[:20]))
    sys.exit(bool(wrong))


def mutated(payload: dict[str, Any], chance: random.Random, number: int) -> bytes:
    """Return the event with one to four things wrong with it, most often with a credential in it."""
    event = copy.deepcopy(payload)
    event["session_id"] = str(number)
    for _ in range(chance.randint(1, 4)):
        chance.choice(MUTATIONS)(event, chance)
    raw = json.dumps(event).encode()
    return chance.choice(SPOILERS)(raw, chance) if chance.random() < 0.2 else raw


def judged(status: int, output: bytes, words: bytes) -> str:
    """Return how a run ended; what begins with WRONG must not be."""
    if CREDENTIAL.encode() in output + words:
        return "WRONG: the credential is in the answer"
    if status not in (0, 2):
        return f"WRONG: exit status {status}"
    if not output.strip():
        return "refused by status" if status else "silence"
    try:
        answer = json.loads(output)
    except ValueError:
        return "WRONG: no JSON" if status == 0 else "refused by status"
    if not isinstance(answer, dict):
        return "WRONG: no object"
    said = answer.get("hookSpecificOutput", {}).get("permissionDecision") or answer.get("decision")
    return f"status {status}, {said or ', '.join(sorted(answer))}"


def in_a_fork(raw: bytes) -> tuple[int, bytes, bytes]:
    """Return what a fork of this interpreter, which has imported the guard, answers."""
    from agentguard_secrets import hook
    from agentguard_secrets.guard import failing, judge, pipeline  # noqa: F401

    files = [tempfile.TemporaryFile() for _ in range(3)]  # noqa: SIM115 - closed below
    files[0].write(raw)
    files[0].seek(0)
    child = os.fork()
    if not child:
        for number, file in enumerate(files):
            os.dup2(file.fileno(), number)
        hook.main([])
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for file in files:
        file.seek(0)
    output, words = files[1].read(), files[2].read()
    for file in files:
        file.close()
    return status, output, words


def in_a_process(raw: bytes) -> tuple[int, bytes, bytes]:
    """Return what the installed hook answers, wrapper and all."""
    try:
        name = json.loads(raw)["hook_event_name"]
    except (ValueError, LookupError, TypeError, RecursionError):
        name = "PreToolUse"
    hook = handler(name if isinstance(name, str) else "PreToolUse", is_shared=False)
    done = subprocess.run([hook["command"], *hook["args"]], input=raw, capture_output=True, timeout=90, check=False)
    return done.returncode, done.stdout, done.stderr


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return each container below `value` with each of its keys."""
    found = []
    waiting = [value]
    while waiting:
        each = waiting.pop()
        items = each.items() if isinstance(each, dict) else enumerate(each) if isinstance(each, list) else ()
        for key, item in items:
            found.append((each, key))
            waiting.append(item)
    return found


def _leak(event: Any, chance: random.Random) -> None:
    if places := [place for place in _places(event) if isinstance(place[0][place[1]], str)]:
        holder, key = chance.choice(places)
        text = holder[key]
        at = chance.randint(0, len(text))
        holder[key] = f"{text[:at]} {CREDENTIAL} {text[at:]}"


def _odd(event: Any, chance: random.Random) -> None:
    if places := _places(event):
        holder, key = chance.choice(places)
        holder[key] = copy.deepcopy(chance.choice(ODD))


def _drop(event: Any, chance: random.Random) -> None:
    if places := _places(event):
        holder, key = chance.choice(places)
        del holder[key]


def _add(event: Any, chance: random.Random) -> None:
    name = chance.choice(("extra", CREDENTIAL, "tool_input", "file_path", "edits", "new_source", "\ud800", "a" * 300))
    event[name] = copy.deepcopy(chance.choice((*ODD, CREDENTIAL, {"old_string": CREDENTIAL, "new_string": 1})))


def _rename(event: Any, chance: random.Random) -> None:
    names = ("PreToolUse", "PostToolUse", "PostToolBatch", "Stop", "UserPromptSubmit", "ConfigChange", "Unheard", "")
    event["hook_event_name"] = chance.choice(names)


def _deepen(event: Any, chance: random.Random) -> None:
    value: Any = CREDENTIAL
    for _ in range(chance.choice((3, 150, 400))):
        value = [value] if chance.random() < 0.5 else {"k": value}
    event[chance.choice(("tool_input", "tool_response", "prompt", "deep"))] = value


MUTATIONS = (_leak, _leak, _leak, _odd, _drop, _add, _rename, _deepen)


def _cut(raw: bytes, chance: random.Random) -> bytes:
    return raw[: chance.randint(0, len(raw))]


def _flip(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw))
    return raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :]


def _twice(raw: bytes, chance: random.Random) -> bytes:
    return raw + chance.choice((b"", b"\n", b" ")) + raw


def _repeat_key(raw: bytes, _chance: random.Random) -> bytes:
    return b'{"hook_event_name": "Stop", ' + raw[1:]


def _mark(raw: bytes, chance: random.Random) -> bytes:
    return chance.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"\n\n", b"x")) + raw


SPOILERS = (_cut, _flip, _twice, _repeat_key, _mark)

if __name__ == "__main__":
    main()
