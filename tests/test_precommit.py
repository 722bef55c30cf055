"""Turns runs of the pre-commit framework into proof that its two hooks stop a credential."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from agentguard_secrets.state.githooks import install
from tests.test_git_hooks import run, stage
from tests.test_git_index import Git, line

ROOT = Path(__file__).parents[1]
ONLINE = "AGENTGUARD_TEST_ONLINE" in os.environ

STAGES = "[pre-commit, pre-merge-commit]"
LOCAL = """\
repos:
  - repo: local
    hooks:
      - {{id: commit, name: commit, entry: {entry} pre-commit, language: system, stages: {stages}, {common}}}
      - {{id: message, name: message, entry: {entry} commit-msg, language: system, stages: [commit-msg]}}
      - {{id: push, name: push, entry: {entry} pre-push, language: system, stages: [pre-push], verbose: true, {common}}}
"""


def framework(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", *words], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def configured(repository: Path, git: Git, tmp_path: Path) -> Path:
    """A repository whose hooks are the framework's, with ours as local ones, so that nothing has to be downloaded."""
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git(repository, "remote", "add", "origin", str(tmp_path / "remote.git"))
    entry = f"{sys.executable} -P -m agentguard_secrets.cli.main git-hook"
    common = "pass_filenames: false, always_run: true"
    (repository / ".pre-commit-config.yaml").write_text(LOCAL.format(entry=entry, stages=STAGES, common=common))
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "clean")
    done = framework(repository, "install", "--hook-type", "pre-commit", "--hook-type", "pre-push")
    assert done.returncode == 0, done.stderr
    return repository


def leak(folder: Path, git: Git, content: str) -> None:
    stage(folder, git, content)
    git(folder, "commit", "--quiet", "--no-verify", "--message", "a change")


def test_the_manifest_is_one_that_the_framework_takes(repository: Path) -> None:
    done = framework(repository, "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"))
    assert done.returncode == 0, done.stdout

    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    told = {
        each["id"]: (each["language"], each["stages"], each.get("pass_filenames", True), each["always_run"])
        for each in hooks
    }
    assert told == {
        "agentguard-secrets": ("python", ["pre-commit", "pre-merge-commit"], False, True),
        "agentguard-secrets-message": ("python", ["commit-msg"], True, True),
        "agentguard-secrets-push": ("python", ["pre-push"], False, True),
    }


def test_our_own_configuration_is_one_that_the_framework_takes(repository: Path) -> None:
    done = framework(repository, "validate-config", str(ROOT / ".pre-commit-config.yaml"))

    assert done.returncode == 0, done.stdout


def test_a_commit_is_refused_and_a_clean_one_passes(configured: Path, git: Git) -> None:
    stage(configured, git, line())
    assert "commit refused" in run(configured, "commit", "--message", "leaking").stderr

    stage(configured, git, "clean\n")
    assert run(configured, "commit", "--message", "clean").returncode == 0


def test_a_message_is_refused_and_a_clean_one_passes(configured: Path) -> None:
    assert framework(configured, "install", "--hook-type", "commit-msg").returncode == 0

    assert "commit refused" in run(configured, "commit", "--allow-empty", "--message", line()).stderr
    assert run(configured, "commit", "--allow-empty", "--message", "clean").returncode == 0


