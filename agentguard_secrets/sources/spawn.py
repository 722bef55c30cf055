"""Turns words into a running program and what it prints, without `subprocess`: its import costs every commit 10 ms."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import IO


class Conversation:
    """A program that answers on `answering` what it is asked on `asking`; what it complains of is not kept."""

    def __init__(self, words: list[str], environment: Mapping[str, str]) -> None:
        self.asking, self.answering, self._wait = _started(words, environment)
        _OPEN.add(self)

    def close(self) -> int:
        """Tell the program that nothing more is asked, and return its exit status."""
        _OPEN.discard(self)
        self.asking.close()
        self.answering.close()
        return self._wait()


_OPEN: set[Conversation] = set()


def _let_go() -> None:
    """Leave all conversations to the process that this one was forked from: a program that waits for the end of its
    questions waits until nobody can ask, and whoever waits for that program waits with it."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for each in _OPEN:
        # Not closed: what was not yet sent would be sent twice.
        if not each.asking.closed:
            os.dup2(nothing, each.asking.fileno(), inheritable=False)
        os.dup2(nothing, each.answering.fileno(), inheritable=False)
    os.close(nothing)
    _OPEN.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


def begun(words: list[str], environment: Mapping[str, str]) -> Conversation:
    """Return a program that is asked nothing and answers meanwhile. Raises OSError when it cannot be started."""
    program = Conversation(words, environment)
    program.asking.close()
    return program


def output_of(words: list[str], environment: Mapping[str, str]) -> tuple[int, bytes]:
    """Return exit status and standard output. Raises OSError when the program cannot be started."""
    program = begun(words, environment)
    output = program.answering.read()
    return program.close(), output


def _started(words: list[str], environment: Mapping[str, str]) -> tuple[IO[bytes], IO[bytes], Callable[[], int]]:
    if not hasattr(os, "posix_spawnp"):
        return _started_anywhere(words, environment)
    question_read, question_write = os.pipe()
    answer_read, answer_write = os.pipe()
    # Pipes of Python's are closed in the program, but for those that get a number it knows.
    actions = [
        (os.POSIX_SPAWN_DUP2, question_read, 0),
        (os.POSIX_SPAWN_DUP2, answer_write, 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    try:
        number = os.posix_spawnp(words[0], words, environment, file_actions=actions)
    except OSError:
        os.close(question_write)
        os.close(answer_read)
        raise
    finally:
        os.close(question_read)
        os.close(answer_write)
    return os.fdopen(question_write, "wb"), os.fdopen(answer_read, "rb"), lambda: _status(number)


def _status(number: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def _started_anywhere(
    words: list[str], environment: Mapping[str, str]
) -> tuple[IO[bytes], IO[bytes], Callable[[], int]]:
    import subprocess

    program = subprocess.Popen(
        words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    if program.stdin is None or program.stdout is None:
        raise OSError(f"{words[0]}: no standard input or output")
    return program.stdin, program.stdout, program.wait
