"""Turns findings into the decision that the written policy makes about them."""

from __future__ import annotations

import posixpath
import re

from agentguard_secrets.model import Decision, Verdict
from agentguard_secrets.policy.categories import CATEGORIES, READ, READ_VERDICT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentguard_secrets.model import Act, Allow, Finding, Policy, Unread

# A comment in a commit is reviewed by people. What an agent is about to do was written by the agent, comment included.
_INLINE_EXCUSES = frozenset({"commit", "push", "scan"})


def decide(
    face: str,
    findings: Iterable[Finding],
    unread: Iterable[Unread] = (),
    *,
    acts: Iterable[Act] = (),
    is_suspicious: bool = False,
    policy: Policy,
    today: str,
) -> Decision:
    """What `policy` says about findings, unread parts and acts at `face`; `today` is a date like 2026-01-31.

    `is_suspicious` says that the session has read what strangers wrote: risky acts then ask at the least.

    `findings` of the decision are those that count, also where the mode lets them pass; `excused` those that an
    unexpired [[allow]] or, in git and scans, a comment covers. A face without verdicts denies whatever counts.
    """
    counted, excused = split_excused(face, findings, policy=policy, today=today)
    open_parts = tuple(unread)
    verdicts = [_finding_verdict(face, finding, policy) for finding in counted]
    verdicts += [_verdict(face, "unread", policy) for part in open_parts if not part.partly]
    meant = tuple(acts)
    verdicts += [verdict_of_act(act, policy=policy, is_suspicious=is_suspicious) for act in meant]
    verdict = at_level(max(verdicts, default=Verdict.ALLOW), policy.level)
    return Decision(verdict=verdict, findings=counted, unread=open_parts, excused=excused, acts=meant)


def verdict_of_act(act: Act, *, policy: Policy, is_suspicious: bool) -> Verdict:
    """What the policy says about one act, whatever the mode. A category that it does not know asks."""
    if act.category == READ:
        verdict = policy.verdicts.get("read", {}).get("secret-file", READ_VERDICT)
    else:
        verdict = policy.commands.get(act.category, Verdict.ASK)
    category = CATEGORIES.get(act.category)
    is_risky = category is None or category.is_risky
    return max(verdict, policy.untrusted_then) if is_suspicious and is_risky else verdict


def split_excused(
    face: str, findings: Iterable[Finding], *, policy: Policy, today: str
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings that count at `face` and those that are excused, each in the order given."""
    counted: list[Finding] = []
    excused: list[Finding] = []
    for finding in findings:
        by_comment = finding.allowed_inline and face in _INLINE_EXCUSES
        by_policy = any(covers(allow, finding, root=policy.root, today=today) for allow in policy.allow)
        (excused if by_comment or by_policy else counted).append(finding)
    return tuple(counted), tuple(excused)


def covers(allow: Allow, finding: Finding, *, root: str, today: str) -> bool:
    """Whether this exception holds today and is about this finding; paths are taken relative to `root`."""
    if today > allow.expires:
        return False
    if allow.fingerprint is not None:
        return allow.fingerprint == finding.fingerprint
    if allow.path is None or allow.rule != finding.rule_id:
        return False
    return _is_match(posixpath.join(allow.base, allow.path), _relative(finding.path, root))


def _finding_verdict(face: str, finding: Finding, policy: Policy) -> Verdict:
    verdict = _verdict(face, finding.confidence, policy)
    # Still asked, not silent: the person sees that there is a comment and judges it.
    return min(verdict, Verdict.ASK) if finding.allowed_inline and face == "write" else verdict


def _verdict(face: str, about: str, policy: Policy) -> Verdict:
    return policy.verdicts.get(face, {}).get(about, Verdict.DENY)


def at_level(verdict: Verdict, level: str) -> Verdict:
    """Return what a verdict comes to in a mode that only observes, or only asks."""
    if level == "observe":
        return Verdict.ALLOW
    return min(verdict, Verdict.ASK) if level == "ask" else verdict


def _relative(path: str, root: str) -> str:
    """The path below `root` with `/` and without `.` and `..`; as it is, normalised, when it lies elsewhere."""
    if root[1:2] == ":":
        path, root = path.replace("\\", "/"), root.replace("\\", "/")
    path = posixpath.normpath(path) if path else path
    inside = root.rstrip("/") + "/"
    return path[len(inside) :] if root and path.startswith(inside) else path


def _is_match(glob: str, path: str) -> bool:
    """`*` and `?` stay within one folder, `**` does not; everything else stands for itself."""
    words = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return re.fullmatch("".join(words.get(part, re.escape(part)) for part in parts), path, re.DOTALL) is not None
