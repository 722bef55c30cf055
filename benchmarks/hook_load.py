"""Measures two sessions at once, as fast as the rate asks for: every answer and every journal line is checked.

    python benchmarks/hook_load.py [--rate 200] [--seconds 60] [--form forked|cold]

Each event is a hook process of its own with its own standard input and output, and goes through the hook's `main`.
Events are offered at their times, whether the ones before are done or not. `forked` starts each as a copy of a process
in which interpreter and modules are loaded, and goes on until all of them are judged: only so does a small machine get
through 200 in a second. `cold` starts an interpreter for each, as the client does, and ends with the time: how many
that are is a matter of the machine.

Half of the events hold a credential: in a write, a command, an edit and an output. Ends with status 1 when an answer is
wrong, comes after the hook's own deadline, or is missing in the journal. Linux only.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from agentguard_secrets.hook import main as hook
from agentguard_secrets.rulebook.samples import make

SESSIONS = ("first", "second")
_ENDS = {signal.SIGCHLD}
HOOK = (sys.executable, "-I", "-m", "agentguard_secrets.hook")
PROGRAM = (sys.executable, "-m", "agentguard_secrets.cli.main")
# Of the hook itself, see [hook] deadline of the policy.
DEADLINE = 10.0
# So many of a session at once are more than a client starts; more would only wait for each other.
MOST_AT_ONCE = {"forked": 12, "cold": 8}


class Case(NamedTuple):
    """One kind of event, and what has to come of it."""

    name: str
    event: dict[str, Any]
    expected: str


class Running(NamedTuple):
    """One event whose answer is waited for: its id, when it was due and begun, and where its process writes."""

    call: str
    due: float
    begun: float
    case: Case
    output: int
    words: int


def main() -> None:
    """Print the rate, the answers, their times and the journal, and end with status 1 when one of them is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--form", choices=("forked", "cold"), default="forked")
    parser.add_argument("--session", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.session:
        print(json.dumps(_session(chosen.session, chosen.rate, chosen.seconds, form=chosen.form)))
        return
    with tempfile.TemporaryDirectory() as folder:
        world = {**os.environ, "HOME": folder, "XDG_STATE_HOME": f"{folder}/state", "XDG_CONFIG_HOME": f"{folder}/etc"}
        credential = make("ghp_<alnum:30><crc62:6>")
        Path(folder, "agentguard.toml").write_text("[journal]\nclean = true\n", encoding="utf-8")
        told = [str(Path(__file__).resolve()), *sys.argv[1:], "--rate", str(chosen.rate / len(SESSIONS)), "--session"]
        drivers = [
            subprocess.Popen(
                [sys.executable, *told, name], cwd=folder, env={**world, "CANARY": credential}, stdout=subprocess.PIPE
            )
            for name in SESSIONS
        ]
        results = [json.loads(driver.communicate()[0]) for driver in drivers]
        is_sound = _is_kept(folder, world, results)
    sys.exit(not _told(results, chosen) or not is_sound)


def _told(results: list[dict[str, Any]], chosen: argparse.Namespace) -> bool:
    ends: Counter[str] = Counter()
    for result in results:
        ends.update(result["ends"])
    total, seconds = sum(ends.values()), max(result["seconds"] for result in results)
    after_due, own = (sorted(chain.from_iterable(each[key] for each in results)) for key in ("waited", "took"))
    print(f"{chosen.form}: {total} events of {len(SESSIONS)} sessions in {seconds:.1f} s, ", end="")
    print(f"{total / seconds:.0f} a second ({chosen.rate:.0f} asked for, for {chosen.seconds:.0f} s)")
    for title, times in (("from due time to answer", after_due), ("from start to answer", own)):
        hundredths = statistics.quantiles(times, n=100)
        print(f"{title}: median {hundredths[49] * 1000:.0f} ms, 99 % {hundredths[98] * 1000:.0f} ms, ", end="")
        print(f"longest {times[-1] * 1000:.0f} ms")
    used, driven = (sum(result[key] for result in results) / total * 1000 for key in ("processor", "driver"))
    print(f"processor time of one event: {used:.1f} ms, and {driven:.1f} ms to start it and to compare its answer")
    late = sum(seconds > DEADLINE for seconds in own)
    print(f"over the deadline of {DEADLINE:g} s: {late}")
    for end, times in sorted(ends.items()):
        print(f"{times:6} {end}")
    return not late and not any(end.startswith("WRONG") for end in ends)


def cases(folder: str, credential: str) -> list[Case]:
    """Return one event of each kind, with and without a credential, and what has to be answered."""

    def before(tool: str, **values: str) -> dict[str, Any]:
        return {"hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": values}

    def after(text: str) -> dict[str, Any]:
        response = {"stdout": text, "stderr": "", "interrupted": False, "isImage": False}
        return {**before("Bash", command="make"), "hook_event_name": "PostToolUse", "tool_response": response}

    code = "def total(numbers: list[int]) -> int:\n    return sum(numbers)\n\n\n" * 100
    path = f"{folder}/a.py"
    return [
        Case("write", before("Write", file_path=path, content=code), "silent"),
        Case("write of a credential", before("Write", file_path=path, content=f"TOKEN = '{credential}'\n"), "deny"),
        Case("command", before("Bash", command="ls -l src"), "silent"),
        Case("command with a credential", before("Bash", command=f"login --token {credential}"), "deny"),
        Case("output", after("compiled 12 files\n" * 100), "silent"),
        Case("output with a credential", after(f"token: {credential}\n"), "redact"),
        Case("search", before("Grep", pattern="def total", path=folder), "silent"),
        Case("dangerous command", before("Bash", command="rm -rf src"), "ask"),
    ]


def _session(name: str, rate: float, seconds: float, *, form: str) -> dict[str, Any]:
    """Offer the events of one session, and return how they ended and how long each of them took."""
    credential = os.environ.pop("CANARY")
    folder = str(Path.cwd())
    kinds = cases(folder, credential)
    start = _started if form == "cold" else _loaded(kinds, folder)
    running: dict[int, Running] = {}
    result: dict[str, Any] = {"ends": Counter(), "waited": [], "took": [], "processor": 0.0, "answers": {}}
    # Kept back, so that one that ends while nobody waits is not missed.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    before, begin = time.process_time(), time.monotonic()
    number, most = 0, int(rate * seconds)
    while running or number < most:
        due = begin + number / rate
        if number < most and time.monotonic() >= due and len(running) < MOST_AT_ONCE[form]:
            case, call = kinds[number % len(kinds)], f"{name}-{number}"
            event = {"session_id": name, "cwd": folder, "tool_use_id": call, **case.event}
            process, output, words = start(json.dumps(event).encode())
            running[process] = Running(call, due, time.monotonic(), case, output, words)
            number += 1
            if form == "cold" and time.monotonic() - begin >= seconds:
                most = number
        for process, status, used in _ended(len(running)):
            result["processor"] += used
            _settle(running.pop(process), status, credential, result)
        is_next = number < most and len(running) < MOST_AT_ONCE[form]
        if is_next:
            _wait(until=begin + number / rate)
        elif running:
            _wait(until=time.monotonic() + 1.0)
    return {**result, "seconds": time.monotonic() - begin, "driver": time.process_time() - before}


def _wait(*, until: float) -> None:
    """Sleep until then, or until a process ends."""
    if (seconds := until - time.monotonic()) > 0:
        signal.sigtimedwait(_ENDS, seconds)


def _ended(most: int) -> list[tuple[int, int, float]]:
    """Return the processes, of so many, that have ended, each with its status and the processor's seconds."""
    found = []
    while len(found) < most:
        process, status, used = os.wait4(-1, os.WNOHANG)
        if not process:
            break
        found.append((process, os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime))
    return found


def _settle(each: Running, status: int, credential: str, result: dict[str, Any]) -> None:
    end = time.monotonic()
    result["waited"].append(end - each.due)
    result["took"].append(end - each.begun)
    answer, case = _answer(status, each, credential), each.case
    result["ends"][f"{'' if answer == case.expected else 'WRONG: '}{case.name}: {answer}"] += 1
    result["answers"][each.call] = case.expected


def _answer(status: int, each: Running, credential: str) -> str:
    output, words = (_read(number) for number in (each.output, each.words))
    if credential in output + words:
        return "the credential is in the answer"
    if status == 0 and not output and not words:
        return "silent"
    told = json.loads(output)
    if status == 2:
        decision = told.get("hookSpecificOutput", {}).get("permissionDecision")
        return "deny" if decision == "deny" and "could not judge" not in output else f"status 2, {words}"
    verdicts = {'"permissionDecision": "ask"': "ask", '"updatedToolOutput"': "redact"}
    return next((verdict for sign, verdict in verdicts.items() if sign in output), f"status {status}, {output[:200]}")


def _read(number: int) -> str:
    size = os.lseek(number, 0, os.SEEK_END)
    raw = os.pread(number, size, 0)
    os.close(number)
    return raw.decode()


def _loaded(kinds: list[Case], folder: str) -> Callable[[bytes], tuple[int, int, int]]:
    """Return what starts a copy of this process, after one event of each kind was judged in it with another journal."""
    from agentguard_secrets.guard.pipeline import Run, answered

    home = os.environ["XDG_STATE_HOME"]
    with tempfile.TemporaryDirectory() as elsewhere:
        os.environ["XDG_STATE_HOME"] = elsewhere
        for case in kinds:
            event = {"session_id": "before", "cwd": folder, **case.event}
            answered(Run(), json.dumps(event).encode(), set_deadline=lambda _seconds: None)
    os.environ["XDG_STATE_HOME"] = home
    gc.collect()
    # Kept from being looked through, and so from being copied, in every process.
    gc.freeze()
    return _forked


def _streams(raw: bytes) -> tuple[int, int, int]:
    stdin, output, words = (os.memfd_create(name) for name in ("event", "output", "words"))
    os.write(stdin, raw)
    os.lseek(stdin, 0, os.SEEK_SET)
    return stdin, output, words


def _forked(raw: bytes) -> tuple[int, int, int]:
    """Start the hook in a copy of this process."""
    streams = _streams(raw)
    process = os.fork()
    if not process:
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115 - the hook's own, as if it had just started
            hook([])
        finally:
            os._exit(99)
    os.close(streams[0])
    return process, streams[1], streams[2]


def _started(raw: bytes) -> tuple[int, int, int]:
    """Start the hook as the client does."""
    streams = _streams(raw)
    actions = [(os.POSIX_SPAWN_DUP2, stream, number) for number, stream in enumerate(streams)]
    process = os.posix_spawn(HOOK[0], HOOK, os.environ, file_actions=actions, setsigmask=())
    os.close(streams[0])
    return process, streams[1], streams[2]


def _is_kept(folder: str, world: dict[str, str], results: list[dict[str, Any]]) -> bool:
    """Say whether the journal verifies and holds one line of each event, with the verdict that was expected."""
    path = Path(folder, "state", "agentguard-secrets", "journal.jsonl")
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    verified = subprocess.run([*PROGRAM, "journal", "verify"], cwd=folder, env=world, capture_output=True, check=False)
    verdicts = {"silent": "allow"}
    wanted = {call: verdicts.get(end, end) for result in results for call, end in result["answers"].items()}
    told = Counter(line["call"] for line in lines)
    lost = len(wanted.keys() - told.keys())
    others = sum(wanted.get(line["call"]) != line["verdict"] for line in lines)
    is_in_order = [line["sequence"] for line in lines] == list(range(1, len(lines) + 1))
    print(f"journal: {len(lines)} lines of {len(wanted)} events, {lost} lost, {others} with another verdict, ", end="")
    print(f"`journal verify` ends with status {verified.returncode}")
    is_once = len(lines) == len(wanted) == len(told)
    return is_once and is_in_order and not lost and not others and verified.returncode == 0


if __name__ == "__main__":
    main()
