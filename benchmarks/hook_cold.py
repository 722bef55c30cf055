"""Measures what one Claude Code event costs: a cold hook process beside `python -I -c 'import json'`, in turn.

    python benchmarks/hook_cold.py [--pairs 20] [--instructions]

Run it with the interpreter of an environment in which the package is installed. Each pair is one run of each
program; the figure that counts is the median of the pairs' ratios, because the machine's speed drops out of it. On a
machine that others use as well, trust the processor's time more than the clock's, and --instructions, which counts what
each program does once (Valgrind has to be installed), more than both.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from instructions import counted
from works import library

from agentguard_secrets.rulebook.samples import make
from agentguard_secrets.state import keptpatterns, keptsieve

FLOOR = [sys.executable, "-I", "-c", "import json"]
HOOK = [sys.executable, "-I", "-m", "agentguard_secrets.hook"]
POLICY = '[owner]\nname = "benchmark"\ncontact = "benchmark@localhost"\n\n[verdicts]\nwrite.medium = "deny"\n'
# Whoever counts instructions waits fifty times as long: longer than the default deadline.
JOURNAL = f"{POLICY}\n[mode]\ndeadline = 45\n\n[journal]\nclean = true\n"
SMALL, LARGE = 8 << 10, 1 << 20
_LOG = "".join(
    f"2026-01-02T03:04:{at % 60:02} INFO worker-{at % 7} handled GET /items/{at} in {at % 90} ms\n" for at in range(997)
)
_JSON = "".join(
    f'{{"id": {at}, "name": "item {at}", "tags": ["a", "b"], "price": {at / 7:.2f}}},\n' for at in range(997)
)


class Case(NamedTuple):
    """An event, the policy under which it is judged, and what the answer has to hold: with nothing there is none."""

    title: str
    event: dict[str, Any]
    policy: str
    said: bytes = b""


class Cost(NamedTuple):
    """What one run took, in seconds of the processor and of the clock."""

    processor: float
    clock: float


def main() -> None:
    """Print one row for each kind of event."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--instructions", action="store_true")
    chosen = parser.parse_args()
    pairs = chosen.pairs
    # As `install` leaves it.
    keptsieve.make_ready()
    keptpatterns.keep_patterns()
    if chosen.instructions:
        _count()
        return
    print(f"Python {sys.version.split()[0]}, {pairs} pairs each\n")
    print(f"| {'event':<60} | floor ms CPU | hook ms CPU | ratio of CPU | of clock |")
    print(f"|{'-' * 62}|-------------:|------------:|-------------:|---------:|")
    for case in _cases():
        costs = measured(case, pairs)
        floor, hook = (statistics.median(pair[side].processor for pair in costs) * 1000 for side in (0, 1))
        ratio = statistics.median(hook.processor / floor.processor for floor, hook in costs)
        clock = statistics.median(hook.clock / floor.clock for floor, hook in costs)
        print(f"| {case.title:<60} | {floor:12.1f} | {hook:11.1f} | {ratio:12.2f} | {clock:8.2f} |")


def _count() -> None:
    print(f"| {'event':<60} | million instructions | ratio |")
    print(f"|{'-' * 62}|---------------------:|------:|")
    for case in _cases():
        with tempfile.TemporaryDirectory() as folder:
            raw, world = _prepared(folder, case)
            try:
                floor = counted(FLOOR, raw.read_bytes(), world)
                hook = counted(HOOK, raw.read_bytes(), world, said=case.said)
            except SystemExit:
                # Counting takes fifty times as long: where that is more than the hook's deadline it answers.
                print(f"| {case.title:<60} | {'past its deadline':>20} |     - |", flush=True)
                continue
        print(f"| {case.title:<60} | {hook:20.1f} | {hook / floor:5.2f} |", flush=True)


def measured(case: Case, pairs: int) -> list[tuple[Cost, Cost]]:
    """Return the cost of floor and hook, pair by pair, for a case."""
    with tempfile.TemporaryDirectory() as folder:
        raw, world = _prepared(folder, case)
        return [(_cost(FLOOR, raw, world), _cost(HOOK, raw, world, said=case.said)) for _ in range(pairs)]


