"""Turns hooks folders of every kind into proof that installing keeps what was there, and uninstalling restores it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentguard_secrets.errors import StateError, UsageError
from agentguard_secrets.state.githooks import HOOKS, KEPT, hooks_folder, install, is_installed, uninstall
from tests.killing import killed
from tests.test_git_hooks import run, stage
from tests.test_git_index import Git, line

TELLING = b"#!/bin/sh\necho $0 $1 >> told\ncat >> told\nexit 0\n# \xff not UTF-8\n"


def snapshot(folder: Path) -> dict[str, tuple[bytes | str, int]]:
    """Everything in the hooks folder: content or link target, and mode."""
    return {
        path.name: (str(path.readlink()) if path.is_symlink() else path.read_bytes(), path.lstat().st_mode)
        for path in folder.iterdir()
    }


def place(folder: Path, hook: str, content: bytes = TELLING, mode: int = 0o750) -> Path:
    path = hooks_folder(folder) / hook
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_shows_the_change_first_and_writes_nothing(repository: Path) -> None:
    place(repository, "pre-commit")
    before = snapshot(hooks_folder(repository))
    shown = install(repository, dry_run=True)

    assert snapshot(hooks_folder(repository)) == before
    names = [Path(change.path).name for change in shown]
    assert names == [f"pre-commit{KEPT}", *HOOKS]
    assert shown == install(repository, dry_run=False)
    assert {Path(change.path).read_bytes().decode("utf-8", "surrogateescape") for change in shown} == {
        change.after for change in shown
    }


def test_a_second_time_changes_nothing(repository: Path) -> None:
    place(repository, "pre-push")
    install(repository, dry_run=False)
    before = snapshot(hooks_folder(repository))

    assert install(repository, dry_run=False) == []
    assert snapshot(hooks_folder(repository)) == before
    assert all(is_installed(repository, hook) for hook in HOOKS)


@pytest.mark.parametrize("present", [(), ("pre-commit",), ("pre-commit", "pre-push")], ids=["none", "one", "both"])
def test_uninstalling_restores_byte_for_byte(repository: Path, present: tuple[str, ...]) -> None:
    for hook in present:
        place(repository, hook)
    before = snapshot(hooks_folder(repository))
    install(repository, dry_run=False)
    assert snapshot(hooks_folder(repository)) != before

    shown = uninstall(repository, dry_run=True)
    assert uninstall(repository, dry_run=False) == shown != []
    assert snapshot(hooks_folder(repository)) == before
    assert uninstall(repository, dry_run=False) == []


def test_a_linked_hook_stays_a_link(repository: Path) -> None:
    elsewhere = repository / "shared-hook"
    elsewhere.write_bytes(TELLING)
    elsewhere.chmod(0o755)
    hooks_folder(repository).mkdir(exist_ok=True)
    (hooks_folder(repository) / "pre-commit").symlink_to("../../shared-hook")
    before = snapshot(hooks_folder(repository))
    install(repository, dry_run=False)

    assert elsewhere.read_bytes() == TELLING
    assert run(repository, "commit", "--allow-empty", "--message", "clean").returncode == 0
    assert (repository / "told").exists()
    uninstall(repository, dry_run=False)
    assert snapshot(hooks_folder(repository)) == before


def test_the_hook_that_was_there_still_runs(repository: Path, git: Git, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    for hook in HOOKS:
        place(repository, hook)
    install(repository, dry_run=False)
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "clean")
    git(repository, "push", "--quiet", str(tmp_path / "remote.git"), "main")
    told = (repository / "told").read_text()

    assert f"pre-commit{KEPT}" in told
    assert f"pre-push{KEPT} {tmp_path}/remote.git" in told
    assert f"refs/heads/main {git(repository, 'rev-parse', 'HEAD').strip()} refs/heads/main {'0' * 40}\n" in told


@pytest.mark.parametrize(
    ("content", "mode", "status"),
    [
        pytest.param(b"#!/bin/sh\nexit 7\n", 0o755, 1, id="a failing hook still stops git"),
        pytest.param(b"exit 7\n", 0o755, 1, id="so does one without a first line that names the shell"),
        pytest.param(b"exit 0\n", 0o755, 0, id="which the shell runs, as with git"),
        pytest.param(b"#!/bin/sh\nkill -9 $$\n", 0o755, 1, id="a hook that is killed stops git"),
        pytest.param(b"#!/no/such/shell\n", 0o755, 1, id="a hook that does not start stops git"),
        pytest.param(b"#!/bin/sh\nexit 7\n", 0o644, 0, id="what may not be executed is no hook"),
    ],
)
def test_the_hook_that_was_there_still_counts(repository: Path, content: bytes, mode: int, status: int) -> None:
    place(repository, "pre-commit", content, mode)
    install(repository, dry_run=False)

    assert run(repository, "commit", "--allow-empty", "--message", "clean").returncode == status


def test_what_another_hook_stages_is_scanned(repository: Path) -> None:
    adding = f"#!/bin/sh\ncat > made <<'END'\n{line()}END\ngit add made\n"
    place(repository, "pre-commit", adding.encode())
    install(repository, dry_run=False)
    done = run(repository, "commit", "--allow-empty", "--message", "leaking")

    assert done.returncode == 1
    assert "made:1:" in done.stderr


@pytest.mark.parametrize("where", ["hooks", "/absolute/of/tmp"])
def test_follows_the_hooks_path_of_the_repository(repository: Path, git: Git, tmp_path: Path, where: str) -> None:
    path = tmp_path / "absolute" if where.startswith("/") else repository / where
    git(repository, "config", "core.hooksPath", str(path) if where.startswith("/") else where)
    install(repository, dry_run=False)
    stage(repository, git, line())

    assert (path / "pre-commit").exists()
    assert run(repository, "commit", "--message", "leaking").returncode == 1


def test_a_linked_work_tree_has_the_hooks_of_its_repository(repository: Path, git: Git, tmp_path: Path) -> None:
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "clean")
    linked = tmp_path / "linked"
    git(repository, "worktree", "add", "--quiet", str(linked))
    install(linked, dry_run=False)
    stage(linked, git, line())

    assert is_installed(repository, "pre-commit")
    assert run(linked, "commit", "--message", "leaking").returncode == 1
    assert run(linked, "commit", "--allow-empty", "--only", "--message", "clean").returncode == 0


def test_a_missing_interpreter_stops_git(repository: Path) -> None:
    install(repository, dry_run=False)
    hook = hooks_folder(repository) / "pre-commit"
    lines = [
        f"python='{repository}/gone'" if each.startswith("python=") else each for each in hook.read_text().split("\n")
    ]
    hook.write_text("\n".join(lines))
    done = run(repository, "commit", "--allow-empty", "--message", "clean")

    assert done.returncode != 0
    assert f"{repository}/gone is gone" in done.stderr
    assert install(repository, dry_run=False) != []
    assert run(repository, "commit", "--allow-empty", "--message", "clean").returncode == 0


def test_a_hook_of_ours_from_elsewhere_is_replaced_and_not_kept(repository: Path) -> None:
    install(repository, dry_run=False)
    hook = hooks_folder(repository) / "pre-push"
    hook.write_text(hook.read_text().replace("python='", "python='/moved"))
    install(repository, dry_run=False)

    assert sorted(path.name for path in hook.parent.iterdir() if "agentguard" in path.name) == []


def test_a_second_foreign_hook_is_not_lost(repository: Path) -> None:
    place(repository, "pre-commit")
    install(repository, dry_run=False)
    place(repository, "pre-commit", b"#!/bin/sh\n# another\n")

    with pytest.raises(StateError, match="holds a hook kept earlier"):
        install(repository, dry_run=False)


def test_a_folder_without_repository_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected a git repository"):
        install(tmp_path, dry_run=False)


def test_a_folder_that_husky_writes_anew_is_left_alone(repository: Path, git: Git) -> None:
    git(repository, "config", "core.hooksPath", ".husky/_")

    with pytest.raises(UsageError, match=r"git-hook pre-push` to \.husky/pre-push"):
        install(repository, dry_run=False)
    assert not (repository / ".husky").exists()


def test_the_script_is_one_that_a_shell_reads(repository: Path) -> None:
    install(repository, dry_run=False)
    for hook in HOOKS:
        subprocess.run(["sh", "-n", hooks_folder(repository) / hook], check=True)


@pytest.mark.skipif(os.name == "nt", reason="no signals there")
@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_a_killed_installation_leaves_each_hook_old_or_new(repository: Path, command: str) -> None:
    """At no moment is there no hook, or half of one; run again, it ends where it would have ended."""
    for hook in HOOKS:
        place(repository, hook)
    folder, old = hooks_folder(repository), snapshot(hooks_folder(repository))
    install(repository, dry_run=False)
    new = snapshot(folder)
    before, after = (old, new) if command == "install" else (new, old)
    runs = 0
    for was_killed in restored(killed(command, "git", cwd=repository, name="/hooks/"), folder, before):
        now = snapshot(folder)
        assert all(now[hook] in (old[hook], new[hook]) for hook in HOOKS)
        if not was_killed:
            assert now == after
        runs += 1
    assert runs > 10


def restored(runs: Iterator[bool], folder: Path, state: dict[str, tuple[bytes | str, int]]) -> Iterator[bool]:
    """Put the hooks folder into this state before each of the runs."""
    while True:
        for path in folder.iterdir():
            path.unlink()
        for name, (content, mode) in state.items():
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
            (folder / name).chmod(mode)
        try:
            yield next(runs)
        except StopIteration:
            return
