"""Turns real pushes to a real remote into proof that all of what the remote lacks is scanned, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard_secrets import scan, sources
from agentguard_secrets.errors import ProtocolError, SourceError
from agentguard_secrets.model import Finding
from agentguard_secrets.protocol.prepush import RefUpdate, parse_updates
from tests.making import sample
from tests.test_git_index import KEY, TEMPLATE, Git, commit, line

RECORDER = '#!/bin/sh\ncat > "$(git rev-parse --git-dir)/pushed"\n'


@pytest.fixture(params=["sha1", "sha256"])
def clone(tmp_path: Path, git: Git, request: pytest.FixtureRequest) -> Path:
    """A repository with one commit, which its remote `origin` has as well, and a hook that records what is pushed."""
    folder, remote = tmp_path / "clone", tmp_path / "remote.git"
    for each, bare in ((remote, ["--bare"]), (folder, [])):
        each.mkdir()
        git(each, "init", "--quiet", f"--object-format={request.param}", *bare)
    git(folder, "remote", "add", "origin", str(remote))
    commit(folder, git, known=line())
    git(folder, "push", "--quiet", "origin", "main")
    hook = folder / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(RECORDER)
    hook.chmod(0o755)
    return folder


def pushed(folder: Path, git: Git, *words: str, remote: str = "origin", url: str = "") -> list[Finding]:
    """What is found when git is asked to push: the lines are those that git itself gives its hook."""
    (folder / ".git" / "pushed").write_text("")
    git(folder, "push", "--quiet", "--dry-run", *words)
    updates = parse_updates((folder / ".git" / "pushed").read_text())
    return list(scan(sources.from_push(folder, updates, remote=remote, url=url), key=KEY).findings)


def places(findings: list[Finding]) -> list[tuple[str, int]]:
    return [(finding.path, finding.line) for finding in findings]


def head(folder: Path, git: Git, name: str = "HEAD") -> str:
    return git(folder, "rev-parse", name).strip()


def test_a_commit_in_the_middle_is_seen(clone: Path, git: Git) -> None:
    commit(clone, git, file="one\n")
    commit(clone, git, file=f"one\n{line()}")
    middle = head(clone, git)
    commit(clone, git, file="one\ntwo\n")
    findings = pushed(clone, git, "origin", "main")

    assert [(each.path, each.line, each.commit, each.origin) for each in findings] == [("file", 2, middle, "commit")]


def test_every_reference_is_seen(clone: Path, git: Git) -> None:
    for name in ("first", "second", "third"):
        git(clone, "checkout", "--quiet", "-b", name, "main")
        commit(clone, git, **{name: line() if name != "first" else "clean\n"})

    assert places(pushed(clone, git, "origin", "first")) == []
    assert sorted(places(pushed(clone, git, "origin", "first", "second", "third"))) == [("second", 1), ("third", 1)]
    assert sorted(places(pushed(clone, git, "--all", "origin"))) == [("second", 1), ("third", 1)]


def test_what_two_references_share_is_told_once(clone: Path, git: Git) -> None:
    commit(clone, git, file=line())
    git(clone, "branch", "again")

    assert places(pushed(clone, git, "origin", "main", "again")) == [("file", 1)]


def test_what_the_remote_has_is_nobodys_fault(clone: Path, git: Git) -> None:
    git(clone, "checkout", "--quiet", "-b", "new")
    commit(clone, git, known=(clone / "known").read_text() + "clean\n")

    assert pushed(clone, git, "origin", "new") == []
    assert pushed(clone, git, "origin", "main") == []


def test_a_new_remote_lacks_the_old_commits(clone: Path, git: Git, tmp_path: Path) -> None:
    git(
        tmp_path,
        "init",
        "--quiet",
        "--bare",
        f"--object-format={git(clone, 'rev-parse', '--show-object-format').strip()}",
        "new.git",
    )
    git(clone, "remote", "add", "backup", str(tmp_path / "new.git"))

    assert places(pushed(clone, git, "backup", "main", remote="backup")) == [("known", 1)]
    assert places(pushed(clone, git, str(tmp_path / "new.git"), "main", remote=str(tmp_path / "new.git"))) == [
        ("known", 1)
    ]


def test_a_deletion_sends_nothing(clone: Path, git: Git) -> None:
    git(clone, "push", "--quiet", "--no-verify", "origin", "main:gone")
    commit(clone, git, unsent=line())

    assert pushed(clone, git, "origin", ":gone") == []


@pytest.mark.parametrize("source", ["HEAD", "HEAD~1", "HEAD@{0}"])
def test_a_detached_head_is_seen(clone: Path, git: Git, source: str) -> None:
    git(clone, "checkout", "--quiet", "--detach")
    commit(clone, git, first=line())
    commit(clone, git, second="clean\n")

    assert places(pushed(clone, git, "origin", f"{source}:refs/heads/new")) == [("first", 1)]


def test_a_forced_push_sends_the_rewritten_commits(clone: Path, git: Git) -> None:
    commit(clone, git, file="one\n")
    git(clone, "push", "--quiet", "--no-verify", "origin", "main")
    git(clone, "reset", "--quiet", "--hard", "HEAD~1")
    commit(clone, git, file=line())

    assert places(pushed(clone, git, "--force", "origin", "main")) == [("file", 1)]


def test_a_remote_that_moved_on_is_no_obstacle(clone: Path, git: Git) -> None:
    """Its commit was never fetched: only what is known to be there can be left out."""
    commit(clone, git, file=line())
    tip = head(clone, git)
    update = RefUpdate("refs/heads/main", tip, "refs/heads/main", "1" * len(tip))

    assert places(list(scan(sources.from_push(clone, [update], remote="origin"), key=KEY).findings)) == [("file", 1)]


@pytest.mark.parametrize("depth", [1, 2], ids=["annotated tag", "a tag of a tag"])
def test_the_message_of_a_tag_is_text(clone: Path, git: Git, depth: int) -> None:
    git(clone, "tag", "--annotate", "--message", f"release\n\n{line()}", "v1")
    for _ in range(1, depth):
        git(clone, "tag", "--annotate", "--message", f"signed again\n\n{line()}", "v2", "v1")
    findings = pushed(clone, git, "origin", f"v{depth}")

    assert [(each.path, each.origin) for each in findings] == [(f"refs/tags/v{depth}", "tag")] * depth


@pytest.mark.parametrize("kind", ["blob", "tree"])
def test_a_tag_may_name_no_commit_at_all(clone: Path, git: Git, kind: str) -> None:
    (clone / "loose").write_text(line())
    oid = git(clone, "hash-object", "-w", "loose").strip()
    if kind == "tree":
        oid = git(clone, "mktree", stdin=f"100644 blob {oid}\tloose\n").strip()
    git(clone, "tag", "odd", oid)

    assert places(pushed(clone, git, "origin", "odd")) == [("loose" if kind == "tree" else "refs/tags/odd", 1)]


def test_a_note_is_a_commit_like_any_other(clone: Path, git: Git) -> None:
    git(clone, "notes", "add", "--message", line())

    assert [each.origin for each in pushed(clone, git, "origin", "refs/notes/commits")] == ["commit"]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--message", "a change\n\n{}"], id="message"),
        pytest.param(["--message", "a change", "--author", "{} <a@example.invalid>"], id="author"),
        pytest.param(["--message", "a change", "--author", "A <{}@example.invalid>"], id="address"),
    ],
)
def test_what_a_commit_says_is_text(clone: Path, git: Git, words: list[str]) -> None:
    git(clone, "commit", "--quiet", "--allow-empty", *(word.format(sample(TEMPLATE)) for word in words))
    findings = pushed(clone, git, "origin", "main")

    assert [(each.origin, each.commit) for each in findings] == [("message", head(clone, git))]


def test_a_new_name_of_a_file_is_text(clone: Path, git: Git) -> None:
    commit(clone, git, **{sample(TEMPLATE): "clean\n"})

    assert [each.origin for each in pushed(clone, git, "origin", "main")] == ["name"]


@pytest.mark.parametrize("kind", ["branch", "tag"])
def test_the_name_of_a_reference_is_text(clone: Path, git: Git, kind: str) -> None:
    name = f"feature/{sample(TEMPLATE)}"
    git(clone, kind, name)

    assert {each.origin for each in pushed(clone, git, "origin", name)} == {"name"}


def test_a_merge_counts_for_what_it_adds(clone: Path, git: Git) -> None:
    git(clone, "checkout", "--quiet", "-b", "side")
    commit(clone, git, theirs=f"one\n{line()}")
    git(clone, "push", "--quiet", "--no-verify", "origin", "side")
    git(clone, "checkout", "--quiet", "main")
    commit(clone, git, ours="one\n")
    git(clone, "merge", "--quiet", "--no-commit", "side")
    assert pushed(clone, git, "origin", "main") == []

    commit(clone, git, theirs=(clone / "theirs").read_text() + line(), third=line())
    assert sorted(places(pushed(clone, git, "origin", "main"))) == [("theirs", 3), ("third", 1)]


def test_an_octopus_counts_for_what_it_adds(clone: Path, git: Git) -> None:
    for name in ("one", "two"):
        git(clone, "checkout", "--quiet", "-b", name, "main")
        commit(clone, git, **{name: "clean\n"})
    git(clone, "checkout", "--quiet", "main")
    commit(clone, git, three="clean\n")
    git(clone, "merge", "--quiet", "--no-commit", "one", "two")
    commit(clone, git, one=f"clean\n{line()}")

    assert places(pushed(clone, git, "origin", "main")) == [("one", 2)]


def test_an_unknown_object_is_an_error(clone: Path) -> None:
    missing = "1" * 40
    with pytest.raises(SourceError, match=missing):
        list(sources.from_push(clone, [RefUpdate("x", missing, "x", "0" * 40)], remote="origin"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("refs/heads/main\n", id="one word"),
        pytest.param(f"a {'1' * 40} b {'2' * 39}\n", id="an object id that is too short"),
        pytest.param(f"a {'x' * 40} b {'2' * 40}\n", id="an object id that is not hexadecimal"),
    ],
)
def test_a_line_git_would_not_write_is_an_error(text: str) -> None:
    with pytest.raises(ProtocolError, match="standard input, line 1"):
        parse_updates(text)


def test_a_source_may_contain_spaces() -> None:
    update = parse_updates(f"HEAD@{{1 day ago}} {'1' * 40} refs/heads/x {'0' * 40}\n")[0]

    assert (update.local_ref, update.deletes()) == ("HEAD@{1 day ago}", False)


def bare(folder: Path, clone: Path, git: Git) -> str:
    """The address of an empty remote."""
    algorithm = git(clone, "rev-parse", "--show-object-format").strip()
    git(folder, "init", "--quiet", "--bare", f"--object-format={algorithm}", "another.git")
    return str(folder / "another.git")


def test_what_a_remote_with_a_longer_name_has_the_shorter_one_lacks(clone: Path, git: Git, tmp_path: Path) -> None:
    git(clone, "config", "remote.origin/inner.url", bare(tmp_path, clone, git))
    git(clone, "config", "remote.origin/inner.fetch", "+refs/heads/*:refs/remotes/origin/inner/*")
    commit(clone, git, file=line())
    git(clone, "push", "--quiet", "origin/inner", "main")

    assert places(pushed(clone, git, "origin", "main")) == [("file", 1)]


def test_what_it_is_fetched_from_is_not_what_it_is_pushed_to(clone: Path, git: Git, tmp_path: Path) -> None:
    elsewhere = bare(tmp_path, clone, git)
    git(clone, "config", "remote.origin.pushurl", elsewhere)

    assert pushed(clone, git, "origin", "main:new") == []
    assert places(pushed(clone, git, "origin", "main:new", url=elsewhere)) == [("known", 1)]


@pytest.mark.parametrize(
    "url",
    [
        "https://host.example/team/project.git",
        "https://host.example/team/project/",
        "https://user:word@HOST.example:443/team/project",
        "git@host.example:team/project.git",
        "ssh://git@host.example:22/team/project.git",
    ],
)
def test_an_address_of_another_kind_is_the_same_remote(clone: Path, git: Git, url: str) -> None:
    git(clone, "remote", "set-url", "origin", "https://host.example/team/project")
    update = RefUpdate("refs/heads/new", head(clone, git), "refs/heads/new", "0" * 40)

    assert list(scan(sources.from_push(clone, [update], remote="origin", url=url), key=KEY).findings) == []


@pytest.mark.parametrize("address", ["path", "file"])
def test_a_forged_reference_hides_nothing_from_a_remote_that_can_be_asked(
    clone: Path, git: Git, tmp_path: Path, address: str
) -> None:
    url = str(tmp_path / "remote.git") if address == "path" else (tmp_path / "remote.git").as_uri()
    commit(clone, git, file=line())
    git(clone, "update-ref", "refs/remotes/origin/forged", "HEAD")
    git(clone, "checkout", "--quiet", "-b", "new")

    assert places(pushed(clone, git, "origin", "new", url=url)) == [("file", 1)]
    assert places(pushed(clone, git, "origin", "main:old", url=url)) == [("file", 1)]


def test_a_forged_reference_hides_nothing_of_the_branch_that_is_pushed(clone: Path, git: Git) -> None:
    """Git says what the remote has there, before it sends anything."""
    commit(clone, git, file=line())
    git(clone, "update-ref", "refs/remotes/origin/main", "HEAD")

    assert places(pushed(clone, git, "origin", "main")) == [("file", 1)]


def test_what_a_remote_without_name_has_is_nobodys_fault(clone: Path, git: Git, tmp_path: Path) -> None:
    git(clone, "checkout", "--quiet", "-b", "new")
    commit(clone, git, file=line())
    url = str(tmp_path / "remote.git")

    assert places(pushed(clone, git, url, "new", remote=url, url=url)) == [("file", 1)]


def test_a_remote_that_does_not_answer_is_taken_for_what_it_was(clone: Path, git: Git, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    git(clone, "remote", "set-url", "origin", str(tmp_path / "gone"))
    update = RefUpdate("refs/heads/new", head(clone, git), "refs/heads/new", "0" * 40)
    found = scan(sources.from_push(clone, [update], remote="origin", url=str(tmp_path / "gone")), key=KEY).findings

    assert list(found) == []
