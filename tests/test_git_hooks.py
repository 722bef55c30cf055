"""Turns the hooks that git itself runs into proof that a credential stops a commit and a push."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agentguard_secrets.state.githooks import install
from tests.making import sample
from tests.test_git_index import TEMPLATE, Git, line

PYTHON = [sys.executable, "-I", "-m", "agentguard_secrets.githook"]


@pytest.fixture
def guarded(repository: Path, git: Git, tmp_path: Path) -> Path:
    """A repository with a remote and our hooks in place, one clean commit pushed."""
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git(repository, "remote", "add", "origin", str(tmp_path / "remote.git"))
    install(repository, dry_run=False)
    assert run(repository, "commit", "--quiet", "--allow-empty", "--message", "clean").returncode == 0
    assert run(repository, "push", "--quiet", "origin", "main").returncode == 0
    return repository


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)


def hook(folder: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PYTHON, *words], cwd=folder, input=stdin, capture_output=True, text=True, check=False)


def stage(folder: Path, git: Git, content: str) -> None:
    (folder / "file").write_text(content)
    git(folder, "add", "file")


def journal(home: Path) -> list[dict[str, object]]:
    path = home / ".local" / "state" / "agentguard-secrets" / "journal.jsonl"
    return [json.loads(each) for each in path.read_text().splitlines()] if path.exists() else []


def test_a_commit_is_refused_and_the_value_is_not_told(guarded: Path, git: Git) -> None:
    value = sample(TEMPLATE)
    stage(guarded, git, f"one\nkey = '{value}'\n")
    done = run(guarded, "commit", "--message", "leaking")

    assert done.returncode == 1
    assert "file:2:8: github-pat" in done.stderr
    assert "agentguard:allow[github-pat]" in done.stderr
    assert value not in done.stdout + done.stderr
    assert value[4:14] not in done.stderr


@pytest.mark.parametrize(
    ("words", "status"),
    [
        pytest.param(("--all",), 1, id="--all stages what is tracked"),
        pytest.param(("--only", "tracked"), 1, id="--only commits the work tree's version"),
        pytest.param(("--only", "clean"), 0, id="--only leaves what is staged elsewhere out"),
        pytest.param(("--amend",), 0, id="--amend without staging adds nothing"),
        pytest.param(("--amend", "--all"), 1, id="--amend with staging adds something"),
    ],
)
def test_what_counts_is_what_this_commit_stores(guarded: Path, git: Git, words: tuple[str, ...], status: int) -> None:
    for name in ("tracked", "clean"):
        (guarded / name).write_text("one\n")
    git(guarded, "add", "--all")
    git(guarded, "commit", "--quiet", "--message", "two files")
    (guarded / "clean").write_text("two\n")
    (guarded / "tracked").write_text(line())

    assert run(guarded, "commit", "--message", "a change", *words).returncode == status


def test_a_clean_commit_waits_for_no_import_it_does_not_need(guarded: Path, git: Git) -> None:
    stage(guarded, git, "clean\n")
    words = [sys.executable, "-I", "-X", "importtime", *PYTHON[2:], "pre-commit"]
    done = subprocess.run(words, cwd=guarded, capture_output=True, text=True, check=False)
    imported = {each.rpartition("|")[2].strip() for each in done.stderr.splitlines()}

    assert "agentguard_secrets.sources.staged" in imported
    assert imported & {"git", "subprocess", "pathlib", "typing", "tomllib", "argparse", "regex", "hashlib"} == set()


def test_a_push_is_refused_for_what_a_later_commit_removes(guarded: Path, git: Git) -> None:
    for content in ("one\n", f"one\n{line()}", "one\ntwo\n"):
        stage(guarded, git, content)
        git(guarded, "commit", "--quiet", "--no-verify", "--message", "a change")
    done = run(guarded, "push", "origin", "main")

    assert done.returncode != 0
    middle = git(guarded, "rev-parse", "HEAD~1")[:12]
    assert f"commit {middle} file:2:10: github-pat" in done.stderr
    assert git(guarded, "ls-remote", "origin", "main")[:12] != git(guarded, "rev-parse", "HEAD")[:12]


def test_a_clean_commit_and_push_pass_in_silence(guarded: Path, git: Git, home: Path) -> None:
    stage(guarded, git, "clean\n")
    committed = run(guarded, "commit", "--quiet", "--message", "clean")
    pushed = run(guarded, "push", "--quiet", "origin", "main")

    assert [(each.returncode, each.stdout, each.stderr) for each in (committed, pushed)] == [(0, "", "")] * 2
    assert journal(home) == []


def test_each_refusal_is_journaled_once(guarded: Path, git: Git, home: Path) -> None:
    stage(guarded, git, line())
    run(guarded, "commit", "--message", "leaking")
    git(guarded, "commit", "--quiet", "--no-verify", "--message", "leaking")
    run(guarded, "push", "origin", "main")

    told = [(each["event"], each["verdict"], each["rules"], each["path"]) for each in journal(home)]
    assert told == [("commit", "deny", ["github-pat"], "file"), ("push", "deny", ["github-pat"], "file")]


@pytest.mark.parametrize(
    ("policy", "status", "said"),
    [
        pytest.param("", 1, "commit refused", id="no policy: refused"),
        pytest.param('[mode]\nlevel = "observe"\n', 0, "not refused", id="observe: said, and passed"),
        pytest.param('[mode]\nlevel = "ask"\n', 1, "nobody to ask", id="ask: refused with a hint"),
        pytest.param(
            '[mode]\nlevel = "nonsense"\n', 2, "agentguard.toml", id="a broken policy is a wrong configuration"
        ),
    ],
)
def test_the_policy_decides(guarded: Path, git: Git, policy: str, status: int, said: str) -> None:
    (guarded / "agentguard.toml").write_text(policy)
    stage(guarded, git, line())
    done = hook(guarded, "pre-commit")

    assert (done.returncode, said in done.stderr) == (status, True), done.stderr


def test_clean_runs_are_journaled_where_the_policy_says_so(guarded: Path, git: Git, home: Path) -> None:
    (guarded / "agentguard.toml").write_text("[journal]\nclean = true\n")
    stage(guarded, git, "clean\n")
    git(guarded, "commit", "--quiet", "--message", "clean")
    git(guarded, "push", "--quiet", "origin", "main")

    told = [(each["event"], each["verdict"]) for each in journal(home)]
    assert told == [("commit", "allow"), ("commit", "allow"), ("push", "allow")]


def test_what_the_policy_lets_pass_unread_is_said(guarded: Path, git: Git) -> None:
    (guarded / "agentguard.toml").write_text('[verdicts]\ncommit.unread = "allow"\n')
    with (guarded / "large").open("wb") as stream:
        stream.truncate(33 * 1024 * 1024)
    git(guarded, "add", "large")
    done = hook(guarded, "pre-commit")

    assert (done.returncode, "large: not scanned" in done.stderr) == (0, True)


def test_an_exception_in_the_policy_lets_it_pass(guarded: Path, git: Git) -> None:
    stage(guarded, git, line())
    fingerprint = hook(guarded, "pre-commit").stderr.split('fingerprint = "')[1].split('"')[0]
    entry = {"fingerprint": fingerprint, "reason": "a test", "owner": "test", "expires": "2999-01-01"}
    lines = "".join(f'{key} = "{value}"\n' for key, value in entry.items())
    (guarded / "agentguard.toml").write_text(f"[[allow]]\n{lines}")
    done = hook(guarded, "pre-commit")

    assert (done.returncode, done.stderr) == (0, "")


def test_a_comment_on_the_line_lets_it_pass(guarded: Path, git: Git) -> None:
    stage(guarded, git, f"{line().strip()}  # agentguard:allow[github-pat]\n")

    assert hook(guarded, "pre-commit").returncode == 0


def test_a_binary_file_passes_and_is_said(guarded: Path, git: Git) -> None:
    stage(guarded, git, "\0\1\2")
    done = hook(guarded, "pre-commit")

    assert (done.returncode, done.stderr) == (
        0,
        "agentguard-secrets: file: binary: only its plain text was scanned\n",
    )


def test_what_cannot_be_read_is_not_clean(guarded: Path, git: Git) -> None:
    with (guarded / "large").open("wb") as stream:
        stream.truncate(33 * 1024 * 1024)
    git(guarded, "add", "large")
    done = hook(guarded, "pre-commit")

    assert done.returncode == 3
    assert "large: not scanned" in done.stderr


def test_a_file_named_like_a_credential_is_not_named(guarded: Path, git: Git) -> None:
    value = sample(TEMPLATE)
    (guarded / value).write_text(line())
    git(guarded, "add", "--all")
    done = hook(guarded, "pre-commit")

    assert done.returncode == 1
    assert "2 credentials" in done.stderr
    assert value not in done.stderr


def test_a_credential_in_the_message_refuses_the_commit(guarded: Path) -> None:
    done = run(guarded, "commit", "--allow-empty", "--message", f"a change\n\n{line()}")

    assert (done.returncode, "(message or people):3:10: github-pat" in done.stderr) == (1, True)


def test_what_git_shows_below_the_message_is_no_part_of_it(guarded: Path, git: Git) -> None:
    """Old lines and those that a comment accepts stand in the diff of --verbose, and the hook reads it."""
    old = line()
    stage(guarded, git, f"{old}one\n")
    git(guarded, "commit", "--quiet", "--no-verify", "--message", "old")
    stage(guarded, git, f"two\n{line().strip()}  # agentguard:allow\n")

    for words in (["--verbose"], ["--verbose", "--verbose"], ["--verbose", "--amend"]):
        (guarded / "file").write_text(f"{(guarded / 'file').read_text()}{old}")
        edited = run(guarded, "-c", "core.editor=echo changed >", "commit", "--allow-empty", *words)
        assert edited.returncode == 0, edited.stderr
        done = run(guarded, "-c", "core.editor=sed -i 1ichanged", "commit", "--allow-empty", *words)
        assert (done.returncode, done.stderr) == (0, ""), words


def test_what_git_shows_of_a_deleted_file_is_no_part_of_the_message(guarded: Path, git: Git) -> None:
    stage(guarded, git, line())
    git(guarded, "commit", "--quiet", "--no-verify", "--message", "old")
    git(guarded, "rm", "--quiet", "file")
    git(guarded, "config", "commit.verbose", "true")
    git(guarded, "config", "core.editor", "sed -i 1ia_change")
    git(guarded, "commit", "--quiet")

    assert git(guarded, "log", "-1", "--format=%B").strip() == "a_change"


def test_what_stands_below_forged_scissors_is_part_of_the_message(guarded: Path, git: Git) -> None:
    """With --file git does not cut there: all of it is stored."""
    stage(guarded, git, "clean\n")
    scissors = "# ------------------------ >8 ------------------------\n"
    (guarded / "message").write_text(f"a change\n{scissors}diff --git a/x b/x\n@@ -0,0 +1 @@\n+{line()}")

    assert run(guarded, "commit", "--file", "message").returncode == 1
    assert hook(guarded, "commit-msg", "message").returncode == 1


@pytest.mark.parametrize(
    ("words", "stdin", "status"),
    [
        pytest.param([], "", 2, id="no hook named"),
        pytest.param(["post-commit"], "", 2, id="a hook that is not ours"),
        pytest.param(["commit-msg"], "", 2, id="no message file"),
        pytest.param(["commit-msg", "/no/such/file"], "", 3, id="a message that is not there"),
        pytest.param(["pre-push", "origin", "url"], "nonsense\n", 3, id="lines git does not write"),
        pytest.param(
            ["pre-push", "origin", "url"], f"a {'1' * 40} b {'0' * 40}\n", 3, id="an object that is not there"
        ),
    ],
)
def test_what_goes_wrong_never_opens_the_door(guarded: Path, words: list[str], stdin: str, status: int) -> None:
    done = hook(guarded, *words, stdin=stdin)

    assert done.returncode == status
    assert "git was stopped" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_git_that_is_not_there_never_opens_the_door(guarded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert hook(guarded, "pre-commit").returncode == 3


def test_a_state_folder_that_cannot_be_made_never_opens_the_door(
    guarded: Path, git: Git, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "file"))
    stage(guarded, git, line())

    assert hook(guarded, "pre-commit").returncode == 3


def test_a_module_in_the_repository_takes_no_part(guarded: Path, git: Git) -> None:
    for name in ("json", "subprocess", "agentguard_secrets"):
        (guarded / f"{name}.py").write_text("raise SystemExit(0)\n")
    stage(guarded, git, line())

    assert hook(guarded, "pre-commit").returncode == 1
    words = [sys.executable, "-P", "-m", "agentguard_secrets.cli.main", "git-hook", "pre-commit"]
    assert subprocess.run(words, cwd=guarded, capture_output=True, check=False).returncode == 1


@pytest.mark.skipif(os.name == "nt", reason="no fork there")
def test_a_closed_standard_error_never_opens_the_door(guarded: Path, git: Git) -> None:
    stage(guarded, git, line())
    words = ["sh", "-c", 'exec "$@" 2>&-', "sh", *PYTHON, "pre-commit"]

    assert subprocess.run(words, cwd=guarded, capture_output=True, check=False).returncode != 0


def test_variables_of_the_framework_do_not_hide_the_index(
    guarded: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", "HEAD")
    monkeypatch.setenv("PRE_COMMIT_TO_REF", "HEAD")
    stage(guarded, git, line())
    assert run(guarded, "commit", "--message", "leaking").returncode == 1


def test_a_run_that_takes_too_long_never_opens_the_door(
    guarded: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(guarded, git, "".join(f"password_{number} = {sample('<alnum:24>')}\n" for number in range(60_000)))
    monkeypatch.setenv("AGENTGUARD_GIT_DEADLINE", "1")
    done = hook(guarded, "pre-commit")

    assert (done.returncode, "longer than 1 s" in done.stderr) == (3, True)


@pytest.mark.parametrize("value", ["0", "-1", "soon"])
def test_a_deadline_that_is_none_is_wrong_use(guarded: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("AGENTGUARD_GIT_DEADLINE", value)

    assert hook(guarded, "pre-commit").returncode == 2


@pytest.mark.parametrize("by", ["--stats", "AGENTGUARD_GIT_STATS"])
def test_a_run_can_say_what_it_scanned(guarded: Path, git: Git, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    stage(guarded, git, "clean\n")
    if by.isupper():
        monkeypatch.setenv(by, "1")
    done = hook(guarded, "pre-commit", *([by] if by.startswith("-") else []))

    assert (done.returncode, done.stderr) == (
        0,
        "agentguard-secrets: commit: scanned 2 texts, 10 characters, 0 unread\n",
    )


def test_a_hook_that_overlooks_what_is_staged_is_an_error(guarded: Path, git: Git) -> None:
    """A git of somebody else's making that tells of no change stands for whatever may go wrong."""
    stage(guarded, git, line())
    folder = guarded.parent / "bin"
    folder.mkdir()
    git_itself = subprocess.run(
        ["sh", "-c", "command -v git"], capture_output=True, text=True, check=True
    ).stdout.strip()
    (folder / "git").write_text(f'#!/bin/sh\ncase "$*" in *diff-index*) exit 0;; esac\nexec {git_itself} "$@"\n')
    (folder / "git").chmod(0o755)
    words = ["env", f"PATH={folder}:{os.environ['PATH']}", *PYTHON, "pre-commit"]
    done = subprocess.run(words, cwd=guarded, capture_output=True, text=True, check=False)

    assert (done.returncode, "nothing was scanned, and 1 files" in done.stderr) == (3, True)


@pytest.mark.parametrize("state", ["intended", "submodule", "mode", "removed", "nothing"])
def test_a_commit_with_nothing_to_scan_passes(guarded: Path, git: Git, state: str) -> None:
    (guarded / "file").write_text("clean\n")
    git(guarded, "add", "file")
    git(guarded, "commit", "--quiet", "--message", "clean")
    if state == "intended":
        (guarded / "later").write_text(line())
        git(guarded, "add", "--intent-to-add", "later")
    elif state == "submodule":
        git(guarded, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    elif state == "mode":
        git(guarded, "update-index", "--chmod=+x", "file")
    elif state == "removed":
        git(guarded, "rm", "--quiet", "file")

    assert hook(guarded, "pre-commit").returncode == 0


def test_a_push_of_nothing_passes(guarded: Path) -> None:
    assert hook(guarded, "pre-push", "origin", "url", stdin="").returncode == 0
