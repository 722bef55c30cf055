"""The comparison with other programs runs: it is started seldom, and would break unseen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]


def test_a_clean_write_is_measured() -> None:
    command = [sys.executable, "-m", "benchmarks", "--only", "clean write", "--rounds", "1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=300, check=True)
    ours = next(line for line in done.stdout.splitlines() if line.startswith("| agentguard-secrets |"))
    ratio, _seconds, _processor, _memory, status = (cell.strip() for cell in ours.strip("| ").split("|")[1:])
    assert (ratio, status) == ("1.00", "0")
