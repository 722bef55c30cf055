"""Turns what git is about to store or to send into an exit status: 0 lets it pass, anything else stops it."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from agentguard_secrets.gitguard import Judgement
    from agentguard_secrets.model import Chunk, Decision, Unread

FOUND, UNDONE = 1, 3
# In seconds: far more than a person waits for, far less than for ever.
_DEADLINES = {"commit": 300, "push": 1800}
_DEADLINE_VARIABLE = "AGENTGUARD_GIT_DEADLINE"
_STATS_VARIABLE = "AGENTGUARD_GIT_STATS"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the hook that the first word names and return its exit status.

    `--stats` says what was scanned. `--kept PATH` names a hook that was there before and is run as well; the other
    words are those git gives the hook. Whatever goes wrong, the status is not 0: a guard that crashes must not open the
    door.
    """
    try:
        hook, kept, words = _understood(list(sys.argv[1:] if arguments is None else arguments))
        return hook(kept, words)
    except Exception as error:
        # Only errors of our own are known to hold no credential: of any other only its kind and place are told.
        status = getattr(error, "exit_code", None)
        _say(f"agentguard-secrets: {error if status else _kind_and_place(error)}\n")
        _say("agentguard-secrets: nothing passes that was not scanned, so git was stopped\n")
        return int(status or UNDONE)


def _understood(words: list[str]) -> tuple[Callable[[str, list[str]], int], str, list[str]]:
    import os

    from agentguard_secrets.errors import UsageError

    hooks = {
        "pre-commit": _before_commit,
        "pre-merge-commit": _before_commit,
        "prepare-commit-msg": _before_old_commit,
        "pre-applypatch": _before_old_commit,
        "commit-msg": _before_message,
        "pre-push": _before_push,
    }
    if not words or words[0] not in hooks:
        got = repr(words[0]) if words else "nothing"
        raise UsageError(f"git-hook: expected {', '.join(hooks)}, got {got}")
    hook, words = hooks[words[0]], words[1:]
    if words[:1] == ["--stats"]:
        words = words[1:]
        os.environ[_STATS_VARIABLE] = "1"
    if words[:1] == ["--kept"]:
        return hook, words[1], words[2:]
    return hook, "", words


def _before_commit(kept: str, words: list[str]) -> int:
    import os
    from itertools import chain

    from agentguard_secrets.sources.kepthook import run_kept
    from agentguard_secrets.sources.staged import check_nothing_staged, from_index, from_tracked

    # First: a formatter may change what is staged.
    if status := run_kept(kept, words, sent=b""):
        return status
    merging = _merged_now(os.environ)
    staged = from_index(".", merging=merging)
    if os.environ.get("PRE_COMMIT_FROM_REF") and os.environ.get("PRE_COMMIT_TO_REF"):
        # The index all the same: the variables may stand in the environment of an ordinary `git commit`.
        return _judged("commit", chain(_range_of_framework(), staged))
    first = next(staged, None)
    if first is not None:
        return _judged("commit", chain([first], staged))
    # `pre-commit run --all-files` by hand or in CI: nothing is being committed, so everything is meant.
    if "PRE_COMMIT" in os.environ and "GIT_INDEX_FILE" not in os.environ:
        return _judged("commit", from_tracked("."))
    if not merging:
        check_nothing_staged(".")
    return _judged("commit", [])


