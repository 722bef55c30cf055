"""Turns what git is about to store or to send into the policy's decision about it."""

from __future__ import annotations

from agentguard_secrets._record import Record
from agentguard_secrets.model import Decision, Unread, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agentguard_secrets.detect.engine import Detector
    from agentguard_secrets.model import Chunk, Finding, Policy
    from agentguard_secrets.state.snapshot import Settings


# In characters: from here on loading the sieve pays.
_MUCH = 1 << 16


class Judgement(Record):
    """A decision that can be shown: its findings and unread parts are those that the policy would stop somebody for,
    without credentials in their paths.

    `partly` are files of which only plain text was read. `is_noted` says whether it belongs in the journal, `policy`
    is what was asked: of it, a clean commit needs the settings only. `stats` says what was scanned.
    """

    decision: Decision
    partly: tuple[Unread, ...]
    is_noted: bool
    policy: Policy | Settings
    stats: Mapping[str, int]


def judge_commit(folder: str, *, adding: Sequence[Sequence[str]] = ()) -> Decision:
    """Return what the policy says to a commit of what the index of `folder` holds.

    `adding` are the words of each `git add` that would run first, such as ("--update",) for `git commit --all`: the
    index itself stays as it is. Raises UsageError when `folder` lies in no repository.
    """
    from agentguard_secrets.sources.staged import from_index
    from agentguard_secrets.sources.staging import StagedAfter

    if not adding:
        return judge("commit", from_index(folder), folder=folder).decision
    with StagedAfter(folder, adding):
        return judge("commit", from_index(folder), folder=folder).decision


def judge_push(folder: str, *, words: Sequence[str] = ()) -> Decision:
    """Return what the policy says to a `git push` with these `words`, as far as it can be told without the remote.

    Raises UsageError when `folder` lies in no repository.
    """
    from agentguard_secrets.sources.push import from_push
    from agentguard_secrets.sources.pushwords import push_meant_by

    meant = push_meant_by(folder, words)
    chunks = from_push(folder, meant.updates, remote=meant.remote, url=meant.url)
    return judge("push", chunks, folder=folder).decision


def judge(face: str, chunks: Iterable[Chunk | Unread], *, folder: str) -> Judgement:
    """Return what the policy of `folder` says at `face`, commit or push, to what `chunks` hold."""
    search = _Search(folder)
    for chunk in chunks:
        search.take(chunk)
    return search.judged(face)


class _Search:
    """What was found so far. Most commits are clean: until something is found, neither the policy's files nor the key
    are read, and little text is kept."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._first = _suspecting_detector(folder)
        self._is_much = False
        # Until it is known how much there is.
        self._waiting: list[Chunk] = []
        self._strict: tuple[Policy, Detector] | None = None
        self._findings: list[Finding] = []
        self._unread: list[Unread] = []
        self._chunks = self._characters = 0

    def take(self, chunk: Chunk | Unread) -> None:
        if isinstance(chunk, Unread):
            self._unread.append(chunk)
            return
        self._chunks += 1
        self._characters += len(chunk.text)
        self._waiting.append(chunk)
        if self._characters >= _MUCH:
            if not self._is_much:
                self._is_much = True
                self._first = _with_sieve(self._first)
            self._look()

    def _look(self) -> None:
        from agentguard_secrets.detect.engine import scan_chunk

        for chunk in self._waiting:
            if scan_chunk(chunk, self._first):
                self._findings += scan_chunk(chunk, self._policy()[1])
        self._waiting.clear()

    def judged(self, face: str) -> Judgement:
        self._look()
        stats = {"texts": self._chunks, "characters": self._characters, "unread": len(self._unread)}
        partly = tuple(part for part in self._unread if part.partly)
        if self._findings or len(partly) < len(self._unread):
            policy, detector = self._policy()
            findings = _outside_baseline(self._findings, policy, detector)
            decision = _decided(face, findings, self._unread, policy=policy)
            shown = _without_credentials_in_paths(_stopping(face, decision, policy), detector)
            return Judgement(shown, partly, is_noted=True, policy=policy, stats=stats)
        from agentguard_secrets.state.snapshot import current_settings

        settings = current_settings(self._folder)
        clean = Decision(Verdict.ALLOW, (), (), ())
        return Judgement(clean, partly, is_noted=settings.journal_clean, policy=settings, stats=stats)

    def _policy(self) -> tuple[Policy, Detector]:
        if self._strict is None:
            from agentguard_secrets.state.key import fingerprint_key
            from agentguard_secrets.state.policyfile import load_policy

            policy = load_policy(self._folder)
            self._strict = policy, _detector(self._folder, policy, fingerprint_key(policy))
        return self._strict


def _suspecting_detector(folder: str) -> Detector:
    """Return the detector of the first look, which knows at least what that of the second one knows."""
    from agentguard_secrets.detect.engine import default_detector
    from agentguard_secrets.state.held import suspected
    from agentguard_secrets.state.snapshot import current_settings

    settings = current_settings(folder)
    if settings.rules:
        from agentguard_secrets.state.policyfile import load_policy

        return _detector(folder, load_policy(folder), b"")
    return default_detector(b"")._replace(known=suspected(folder, settings.words))


def _with_sieve(detector: Detector) -> Detector:
    """Let the sieve, if an installation has made it ready, look first: faster where there is much."""
    from agentguard_secrets.detect.table import RULES
    from agentguard_secrets.state.keptsieve import kept_sieve

    return detector._replace(sieve=kept_sieve(others=len(detector.rules) - len(RULES)))


def _detector(folder: str, policy: Policy, key: bytes) -> Detector:
    """Every search of a commit or a push that finds something is made with this one, and of what it knows."""
    from agentguard_secrets.rulebook.packs import detector_for
    from agentguard_secrets.state.known import listed

    return detector_for(policy.rules, key)._replace(known=listed(policy, folder))


def _outside_baseline(findings: list[Finding], policy: Policy, detector: Detector) -> list[Finding]:
    from agentguard_secrets.state.baseline import load_baseline

    baseline = load_baseline(policy.root)
    if not findings or not baseline.entries:
        return findings
    named = [each._replace(path=_masked(each.path, detector)) for each in findings]
    counted = set(baseline.outside(named, root=policy.root))
    return [each for each, shown in zip(findings, named, strict=True) if shown in counted]


def _decided(face: str, findings: list[Finding], unread: list[Unread], *, policy: Policy) -> Decision:
    import time

    from agentguard_secrets.policy.evaluate import decide

    return decide(face, findings, unread, policy=policy, today=time.strftime("%Y-%m-%d"))


def _stopping(face: str, decision: Decision, policy: Policy) -> Decision:
    """Leave only what the policy would stop somebody for."""
    verdicts = policy.verdicts.get(face, {})
    findings = tuple(finding for finding in decision.findings if verdicts.get(finding.confidence, True))
    unread = tuple(part for part in decision.unread if not part.partly)
    return decision._replace(findings=findings, unread=unread)


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
