"""Turns what git is about to store or to send into an exit status: 0 lets it pass, anything else stops it."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from agentguard_secrets.detect.engine import Detector
    from agentguard_secrets.model import Chunk, Decision, Finding, Policy, Unread

FOUND, UNDONE = 1, 3
_SCISSORS = " ------------------------ >8 ------------------------"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the hook that the first word names and return its exit status.

    `--kept PATH` names a hook that was there before and is run as well; the other words are those git gives the hook.
    Whatever goes wrong, the status is not 0: a guard that crashes must not open the door.
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
    from agentguard_secrets.errors import UsageError

    hooks = {"pre-commit": _before_commit, "pre-push": _before_push, "commit-msg": _before_message}
    if not words or words[0] not in hooks:
        got = repr(words[0]) if words else "nothing"
        raise UsageError(f"git-hook: expected {', '.join(hooks)}, got {got}")
    if words[1:2] == ["--kept"]:
        return hooks[words[0]], words[2], words[3:]
    return hooks[words[0]], "", words[1:]


def _before_commit(kept: str, words: list[str]) -> int:
    import os
    from itertools import chain

    from agentguard_secrets.sources.kepthook import run_kept
    from agentguard_secrets.sources.staged import from_index, from_tracked

    # First: a formatter may change what is staged.
    if status := run_kept(kept, words, sent=b""):
        return status
    staged = from_index(".")
    if os.environ.get("PRE_COMMIT_FROM_REF") and os.environ.get("PRE_COMMIT_TO_REF"):
        # The index all the same: the variables may stand in the environment of an ordinary `git commit`.
        return _judged("commit", chain(_range_of_framework(), staged))
    first = next(staged, None)
    if first is not None:
        return _judged("commit", chain([first], staged))
    # `pre-commit run --all-files` by hand or in CI: nothing is being committed, so everything is meant.
    by_hand = "PRE_COMMIT" in os.environ and "GIT_INDEX_FILE" not in os.environ
    return _judged("commit", from_tracked(".") if by_hand else [])


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
    from agentguard_secrets.sources.push import from_push

    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("git-hook pre-push: expected what git pushes on standard input, got a terminal")
    sent = sys.stdin.buffer.read()
    if not sent and "PRE_COMMIT" in os.environ:
        return _before_push_of_framework()
    updates = parse_updates(sent.decode("utf-8", "surrogateescape"))
    remote, url = (*words, "", "")[:2]
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
    from agentguard_secrets.errors import UsageError
    from agentguard_secrets.model import Chunk
    from agentguard_secrets.sources.decode import decode
    from agentguard_secrets.sources.kepthook import run_kept

    if len(words) != 1:
        raise UsageError(f"git-hook commit-msg: expected the file of the message, got {len(words)} words")
    # First: a hook may change the message.
    if status := run_kept(kept, words, sent=b""):
        return status
    with open(words[0], "rb") as stream:  # noqa: PTH123 - pathlib would cost every commit its import
        text = decode(stream.read())[0]
    # What `git commit --verbose` shows below the scissors is no part of the message.
    return _judged("commit", [Chunk(text.split(_SCISSORS, 1)[0], origin="message")])


def _judged(face: str, chunks: Iterable[Chunk | Unread]) -> int:
    import os

    from agentguard_secrets.detect.engine import default_detector, scan_chunk
    from agentguard_secrets.model import Unread
    from agentguard_secrets.state.snapshot import current_settings

    suspects: list[Chunk] = []
    unread: list[Unread] = []
    # Most commits are clean: until something is found, neither the policy's files nor the key are needed.
    detector = default_detector(b"")
    for chunk in chunks:
        if isinstance(chunk, Unread):
            unread.append(chunk)
        elif scan_chunk(chunk, detector):
            suspects.append(chunk)
    if suspects or not all(part.partly for part in unread):
        return _decided(face, suspects, unread)
    settings = current_settings(os.getcwd())  # noqa: PTH109
    if settings.journal_clean:
        _journal(face, "allow", (), policy_digest=settings.digest)
    _say_partly(unread)
    return 0


def _decided(face: str, suspects: list[Chunk], unread: list[Unread]) -> int:
    import os
    import time

    from agentguard_secrets.detect.engine import default_detector, scan_chunk
    from agentguard_secrets.policy.evaluate import decide
    from agentguard_secrets.state.key import fingerprint_key
    from agentguard_secrets.state.policyfile import load_policy

    policy = load_policy(os.getcwd())  # noqa: PTH109
    detector = default_detector(fingerprint_key(policy))
    findings = [finding for chunk in suspects for finding in scan_chunk(chunk, detector)]
    decision = decide(face, findings, unread, policy=policy, today=time.strftime("%Y-%m-%d"))
    shown = _without_credentials_in_paths(_stopping(face, decision, policy), detector)
    _journal(face, decision.verdict.name.lower(), shown.findings, policy_digest=policy.digest)
    _say_partly([part for part in unread if part.partly])
    return _answered(face, shown)


def _stopping(face: str, decision: Decision, policy: Policy) -> Decision:
    """Leave only what the policy would stop somebody for."""
    verdicts = policy.verdicts.get(face, {})
    findings = tuple(finding for finding in decision.findings if verdicts.get(finding.confidence, True))
    unread = tuple(part for part in decision.unread if not part.partly)
    return decision._replace(findings=findings, unread=unread)


def _answered(face: str, decision: Decision) -> int:
    from agentguard_secrets.model import Verdict
    from agentguard_secrets.report.as_refusal import observation, refusal

    if decision.verdict == Verdict.ALLOW:
        if decision.findings or decision.unread:
            _say(observation(face, decision.findings, decision.unread))
        return 0
    _say(refusal(face, decision.findings, decision.unread))
    if decision.verdict == Verdict.ASK:
        _say("  The policy asks a person here and git has nobody to ask: accept it as above, then try again.\n")
    return FOUND if decision.findings else UNDONE


def _without_credentials_in_paths(decision: Decision, detector: Detector) -> Decision:
    """Mask a file's name that is a credential, or holds one, before anything is printed."""
    findings = tuple(each._replace(path=_masked(each.path, detector)) for each in decision.findings)
    unread = tuple(each._replace(path=_masked(each.path, detector)) for each in decision.unread)
    return decision._replace(findings=findings, unread=unread)


def _masked(path: str, detector: Detector) -> str:
    from agentguard_secrets.detect.engine import scan_chunk
    from agentguard_secrets.detect.redact import redact_text
    from agentguard_secrets.model import Chunk

    return redact_text(path, scan_chunk(Chunk(path), detector))


def _journal(face: str, verdict: str, findings: tuple[Finding, ...], *, policy_digest: str) -> None:
    from agentguard_secrets.model import AuditEvent
    from agentguard_secrets.state.journal import append

    append(
        AuditEvent(
            event=face,
            session="",
            tool="git",
            verdict=verdict,
            rules=tuple(sorted({finding.rule_id for finding in findings})),
            fingerprints=tuple(sorted({finding.fingerprint for finding in findings})),
            path=findings[0].path if findings else "",
            policy=policy_digest,
        )
    )


def _say_partly(unread: list[Unread]) -> None:
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
