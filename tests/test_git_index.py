"""Turns real repositories with something staged into proof that the index is scanned, all of it and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agentguard_secrets import scan, sources
from agentguard_secrets.model import ScanResult
from tests.making import sample

Git = Callable[..., str]

TEMPLATE = "ghp_<alnum:30><crc62:6>"
KEY = b"k" * 32


def line() -> str:
    return f"token = '{sample(TEMPLATE)}'\n"


def staged(folder: Path) -> ScanResult:
    return scan(sources.from_index(folder), key=KEY)


def places(folder: Path) -> list[tuple[str, int]]:
    return [(finding.path, finding.line) for finding in staged(folder).findings]


def commit(folder: Path, git: Git, **files: str | bytes) -> None:
    write(folder, git, **files)
    git(folder, "commit", "--quiet", "--message", "a change")


def write(folder: Path, git: Git, **files: str | bytes) -> None:
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(raw)
        git(folder, "add", "--", name)


def test_scans_the_index_and_not_the_work_tree(repository: Path, git: Git) -> None:
    write(repository, git, leaking=line(), clean="nothing\n")
    (repository / "leaking").write_text("taken out again, but not staged\n")
    (repository / "clean").write_text(line())
    (repository / "untracked").write_text(line())

    assert places(repository) == [("leaking", 1)]


def test_scans_the_part_of_a_file_that_is_staged(repository: Path, git: Git) -> None:
    commit(repository, git, file="one\ntwo\n")
    (repository / "file").write_text("one\n" + line())
    git(repository, "add", "file")
    (repository / "file").write_text(line() + "one\n" + line())

    assert places(repository) == [("file", 2)]


def test_reads_the_index_that_git_names(repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    """`git commit --only` gives its hooks an index of their own."""
    commit(repository, git, file="one\n")
    monkeypatch.setenv("GIT_INDEX_FILE", str(repository / ".git" / "other"))
    write(repository, git, only=line())

    assert places(repository) == [("only", 1)]
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert places(repository) == []


def test_scans_from_a_folder_inside_and_from_a_linked_work_tree(repository: Path, git: Git, tmp_path: Path) -> None:
    commit(repository, git, file="one\n")
    git(repository, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    (tmp_path / "linked" / "inner").mkdir()
    write(tmp_path / "linked", git, leaking=line())

    assert places(tmp_path / "linked" / "inner") == [("leaking", 1)]
    assert places(repository) == []


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_scans_before_and_after_the_first_commit(tmp_path: Path, git: Git, algorithm: str) -> None:
    git(tmp_path, "init", "--quiet", f"--object-format={algorithm}")
    write(tmp_path, git, first=line())
    assert places(tmp_path) == [("first", 1)]

    git(tmp_path, "commit", "--quiet", "--message", "accepted")
    assert places(tmp_path) == []
    write(tmp_path, git, first=(tmp_path / "first").read_text() + line())
    assert places(tmp_path) == [("first", 2)]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(b"two\nlines", id="a line feed ends a name only without -z"),
        pytest.param(b'quo"ted\\', id="git quotes quotes and backslashes"),
        pytest.param(b"tab\there", id="a tab ends a name in a diff"),
        pytest.param("größe 💡".encode(), id="git quotes letters outside ASCII"),
        pytest.param(b"latin-\xe4\xff", id="a name need not be UTF-8"),
        pytest.param(b"-option", id="a name can look like an option"),
        pytest.param(b" spaced ", id="spaces at the ends belong to the name"),
        pytest.param(b":(top)magic", id="a name can look like a pathspec"),
        pytest.param(b"a b/b b", id="a name can look like two names"),
    ],
)
def test_any_name_is_scanned(repository: Path, git: Git, name: bytes) -> None:
    path = repository / os.fsdecode(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(line())
    git(repository, "add", "--all")

    assert places(repository) == [(name.decode("utf-8", "surrogateescape"), 1)]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("color.ui", "always"),
        ("color.diff", "always"),
        ("core.pager", "cat >/dev/null"),
        ("pager.diff", "cat >/dev/null"),
        ("diff.external", "true"),
        ("diff.renames", "copies"),
        ("core.quotePath", "true"),
        ("diff.context", "7"),
        ("diff.interHunkContext", "9"),
        ("diff.algorithm", "patience"),
        ("diff.indentHeuristic", "false"),
        ("diff.suppressBlankEmpty", "true"),
        ("diff.wsErrorHighlight", "all"),
        ("diff.colorMoved", "zebra"),
        ("diff.relative", "true"),
        ("diff.orderFile", "/dev/null"),
        ("diff.ignoreSubmodules", "all"),
        ("diff.submodule", "log"),
        ("core.abbrev", "4"),
        ("core.attributesFile", "/dev/null"),
        ("core.whitespace", "cr-at-eol"),
    ],
)
def test_no_setting_changes_what_is_seen(repository: Path, git: Git, key: str, value: str) -> None:
    commit(repository, git, file=f"one\n{line()}\nthree\nfour\n")
    git(repository, "config", key, value)
    write(repository, git, file=(repository / "file").read_text().replace("three\n", f"three\n{line()}"))

    assert places(repository) == [("file", 5)]


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param("* -diff", id="no diff"),
        pytest.param("* binary", id="declared binary"),
        pytest.param("* diff=odd", id="a driver with textconv and a command"),
        pytest.param("* filter=odd", id="a filter"),
        pytest.param("* -text", id="no end of line conversion"),
        pytest.param("* export-ignore linguist-generated", id="left out of archives and statistics"),
    ],
)
def test_no_attribute_changes_what_is_seen(repository: Path, git: Git, attributes: str) -> None:
    for key, value in (("textconv", "echo"), ("command", "true"), ("binary", "true")):
        git(repository, "config", f"diff.odd.{key}", value)
    (repository / ".git" / "info" / "attributes").write_text(attributes + "\n")
    commit(repository, git, file=f"one\n{line()}")
    write(repository, git, file=(repository / "file").read_text() + line())

    assert places(repository) == [("file", 3)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GIT_EXTERNAL_DIFF", "true"),
        ("GIT_DIFF_OPTS", "--unified=9"),
        ("GIT_PAGER", "cat >/dev/null"),
        ("GIT_LITERAL_PATHSPECS", "1"),
        ("GIT_TRACE", "1"),
        ("GIT_TRACE", "/dev/stdout"),
        ("GIT_TRACE2_EVENT", "/dev/stdout"),
        ("GIT_ICASE_PATHSPECS", "1"),
        ("GIT_GLOB_PATHSPECS", "1"),
        ("GIT_NAMESPACE", "other"),
        ("GIT_REPLACE_REF_BASE", "refs/other/"),
        ("GIT_CEILING_DIRECTORIES", "/"),
        ("GIT_DEFAULT_HASH", "sha256"),
        ("GIT_ATTR_SOURCE", "HEAD"),
        ("GIT_NO_REPLACE_OBJECTS", "0"),
        ("GIT_SHALLOW_FILE", "/dev/null"),
        ("GIT_ALLOW_PROTOCOL", "none"),
        ("GIT_CONFIG_PARAMETERS", "'diff.noprefix=true' 'color.ui=always'"),
        ("LC_ALL", "de_DE.UTF-8"),
    ],
)
def test_no_variable_changes_what_is_seen(
    repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    commit(repository, git, file=f"one\n{line()}")
    write(repository, git, file=(repository / "file").read_text() + line())
    monkeypatch.setenv(name, value)

    assert places(repository) == [("file", 3)]


def test_a_replaced_object_does_not_hide_the_real_one(repository: Path, git: Git) -> None:
    write(repository, git, file=line())
    real, other = git(repository, "hash-object", "-w", "file").strip(), repository / "other"
    other.write_text("harmless\n")
    git(repository, "replace", real, git(repository, "hash-object", "-w", "other").strip())

    assert places(repository) == [("file", 1)]


OLD = line()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(f"{OLD}one\ntwo\n", f"one\ntwo\n{OLD}", [3], id="moving an old one counts as adding it"),
        pytest.param(f"one\n{OLD}", "one\n", [], id="deleting does not count"),
        pytest.param(f"one\n{OLD}", f"one\n{OLD}two\n", [], id="an old one in a changed file does not count"),
        pytest.param(f"one\n{OLD}", f"one\n{OLD}{OLD}", [3], id="a second copy counts"),
        pytest.param("one", f"one\n{OLD}"[:-1], [2], id="no line feed at the end of the file"),
        pytest.param("one\r\n", f"one\r\n{OLD[:-1]}\r\n", [2], id="lines may end in CR LF"),
        pytest.param("one\r", f"one\rtwo\r{OLD[:-1]}\r", [3], id="lines may end in CR only, which to git are one"),
        pytest.param("", f"@@ -1 +1 @@\n+++ b/x\n--- a/x\n-\n{OLD}", [5], id="content can look like a diff"),
        pytest.param("one\n", f"diff --git a/x b/x\n@@ -0,0 +1 @@\n+x\n\\ No\n{OLD}", [5], id="and like a whole one"),
    ],
)
def test_only_added_lines_count(repository: Path, git: Git, before: str, after: str, expected: list[int]) -> None:
    commit(repository, git, file=before)
    write(repository, git, file=after)

    assert places(repository) == [("file", number) for number in expected]


def test_an_old_line_completes_an_added_one(repository: Path, git: Git) -> None:
    """The value alone says nothing; the word before it stands on a line that was there already."""
    key = sample("<pem:RSA>")
    head, _, rest = key.partition("\n")
    commit(repository, git, key=head + "\n")
    write(repository, git, key=f"{head}\n{rest}")

    assert places(repository) == [("key", 1)]


def test_a_renamed_file_counts_as_added(repository: Path, git: Git) -> None:
    commit(repository, git, old=line())
    git(repository, "mv", "old", "new")

    assert places(repository) == [("new", 1)]


def test_a_changed_mode_alone_adds_nothing(repository: Path, git: Git) -> None:
    commit(repository, git, file=line())
    git(repository, "update-index", "--chmod=+x", "file")

    assert staged(repository).findings == ()
