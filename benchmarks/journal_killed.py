"""Lets two processes append to one journal at once, kills one with -9 in the middle, and counts what is missing.

    python benchmarks/journal_killed.py [--lines 5000]

Each process says the number of a line once `append` has returned: what was said must be in the journal, once, and the
journal must verify. Exit status 1 otherwise.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter

from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.journalproof import verify
from agentguard_secrets.state.journalread import read

APPENDING = """
import sys
from agentguard_secrets.model import AuditEvent
from agentguard_secrets.state.journal import append
for number in range(int(sys.argv[2])):
    append(AuditEvent("PreToolUse", sys.argv[1], "Write", "deny", (), (), str(number), "p"), rotate=500_000)
    print(number, flush=True)
"""


def main() -> int:
    """Print what was answered, what stands in the journal and what the proof says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=5000)
    lines = parser.parse_args().lines
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, XDG_STATE_HOME=home)
        killed, survivor = (appending(name, lines) for name in ("killed", "survivor"))
        assert killed.stdout is not None  # noqa: S101 - for the type checker
        answered = {"killed": [next(killed.stdout).strip() for _ in range(lines // 2)]}
        killed.kill()
        answered["killed"] += killed.stdout.read().split()
        killed.wait()
        answered["survivor"] = survivor.communicate()[0].split()
        written = Counter((entry["session"], entry["path"]) for entry in read(journal_file()) if entry)
        problems = verify(journal_file())
    missing = [
        (name, number) for name, numbers in answered.items() for number in numbers if (name, number) not in written
    ]
    twice = [line for line, count in written.items() if count > 1]
    said = ", ".join(f"{len(numbers)} by {name}" for name, numbers in answered.items())
    print(f"answered {said}; written {len(written)}")
    print(f"missing {len(missing)}, twice {len(twice)}, wrong in the journal {len(problems)}")
    return 1 if missing or twice or problems else 0


def appending(name: str, lines: int) -> subprocess.Popen[str]:
    """A process that appends so many lines and says each one's number afterwards."""
    return subprocess.Popen([sys.executable, "-c", APPENDING, name, str(lines)], stdout=subprocess.PIPE, text=True)


if __name__ == "__main__":
    sys.exit(main())
