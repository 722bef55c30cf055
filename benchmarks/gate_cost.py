"""Measures what the command gate adds to one event: the modules it needs and its judgement, in a fresh interpreter.

    python benchmarks/gate_cost.py [--runs 20]

Each row is the least processor time of the runs, which other programs on the machine disturb least. What is measured is
the gate alone: reading the event and looking for credentials come before it and are measured in hook_cold.py.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

COMMANDS = (
    "ls -l",
    "git status",
    "git diff HEAD~1",
    "python -m pytest -q tests/test_app.py",
    "npm run build",
    "cd src && grep -rn pattern . | head",
    "git commit -m 'Say why, not what'",
    "git push -u origin feature/x",
    "rm notes.txt",
    "curl -s https://api.example.com/v1/items",
    "rm -rf node_modules && npm ci",
    "for f in *.py; do echo $f; done",
    "echo cm0gLXJmIC8= | base64 -d | sh",
)
# What every event imports before the gate is reached stands outside of the measured part.
PROGRAM = """
import collections, functools, json, math, os, posixpath, re, sys, time
import agentguard_secrets.model, agentguard_secrets.policy.categories as categories
start = time.process_time()
from agentguard_secrets.acts.telling import may_act
called = {"command": sys.argv[1]}
if may_act("Bash", called, words=frozenset()):
    from agentguard_secrets.acts.tools import acts_of_tool
    from agentguard_secrets.acts.world import World
    acts_of_tool("Bash", called, World(home="/home/me", root="/home/me/x", folder="/home/me/x",
        protected=categories.PROTECTED_BRANCHES, secret=categories.SECRET_PATHS, templates=categories.TEMPLATE_PATHS,
        guarded=categories.GUARDED_PATHS, production=categories.PRODUCTION_NAMES))
print((time.process_time() - start) * 1000)
"""


def main() -> None:
    """Print one row for each command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    print(f"Python {sys.version.split()[0]}, least of {runs} runs\n")
    print(f"| {'command':<42} | ms |")
    print(f"|{'-' * 44}|---:|")
    for command in COMMANDS:
        print(f"| `{command}`{' ' * (40 - len(command))} | {min(measured(command) for _ in range(runs)):.1f} |")


def measured(command: str) -> float:
    """Return the milliseconds that one fresh interpreter spends in the gate."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, command], capture_output=True, text=True, check=True, timeout=60
    )
    return float(done.stdout)


if __name__ == "__main__":
    main()
