"""Turns attempts to get a credential past us into proof that it is seen, and that nobody is blamed wrongly."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from agentguard_secrets import scan, sources
from agentguard_secrets.model import ScanResult
from agentguard_secrets.state.githooks import install
from tests.making import sample
from tests.test_git_hooks import hook, run
from tests.test_git_index import KEY, TEMPLATE, Git, commit, line, places, staged, write
from tests.test_git_merges import BODY, GIT, fork, merge
from tests.test_git_merges import places as places_of_merge
from tests.test_git_push import head
from tests.test_git_situations import told


def of_range(folder: Path, commit_range: str = "HEAD") -> ScanResult:
    return scan(sources.from_range(folder, commit_range), key=KEY)


ODD_BYTES = [
    pytest.param("\u2028".join(["a", "b"]) + "\n", id="a line separator that is none to git"),
    pytest.param("a\x0cb\x0bc\x1cd\x85e\n", id="what Python, but not git, takes for ends of lines"),
    pytest.param("a\rb\rc\n", id="carriage returns within a line"),
    pytest.param("a\r\r\n", id="two carriage returns"),
    pytest.param("\n\n\n", id="empty lines"),
    pytest.param("\\ No newline at end of file\n", id="what git says of a last line"),
    pytest.param("-- \n2.39.5\n", id="the end of a mail"),
    pytest.param("+++ b/other\n--- a/other\n@@ -1 +1 @@\n", id="the head of a diff"),
    pytest.param("GIT binary patch\nliteral 4\nBinary files a and b differ\n", id="a binary diff"),
    pytest.param("<<<<<<< HEAD\none\n=======\ntwo\n>>>>>>> side\n", id="the marks of a conflict"),
    pytest.param("version https://git-lfs.github.com/spec/v1\n", id="the head of a pointer of Git LFS"),
    pytest.param("x" * 300_000 + "\n", id="a very long line"),
]


@pytest.mark.parametrize("before", ODD_BYTES)
def test_what_stands_before_moves_no_line(repository: Path, git: Git, before: str) -> None:
    old = f"{before}{line()}"
    commit(repository, git, file=old)
    write(repository, git, file=f"{old}clean\n{line()}")
    found = staged(repository).findings
    git(repository, "commit", "--quiet", "--message", "x")

    text = (repository / "file").read_bytes().decode()
    assert len(found) == 1
    assert [(each.line, each.commit) for each in of_range(repository, "HEAD^!").findings] == [
        (found[0].line, head(repository, git))
    ]
    assert text.count("\n", 0, text.rindex("token")) + 1 == found[0].line or "\r" in before


@pytest.mark.parametrize(
    "settings",
    [
        {"merge.default": "binary"},
        {"merge.default": "evil", "merge.evil.driver": "echo evil >%A"},
        {"merge.renameLimit": "1", "diff.renameLimit": "1"},
        {"merge.renames": "false", "diff.renames": "false"},
        {"diff.algorithm": "patience"},
        {"core.bigFileThreshold": "1"},
        {"merge.conflictStyle": "zdiff3" if GIT >= (2, 35) else "diff3"},
        {"core.attributesFile": "/dev/null"},
        {"diff.external": "true", "diff.noprefix": "true", "color.ui": "always", "diff.orderFile": "/dev/null"},
        {"log.showSignature": "true", "log.follow": "true", "log.diffMerges": "off", "format.pretty": "%h"},
        {"core.useReplaceRefs": "true", "core.commitGraph": "false", "core.multiPackIndex": "false"},
        {"diff.odd.command": "true", "diff.odd.textconv": "true", "diff.odd.algorithm": "histogram"},
    ],
    ids=lambda settings: " ".join(settings),
)
def test_no_setting_of_merges_changes_what_counts(repository: Path, git: Git, settings: dict[str, str]) -> None:
    """Both sides changed a file, one of them renamed it, and the merge adds one line to it, and one to another."""
    names = {f"body{number}": f"{number}\n{BODY}{number}\n" for number in range(4)}
    commit(repository, git, file=BODY, other=BODY, **names)
    git(repository, "checkout", "--quiet", "-b", "side")
    commit(
        repository,
        git,
        file=f"{BODY}{line()}",
        other=f"{BODY}{line()}",
        **{name: f"{names[name]}x\n" for name in names},
    )
    git(repository, "checkout", "--quiet", "main")
    for name in ("file", *names):
        git(repository, "mv", name, f"renamed-{name}")
    commit(
        repository,
        git,
        other=f"main\n{BODY}",
        **{"renamed-file": f"y\n{BODY}"},
        **{f"renamed-{name}": f"y\n{names[name]}" for name in names},
    )
    git(repository, "merge", "--quiet", "--no-commit", "side")
    for name in ("renamed-file", "other"):
        write(repository, git, **{name: (repository / name).read_text().replace("line 9\n", f"line 9\n{line()}")})
    for key, value in settings.items():
        git(repository, "config", key, value)
    before = places(repository)
    git(repository, "commit", "--quiet", "--message", "merged")
    after = [(each.path, each.line) for each in of_range(repository, "HEAD^!").findings]
    expected = [("other", 12), ("renamed-file", 12)]

    assert (sorted(before), sorted(after)) == (expected, expected)


@pytest.mark.parametrize(
    "attribute", ["merge=union", "merge=binary", "-merge", "conflict-marker-size=1", "conflict-marker-size=999999"]
)
def test_no_attribute_of_a_merge_hides_what_it_adds(repository: Path, git: Git, attribute: str) -> None:
    commit(repository, git, **{".gitattributes": f"* {attribute}\n"})
    fork(repository, git, base={"file": "one\n"}, ours={"file": "ours\n"}, theirs={"file": "theirs\n"})
    merge(repository, git, file=f"ours\n{line()}theirs\n")

    assert places_of_merge(repository, git) == ([("file", 2)], [("file", 2)])


NAMES = [
    b"new\nline",
    b"trailing\n",
    b"tab\t",
    b'quo"te\\',
    b"\xff\xfe",
    b":(exclude)x",
    b"*",
    b"[a]",
    b"-x",
    b"a b",
    b" ",
    b"?",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_seen_in_commits_and_merges(repository: Path, git: Git, name: bytes) -> None:
    path = os.fsdecode(name)
    shown = name.decode("utf-8", "surrogateescape")
    fork(repository, git, base={path: BODY}, ours={path: f"ours\n{BODY}"}, theirs={path: f"{BODY}{line()}"})
    # Git names the file, in whatever bytes.
    subprocess.run(["git", "merge", "--quiet", "--no-commit", "side"], cwd=repository, capture_output=True, check=True)
    content = (repository / path).read_text()
    (repository / path).write_text(content.replace("line 9\n", f"line 9\n{line()}"))
    subprocess.run(["git", "add", "--all"], cwd=repository, check=True)

    assert places_of_merge(repository, git) == ([(shown, 12)], [(shown, 12)])
    assert told(repository, "HEAD^2^!") == [(shown, 21)]
    assert sorted(each.path for each in scan(sources.from_history(repository), key=KEY).findings) == [shown, shown]


def test_a_sparse_index_hides_nothing_that_the_commit_before_had(repository: Path, git: Git) -> None:
    for name in ("in", "out"):
        (repository / name).mkdir()
    commit(repository, git, **{"in/file": "one\n", "out/file": "one\n"})
    commit(repository, git, **{"out/file": f"one\n{line()}"})
    git(repository, "config", "index.sparse", "true")
    git(repository, "sparse-checkout", "init", "--cone")
    git(repository, "sparse-checkout", "set", "in")
    git(repository, "reset", "--quiet", "--soft", "HEAD~1")

    assert places(repository) == [("out/file", 2)]


def test_a_commit_without_name_or_with_zeros_in_its_message_is_read(repository: Path, git: Git) -> None:
    commit(repository, git, file="one\n")
    tree = git(repository, "rev-parse", "HEAD^{tree}").strip()
    raw = f"tree {tree}\nauthor  <> 0 +0000\ncommitter {sample(TEMPLATE)} <> 0 +0000\nodd {line()}\n\0x\n\0\n{line()}"
    words = ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"]
    made = subprocess.run(words, cwd=repository, input=raw.encode(), capture_output=True, check=True).stdout.decode()

    assert len(of_range(repository, made.strip()).findings) == 3


@pytest.mark.parametrize("encoding", ["latin-1", "UTF-16", "EUC-JP"])
def test_a_message_of_another_encoding_is_read(repository: Path, git: Git, encoding: str) -> None:
    git(repository, "commit", "--quiet", "--allow-empty", "--message", f"é 日\n\n{line()}")
    git(repository, "config", "i18n.commitEncoding", encoding)
    git(repository, "commit", "--quiet", "--allow-empty", "--message", f"é 日\n\n{line()}")

    assert len(of_range(repository).findings) == 2


def test_a_tag_within_a_merge_is_text(repository: Path, git: Git) -> None:
    """Git keeps the message of a signed tag that is merged within the commit."""
    commit(repository, git, file="one\n")
    tree = git(repository, "rev-parse", "HEAD^{tree}").strip()
    person = "Test <t@localhost> 0 +0000"
    kept = f"mergetag object {head(repository, git)}\n type commit\n tag v1\n tagger {person}\n \n {line()}"
    raw = f"tree {tree}\nparent {head(repository, git)}\nauthor {person}\ncommitter {person}\n{kept}\nmerged\n"
    made = git(repository, "hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=raw)

    assert [each.origin for each in of_range(repository, made.strip()).findings] == ["message"]


def test_a_file_below_a_former_link_and_a_folder_that_becomes_a_file_are_seen(repository: Path, git: Git) -> None:
    (repository / "was-folder").mkdir()
    commit(repository, git, **{"was-folder/file": "one\n"})
    (repository / "was-link").symlink_to("was-folder")
    git(repository, "add", "was-link")
    git(repository, "commit", "--quiet", "--message", "a link")
    git(repository, "rm", "-r", "--quiet", "was-folder", "was-link")
    (repository / "was-link").mkdir()
    write(repository, git, **{"was-folder": line(), "was-link/file": line()})

    assert places(repository) == [("was-folder", 1), ("was-link/file", 1)]


def test_a_mode_of_old_and_a_name_that_git_refuses_are_seen(repository: Path, git: Git) -> None:
    commit(repository, git, file="one\n")
    (repository / "leak").write_text(line())
    blob = git(repository, "hash-object", "-w", "leak").strip()
    entries = b"".join(
        mode + b" " + name + b"\0" + bytes.fromhex(blob)
        for mode, name in ((b"100664", b".git"), (b"100600", b"a/b"), (b"100755", b".."))
    )
    words = ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"]
    made = subprocess.run(words, cwd=repository, input=entries, capture_output=True, check=True).stdout.decode().strip()
    git(repository, "update-ref", "refs/heads/odd", git(repository, "commit-tree", "-m", "x", made).strip())

    assert {each.path for each in of_range(repository, "odd").findings} >= {".git", "a/b", ".."}


def test_a_commit_with_the_same_parent_twice_adds_what_it_adds(repository: Path, git: Git) -> None:
    commit(repository, git, file="one\n")
    parent = head(repository, git)
    write(repository, git, file=f"one\n{line()}")
    tree = git(repository, "write-tree").strip()
    person = "Test <t@localhost> 0 +0000"
    raw = f"tree {tree}\nparent {parent}\nparent {parent}\nauthor {person}\ncommitter {person}\n\nx\n"
    made = git(repository, "hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=raw).strip()

    assert told(repository, f"{parent}..{made}") == [("file", 2)]


def test_a_git_folder_and_a_work_tree_that_lie_apart_are_guarded(tmp_path: Path, git: Git) -> None:
    """How people keep the settings of their home folder."""
    tree = tmp_path / "tree"
    tree.mkdir()
    git(tmp_path, "init", "--quiet", "--bare", "apart.git")
    apart = ("--git-dir", str(tmp_path / "apart.git"), "--work-tree", str(tree))
    install(tmp_path / "apart.git", dry_run=False)
    (tree / "file").write_text(line())
    assert run(tmp_path, *apart, "add", "--all").returncode == 0
    done = run(tmp_path, *apart, "commit", "--message", "x")

    assert (done.returncode, "commit refused" in done.stderr) == (1, True), done.stderr


def test_a_submodule_is_guarded_by_its_own_hooks(repository: Path, git: Git, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    git(tmp_path / "inner", "init", "--quiet")
    commit(tmp_path / "inner", git, file="one\n")
    git(repository, "submodule", "--quiet", "add", str(tmp_path / "inner"), "sub")
    install(repository / "sub", dry_run=False)
    (repository / "sub" / "file").write_text(line())
    done = run(repository / "sub", "commit", "--all", "--message", "x")

    assert (done.returncode, "commit refused" in done.stderr) == (1, True)
    git(repository / "sub", "commit", "--quiet", "--all", "--no-verify", "--message", "x")
    assert run(repository, "commit", "--all", "--message", "the submodule moves").returncode == 0


@pytest.mark.skipif(GIT < (2, 45), reason="older git has no such references")
def test_a_repository_with_reftable_is_scanned(tmp_path: Path, git: Git) -> None:
    git(tmp_path, "init", "--quiet", "--ref-format=reftable")
    fork(tmp_path, git, base={"file": "one\n"}, ours={"ours": "x\n"}, theirs={"theirs": line()})
    git(tmp_path, "merge", "--quiet", "--no-commit", "side")
    write(tmp_path, git, new=line())

    assert places_of_merge(tmp_path, git) == ([("new", 1)], [("new", 1)])
    assert len(scan(sources.from_history(tmp_path), key=KEY).findings) == 2


def test_nothing_is_fetched_for_a_partial_clone(repository: Path, git: Git, tmp_path: Path) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    git(repository, "config", "uploadpack.allowAnySHA1InWant", "true")
    commit(repository, git, file="old\n")
    commit(repository, git, file="new\n")
    git(tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", repository.as_uri(), "partial")
    before = git(tmp_path / "partial", "count-objects", "-v")
    result = of_range(tmp_path / "partial")

    assert [part.path for part in result.unread] == ["file", "file"]
    assert git(tmp_path / "partial", "count-objects", "-v") == before


def test_a_push_hook_that_is_told_nothing_looks_at_what_is_checked_out(repository: Path, git: Git) -> None:
    """Some hook managers keep what git says for themselves."""
    commit(repository, git, file=line())

    done = hook(repository, "pre-push", "origin", str(repository.parent), stdin="")
    assert (done.returncode, "push refused" in done.stderr) == (1, True), done.stderr


def test_an_author_is_refused_with_the_commit(repository: Path, git: Git) -> None:
    install(repository, dry_run=False)
    for words in (("--author", f"{sample(TEMPLATE)} <x@localhost>"), ("--author", f"x <{sample(TEMPLATE)}@localhost>")):
        done = run(repository, "commit", "--allow-empty", "--message", "x", *words)
        assert (done.returncode, "commit refused" in done.stderr) == (1, True), done.stderr


def test_a_range_in_a_shallow_clone_is_not_all_of_it(repository: Path, git: Git, tmp_path: Path) -> None:
    for number in range(4):
        commit(repository, git, file=f"{number}\n")
    git(tmp_path, "clone", "--quiet", "--depth=2", repository.as_uri(), "shallow")
    assert ["shallow" in each.why for each in of_range(tmp_path / "shallow").unread] == [True]
    assert of_range(tmp_path / "shallow", "HEAD^!").unread == ()


@pytest.fixture
def clone(repository: Path, git: Git, tmp_path: Path) -> Path:
    """A repository whose remote `origin` has its one commit, with our hooks in place."""
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git(repository, "remote", "add", "origin", str(tmp_path / "remote.git"))
    commit(repository, git, known=line())
    git(repository, "push", "--quiet", "origin", "main")
    install(repository, dry_run=False)
    return repository


def past_hooks(folder: Path, git: Git, **files: str) -> None:
    write(folder, git, **files)
    git(folder, "commit", "--quiet", "--no-verify", "--message", "x")


@pytest.mark.parametrize("words", [("--follow-tags", "origin", "main"), ("--atomic", "--tags", "origin")])
def test_tags_that_follow_are_seen(clone: Path, git: Git, words: tuple[str, ...]) -> None:
    git(clone, "tag", "--annotate", "--message", line(), "v1")

    assert run(clone, "push", "origin", "main").returncode == 0
    assert "push refused" in run(clone, "push", *words).stderr


def test_a_tag_that_the_remote_has_is_not_blamed_on_a_tag_of_it(clone: Path, git: Git) -> None:
    git(clone, "tag", "--annotate", "--message", line(), "v1")
    git(clone, "push", "--quiet", "--no-verify", "origin", "v1")
    git(clone, "tag", "--annotate", "--message", "clean", "v2", "v1")
    done = run(clone, "push", "origin", "v2")

    assert done.returncode == 0, done.stderr


def test_a_submodule_that_is_pushed_along_is_seen(clone: Path, git: Git, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "inner.git")
    git(tmp_path, "clone", "--quiet", "inner.git", "seed")
    commit(tmp_path / "seed", git, file="clean\n")
    git(tmp_path / "seed", "push", "--quiet", "origin", "HEAD")
    git(clone, "submodule", "--quiet", "add", str(tmp_path / "inner.git"), "sub")
    git(clone, "commit", "--quiet", "--message", "a submodule")
    install(clone / "sub", dry_run=False)
    past_hooks(clone / "sub", git, file=line())
    git(clone, "commit", "--quiet", "--all", "--message", "it moves")

    assert "push refused" in run(clone, "push", "--recurse-submodules=on-demand", "origin", "main").stderr


@pytest.mark.parametrize("setting", ["insteadOf", "pushInsteadOf"])
def test_a_short_name_of_a_remote_is_that_remote(clone: Path, git: Git, tmp_path: Path, setting: str) -> None:
    git(clone, "config", f"url.{tmp_path}/.{setting}", "short:")
    git(clone, "remote", "set-url", "origin", "short:remote.git")
    past_hooks(clone, git, more="clean\n")
    done = run(clone, "push", "origin", "main")
    assert done.returncode == 0, done.stderr

    past_hooks(clone, git, more=line())
    assert "push refused" in run(clone, "push", "origin", "main").stderr


def test_each_of_two_addresses_of_a_remote_is_guarded(clone: Path, git: Git, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "second.git")
    git(clone, "push", "--quiet", "--no-verify", str(tmp_path / "second.git"), "main")
    for name in ("remote.git", "second.git"):
        git(clone, "remote", "set-url", "--add", "--push", "origin", str(tmp_path / name))
    past_hooks(clone, git, more="clean\n")
    assert run(clone, "push", "origin", "main").returncode == 0

    past_hooks(clone, git, more=line())
    assert run(clone, "push", "origin", "main").returncode != 0
    assert [head(tmp_path / name, git, "main") for name in ("remote.git", "second.git")] == [
        head(clone, git, "HEAD~1")
    ] * 2


def test_hundreds_of_references_are_seen(clone: Path, git: Git) -> None:
    past_hooks(clone, git, more=line())
    git(clone, "update-ref", "--stdin", stdin="".join(f"create refs/heads/b{number} HEAD\n" for number in range(300)))

    assert "push refused" in run(clone, "push", "--all", "origin").stderr


@pytest.mark.parametrize("words", [("--include", "known"), ("--all", "--fixup", "HEAD"), ("--all", "--interactive")])
def test_however_a_commit_is_put_together_it_is_seen(clone: Path, git: Git, words: tuple[str, ...]) -> None:
    (clone / "known").write_text(line())
    if "--interactive" in words:
        git(clone, "add", "known")
        words = ("--interactive",)

    assert run(clone, "commit", "--message", "x", *words).returncode != 0
    assert git(clone, "rev-list", "--count", "HEAD").strip() == "1"


@pytest.mark.parametrize("content", ["nonsense", "1" * 40])
def test_a_merge_with_what_is_not_there_does_not_open_the_door(clone: Path, git: Git, content: str) -> None:
    write(clone, git, more=line())
    (clone / ".git" / "MERGE_HEAD").write_text(f"{content}\n")

    assert hook(clone, "pre-commit").returncode != 0


def test_a_forged_merge_gets_no_further_than_the_push(clone: Path, git: Git) -> None:
    """As if the other side had brought what is staged: it is this repository that would send it."""
    write(clone, git, more=line())
    other = git(clone, "commit-tree", "-p", "HEAD", "-m", "x", git(clone, "write-tree").strip())
    (clone / ".git" / "MERGE_HEAD").write_text(other)
    git(clone, "commit", "--quiet", "--message", "x")

    assert "push refused" in run(clone, "push", "origin", "main").stderr


@pytest.mark.parametrize(
    "variables", [{"GIT_DIR": "../.git", "GIT_WORK_TREE": ".."}, {"GIT_INDEX_FILE": "{top}/another"}]
)
def test_a_repository_that_variables_name_is_guarded(
    clone: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    (clone / "inner").mkdir()
    (clone / "inner" / "file").write_text(line())
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(top=clone))
    assert run(clone / "inner", "add", "file").returncode == 0
    done = run(clone / "inner", "commit", "--message", "x")

    assert (done.returncode, "commit refused" in done.stderr) == (1, True)


def test_what_a_worktree_has_checked_out_is_history(clone: Path, git: Git, tmp_path: Path) -> None:
    git(clone, "worktree", "add", "--quiet", "--detach", str(tmp_path / "beside"))
    past_hooks(tmp_path / "beside", git, more=line())

    assert sorted(each.path for each in scan(sources.from_history(clone), key=KEY).findings) == ["known", "more"]
