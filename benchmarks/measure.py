"""Turns commands into what they cost: seconds of the whole process, seconds of processor, memory at the most."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

# The memory of a run that is over sooner is what the system says of its largest process.
_SAMPLED_EVERY = 0.2


class Cost(NamedTuple):
    """`memory` is in bytes: of all processes together where the system tells, and of the largest one elsewhere."""

    seconds: float
    processor: float
    memory: int
    status: int
    why: str = ""


def cost(words: list[str], *, stdin: Path | None, folder: Path, limit: float) -> Cost:
    """Run a command once. One that takes longer than `limit` seconds is ended, and its status is -9."""
    with open(stdin or os.devnull, "rb") as source, open(os.devnull, "wb") as sink:  # noqa: PTH123
        start = time.perf_counter()
        program = subprocess.Popen(
            words, stdin=source, stdout=sink, stderr=sink, cwd=folder, start_new_session=True, env=_environment(folder)
        )
        watch = _Watch(program.pid, limit)
        _, status, used = os.wait4(program.pid, 0)
        seconds = time.perf_counter() - start
        program.returncode = os.waitstatus_to_exitcode(status)
        watch.stop()
    memory = max(used.ru_maxrss * 1024, watch.most)
    return Cost(seconds, used.ru_utime + used.ru_stime, memory, program.returncode)


def _environment(folder: Path) -> Mapping[str, str]:
    # Nothing of who runs this: neither their policy nor their caches, nor that byte code be made anew in each run; and
    # nothing of ours is left with them.
    home = str(folder.parent / "home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "HOME": home, "XDG_STATE_HOME": f"{home}/state", "XDG_CONFIG_HOME": f"{home}/config"}


class _Watch:
    """Looks at a program's processes until it ends, and ends them when it takes too long."""

    def __init__(self, number: int, limit: float) -> None:
        self.most = 0
        self._number = number
        self._limit = limit
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        end = time.monotonic() + self._limit
        while not self._over.wait(_SAMPLED_EVERY):
            self.most = max(self.most, sum(map(_memory, _family(self._number))))
            if time.monotonic() > end:
                os.killpg(self._number, signal.SIGKILL)
                return


def _family(number: int) -> list[int]:
    try:
        children = Path(f"/proc/{number}/task/{number}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [number, *(each for child in children for each in _family(int(child)))]


def _memory(number: int) -> int:
    """Return the bytes of one process; what several share is divided between them."""
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
