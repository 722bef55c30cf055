"""Turns merges of every kind into proof that each counts for what it adds to what git itself would have merged."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from agentguard_secrets import scan, sources
from tests.test_git_index import KEY, Git, commit, line, staged

GIT = tuple(map(int, re.findall(r"\d+", subprocess.run(["git", "version"], capture_output=True, text=True).stdout)[:2]))
BODY = "".join(f"line {number}\n" for number in range(20))


def fork(folder: Path, git: Git, *, base: dict[str, str], ours: dict[str, str], theirs: dict[str, str]) -> None:
    """Leave branch main checked out with `ours`, beside a branch side with `theirs`, both after `base`."""
    commit(folder, git, **base)
    git(folder, "checkout", "--quiet", "-b", "side")
    commit(folder, git, **theirs)
    git(folder, "checkout", "--quiet", "main")
    commit(folder, git, **ours)


def merge(folder: Path, git: Git, **files: str | bytes | None) -> None:
    """Merge side into main with these contents instead of git's own; None takes the file out."""
    git(folder, "merge", "--quiet", "--no-commit", "--strategy=ours", "side")
    git(folder, "read-tree", "--reset", "-u", "main")
    for name, content in files.items():
        if content is None:
            git(folder, "rm", "--quiet", "--", name)
        else:
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
            git(folder, "add", "--", name)


def places(folder: Path, git: Git) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """What counts before the merge is committed, and what counts in the commit."""
    before = [(each.path, each.line) for each in staged(folder).findings]
    git(folder, "commit", "--quiet", "--message", "merged")
    after = scan(sources.from_range(folder, "HEAD^!"), key=KEY).findings
    return sorted(before), sorted((each.path, each.line) for each in after)


def test_what_one_side_took_out_and_the_merge_brings_back_counts(repository: Path, git: Git) -> None:
    old = line()
    fork(
        repository,
        git,
        base={"file": f"{BODY}{old}", "other": "one\n"},
        ours={"other": "two\n"},
        theirs={"file": BODY},
    )
    merge(repository, git, other="two\n")

    assert places(repository, git) == ([("file", 21)], [("file", 21)])


def test_what_one_side_wrote_in_a_file_that_the_other_renamed_does_not_count(repository: Path, git: Git) -> None:
    theirs = BODY.replace("line 5\n", f"line 5\n{line()}")
    commit(repository, git, file=BODY)
    git(repository, "checkout", "--quiet", "-b", "side")
    commit(repository, git, file=theirs)
    git(repository, "checkout", "--quiet", "main")
    git(repository, "mv", "file", "renamed")
    git(repository, "commit", "--quiet", "--message", "renamed")
    git(repository, "merge", "--quiet", "--no-commit", "side")

    assert (repository / "renamed").read_text() == theirs
    assert places(repository, git) == ([], [])


@pytest.mark.parametrize("attributes", ["", "* -merge\n", "* binary\n", "* merge=evil\n"])
def test_no_driver_and_no_attribute_changes_what_counts(repository: Path, git: Git, attributes: str) -> None:
    """A driver of the repository's own could merge a credential in, and what it merges would not look new."""
    new, theirs = line(), line()
    git(repository, "config", "merge.evil.driver", "echo evil > %A")
    commit(repository, git, **{".gitattributes": attributes})
    fork(
        repository,
        git,
        base={"file": BODY},
        ours={"file": f"ours\n{BODY}"},
        theirs={"file": f"{BODY}{theirs}"},
    )
    merge(repository, git, file=f"ours\n{BODY}{theirs}{new}")

    assert places(repository, git) == ([("file", 23)], [("file", 23)])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "latin-1"])
@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_one_side_of_a_conflict_is_nothing_new(repository: Path, git: Git, side: str, encoding: str) -> None:
    texts = {"ours": f"ours\n{line()}", "theirs": f"theirs\n{line()}"}
    fork(repository, git, base={"file": "base\n"}, ours={"other": "x"}, theirs={"other": "y"})
    for branch, text in (("side", texts["theirs"]), ("main", texts["ours"])):
        git(repository, "checkout", "--quiet", branch)
        commit(repository, git, file=f"{text}ä\n".encode(encoding))
    merge(repository, git, file=f"{texts[side]}ä\n".encode(encoding), other="z")

    assert places(repository, git) == ([], [])


