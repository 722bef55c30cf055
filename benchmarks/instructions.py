"""Counts what a run of a program does: unlike its time, the same on a loaded machine."""

from __future__ import annotations

import re
import subprocess


def counted(command: list[str], event: bytes, world: dict[str, str], *, said: bytes = b"") -> float:
    """Return how many million instructions `command` takes for `event` on its standard input, with `world` as its
    environment. Valgrind has to be installed. Raises SystemExit unless it ends with 0 and says what holds `said`, or
    nothing where that is empty."""
    run = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]
    done = subprocess.run(run, input=event, env=world, capture_output=True, check=False)
    told = done.stderr.decode("utf-8", "replace")
    found = re.search(r"Collected : (\d+)", told)
    if found is None or done.returncode or bool(done.stdout) != bool(said) or said not in done.stdout:
        raise SystemExit(f"expected exit 0, {said!r} and what was collected, got {done.returncode}: {told}")
    return int(found[1]) / 1e6