def _merged_now(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the commits that `git merge` merges: it writes them down for its hooks only behind `pre-merge-commit`."""
    if not environment.get("GIT_REFLOG_ACTION", "").startswith(("merge", "pull")):
        return ()
    return tuple(sorted(name.removeprefix("GITHEAD_") for name in environment if name.startswith("GITHEAD_")))


def _before_old_commit(kept: str, words: list[str]) -> int:
    """Judge the commit of a `git revert`, `git cherry-pick` or `git am`: git runs neither of the two hooks for it."""
    import os
    from itertools import chain

    from agentguard_secrets.sources.kepthook import run_kept
    from agentguard_secrets.sources.message import from_message
    from agentguard_secrets.sources.repository import run_git
    from agentguard_secrets.sources.staged import from_index

    # First: a hook may change the message.
    if status := run_kept(kept, words, sent=b""):
        return status
    # `git am` does not say where it is.
    asked = ("rev-parse", "--git-path", "rebase-apply/final-commit")
    message = words[0] if words else os.fsdecode(run_git(".", *asked)).rstrip("\n")
    return _judged("commit", chain(from_index("."), from_message(".", message, os.environ)))


def _range_of_framework() -> Iterable[Chunk | Unread]:
    import os

    from agentguard_secrets.sources.framework import framework_update
    from agentguard_secrets.sources.push import from_push

    return from_push(".", [framework_update(".", os.environ)], remote="")


def _before_push(kept: str, words: list[str]) -> int:
    import os

    from agentguard_secrets.errors import UsageError
    from agentguard_secrets.protocol.prepush import parse_updates
    from agentguard_secrets.sources.kepthook import run_kept
    from agentguard_secrets.sources.push import from_push, update_of_head

    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("git-hook pre-push: expected what git pushes on standard input, got a terminal")
    sent = sys.stdin.buffer.read()
    if not sent and "PRE_COMMIT" in os.environ:
        return _before_push_of_framework()
    updates = parse_updates(sent.decode("utf-8", "surrogateescape"))
    remote, url = (*words, "", "")[:2]
    if not updates and remote != url:
        # Either nothing is pushed, or what started us kept for itself what git said.
        updates, url = update_of_head("."), ""
    status = _judged("push", from_push(".", updates, remote=remote, url=url))
    # Last: a hook that sends large files elsewhere must not have done so when the push is refused.
    return status or run_kept(kept, words, sent=sent)


def _before_push_of_framework() -> int:
    import os

    from agentguard_secrets.sources.framework import framework_update
    from agentguard_secrets.sources.push import from_push, unpushed_elsewhere
    from agentguard_secrets.state.githooks import is_installed

    remote = os.environ.get("PRE_COMMIT_REMOTE_NAME", "")
    update = framework_update(".", os.environ)
    url = os.environ.get("PRE_COMMIT_REMOTE_URL", "")
    status = _judged("push", from_push(".", [update], remote=remote, url=url))
    if remote and not is_installed(".", "pre-push") and unpushed_elsewhere(".", [update.local_oid], remote=remote):
        _say(
            "agentguard-secrets: WARNING: the pre-commit framework passes on only the first reference of a push "
            f"({update.local_ref}).\n"
            f"  Other branches or tags here have commits that {remote} lacks; if this push sends them, they were NOT "
            "scanned.\n  To have every reference scanned: agentguard-secrets install git\n"
        )
    return status


def _before_message(kept: str, words: list[str]) -> int:
    import os

    from agentguard_secrets.errors import UsageError
    from agentguard_secrets.sources.kepthook import run_kept
    from agentguard_secrets.sources.message import from_message

    if len(words) != 1:
        raise UsageError(f"git-hook commit-msg: expected the file of the message, got {len(words)} words")
    # First: a hook may change the message.
    if status := run_kept(kept, words, sent=b""):
        return status
    return _judged("commit", from_message(".", words[0], os.environ))


def _judged(face: str, chunks: Iterable[Chunk | Unread]) -> int:
    import os

    from agentguard_secrets.gitguard import judge

    _set_deadline(_seconds(face))
    judgement = judge(face, chunks, folder=os.getcwd())  # noqa: PTH109
    _set_deadline(0)
    if os.environ.get(_STATS_VARIABLE):
        counts = ", ".join(f"{count} {name}" for name, count in judgement.stats.items())
        _say(f"agentguard-secrets: {face}: scanned {counts}\n")
    decision = judgement.decision
    if judgement.is_noted:
        _journal(face, judgement)
    _say_partly(judgement.partly)
    return _answered(face, decision)


def _seconds(face: str) -> float:
    import os

    from agentguard_secrets.errors import UsageError

    word = os.environ.get(_DEADLINE_VARIABLE, "")
    if word and not (word.isascii() and word.isdigit() and int(word)):
        raise UsageError(f"{_DEADLINE_VARIABLE}: expected a number of seconds from 1, got {word!r}")
    return int(word) if word else _DEADLINES[face]


def _set_deadline(seconds: float) -> None:
    """Raise DeadlineError in `seconds` from now, in the middle of whatever is done then; with 0, no more."""
    import signal

    def overrun(*_about: object) -> None:
        from agentguard_secrets.errors import DeadlineError

        raise DeadlineError(f"it took longer than {seconds:g} s; {_DEADLINE_VARIABLE}=SECONDS gives it more time")

    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, overrun)
        # Again and again: an exception that is raised in the middle of an object's end is lost.
        signal.setitimer(signal.ITIMER_REAL, seconds, 1.0 if seconds else 0.0)


def _answered(face: str, decision: Decision) -> int:
    if not decision.verdict and not decision.findings and not decision.unread:
        return 0
    from agentguard_secrets.model import Verdict
    from agentguard_secrets.report.as_refusal import observation, refusal

    if decision.verdict == Verdict.ALLOW:
        _say(observation(face, decision.findings, decision.unread))
        return 0
    _say(refusal(face, decision.findings, decision.unread))
    if decision.verdict == Verdict.ASK:
        _say("  The policy asks a person here and git has nobody to ask: accept it as above, then try again.\n")
    return FOUND if decision.findings else UNDONE


def _journal(face: str, judgement: Judgement) -> None:
    import os
    import time

    from agentguard_secrets.model import AuditEvent, Policy
    from agentguard_secrets.state.journal import append

    decision, policy = judgement.decision, judgement.policy
    findings = decision.findings
    line = AuditEvent(
        event=face,
        session="",
        tool="git",
        verdict=decision.verdict.name.lower(),
        rules=tuple(sorted({finding.rule_id for finding in findings})),
        fingerprints=tuple(sorted({finding.fingerprint for finding in findings})),
        path=findings[0].path if findings else "",
        policy=policy.digest,
        unread=len(decision.unread),
        milliseconds=round(time.process_time() * 1000),
    )
    if not isinstance(policy, Policy):
        if not policy.is_told:
            append(line)
            return
        from agentguard_secrets.state.policyfile import load_policy

        policy = load_policy(os.getcwd())  # noqa: PTH109
    from agentguard_secrets.telling.start import tell

    line = line._replace(level=policy.level, folder=policy.root)
    tell(line, append(line, rotate=policy.journal.rotate), policy)


def _say_partly(unread: Sequence[Unread]) -> None:
    if unread:
        from agentguard_secrets.report.as_refusal import partly_read

        _say(partly_read(unread))


def _say(text: str) -> None:
    sys.stderr.write(text)


def _kind_and_place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace is not None else ""
    return f"unexpected {type(error).__name__}{place}: this is a fault of agentguard-secrets"


if __name__ == "__main__":
    sys.exit(main())
