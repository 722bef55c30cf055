"""Turns a run of our command line into runs that are killed, each before another of its steps on the disk."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# The interpreter starts once: each run is a fork of it, which waits for a line before it begins.
_SCRIPT = """
import os, signal, sys
from agentguard_secrets.cli import baseline, exchange, install, main
name, words = sys.argv[1], sys.argv[2:]
steps = {"open", "os.rename", "os.link", "os.remove", "os.chmod", "os.mkdir", "os.truncate"}

def run(left):
    def watch(event, arguments):
        nonlocal left
        if event in steps and any(isinstance(each, (str, bytes)) and name in os.fsdecode(each) for each in arguments):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.stdout = open(os.devnull, "w")
    sys.addaudithook(watch)
    os._exit(main.main(words))

for step in range(200):
    sys.stdin.readline()
    child = os.fork()
    if child == 0:
        run(step)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
_KILLED = "-9"


def killed(*words: str, cwd: Path, name: str) -> Iterator[bool]:
    """Run with these words, killed before the first step on a file whose path holds `name`, then before the second,
    and so on; yield after each run whether it was killed. The last one was not."""
    command = [sys.executable, "-c", _SCRIPT, name, *words]
    with subprocess.Popen(command, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdin is not None
        assert driver.stdout is not None
        said = _KILLED
        while said == _KILLED:
            driver.stdin.write("\n")
            driver.stdin.flush()
            said = driver.stdout.readline().strip()
            assert said in (_KILLED, "0")
            yield said == _KILLED
        driver.kill()
