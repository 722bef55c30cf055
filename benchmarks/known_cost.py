"""Measures what looking for this machine's values costs a clean Claude Code event, in pairs with and without a home.

    python benchmarks/known_cost.py [--pairs 30] [--instructions]

Each pair is two cold hook processes on the same clean write of 8 KB: one in an empty home, one in a usual home with two
dozen values in a dozen files and variables, all made up at run time. The figures are medians over the pairs, in
milliseconds of the processor; --instructions counts what it does (Valgrind has to be installed). Beside it, what
collecting and searching take in a process that has loaded everything.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from instructions import counted

from agentguard_secrets.detect.prefilter import candidates
from agentguard_secrets.state.held import suspected
from agentguard_secrets.state.known import machine_secrets

HOOK = [sys.executable, "-I", "-m", "agentguard_secrets.hook"]
DICE = random.Random(7)
FILES = {
    ".aws/credentials": "[default]\naws_secret_access_key = {}\naws_session_token = {}\n",
    ".netrc": "machine localhost login me password {}\n",
    ".npmrc": "//localhost:4873/:_authToken={}\n",
    ".pypirc": "[pypi]\npassword = {}\n",
    ".kube/config": "users:\n- user:\n    token: {}\n    client-key-data: {}\n",
    ".config/gh/hosts.yml": "github.com:\n    oauth_token: {}\n",
    ".git-credentials": "https://me:{}@localhost\n",
    ".config/gcloud/application_default_credentials.json": '{{"client_secret": "{}", "refresh_token": "{}"}}',
    "repository/.env": "DB_PASSWORD={}\nSECRET_KEY={}\nSTRIPE_SECRET={}\nPORT=8080\nNODE_ENV=development\n",
    "repository/.env.local": "API_TOKEN={}\nJWT_SECRET={}\n",
}
VARIABLES = ("GITHUB_TOKEN", "NPM_TOKEN", "SERVICE_PASSWORD")


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--instructions", action="store_true")
    chosen = parser.parse_args()
    pairs = chosen.pairs
    with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryDirectory() as usual:
        (Path(empty) / "repository" / ".git").mkdir(parents=True)
        (Path(usual) / "repository" / ".git").mkdir(parents=True)
        variables = _furnish(Path(usual))
        worlds = [_world(empty, {}), _world(usual, variables)]
        for world in worlds:
            _seconds(world)
        times = [[_seconds(world) for world in worlds] for _ in range(pairs)]
        without, with_values = (statistics.median(column) * 1000 for column in zip(*times, strict=True))
        difference = statistics.median(one[1] - one[0] for one in times) * 1000
        print(f"Python {sys.version.split()[0]}, {pairs} pairs of cold processes, clean write of 8 KB")
        print(f"empty home {without:.1f} ms, usual home {with_values:.1f} ms, median difference {difference:.2f} ms")
        _print_loaded(usual, variables)
        if chosen.instructions:
            without, with_values = map(_instructions, worlds)
            print(f"million instructions: empty home {without:.1f}, usual home {with_values:.1f}")


def _print_loaded(home: str, variables: dict[str, str]) -> None:
    os.environ.update(HOME=home, **variables)
    folder = str(Path(home) / "repository")
    print(f"loaded: {len(machine_secrets(folder))} values; ", end="")
    collect = _best(lambda: suspected(folder, ()))
    print(f"collect {collect:.2f} ms, prepare and search 8 KB {_best(lambda: _search(folder)) - collect:.2f} ms")


def _search(folder: str) -> None:
    # As the hook does, which looks for grams of rules in any case.
    lowered, grams = _text().lower(), set[int]()
    candidates(lowered, {}, {}, seen=grams)
    watchlist = suspected(folder, ())
    if watchlist is None or list(watchlist.matches(_text(), lowered, grams=grams)):
        raise SystemExit("expected values, and none of them in the text")


def _best(act: Callable[[], object]) -> float:
    times = []
    for _ in range(50):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def _furnish(home: Path) -> dict[str, str]:
    for name, form in FILES.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(form.format(*(_value() for _ in range(form.count("{}")))), encoding="utf-8")
    return {name: _value() for name in VARIABLES}


def _value() -> str:
    return "".join(DICE.choices(string.ascii_letters + string.digits, k=40))


def _text() -> str:
    line = "def total(numbers: list[int]) -> int:\n    return sum(numbers)\n"
    return (line * (8192 // len(line) + 1))[:8192]


def _world(home: str, variables: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT", "LANG")}
    return {**kept, "HOME": home, "USERPROFILE": home, **variables}


def _seconds(world: dict[str, str]) -> float:
    """Return the seconds of processor that a hook takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(HOOK, world)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _instructions(world: dict[str, str]) -> float:
    return counted(HOOK, _event(world), world)


def _event(world: dict[str, str]) -> bytes:
    event = {
        "session_id": "benchmark",
        "cwd": f"{world['HOME']}/repository",
        "hook_event_name": "PreToolUse",
        "tool_name": "Write",
        "tool_input": {"file_path": f"{world['HOME']}/repository/a.py", "content": _text()},
    }
    return json.dumps(event).encode()


def _run(command: list[str], world: dict[str, str]) -> None:
    done = subprocess.run(command, input=_event(world), env=world, capture_output=True, check=False)
    if done.returncode or done.stdout:
        raise SystemExit(f"expected a silent exit 0, got {done.returncode}: {done.stderr.decode()}")


if __name__ == "__main__":
    main()