def _prepared(folder: str, case: Case) -> tuple[Path, dict[str, str]]:
    if case.policy:
        Path(folder, "agentguard.toml").write_text(case.policy, encoding="utf-8")
    raw = Path(folder, "event.json")
    raw.write_text(json.dumps({"session_id": "benchmark", "cwd": folder, **case.event}) + "\n", encoding="utf-8")
    world = {**os.environ, "HOME": folder, "XDG_STATE_HOME": f"{folder}/state", "XDG_CONFIG_HOME": f"{folder}/config"}
    # Writes the byte code and the snapshot of the policy, as the first event ever does.
    _cost(HOOK, raw, world, said=case.said)
    return raw, world


def _cases() -> list[Case]:
    prose = "The quick brown fox reads a file, writes another and goes home.\n"
    code = (
        'def connect(host: str, password: str | None = None) -> Client:\n    token = os.environ["SERVICE_TOKEN"]\n'
        "    return Client(host, token=token, secret=load_secret(name))\n\n"
    )
    ordinary = inspect.getsource(argparse)
    # Many modules, each once, and a token that is masked.
    modules = library(LARGE)
    masked = f"{modules[: LARGE // 2]}\n{make('ghp_<alnum:30><crc62:6>')}\n{modules[LARGE // 2 :]}"
    return [
        Case("clean write of 8 KB of ordinary code", _write(ordinary), ""),
        Case("the same, policy and journal.clean on", _write(ordinary), JOURNAL),
        Case("clean write of 8 KB of prose", _write(prose), ""),
        Case("the same, policy and journal.clean on", _write(prose), JOURNAL),
        Case("clean write of 8 KB of code about passwords", _write(code), ""),
        Case("the same, with a policy file", _write(code), POLICY),
        Case("the same, policy and journal.clean on", _write(code), JOURNAL),
        Case("command `ls -l`", _call("PreToolUse", "Bash", {"command": "ls -l"}), ""),
        Case("the same, policy and journal.clean on", _call("PreToolUse", "Bash", {"command": "ls -l"}), JOURNAL),
        Case("output of 1 MB of prose, policy and journal.clean on", _output(prose), JOURNAL),
        Case("output of 1 MB of a log, the same", _output(_LOG), JOURNAL),
        Case("output of 1 MB of JSON, the same", _output(_JSON), JOURNAL),
        Case("output of 1 MB of Python sources, the same", _output(ordinary), JOURNAL),
        Case("output of 1 MB of code about passwords, the same", _output(code), JOURNAL),
        Case("output of 1 MB of many modules, with a token, the same", _output(masked), JOURNAL, b"[REDACTED:"),
    ]


def _write(text: str) -> dict[str, Any]:
    return _call("PreToolUse", "Write", {"file_path": "a.py", "content": _as_long(text, SMALL)})


def _output(text: str) -> dict[str, Any]:
    told = {"stdout": _as_long(text, LARGE), "stderr": "", "interrupted": False, "isImage": False}
    return {**_call("PostToolUse", "Bash", {"command": "ls -l"}), "tool_response": told}


def _call(name: str, tool: str, tool_input: dict[str, str]) -> dict[str, Any]:
    return {"hook_event_name": name, "tool_name": tool, "tool_input": tool_input}


def _as_long(text: str, size: int) -> str:
    return (text * (size // len(text) + 1))[:size]


def _cost(command: list[str], event: Path, world: dict[str, str], *, said: bytes = b"") -> Cost:
    """Run the command, which has to end with 0 and say what holds `said`, or nothing where that is empty, and return
    what it took; `os.wait4` tells of this one child."""
    answer = event.with_name("said")
    start = time.perf_counter()
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, str(event), os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(answer), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    number = os.posix_spawn(command[0], command, world, file_actions=actions)
    _number, status, usage = os.wait4(number, 0)
    clock = time.perf_counter() - start
    told = answer.read_bytes()
    if status or bool(told) != bool(said) or said not in told:
        raise SystemExit(f"expected exit 0 and {said!r} of {command[-1]}, got {status}: {told[:2000]!r}")
    return Cost(usage.ru_utime + usage.ru_stime, clock)


if __name__ == "__main__":
    main()
