"""Measures two sessions at once, as fast as the rate asks for: every answer and every journal line is checked.

    python benchmarks/hook_load.py [--rate 200] [--seconds 60]

Each event is a hook process of its own, as the client starts it, half of them with a credential. A machine that cannot
start so many says which rate it reached; what counts is that no answer is wrong and no journal line is lost.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from agentguard_secrets.rulebook.samples import make

HOOK = (sys.executable, "-I", "-m", "agentguard_secrets.hook")
PROGRAM = (sys.executable, "-m", "agentguard_secrets.cli.main")
CREDENTIAL = make("ghp_<alnum:30><crc62:6>")


def main() -> None:
    """Print the rate, the answers and the journal, and end with status 1 when one of them is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(HOME=folder, XDG_STATE_HOME=f"{folder}/state", XDG_CONFIG_HOME=f"{folder}/config")
        Path(folder, "agentguard.toml").write_text("[journal]\nclean = true\n", encoding="utf-8")
        ends: Counter[str] = Counter()
        started = time.monotonic()
        sessions = [
            threading.Thread(target=_session, args=(name, folder, chosen.rate / 2, chosen.seconds, ends))
            for name in ("first", "second")
        ]
        for session in sessions:
            session.start()
        for session in sessions:
            session.join()
        seconds = time.monotonic() - started
        is_sound = _journal(folder, sum(ends.values()))
    total = sum(ends.values())
    print(
        f"{total} events of two sessions in {seconds:.1f} s: {total / seconds:.0f} a second ({chosen.rate:.0f} asked)"
    )
    print(", ".join(f"{times} {end}" for end, times in sorted(ends.items())))
    sys.exit(not is_sound or bool(ends.keys() - {"denied", "silent"}))


def _session(name: str, folder: str, rate: float, seconds: float, ends: Counter[str]) -> None:
    begin = time.monotonic()
    running: list[tuple[subprocess.Popen[bytes], bool]] = []
    number = 0
    while (now := time.monotonic() - begin) < seconds:
        while running and (len(running) > 16 or running[0][0].poll() is not None):
            _settle(*running.pop(0), ends)
        if number > now * rate:
            time.sleep(0.001)
            continue
        is_leak = number % 2 == 1
        running.append((_started(name, folder, number, is_leak), is_leak))
        number += 1
    for process, is_leak in running:
        _settle(process, is_leak, ends)


def _started(name: str, folder: str, number: int, is_leak: bool) -> subprocess.Popen[bytes]:
    text = f"TOKEN={CREDENTIAL}\n" if is_leak else "number = 1\n"
    call = {"tool_name": "Write", "tool_input": {"file_path": f"{folder}/a{number}.py", "content": text}}
    event = {"session_id": name, "cwd": folder, "hook_event_name": "PreToolUse", **call}
    process = subprocess.Popen(HOOK, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if process.stdin is not None:
        process.stdin.write(json.dumps(event).encode())
        process.stdin.close()
        process.stdin = None
    return process


def _settle(process: subprocess.Popen[bytes], is_leak: bool, ends: Counter[str]) -> None:
    output, words = process.communicate()
    if CREDENTIAL.encode() in output + words:
        ends["WRONG: the credential is in the answer"] += 1
    elif is_leak:
        is_denied = process.returncode == 2 and b'"deny"' in output and b"could not judge" not in output
        ends["denied" if is_denied else f"WRONG: status {process.returncode} for a leak"] += 1
    else:
        is_silent = process.returncode == 0 and not output
        ends["silent" if is_silent else f"WRONG: status {process.returncode} for clean text"] += 1


def _journal(folder: str, expected: int) -> bool:
    """Say whether the journal holds one line for each event and verifies."""
    lines = Path(folder, "state", "agentguard-secrets", "journal.jsonl").read_text(encoding="utf-8").splitlines()
    verified = subprocess.run([*PROGRAM, "journal", "verify"], cwd=folder, capture_output=True, check=False)
    numbers = [json.loads(line)["sequence"] for line in lines]
    print(f"journal: {len(lines)} lines for {expected} events; verify ends with status {verified.returncode}")
    return len(lines) == expected and numbers == list(range(1, expected + 1)) and verified.returncode == 0


if __name__ == "__main__":
    main()