@pytest.mark.parametrize("attributes", ["", "file -merge\nrenamed -merge\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_that_is_merged_as_a_whole_is_known_by_its_old_name(
    repository: Path, git: Git, attributes: str, encoding: str
) -> None:
    old, new = line(), line()
    (repository / ".git" / "info").mkdir(exist_ok=True)
    (repository / ".git" / "info" / "attributes").write_text(attributes)
    body = BODY + old
    commit(repository, git, file=BODY.encode(encoding))
    git(repository, "checkout", "--quiet", "-b", "side")
    commit(repository, git, file=body.encode(encoding))
    git(repository, "checkout", "--quiet", "main")
    git(repository, "mv", "file", "renamed")
    git(repository, "commit", "--quiet", "--message", "renamed")
    git(repository, "merge", "--no-commit", "side")
    (repository / "renamed").write_bytes(f"{new}{body}".encode(encoding))
    git(repository, "add", "renamed")

    assert places(repository, git) == ([("renamed", 1)], [("renamed", 1)])


@pytest.mark.parametrize("style", ["merge", "diff3"])
def test_the_style_of_conflicts_changes_nothing(repository: Path, git: Git, style: str) -> None:
    git(repository, "config", "merge.conflictStyle", style)
    new = line()
    fork(
        repository,
        git,
        base={"file": f"one\n{new}"},
        ours={"file": "one\nours\n"},
        theirs={"file": "one\ntheirs\n"},
    )
    merge(repository, git, file=f"one\n{new}")

    assert places(repository, git) == ([("file", 2)], [("file", 2)])


def test_an_octopus_counts_for_what_no_parent_has(repository: Path, git: Git) -> None:
    old = line()
    commit(repository, git, file="one\n")
    for name in ("first", "second"):
        git(repository, "checkout", "--quiet", "-b", name, "main")
        commit(repository, git, **{name: f"{name}\n{old if name == 'first' else ''}"})
    git(repository, "checkout", "--quiet", "main")
    commit(repository, git, third="third\n")
    git(repository, "merge", "--quiet", "--no-commit", "first", "second")
    (repository / "second").write_text(f"second\n{line()}")
    git(repository, "add", "second")

    assert places(repository, git) == ([("second", 2)], [("second", 2)])


def test_what_one_side_took_out_and_an_octopus_brings_back_counts(repository: Path, git: Git) -> None:
    old = line()
    commit(repository, git, file=f"one\n{old}")
    for name in ("first", "second"):
        git(repository, "checkout", "--quiet", "-b", name, "main")
        commit(repository, git, **{name: "clean\n"})
    git(repository, "checkout", "--quiet", "main")
    commit(repository, git, file="one\n")
    git(repository, "merge", "--quiet", "--no-commit", "first", "second")
    (repository / "file").write_text(f"one\n{old}")
    git(repository, "add", "file")

    assert places(repository, git) == ([("file", 2)], [("file", 2)])


@pytest.mark.parametrize("side", ["ours", "theirs"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_one_side_changed_and_the_other_took_out_is_nothing_new(
    repository: Path, git: Git, side: str, encoding: str
) -> None:
    changed, other = f"{BODY}{line()}".encode(encoding), line()
    commit(repository, git, file=BODY.encode(encoding), other="one\n")
    git(repository, "checkout", "--quiet", "-b", "side")
    commit(repository, git, file=changed)
    git(repository, "checkout", "--quiet", "main")
    git(repository, "rm", "--quiet", "file")
    git(repository, "commit", "--quiet", "--message", "gone")
    if side == "ours":
        git(repository, "branch", "-m", "main", "away")
        git(repository, "branch", "-m", "side", "main")
        git(repository, "branch", "-m", "away", "side")
        git(repository, "checkout", "--quiet", "main")
    merge(repository, git, file=changed, other=f"one\n{other}")

    assert places(repository, git) == ([("other", 2)], [("other", 2)])


def test_unrelated_histories_merge_too(repository: Path, git: Git) -> None:
    commit(repository, git, file=line())
    git(repository, "checkout", "--quiet", "--orphan", "side")
    commit(repository, git, other=line())
    git(repository, "checkout", "--quiet", "main")
    git(repository, "merge", "--quiet", "--no-commit", "--allow-unrelated-histories", "side")
    (repository / "third").write_text(line())
    git(repository, "add", "third")

    assert places(repository, git) == ([("third", 1)], [("third", 1)])


def test_merges_are_told_in_the_order_of_the_commits(repository: Path, git: Git) -> None:
    fork(repository, git, base={"file": "one\n"}, ours={"ours": line()}, theirs={"theirs": line()})
    merge(repository, git, merged=line())
    git(repository, "commit", "--quiet", "--message", "merged")
    commit(repository, git, after=line())
    found = [each.path for each in scan(sources.from_range(repository, "HEAD"), key=KEY).findings]

    assert (sorted(found[:2]), found[2:]) == (["ours", "theirs"], ["merged", "after"])


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="no folder that even root may not write to")
def test_where_nothing_may_be_written_a_merge_is_scanned_all_the_same(
    repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    fork(repository, git, base={"file": "one\n"}, ours={"ours": "x\n"}, theirs={"theirs": "y\n"})
    merge(repository, git, merged=line())
    git(repository, "commit", "--quiet", "--message", "merged")
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", str(repository / ".git" / "objects"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", "/sys/kernel")

    assert [each.path for each in scan(sources.from_range(repository, "HEAD^!"), key=KEY).findings] == ["merged"]
