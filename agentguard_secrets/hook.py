"""Turns one Claude Code event on standard input into the guard's answer, whatever happens on the way."""

from __future__ import annotations

import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from agentguard_secrets.guard.pipeline import Run
    from agentguard_secrets.protocol.claude_answer import Answer

_MOST_BYTES = 64 * 1024 * 1024
# Until the policy is read. The client's own limit is 60 seconds: what it ends, it lets through.
_FIRST_DEADLINE = 10.0
_LONGEST_DEADLINE = 45.0
# What may be spent on finding out how the policy wants an overrun deadline to be answered.
_GRACE = 2.0

_LAST_WORDS = "agentguard-secrets is broken and could not judge this: run `agentguard-secrets doctor`"
_LAST_ANSWER = (
    2,
    f'{{"continue": false, "stopReason": "{_LAST_WORDS}", "decision": "block", "reason": "{_LAST_WORDS}"}}\n',
    _LAST_WORDS,
)


class _Watch:
    """When this process has to answer, how far it is with that, and the run that it would have to answer for."""

    run: Run | None = None
    deadline = 0.0
    is_late = False
    is_answering = False


def main(arguments: list[str]) -> NoReturn:
    """Read one event from standard input, answer it, and end the process.

    `arguments` is empty or `--policy FILE`; with `--rehearse` before it, nobody outside is told. Exit status 0 lets the
    client go on or tells it the verdict in JSON; 2 stops it.
    """
    # This process ends before anything is worth collecting; looking for it is a thirtieth of a clean run.
    gc.disable()
    watch = _Watch()
    try:
        _set_deadline(_FIRST_DEADLINE, watch)
        answer = _answered(watch, arguments)
    except BaseException as problem:
        answer = _refused(watch, problem)
    _end(watch, answer)


def _answered(watch: _Watch, arguments: list[str]) -> Answer:
    from agentguard_secrets.guard.pipeline import Run, answered

    watch.run = run = Run()
    run.is_rehearsal = arguments[:1] == ["--rehearse"]
    run.policy = _named_policy(arguments[run.is_rehearsal :])

    def set_deadline(seconds: float) -> None:
        if seconds != _FIRST_DEADLINE:
            _set_deadline(min(seconds, _LONGEST_DEADLINE), watch)

    return answered(run, _input(), set_deadline=set_deadline)


def _refused(watch: _Watch, problem: BaseException) -> Answer:
    try:
        from agentguard_secrets.guard.failing import refused
        from agentguard_secrets.guard.pipeline import Run

        return refused(watch.run or Run(), problem)
    except BaseException:
        return _LAST_ANSWER


def _end(watch: _Watch, answer: Answer) -> NoReturn:
    """Say the answer and end at once: tearing the interpreter down costs time and could change the exit status."""
    import os

    watch.is_answering = True
    status, output, words = answer
    # A stream that was closed from the start is None; its number may be another file's by now.
    if sys.stderr is not None:
        _is_written(2, words)
    # If the client has not heard the verdict, only the exit status is left to tell it.
    is_heard = not output or (sys.stdout is not None and _is_written(1, output))
    os._exit(status if is_heard else 2)


def _is_written(number: int, text: str) -> bool:
    from os import write

    raw = text.encode("utf-8", "backslashreplace")
    try:
        while raw:
            raw = raw[write(number, raw) :]
    except OSError:
        return False
    return True


def _named_policy(arguments: list[str]) -> str | None:
    if not arguments:
        return None
    if len(arguments) == 2 and arguments[0] == "--policy":
        return arguments[1]
    from agentguard_secrets.errors import UsageError

    raise UsageError("agentguard_secrets.hook: expected no argument, or --policy FILE")


def _input() -> bytes:
    # Closed from the start is as good as empty.
    raw = sys.stdin.buffer.read(_MOST_BYTES + 1) if sys.stdin else b""
    if len(raw) > _MOST_BYTES:
        from agentguard_secrets.errors import ProtocolError

        raise ProtocolError(f"event: expected at most {_MOST_BYTES} bytes, found more")
    return raw


if sys.platform == "win32":

    def _set_deadline(seconds: float, watch: _Watch) -> None:
        """Answer and end in `seconds` from now, whatever the main thread does."""
        import _thread
        import time

        def end_late() -> None:
            time.sleep(seconds)
            if watch.deadline == seconds:
                _overrun(watch)

        watch.deadline = seconds
        _thread.start_new_thread(end_late, ())

else:

    def _set_deadline(seconds: float, watch: _Watch) -> None:
        """Answer and end in `seconds` from now, in the middle of whatever is done then; one call replaces another."""
        if TYPE_CHECKING:
            import signal
        else:
            # The public module makes enumerations of all signals first: 0.8 ms.
            import _signal as signal

        watch.deadline = seconds
        signal.signal(signal.SIGALRM, lambda _number, _frame: _overrun(watch))
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _overrun(watch: _Watch) -> NoReturn:
    import os

    from agentguard_secrets.errors import DeadlineError

    if watch.is_answering:
        # A second answer behind the first would make both unreadable.
        os._exit(2)
    if watch.is_late:
        _end(watch, _LAST_ANSWER)
    watch.is_late = True
    problem = DeadlineError(f"it took longer than {watch.deadline:g} s")
    # What took so long may be what the answer needs, too: reading the policy.
    _set_deadline(_GRACE, watch)
    _end(watch, _refused(watch, problem))


if __name__ == "__main__":
    main(sys.argv[1:])
