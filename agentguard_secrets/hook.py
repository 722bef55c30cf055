"""Turns one Claude Code event on standard input into the guard's answer."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from agentguard_secrets.model import Event, Field, Finding, Policy, Verdict
    from agentguard_secrets.protocol.claude_answer import Answer, Masks
    from agentguard_secrets.state.snapshot import Settings

    Scanned = list[tuple[Field, list[Finding]]]

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


class _Run:
    """What is known of this run so far, for the answer if it has to end before its time."""

    event: Event | None = None
    folder = ""
    policy: str | None = None
    deadline = 0.0
    is_late = False
    is_answering = False


def main(arguments: list[str]) -> NoReturn:
    """Read one event from standard input, answer it, and end the process.

    `arguments` is empty or `--policy FILE`. Exit status 0 lets the client go on or tells it the verdict in JSON; 2
    stops it.
    """
    run = _Run()
    try:
        _set_deadline(_FIRST_DEADLINE, run)
        answer = _answered(run, arguments)
    except BaseException as problem:
        answer = _refused(run, problem)
    _end(run, answer)


def _answered(run: _Run, arguments: list[str]) -> Answer:
    import os

    from agentguard_secrets.protocol.claude import read_event
    from agentguard_secrets.state.journal import check_writable

    run.policy = _named_policy(arguments)
    run.event = event = read_event(_input())
    run.folder = event.cwd if os.path.isabs(event.cwd) else os.getcwd()
    settings = _settings(run)
    if settings.deadline != _FIRST_DEADLINE:
        _set_deadline(min(settings.deadline, _LONGEST_DEADLINE), run)
    if _scan(event, key=b""):
        return _judged(event, _policy(run))
    if settings.journal_clean:
        _record(event, _masks(event, [], key=b""), policy=settings.digest)
    else:
        check_writable()
    return 0, "", ""


def _refused(run: _Run, problem: BaseException) -> Answer:
    """Return the policy's answer to a failure of ours."""
    try:
        from agentguard_secrets.errors import AgentguardError, DeadlineError
        from agentguard_secrets.protocol.claude_answer import failure

        # Of any other exception only the kind and the place are told: its message may quote the input.
        why = str(problem) if isinstance(problem, AgentguardError) else f"{type(problem).__name__} {_origin(problem)}"
        answer = failure(run.event, why, on_error=_on_error(run))
        if not isinstance(problem, DeadlineError):
            _record_failure(run, answer)
        return answer
    except BaseException:
        return _LAST_ANSWER


def _on_error(run: _Run) -> Verdict:
    from agentguard_secrets.model import Verdict

    try:
        return _settings(run).on_error if run.event else Verdict.DENY
    except Exception:
        return Verdict.DENY


def _origin(problem: BaseException) -> str:
    place = problem.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return f"at {place.tb_frame.f_globals.get('__name__')}:{place.tb_lineno}" if place else ""


def _end(run: _Run, answer: Answer) -> NoReturn:
    """Say the answer and end at once: tearing the interpreter down costs time and could change the exit status."""
    import os

    run.is_answering = True
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


def _settings(run: _Run) -> Settings | Policy:
    if run.policy is not None:
        return _policy(run)
    from agentguard_secrets.state.snapshot import current_settings

    return current_settings(run.folder)


def _policy(run: _Run) -> Policy:
    from agentguard_secrets.state.policyfile import load_named, load_policy

    return load_policy(run.folder) if run.policy is None else load_named(run.policy)


def _named_policy(arguments: list[str]) -> str | None:
    if not arguments:
        return None
    if len(arguments) == 2 and arguments[0] == "--policy":
        return arguments[1]
    from agentguard_secrets.errors import UsageError

    raise UsageError("agentguard_secrets.hook: expected no argument, or --policy FILE")


def _input() -> bytes:
    from agentguard_secrets.errors import ProtocolError

    # Closed from the start is as good as empty.
    raw = sys.stdin.buffer.read(_MOST_BYTES + 1) if sys.stdin else b""
    if len(raw) > _MOST_BYTES:
        raise ProtocolError(f"event: expected at most {_MOST_BYTES} bytes, found more")
    return raw


def _scan(event: Event, *, key: bytes) -> Scanned:
    """Return the fields in which something was found, each with its findings."""
    from agentguard_secrets.detect.engine import default_detector, scan_chunk
    from agentguard_secrets.protocol.claude import chunk_of, placed

    detector = default_detector(key)
    scanned = []
    for field in event.fields:
        chunk, offset = chunk_of(event, field)
        findings = placed(scan_chunk(chunk, detector), offset)
        scanned += [(field, findings)] if findings else []
    return scanned


