"""Measures what one Claude Code event costs: a cold hook process beside `python -I -c 'import json'`, in turn.

    python benchmarks/hook_cold.py [--pairs 20]

Run it with the interpreter of an environment in which the package is installed. Each pair is one run of each
program; the figure that counts is the median of the pairs' ratios, because the machine's speed drops out of it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FLOOR = [sys.executable, "-I", "-c", "import json"]
HOOK = [sys.executable, "-I", "-m", "agentguard_secrets.hook"]
POLICY = '[owner]\nname = "benchmark"\ncontact = "benchmark@localhost"\n\n[verdicts]\nwrite.medium = "deny"\n'


def main() -> None:
    """Print one row for each kind of event."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=20)
    pairs = parser.parse_args().pairs
    print(f"Python {sys.version.split()[0]}, {pairs} pairs each\n")
    print(f"| {'event':<44} | floor ms | hook ms | ratio |")
    print(f"|{'-' * 46}|---------:|--------:|------:|")
    for title, text, policy in _cases():
        floor, hook, ratio = measured(text, policy, pairs)
        print(f"| {title:<44} | {floor * 1000:8.1f} | {hook * 1000:7.1f} | {ratio:5.2f} |")


def measured(text: str, policy: str, pairs: int) -> tuple[float, float, float]:
    """Return the medians of floor and hook in seconds and of their ratio, for a write of `text` under `policy`."""
    with tempfile.TemporaryDirectory() as folder:
        if policy:
            Path(folder, "agentguard.toml").write_text(policy, encoding="utf-8")
        event = _event(folder, text)
        world = {
            **os.environ,
            "HOME": folder,
            "XDG_STATE_HOME": f"{folder}/state",
            "XDG_CONFIG_HOME": f"{folder}/config",
        }
        _seconds(
            HOOK, event, world
        )  # writes the byte code and the snapshot of the policy, as the first event ever does
        times = [(_seconds(FLOOR, b"", world), _seconds(HOOK, event, world)) for _ in range(pairs)]
    ratios = [hook / floor for floor, hook in times]
    floors, hooks = zip(*times, strict=True)
    return statistics.median(floors), statistics.median(hooks), statistics.median(ratios)


def _cases() -> list[tuple[str, str, str]]:
    prose = _words("The quick brown fox reads a file, writes another and goes home.\n")
    code = _words(
        'def connect(host: str, password: str | None = None) -> Client:\n    token = os.environ["SERVICE_TOKEN"]\n'
        "    return Client(host, token=token, secret=load_secret(name))\n\n"
    )
    return [
        ("clean write of 8 KB of prose", prose, ""),
        ("clean write of 8 KB of code about passwords", code, ""),
        ("the same, with a policy file", code, POLICY),
    ]


def _words(text: str) -> str:
    return (text * (8192 // len(text) + 1))[:8192]


def _event(folder: str, text: str) -> bytes:
    event = {
        "session_id": "benchmark",
        "cwd": folder,
        "hook_event_name": "PreToolUse",
        "tool_name": "Write",
        "tool_input": {"file_path": f"{folder}/a.py", "content": text},
    }
    return json.dumps(event).encode() + b"\n"


def _seconds(command: list[str], event: bytes, world: dict[str, str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, input=event, env=world, capture_output=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode or done.stdout:
        raise SystemExit(f"expected a silent exit 0 of {command[-1]}, got {done.returncode}: {done.stderr.decode()}")
    return seconds


if __name__ == "__main__":
    main()
