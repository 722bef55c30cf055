"""Measures what one line of the journal costs a process that is running, and what a decision pays in a new one.

python benchmarks/journal_append.py [--lines 5000]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from agentguard_secrets.model import AuditEvent
from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.journal import append
from agentguard_secrets.state.journalproof import verify

EVENT = AuditEvent("PreToolUse", "s" * 36, "Write", "deny", ("github-pat",), ("ab" * 16,), "src/app.py", "cd" * 32)
IMPORTS = "import sys, json, re, time; from agentguard_secrets.model import AuditEvent; start = time.perf_counter(); "
FIRST = (
    "from agentguard_secrets.state.journal import append;"
    "append(AuditEvent('e', 's', 'Write', 'deny', (), (), 'p', 'd')); print((time.perf_counter() - start) * 1000)"
)


def main() -> None:
    """Print the milliseconds of an append by journal length, of the first one of a process, and of a proof."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=5000)
    lines = parser.parse_args().lines
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, XDG_STATE_HOME=home)
        times = [milliseconds(lambda: append(EVENT)) for _ in range(lines)]
        print(
            f"append, running process: median {statistics.median(times):.3f} ms, "
            f"99 % within {statistics.quantiles(times, n=100)[98]:.3f} ms, {lines} lines"
        )
        firsts = [first_append() for _ in range(15)]
        print(f"append, new process with its imports: median {statistics.median(firsts):.2f} ms")
        took = milliseconds(lambda: verify(journal_file()))
        print(f"journal verify: {took:.0f} ms for {lines} lines")


def milliseconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def first_append() -> float:
    """The milliseconds of an append that has to import what it needs first, told by the process itself."""
    done = subprocess.run([sys.executable, "-I", "-c", IMPORTS + FIRST], capture_output=True, text=True, check=True)
    return float(done.stdout)


if __name__ == "__main__":
    main()