def _judged(event: Event, policy: Policy) -> Answer:
    """Return the answer to an event in which something was found, after it was written to the journal."""
    import time

    from agentguard_secrets.detect.redact import tag_of
    from agentguard_secrets.policy.evaluate import decide
    from agentguard_secrets.protocol.claude_answer import Judgement, answer, counts
    from agentguard_secrets.protocol.claude_message import located
    from agentguard_secrets.state.key import fingerprint_key

    key = fingerprint_key(policy)
    scanned = _scan(event, key=key)
    found = [finding for _field, findings in scanned for finding in findings]
    decision = decide(event.face, found, (), policy=policy, today=time.strftime("%Y-%m-%d"))
    wanted = {finding for finding in decision.findings if counts(finding, event.face, policy)}
    scanned = [(field, [finding for finding in findings if finding in wanted]) for field, findings in scanned]
    masks = _masks(event, scanned, key=key)
    judgement = Judgement(event=event, decision=decision, places=located(scanned, tag_of), policy=policy, masks=masks)
    verdict, said = answer(judgement)
    _record(event, masks, policy=policy.digest, verdict=verdict.name, found=(*decision.findings, *decision.excused))
    return said


def _masks(event: Event, scanned: Scanned, *, key: bytes) -> Masks:
    """Return how to clean the output and the words about it: by place, and by value wherever else it stands."""
    from agentguard_secrets.detect.engine import default_detector, scan_chunk
    from agentguard_secrets.detect.redact import redact_text, tag_of
    from agentguard_secrets.model import Chunk
    from agentguard_secrets.protocol.claude_answer import Masks, replacements

    words = [Chunk(text) for text in (event.path, event.name, event.tool, event.session) if text]
    found = [(chunk.text, scan_chunk(chunk, default_detector(key))) for chunk in words]
    found += [(field.text, findings) for field, findings in scanned]
    pairs = [(text[each.span.start : each.span.end], tag_of(each)) for text, findings in found for each in findings]
    texts = {field.keys: redact_text(field.text, findings) for field, findings in scanned}
    return Masks(texts=texts, values=replacements(pairs))


def _record(
    event: Event, masks: Masks, *, policy: str, verdict: str = "allow", found: tuple[Finding, ...] = ()
) -> None:
    from agentguard_secrets.model import AuditEvent
    from agentguard_secrets.protocol.claude_answer import masked_text
    from agentguard_secrets.state.journal import append

    texts = (event.name, event.session, event.tool, event.path)
    name, session, tool, path = (masked_text(text, masks.values) for text in texts)
    rules = tuple(sorted({finding.rule_id for finding in found}))
    values = tuple(sorted({finding.fingerprint for finding in found}))
    append(AuditEvent(name, session, tool, verdict.lower(), rules, values, path, policy))


def _record_failure(run: _Run, answer: Answer) -> None:
    """Write down that something could not be judged; where the journal is what failed, the answer has to do."""
    from agentguard_secrets.model import AuditEvent
    from agentguard_secrets.protocol.claude_answer import known_name
    from agentguard_secrets.state.journal import append

    verdict = "ask" if '"ask"' in answer[1] else "deny"
    try:
        append(AuditEvent(known_name(run.event), "", "", verdict, (), (), "", ""))
    except Exception:
        return


if sys.platform == "win32":

    def _set_deadline(seconds: float, run: _Run) -> None:
        """Answer and end in `seconds` from now, whatever the main thread does."""
        import _thread
        import time

        def watch() -> None:
            time.sleep(seconds)
            if run.deadline == seconds:
                _overrun(run)

        run.deadline = seconds
        _thread.start_new_thread(watch, ())

else:

    def _set_deadline(seconds: float, run: _Run) -> None:
        """Answer and end in `seconds` from now, in the middle of whatever is done then; one call replaces another."""
        if TYPE_CHECKING:
            import signal
        else:
            # The public module makes enumerations of all signals first: 0.8 ms.
            import _signal as signal

        run.deadline = seconds
        signal.signal(signal.SIGALRM, lambda _number, _frame: _overrun(run))
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _overrun(run: _Run) -> NoReturn:
    import os

    from agentguard_secrets.errors import DeadlineError

    if run.is_answering:
        # A second answer behind the first would make both unreadable.
        os._exit(2)
    if run.is_late:
        _end(run, _LAST_ANSWER)
    run.is_late = True
    problem = DeadlineError(f"it took longer than {run.deadline:g} s")
    # What took so long may be what the answer needs, too: reading the policy.
    _set_deadline(_GRACE, run)
    _end(run, _refused(run, problem))


if __name__ == "__main__":
    main(sys.argv[1:])
