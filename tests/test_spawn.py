"""Programs that answer meanwhile: whoever is forked while one runs does not keep it."""

from __future__ import annotations

import os
import sys

import pytest

from agentguard_secrets.sources import spawn


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows copies no process")
def test_a_fork_lets_go_of_a_program_that_is_asked_nothing_more(capfd: pytest.CaptureFixture[str]) -> None:
    running = spawn.begun([sys.executable, "-c", "print('answer')"], os.environ)
    asked = spawn.Conversation([sys.executable, "-c", "input()"], os.environ)
    number = os.fork()
    if not number:
        os._exit(len(spawn._OPEN))
    assert os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == 0
    assert running.answering.read().split() == [b"answer"]
    assert running.close() == 0
    asked.close()
    assert capfd.readouterr().err == ""