def test_a_merge_is_refused_and_a_clean_one_passes(configured: Path, git: Git) -> None:
    assert framework(configured, "install", "--hook-type", "pre-merge-commit").returncode == 0
    leak(configured, git, "base\n")
    git(configured, "checkout", "--quiet", "-b", "side")
    leak(configured, git, f"side\n{line()}")
    git(configured, "checkout", "--quiet", "main")
    git(configured, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", "clean")
    clean = run(configured, "merge", "--no-edit", "side")
    assert clean.returncode == 0, clean.stderr

    leak(configured, git, "main\n")
    git(configured, "checkout", "--quiet", "side")
    leak(configured, git, "other\n")
    git(configured, "config", "merge.odd.driver", f'echo "{line().strip()}" >%A')
    (configured / ".git" / "info" / "attributes").write_text("file merge=odd\n")
    refused = run(configured, "merge", "--no-edit", "main")
    assert (refused.returncode, "commit refused" in refused.stderr + refused.stdout) == (1, True), refused.stderr


def test_the_whole_index_is_scanned_when_nothing_is_committed(configured: Path, git: Git) -> None:
    """`pre-commit run --all-files` in CI: an empty difference must not be taken for a clean tree."""
    leak(configured, git, line())
    done = framework(configured, "run", "--all-files", "commit")
    assert (done.returncode, "file:1:10" in done.stdout) == (1, True)

    assert run(configured, "commit", "--allow-empty", "--message", "adds nothing").returncode == 0


def test_a_range_given_to_the_framework_is_scanned(configured: Path, git: Git) -> None:
    leak(configured, git, line())
    leak(configured, git, "clean\n")
    refs = ("--from-ref", "HEAD~2", "--to-ref", "HEAD")

    assert framework(configured, "run", "commit", *refs).returncode == 1
    assert framework(configured, "run", "push", "--hook-stage", "pre-push", *refs).returncode == 1
    refs = ("--from-ref", "HEAD~1", "--to-ref", "HEAD")
    assert framework(configured, "run", "push", "--hook-stage", "pre-push", *refs).returncode == 0


@pytest.mark.parametrize("known", [False, True], ids=["the whole history is new", "the remote knows the branch"])
def test_a_push_is_refused_for_what_a_later_commit_removes(configured: Path, git: Git, known: bool) -> None:
    if known:
        assert run(configured, "push", "origin", "main").returncode == 0
    for content in ("one\n", f"one\n{line()}", "one\ntwo\n"):
        leak(configured, git, content)
    done = run(configured, "push", "origin", "main")

    assert done.returncode != 0
    assert "push refused" in done.stderr + done.stdout


def test_says_what_the_framework_does_not_pass_on(configured: Path, git: Git) -> None:
    """Only the first reference of a push arrives; that others were not scanned must not go unsaid."""
    assert run(configured, "push", "origin", "main").returncode == 0
    git(configured, "branch", "first", "main")
    for name in ("first", "second"):
        git(configured, "checkout", "--quiet", "-B", name, "main")
        leak(configured, git, f"{name}\n")
    done = run(configured, "push", "--dry-run", "origin", "first", "second")
    assert "only the first reference" in done.stderr + done.stdout

    install(configured, dry_run=False)
    leak(configured, git, line())
    done = run(configured, "push", "--dry-run", "origin", "first", "second")
    assert "only the first reference" not in done.stderr + done.stdout
    assert "push refused" in done.stderr


def test_the_framework_may_be_installed_over_the_native_hooks(configured: Path, git: Git) -> None:
    framework(configured, "uninstall", "--hook-type", "pre-commit", "--hook-type", "pre-push")
    install(configured, dry_run=False)
    framework(configured, "install", "--hook-type", "pre-commit", "--hook-type", "pre-push")
    assert install(configured, dry_run=True) == []
    assert run(configured, "commit", "--allow-empty", "--message", "clean").returncode == 0
    assert run(configured, "push", "origin", "main").returncode == 0

    for name in ("first", "second"):
        git(configured, "checkout", "--quiet", "-b", name, "main")
        leak(configured, git, line() if name == "second" else "clean\n")
    done = run(configured, "push", "--dry-run", "origin", "first", "second")
    assert done.returncode != 0
    assert "push refused" in done.stderr


def test_the_framework_and_the_native_hooks_may_call_each_other(configured: Path, git: Git) -> None:
    install(configured, dry_run=False)
    framework(configured, "install", "--hook-type", "pre-commit", "--hook-type", "pre-push")
    assert run(configured, "commit", "--allow-empty", "--message", "clean").returncode == 0

    stage(configured, git, line())
    assert run(configured, "commit", "--message", "leaking").returncode != 0


@pytest.mark.skipif(not ONLINE, reason="builds an environment from the network: set AGENTGUARD_TEST_ONLINE=1 to run it")
def test_try_repo_refuses_the_commit_and_the_push(repository: Path, git: Git) -> None:
    (repository / "clean").write_text("clean\n")
    git(repository, "add", "clean")
    clean = framework(repository, "try-repo", str(ROOT), "agentguard-secrets")
    assert clean.returncode == 0, clean.stdout + clean.stderr
    git(repository, "commit", "--quiet", "--message", "clean")

    stage(repository, git, line())
    refused = framework(repository, "try-repo", str(ROOT), "agentguard-secrets")
    assert (refused.returncode, "commit refused" in refused.stdout) == (1, True), refused.stdout + refused.stderr

    for content in ("one\n", f"one\n{line()}", "one\ntwo\n"):
        leak(repository, git, content)
    push = ("try-repo", str(ROOT), "agentguard-secrets-push", "--hook-stage", "pre-push", "--to-ref", "HEAD")
    refused = framework(repository, *push, "--from-ref", "HEAD~3")
    assert (refused.returncode, "push refused" in refused.stdout) == (1, True), refused.stdout + refused.stderr
    passed = framework(repository, *push, "--from-ref", "HEAD~1")
    assert passed.returncode == 0, passed.stdout + passed.stderr
