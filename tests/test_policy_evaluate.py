"""Turns findings and a policy into proof of which verdict follows."""

from __future__ import annotations

import pytest

from agentguard_secrets.model import Allow, Finding, Policy, Span, Unread, Verdict
from agentguard_secrets.policy.evaluate import decide, split_excused
from agentguard_secrets.state.policyfile import DEFAULTS

ALLOW, REDACT, ASK, DENY = Verdict.ALLOW, Verdict.REDACT, Verdict.ASK, Verdict.DENY
TODAY = "2030-06-15"
FINGERPRINT = "ab" * 16
POLICY = DEFAULTS._replace(root="/r")


def finding(
    confidence: str = "high", *, path: str = "a.txt", fingerprint: str = FINGERPRINT, inline: bool = False
) -> Finding:
    return Finding(
        rule_id="github-pat",
        title="t",
        severity="critical",
        confidence=confidence,
        proof="pattern",
        path=path,
        span=Span(0, 1),
        line=1,
        column=1,
        end_line=1,
        end_column=2,
        commit=None,
        origin="file",
        fingerprint=fingerprint,
        preview="",
        allowed_inline=inline,
    )


def verdict(face: str, *findings: Finding, policy: Policy = POLICY, unread: tuple[Unread, ...] = ()) -> Verdict:
    return decide(face, findings, unread, policy=policy, today=TODAY).verdict


def with_allow(**fields: str) -> Policy:
    return POLICY._replace(allow=(Allow("r", "o", **{"expires": TODAY, **fields}),))


DEFAULT_CASES = [
    ("write", (DENY, ASK, ALLOW)),
    ("command", (DENY, ASK, ALLOW)),
    ("tool", (DENY, ASK, ALLOW)),
    ("prompt", (DENY, DENY, ALLOW)),
    ("output", (REDACT, REDACT, ALLOW)),
    ("commit", (DENY, DENY, ALLOW)),
    ("push", (DENY, DENY, ALLOW)),
]


@pytest.mark.parametrize(("face", "expected"), DEFAULT_CASES, ids=[face for face, _ in DEFAULT_CASES])
def test_defaults_answer_by_confidence(face: str, expected: tuple[Verdict, ...]) -> None:
    assert tuple(verdict(face, finding(confidence)) for confidence in ("high", "medium", "low")) == expected


@pytest.mark.parametrize("face", [face for face, _ in DEFAULT_CASES])
def test_nothing_found_is_allowed(face: str) -> None:
    assert verdict(face) == ALLOW


def test_the_strictest_finding_decides() -> None:
    assert verdict("write", finding("low"), finding("high"), finding("medium")) == DENY


def test_a_face_without_verdicts_is_denied() -> None:
    assert verdict("telepathy", finding("low")) == DENY


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        pytest.param("observe", (ALLOW, ALLOW, ALLOW), id="observe lets everything pass"),
        pytest.param("ask", (ASK, ASK, REDACT), id="ask turns deny into ask and keeps what is milder"),
        pytest.param("enforce", (DENY, ASK, REDACT), id="enforce changes nothing"),
    ],
)
def test_level_bounds_the_verdict(level: str, expected: tuple[Verdict, ...]) -> None:
    policy = POLICY._replace(level=level)
    got = (
        verdict("write", finding("high"), policy=policy),
        verdict("write", finding("medium"), policy=policy),
        verdict("output", finding("high"), policy=policy),
    )
    assert got == expected


def test_observed_findings_are_still_told() -> None:
    decision = decide("write", [finding()], policy=POLICY._replace(level="observe"), today=TODAY)
    assert (decision.findings, decision.excused) == ((finding(),), ())


@pytest.mark.parametrize(
    ("face", "expected"),
    [
        pytest.param("commit", ALLOW, id="people review a commit"),
        pytest.param("push", ALLOW, id="people reviewed what is pushed"),
        pytest.param("scan", ALLOW, id="a scan reports what people did not accept"),
        pytest.param("write", ASK, id="the agent may have written the comment"),
        pytest.param("command", DENY, id="the agent wrote the command"),
        pytest.param("tool", DENY, id="the agent wrote the arguments"),
        pytest.param("prompt", DENY, id="a prompt is sent away"),
        pytest.param("output", REDACT, id="a stranger may have written the output"),
    ],
)
def test_inline_comment_excuses_only_where_people_review(face: str, expected: Verdict) -> None:
    decision = decide(face, [finding(inline=True)], policy=POLICY, today=TODAY)
    assert decision.verdict == expected
    assert (decision.findings == ()) == (expected == ALLOW)
    assert (decision.excused == ()) == (expected != ALLOW)


def test_inline_comment_does_not_raise_a_milder_verdict() -> None:
    assert verdict("write", finding("low", inline=True)) == ALLOW


