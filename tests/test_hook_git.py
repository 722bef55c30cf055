"""Turns commands in which an agent commits or pushes into what the guard lets git do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Git
from tests.hooking import Answer
from tests.hooking import answer_to as any_answer_to
from tests.making import sample


def bash(cwd: Path, command: str) -> dict[str, Any]:
    called = {"tool_name": "Bash", "tool_input": {"command": command, "description": "d"}}
    return {"session_id": "s", "cwd": str(cwd), "hook_event_name": "PreToolUse", **called}


def answer_to(event: dict[str, Any]) -> Answer:
    answer = any_answer_to(event)
    assert b"could not judge" not in answer.output
    return answer


def token() -> str:
    return sample("ghp_<alnum:30><crc62:6>")


@pytest.fixture
def work(repository: Path, git: Git) -> Path:
    """A repository with a clean first commit, an alias and no hooks of ours."""
    (repository / "sub").mkdir()
    (repository / "a.py").write_text("a = 1\n")
    (repository / "sub" / "b.py").write_text("b = 1\n")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "first")
    git(repository, "config", "alias.ci", "commit")
    git(repository, "config", "alias.send", "!git push origin HEAD")
    return repository


def key(path: Path) -> str:
    credential = token()
    path.write_text(f"{path.read_text() if path.exists() else ''}key = '{credential}'\n")
    return credential


@pytest.mark.parametrize(
    "command",
    [
        "git commit -m x",
        "git commit --no-verify -m x",
        "git -c core.hooksPath=/dev/null commit -m x",
        "git ci -m x",
        "/usr/bin/git commit -m x",
        "sh -c 'git commit -m x'",
        "env A=1 git commit -m x",
        "cd sub && git commit -m x",
        "git -C sub commit -m x",
        "true; (git commit -m x)",
        "python3 -c 'import os; os.system(\"git commit -m x\")'",
        "git merge --continue",
    ],
)
def test_commit_of_what_is_staged_is_denied_in_every_wrapper(work: Path, git: Git, command: str) -> None:
    credential = key(work / "a.py")
    git(work, "add", ".")
    (work / "a.py").write_text("a = 1\n")
    answer = answer_to(bash(work, command))
    assert answer.verdict == "deny"
    assert b"a.py, line 2" in answer.words
    assert b"what it would commit or push holds a credential" in answer.words
    assert credential.encode() not in answer.output + answer.words


@pytest.mark.parametrize(
    ("command", "verdict"),
    [
        pytest.param("git commit -am x", "deny", id="all that is tracked"),
        pytest.param("git commit -m x -a", "deny", id="all, said last"),
        pytest.param("git commit --all --message x", "deny", id="all, spelled out"),
        pytest.param("git commit -m x a.py", "deny", id="a path"),
        pytest.param("git commit -m x -- a.py", "deny", id="a path behind the dashes"),
        pytest.param("git add a.py && git commit -m x", "deny", id="staged in the same command"),
        pytest.param("git add -A; git commit -m x", "deny", id="everything staged"),
        pytest.param('git add "$FILES" && git commit -m x', "deny", id="a name only the shell knows"),
        pytest.param("git add -p && git commit -m x", "deny", id="staged piece by piece"),
        pytest.param("cd sub && git add .. && git commit -m x", "deny", id="staged from below"),
        pytest.param("git diff | git apply --cached && git commit -m x", "deny", id="a patch of it"),
        pytest.param("git update-index --again; git commit -m x", "deny", id="by plumbing"),
        pytest.param("hub commit -am x", "deny", id="by hub"),
        pytest.param("git update-index --refresh; git commit -m x", "silence", id="nothing, by plumbing"),
        pytest.param("git commit -m x", "silence", id="nothing is staged"),
        pytest.param("git commit -m a", "silence", id="a message is no option"),
        pytest.param("git commit -m x sub/b.py", "silence", id="another path"),
        pytest.param("cd sub && git add . && git commit -m x", "silence", id="another folder"),
        pytest.param("git add sub && git commit -m x", "silence", id="another folder is staged"),
        pytest.param("git status", "silence", id="no commit"),
        pytest.param("echo 'git commit -am x'", "silence", id="only words"),
    ],
)
def test_what_a_commit_would_stage_is_looked_at(work: Path, git: Git, command: str, verdict: str) -> None:
    key(work / "a.py")
    before = git(work, "status", "--porcelain")
    answer = answer_to(bash(work, command))
    assert (answer.verdict, git(work, "status", "--porcelain")) == (verdict, before)


@pytest.mark.parametrize(
    ("command", "verdict"),
    [
        pytest.param("mv new.py b.py && git add b.py && git commit -m x", "deny", id="moved"),
        pytest.param("cp new.py a.py && git commit -am x", "deny", id="copied over what is tracked"),
        pytest.param("cat new.py > b.py; git add b.py; git commit -m x", "deny", id="written again"),
        pytest.param("cat new.py | tee b.py; git add -A && git commit -m x", "deny", id="handed on"),
        pytest.param("mkdir new && mv new.py new/ && git add new && git commit -m x", "deny", id="into a new folder"),
        pytest.param("cp -r ../kept kept && git add kept && git commit -m x", "deny", id="a folder from elsewhere"),
        pytest.param("sed s/a/b/ new.py > sub/b.py && git commit -am x", "deny", id="filtered"),
        pytest.param("cp new.py local.py && git commit -am x", "silence", id="to where git looks away"),
        pytest.param("cp new.py ../other.py && git commit -am x", "silence", id="out of the repository"),
        pytest.param("cp new.py a.py", "silence", id="no commit"),
    ],
)
def test_copy_that_the_command_makes_is_looked_at_before_it_is_committed(
    work: Path, git: Git, command: str, verdict: str
) -> None:
    """What is not there yet nothing that is staged beforehand can show."""
    (work / ".gitignore").write_text("local.py\nnew.py\n")
    git(work, "add", ".gitignore")
    git(work, "commit", "--quiet", "-m", "second")
    (work.parent / "kept").mkdir()
    for path in (work / "new.py", work.parent / "kept" / "c.py"):
        key(path)
    assert answer_to(bash(work, command)).verdict == verdict


def test_commit_in_a_place_that_nobody_can_tell_is_asked_about(work: Path) -> None:
    answer = answer_to(bash(work, 'cd "$WHERE" && git commit -am x'))
    assert answer.verdict == "ask"


def test_message_from_a_file_is_looked_at(work: Path) -> None:
    credential = key(work / "message.txt")
    answer = answer_to(bash(work, "git commit --allow-empty -F message.txt"))
    assert answer.verdict == "deny"
    assert credential.encode() not in answer.output + answer.words


def test_repository_that_is_made_in_the_same_command_is_looked_at(tmp_path: Path) -> None:
    key(tmp_path / "a.py")
    assert answer_to(bash(tmp_path, "git init && git add . && git commit -m x")).verdict == "deny"
    assert answer_to(bash(tmp_path, "git status")) == Answer(0, b"", b"")


@pytest.fixture
def ahead(work: Path, git: Git, tmp_path: Path) -> Path:
    """The same, one commit with a credential, and one that takes it out, ahead of its remote."""
    git(work, "clone", "--quiet", "--bare", ".", str(tmp_path / "remote.git"))
    git(work, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(work, "fetch", "--quiet", "origin")
    git(work, "switch", "--quiet", "--create", "feature")
    key(work / "a.py")
    git(work, "commit", "--quiet", "-am", "second")
    (work / "a.py").write_text("a = 2\n")
    git(work, "commit", "--quiet", "-am", "third")
    return work


@pytest.mark.parametrize(
    "command",
    [
        "git push origin feature",
        "git push --no-verify -u origin HEAD",
        "git push",
        "git send",
        "git push origin HEAD:refs/heads/other",
        "git push --all origin",
        'git push origin "$BRANCH"',
        "GIT_DIR=.git git push",
        "hub push origin HEAD",
        "gh repo create x --source . --push",
        "glab mr create --fill --push",
        "git svn dcommit",
        "bash -lc 'cd sub; git push origin feature'",
    ],
)
def test_push_of_a_commit_with_a_credential_is_denied(ahead: Path, command: str) -> None:
    answer = answer_to(bash(ahead, command))
    assert answer.verdict == "deny"
    assert b"a.py in commit " in answer.words
    assert b"A commit that holds it already has to be made anew" in answer.words


def test_push_of_what_the_remote_has_is_let_through(ahead: Path, git: Git) -> None:
    git(ahead, "reset", "--quiet", "--hard", "HEAD~2")
    assert answer_to(bash(ahead, "git push origin feature")) == Answer(0, b"", b"")


def test_comment_that_people_review_excuses_a_commit(work: Path, git: Git) -> None:
    (work / "a.py").write_text(f"key = '{token()}'  # agentguard:allow\n")
    git(work, "add", ".")
    assert answer_to(bash(work, "git commit -m x")) == Answer(0, b"", b"")
