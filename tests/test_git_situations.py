"""Turns repositories in odd states into proof that what git stores and sends is scanned all the same."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from agentguard_secrets import scan, sources
from agentguard_secrets.model import ScanResult
from tests.running import agentguard, scanned
from tests.test_git_index import KEY, Git, commit, line, places, staged, write
from tests.test_git_push import head

ROOT = Path(__file__).parents[1]
SETTINGS = [
    *("color.ui=always", "color.diff=always", "core.pager=false", "diff.noprefix=true", "diff.mnemonicPrefix=true"),
    *("diff.srcPrefix=x/", "diff.dstPrefix=y/", "diff.external=true", "diff.renames=copies", "diff.algorithm=patience"),
    *("diff.context=9", "diff.interHunkContext=9", "diff.suppressBlankEmpty=true", "diff.wsErrorHighlight=all"),
    *("diff.colorMoved=zebra", "diff.relative=true", "diff.orderFile=/dev/null", "diff.ignoreSubmodules=all"),
    *(
        "diff.submodule=log",
        "diff.indentHeuristic=false",
        "core.quotePath=true",
        "core.abbrev=4",
        "core.whitespace=-trailing",
    ),
    *("core.bigFileThreshold=1", "core.commentChar=;", "core.attributesFile=/dev/null", "core.logAllRefUpdates=false"),
    *("log.showSignature=true", "log.follow=true", "log.showRoot=false", "log.diffMerges=off", "log.mailmap=true"),
    *("log.date=relative", "log.decorate=full", "format.pretty=oneline", "format.notes=true", "log.abbrevCommit=true"),
    *(
        "i18n.logOutputEncoding=UTF-16",
        "i18n.commitEncoding=latin-1",
        "merge.conflictStyle=diff3",
        "merge.renames=false",
    ),
    *(
        "merge.directoryRenames=true",
        "merge.renormalize=true",
        "merge.verbosity=5",
        "core.autocrlf=input",
        "core.eol=crlf",
    ),
    *(
        "core.fsmonitor=true",
        "core.untrackedCache=true",
        "index.version=4",
        "core.splitIndex=true",
        "diff.trustExitCode=true",
    ),
]


def told(folder: Path, commit_range: str) -> list[tuple[str, int]]:
    findings = scan(sources.from_range(folder, commit_range), key=KEY).findings
    return [(each.path, each.line) for each in findings]


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_setting_changes_what_commits_and_merges_add(
    repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    commit(repository, git, file="one\ntwo\nthree\n")
    git(repository, "checkout", "--quiet", "-b", "side")
    commit(repository, git, file=f"one\ntwo\nthree\n{line()}")
    git(repository, "checkout", "--quiet", "main")
    commit(repository, git, file=f"{line()}one\ntwo\nthree\n")
    git(repository, "merge", "--quiet", "--no-commit", "side")
    write(repository, git, file=(repository / "file").read_text().replace("two\n", f"{line()}two\n"))
    key, _, value = setting.partition("=")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'{key}={value}'")
    before = places(repository)
    monkeypatch.delenv("GIT_CONFIG_PARAMETERS")
    git(repository, "commit", "--quiet", "--message", "merged")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'{key}={value}'")

    assert before == [("file", 3)]
    assert sorted(told(repository, "HEAD")) == [("file", 1), ("file", 3), ("file", 4)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GIT_SHALLOW_FILE", "{cut}"),
        ("GIT_GRAFT_FILE", "{cut}"),
        ("GIT_REPLACE_REF_BASE", "refs/heads/"),
        ("GIT_GLOB_PATHSPECS", "1"),
        ("GIT_LITERAL_PATHSPECS", "1"),
        ("GIT_NAMESPACE", "x"),
        ("GIT_TRACE", "1"),
        ("GIT_TRACE2", "1"),
        ("GIT_EXTERNAL_DIFF", "true"),
        ("GIT_DIFF_OPTS", "--unified=3"),
        ("GIT_PAGER", "true"),
        ("GIT_ATTR_SOURCE", "HEAD"),
        ("GIT_DEFAULT_HASH", "sha256"),
        ("GIT_CEILING_DIRECTORIES", "/"),
        ("GIT_OPTIONAL_LOCKS", "1"),
        ("GIT_FLUSH", "0"),
        ("LANGUAGE", "de"),
    ],
)
def test_no_variable_changes_what_commits_add(
    repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    commit(repository, git, file=line())
    commit(repository, git, file="clean\n")
    (tmp_path / "cut").write_text(git(repository, "rev-parse", "HEAD"))
    monkeypatch.setenv(name, value.format(cut=tmp_path / "cut"))

    assert told(repository, "HEAD") == [("file", 1)]


def test_a_graft_in_the_repository_does_not_cut_history_off(repository: Path, git: Git) -> None:
    commit(repository, git, file=line())
    commit(repository, git, file="clean\n")
    (repository / ".git" / "info").mkdir(exist_ok=True)
    (repository / ".git" / "info" / "grafts").write_text(git(repository, "rev-parse", "HEAD"))

    assert told(repository, "HEAD") == [("file", 1)]


def test_a_repository_that_variables_name_is_scanned_from_elsewhere(
    repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commit(repository, git, file="one\n")
    write(repository, git, file=line())
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(repository))

    assert places(tmp_path) == [("file", 1)]


def test_objects_that_another_repository_lends_are_read(repository: Path, git: Git, tmp_path: Path) -> None:
    commit(repository, git, file=line())
    git(tmp_path, "clone", "--quiet", "--shared", str(repository), "borrowing")
    write(tmp_path / "borrowing", git, file=(repository / "file").read_text() + line())

    assert places(tmp_path / "borrowing") == [("file", 2)]
    assert told(tmp_path / "borrowing", "HEAD") == [("file", 1)]


@pytest.mark.parametrize("sparse_index", ["true", "false"])
def test_what_a_sparse_checkout_leaves_out_is_seen_when_it_is_staged(
    repository: Path, git: Git, sparse_index: str
) -> None:
    for name in ("in", "out"):
        (repository / name).mkdir()
        commit(repository, git, **{f"{name}/file": "one\n"})
    git(repository, "config", "index.sparse", sparse_index)
    git(repository, "sparse-checkout", "init", "--cone")
    git(repository, "sparse-checkout", "set", "in")
    assert not (repository / "out").exists()
    assert places(repository) == []
    (repository / "leak").write_text(line())
    oid = git(repository, "hash-object", "-w", "leak").strip()
    git(repository, "update-index", "--add", "--cacheinfo", f"100644,{oid},out/file")

    assert places(repository) == [("out/file", 1)]


def partial(repository: Path, git: Git, folder: Path) -> Path:
    git(repository, "config", "uploadpack.allowFilter", "true")
    git(folder, "clone", "--quiet", "--filter=blob:none", repository.as_uri(), "partial")
    return folder / "partial"


def test_what_a_partial_clone_lacks_is_unread_and_not_fetched(repository: Path, git: Git, tmp_path: Path) -> None:
    commit(repository, git, file="old\n", same="same\n")
    commit(repository, git, file="new\n")
    clone = partial(repository, git, tmp_path)
    write(clone, git, file=f"new\n{line()}")
    (repository / ".git" / "objects").rename(repository / ".git" / "gone")
    result = scan(sources.from_range(clone, "HEAD~1"), key=KEY)

    assert [(part.path, part.partly) for part in result.unread] == [("file", False)]
    assert places(clone) == [("file", 2)]


def test_the_first_commit_of_a_shallow_clone_adds_all_it_holds(repository: Path, git: Git, tmp_path: Path) -> None:
    commit(repository, git, file=line())
    commit(repository, git, other="clean\n")
    git(tmp_path, "clone", "--quiet", "--depth=1", repository.as_uri(), "shallow")

    assert told(tmp_path / "shallow", "HEAD") == [("file", 1)]


def test_what_is_stored_counts_and_not_what_the_work_tree_has(repository: Path, git: Git) -> None:
    """Stored as UTF-8 without carriage returns, in the work tree UTF-16 with them."""
    (repository / ".git" / "info" / "attributes").write_text("file text working-tree-encoding=UTF-16 eol=crlf\n")
    commit(repository, git, file="one\r\ntwo\r\n".encode("utf-16"))
    write(repository, git, file=f"one\r\n{line()}two\r\n".encode("utf-16"))

    assert b"\0" not in git(repository, "cat-file", "blob", ":file").encode()
    assert places(repository) == [("file", 2)]


def test_what_a_filter_takes_out_is_not_stored(repository: Path, git: Git) -> None:
    git(repository, "config", "filter.clean.clean", "sed s/ghp_.*/gone/")
    (repository / ".git" / "info" / "attributes").write_text("* filter=clean\n")
    write(repository, git, file=line())

    assert places(repository) == []


def test_a_file_that_becomes_a_link_counts_for_its_target(repository: Path, git: Git) -> None:
    commit(repository, git, file="one\n")
    (repository / "file").unlink()
    (repository / "file").symlink_to(line().strip())
    git(repository, "add", "file")

    assert places(repository) == [("file", 1)]


def test_a_submodule_that_becomes_a_file_counts(repository: Path, git: Git) -> None:
    oid = "1" * 40
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{oid},file")
    git(repository, "commit", "--quiet", "--message", "a submodule")
    git(repository, "rm", "--quiet", "--cached", "file")
    write(repository, git, file=line())

    assert places(repository) == [("file", 1)]
    git(repository, "commit", "--quiet", "--message", "a file")
    git(repository, "update-index", "--cacheinfo", f"160000,{oid},file")
    assert places(repository) == []


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_an_index_of_any_form_is_read(repository: Path, git: Git, version: str) -> None:
    commit(repository, git, file="one\n")
    git(repository, "update-index", "--index-version", version, "--split-index")
    write(repository, git, file=line())

    assert places(repository) == [("file", 1)]


def cherry_pick(folder: Path, git: Git) -> None:
    git(folder, "checkout", "--quiet", "-b", "picked", "HEAD~2")
    commit(folder, git, other="clean\n")
    git(folder, "cherry-pick", "main~1")


def revert(folder: Path, git: Git) -> None:
    git(folder, "revert", "--no-edit", "HEAD")


def rebase(folder: Path, git: Git) -> None:
    git(folder, "checkout", "--quiet", "-b", "base", "HEAD~2")
    commit(folder, git, base="clean\n")
    git(folder, "rebase", "--quiet", "base", "main")


def amend(folder: Path, git: Git) -> None:
    git(folder, "reset", "--quiet", "--hard", "HEAD~1")
    write(folder, git, more="clean\n")
    git(folder, "commit", "--quiet", "--amend", "--no-edit")


def squash(folder: Path, git: Git) -> None:
    git(folder, "checkout", "--quiet", "-b", "squashed", "HEAD~2")
    git(folder, "merge", "--quiet", "--squash", "main~1")
    git(folder, "commit", "--quiet", "--message", "squashed")


@pytest.mark.parametrize("act", [cherry_pick, revert, rebase, amend, squash], ids=lambda act: act.__name__)
def test_what_another_commit_had_counts_again_in_a_new_one(
    repository: Path, git: Git, act: Callable[[Path, Git], None]
) -> None:
    commit(repository, git, file="one\n")
    commit(repository, git, file=f"one\n{line()}")
    commit(repository, git, file="one\n")
    known = set(git(repository, "rev-list", "--all").split())
    act(repository, git)
    findings = scan(sources.from_range(repository, "HEAD"), key=KEY).findings

    assert [(each.path, each.line) for each in findings if each.commit not in known] == [("file", 2)]


def test_a_bare_repository_has_a_history(repository: Path, git: Git, tmp_path: Path) -> None:
    commit(repository, git, file=line())
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), "bare.git")
    status, document = scanned("--history", cwd=tmp_path / "bare.git")

    assert (status, [each["commit"] for each in document["findings"]]) == (1, [head(repository, git)])


@pytest.mark.parametrize("words", [["--staged"], ["--history"], ["--range", "HEAD"]])
def test_outside_a_repository_is_wrong_use(tmp_path: Path, words: list[str]) -> None:
    done = agentguard("scan", *words, cwd=tmp_path)
    assert (done.returncode, b"not a git repository" in done.stderr) == (2, True)


@pytest.mark.skipif(not os.path.ismount("/dev/shm"), reason="THERE IS NO OTHER FILE SYSTEM TO STAND IN")  # noqa: S108
def test_outside_a_repository_is_wrong_use_where_another_file_system_begins() -> None:
    # git tells two lines there, and the second one does not say what is wrong.
    with TemporaryDirectory(dir="/dev/shm") as folder:
        done = agentguard("scan", "--staged", cwd=Path(folder))
    assert (done.returncode, b"not a git repository" in done.stderr) == (2, True)


def test_many_files_are_seen_whatever_they_are(repository: Path, git: Git) -> None:
    for number in range(120):
        (repository / f"file{number}").write_text(line() if number % 10 == 0 else f"{number}\n")
    git(repository, "add", "--all")
    result: ScanResult = staged(repository)

    assert sorted(int(each.path[4:]) for each in result.findings) == list(range(0, 120, 10))
    assert os.fsdecode(b"file0") in {each.path for each in result.findings}


def test_each_test_that_the_documentation_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "git.md").read_text(encoding="utf-8")))
    texts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py"))

    assert len(named) > 50
    assert named - set(re.findall(r"^def (test_\w+)", texts, re.MULTILINE)) == set()