@pytest.mark.parametrize(
    ("fields", "path", "excused"),
    [
        pytest.param({"fingerprint": FINGERPRINT}, "a.txt", True, id="this value"),
        pytest.param({"fingerprint": "cd" * 16}, "a.txt", False, id="another value"),
        pytest.param({"path": "a.txt", "rule": "github-pat"}, "a.txt", True, id="this file and rule"),
        pytest.param({"path": "a.txt", "rule": "other"}, "a.txt", False, id="another rule"),
        pytest.param({"path": "a.txt", "rule": "github-pat"}, "b/a.txt", False, id="a file of that name elsewhere"),
        pytest.param({"path": "a.txt", "rule": "github-pat"}, "/r/a.txt", True, id="the same file, absolute"),
        pytest.param({"path": "a.txt", "rule": "github-pat"}, "/other/a.txt", False, id="a file of another project"),
        pytest.param(
            {"path": "a.txt", "rule": "github-pat"}, "/rr/a.txt", False, id="a root that only begins like ours"
        ),
        pytest.param({"path": "a/*.md", "rule": "github-pat"}, "a/b.md", True, id="any name"),
        pytest.param({"path": "a/*.md", "rule": "github-pat"}, "a/b/c.md", False, id="a star stays in its folder"),
        pytest.param({"path": "a/*.md", "rule": "github-pat"}, "/r/a/../b.md", False, id="dots do not lead out"),
        pytest.param({"path": "a/**/*.md", "rule": "github-pat"}, "a/b/c/d.md", True, id="two stars go deeper"),
        pytest.param({"path": "a/**/*.md", "rule": "github-pat"}, "a/d.md", True, id="two stars may mean no folder"),
        pytest.param({"path": "a/**", "rule": "github-pat"}, "a/b/c", True, id="everything below"),
        pytest.param({"path": "a/**", "rule": "github-pat"}, "ab/c", False, id="not beside"),
        pytest.param({"path": "a?.md", "rule": "github-pat"}, "ab.md", True, id="one character"),
        pytest.param({"path": "a.md", "rule": "github-pat"}, "abmd", False, id="a dot is a dot"),
        pytest.param({"path": "a.md", "rule": "github-pat"}, "a.md\n", False, id="a line end is part of a name"),
        pytest.param(
            {"path": "*.md", "rule": "github-pat", "base": "sub"}, "sub/a.md", True, id="below its own folder"
        ),
        pytest.param(
            {"path": "*.md", "rule": "github-pat", "base": "sub"}, "a.md", False, id="not above its own folder"
        ),
        pytest.param({"fingerprint": FINGERPRINT, "expires": "2030-06-14"}, "a.txt", False, id="expired yesterday"),
        pytest.param({"fingerprint": FINGERPRINT, "expires": "2030-06-15"}, "a.txt", True, id="today is its last day"),
    ],
)
def test_exception_covers(fields: dict[str, str], path: str, excused: bool) -> None:
    decision = decide("write", [finding(path=path)], policy=with_allow(**fields), today=TODAY)
    assert (decision.excused != ()) == excused
    assert decision.verdict == (ALLOW if excused else DENY)


def test_windows_paths_are_compared_with_slashes() -> None:
    policy = with_allow(path="docs/*.md", rule="github-pat")._replace(root="C:\\r")
    assert verdict("write", finding(path="C:\\r\\docs\\a.md"), policy=policy) == ALLOW


def test_a_backslash_is_part_of_a_name_elsewhere() -> None:
    assert verdict("write", finding(path="docs\\a.md"), policy=with_allow(path="docs/*.md", rule="github-pat")) == DENY


def test_an_exception_for_one_value_does_not_excuse_its_neighbour() -> None:
    other = finding(fingerprint="cd" * 16)
    counted, excused = split_excused(
        "commit", [finding(), other], policy=with_allow(fingerprint=FINGERPRINT), today=TODAY
    )
    assert (counted, excused) == ((other,), (finding(),))


@pytest.mark.parametrize(
    ("face", "expected"),
    [
        ("write", ASK),
        ("command", ASK),
        ("tool", ASK),
        ("prompt", DENY),
        ("output", REDACT),
        ("commit", DENY),
        ("push", DENY),
    ],
)
def test_what_was_not_read_is_not_counted_as_clean(face: str, expected: Verdict) -> None:
    assert verdict(face, unread=(Unread("a.bin", "too large"),)) == expected


def test_what_was_read_in_part_is_told_and_does_not_stop() -> None:
    part = Unread("a.bin", "binary", partly=True)
    decision = decide("commit", (), [part], policy=POLICY, today=TODAY)
    assert (decision.verdict, decision.unread) == (ALLOW, (part,))
