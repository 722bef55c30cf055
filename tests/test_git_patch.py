"""Turns diffs, git's own and odd ones, into proof that hunks are read by their counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard_secrets import scan, sources
from agentguard_secrets.errors import ProtocolError
from agentguard_secrets.protocol.patch import PatchFile, parse_patch
from tests.making import sample
from tests.test_git_index import KEY, TEMPLATE, Git, commit, line, write


def patch(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def summary(files: list[PatchFile]) -> list[tuple[str, list[int], bool]]:
    return [(file.path, [line for line in range(1, 100) if line in file.added], file.binary) for file in files]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param(
            patch("--- a/x", "+++ b/x", "@@ -1 +1 @@", "-a", "+b"), [("x", [1])], id="a count of one is not written"
        ),
        pytest.param(
            patch("--- x\t2026-01-01 00:00", "+++ x\t2026-01-02 00:00", "@@ -1,0 +2,2 @@", "+a", "+b"),
            [("x", [2, 3])],
            id="without git's own lines, with times",
        ),
        pytest.param(
            patch("--- a/x", "+++ b/x", "@@ -1,2 +1,3 @@", "--- a/y", "+++ b/y", "+@@ -9 +9 @@", " z"),
            [("x", [1, 2])],
            id="lines of a hunk that look like headers",
        ),
        pytest.param(
            patch("--- a/x", "+++ b/x", "@@ -1 +1 @@", "-a", "\\ No newline at end of file", "+b", "\\ No newline"),
            [("x", [1])],
            id="no line feed at the end",
        ),
        pytest.param(
            patch("--- a/x", "+++ b/x", "@@ -1,2 +1,3 @@", " a", "", "+b"),
            [("x", [3])],
            id="an empty line without mark",
        ),
        pytest.param(
            patch("diff --git a/x b/x", "--- a/x", "+++ /dev/null", "@@ -1 +0,0 @@", "-a"), [("x", [])], id="a deletion"
        ),
        pytest.param(
            patch("diff --git a/x b/y", "rename from x", "rename to y"), [("y", [])], id="a rename without a change"
        ),
        pytest.param(
            patch(
                'diff --git "a/\\303\\244" "b/\\303\\244"',
                '--- "a/\\303\\244"',
                '+++ "b/\\303\\244"',
                "@@ -0,0 +1 @@",
                "+a",
            ),
            [("ä", [1])],
            id="a quoted name",
        ),
        pytest.param(
            patch(
                "diff --cc x",
                "--- a/x",
                "+++ b/x",
                "@@@ -1,3 -1,3 +1,4 @@@",
                "- a",
                " -b",
                "++of the merge",
                "+ of the first side",
                " +of the second",
                "  of both",
            ),
            [("x", [1])],
            id="a merge: only what no parent has",
        ),
        pytest.param(
            patch(
                "From: someone",
                "Subject: a change",
                "---",
                " x | 1 +",
                "",
                "--- a/x",
                "+++ b/x",
                "@@ -0,0 +1 @@",
                "+a",
                "-- ",
                "2.39",
            ),
            [("x", [1])],
            id="a mail",
        ),
    ],
)
def test_reads(text: str, expected: list[tuple[str, list[int]]]) -> None:
    assert summary(parse_patch(text)) == [(path, lines, False) for path, lines in expected]


def test_gives_each_line_its_number_in_the_file() -> None:
    file = parse_patch(patch("--- a/x", "+++ b/x", "@@ -5,2 +5,3 @@", " five", "+six", " seven"))[0]

    assert file.text.split("\n") == ["", "", "", "", "five", "six", "seven"]
    assert file.added == {6}


def test_a_mail_and_a_log_are_read_between_the_files(repository: Path, git: Git) -> None:
    """Messages, people and new names are text there as they are in a push; names and lines that go are not."""
    gone, renamed, binary = (
        f"gone-{sample(TEMPLATE)}",
        f"renamed-{sample(TEMPLATE)}",
        b"\0" * 999 + bytes(range(256)) * 9,
    )
    commit(repository, git, **{gone: line(), "old": "one\n"})
    for words in (["mv", "old", renamed], ["rm", "--quiet", gone]):
        git(repository, *words)
        git(repository, "commit", "--quiet", "--message", f"x\n\n{line()}", "--author", f"{sample(TEMPLATE)} <a@b.c>")
    commit(repository, git, binary=binary, empty="")
    write(repository, git, last="clean\n")
    git(repository, "commit", "--quiet", "--message", line())
    for words in (["format-patch", "--stdout", "--binary", "HEAD~4"], ["log", "-p", "--binary", "HEAD~4.."]):
        text = git(repository, *words)
        found = scan(sources.from_diff(text), key=KEY).findings
        told = [(each.origin, text.split("\n")[each.line - 1][:4]) for each in found if each.origin == "message"]
        assert len(told) == 5
        assert [each.origin for each in found if each.origin != "message"] == ["name"]


@pytest.mark.parametrize("shown", ["Binary files a/x and b/x differ", "GIT binary patch"])
def test_says_what_the_diff_does_not_show(shown: str) -> None:
    assert summary(parse_patch(patch("diff --git a/x b/x", shown))) == [("x", [], True)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            patch("--- a/x", "+++ b/x", "@@ -1,2 +1,2 @@", " a")[:-1], "expected more lines", id="it ends early"
        ),
        pytest.param(
            patch("--- a/x", "+++ b/x", "@@ -1 +1 @@", "+a", "+b", "-c"), "to have ended", id="it is too long"
        ),
        pytest.param(
            patch("--- a/x", "+++ b/x", "@@ -1 +1 @@", "diff --git"), "expected a line", id="another file begins"
        ),
        pytest.param(patch("@@ -1 +1 @@", "-a", "+b"), "named file", id="it belongs to no file"),
        pytest.param(
            patch("--- a/x", "+++ b/x", "@@ -0,0 +4000000000 @@", "+a"), "named file", id="it is absurdly far down"
        ),
    ],
)
def test_a_hunk_that_is_not_what_it_says_is_an_error(text: str, message: str) -> None:
    with pytest.raises(ProtocolError, match=message):
        parse_patch(text)


@pytest.mark.parametrize("option", ["--unified=0", "--unified=3", "--no-prefix", "--src-prefix=x/ --dst-prefix=x/"])
def test_agrees_with_git(repository: Path, git: Git, option: str) -> None:
    before = "".join(f"{number}\n" for number in range(40))
    commit(repository, git, file=before, gone="x\n")
    (repository / "file").write_text(before.replace("10\n", "ten\n").replace("30\n", "30\nand a half\n"))
    (repository / "gone").unlink()
    files = parse_patch(git(repository, "diff", *option.split()))

    assert [(sorted(file.added), file.path[-4:]) for file in files] == [([11, 32], "file"), ([], "gone")]
