"""Turns every command of git that makes a commit into proof that a credential in it is refused, then or at the push."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentguard_secrets.state.githooks import KEPT, hooks_folder, install
from tests.making import sample
from tests.test_git_hooks import run
from tests.test_git_index import TEMPLATE, Git, commit, line

Act = Callable[[Path, Git], tuple[str, ...]]
BODY = "".join(f"line {number}\n" for number in range(9))


@pytest.fixture
def yard(repository: Path, git: Git, tmp_path: Path) -> Path:
    """Four commits that the remote has: a file, a credential in it, its removal, and something beside; no hooks yet."""
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git(repository, "remote", "add", "origin", str(tmp_path / "remote.git"))
    commit(repository, git, file=BODY)
    commit(repository, git, file=f"{BODY}{line()}")
    commit(repository, git, file=BODY)
    commit(repository, git, other="clean\n")
    git(repository, "push", "--quiet", "origin", "main")
    return repository


def initial(folder: Path, git: Git) -> tuple[str, ...]:
    git(folder, "checkout", "--quiet", "--orphan", "new")
    (folder / "file").write_text(line())
    git(folder, "add", "--all")
    return "commit", "--message", "x"


def ordinary(folder: Path, git: Git) -> tuple[str, ...]:
    (folder / "file").write_text(line())
    return "commit", "--all", "--message", "x"


def amended(folder: Path, git: Git) -> tuple[str, ...]:
    (folder / "file").write_text(line())
    return "commit", "--all", "--amend", "--no-edit"


def message(folder: Path, git: Git) -> tuple[str, ...]:
    return "commit", "--allow-empty", "--message", line()


def reverted(folder: Path, git: Git) -> tuple[str, ...]:
    return "revert", "--no-edit", "HEAD~1"


def reverted_with_editor(folder: Path, git: Git) -> tuple[str, ...]:
    return "-c", "core.editor=true", "revert", "--edit", "HEAD~1"


def reverted_by_hand(folder: Path, git: Git) -> tuple[str, ...]:
    git(folder, "revert", "--no-commit", "HEAD~1")
    return "commit", "--message", "x"


def picked(folder: Path, git: Git) -> tuple[str, ...]:
    git(folder, "checkout", "--quiet", "-b", "side", "main~3")
    commit(folder, git, third="clean\n")
    return "cherry-pick", "main~2"


def picked_with_editor(folder: Path, git: Git) -> tuple[str, ...]:
    picked(folder, git)
    return "-c", "core.editor=true", "cherry-pick", "--edit", "main~2"


def picked_second_of_two(folder: Path, git: Git) -> tuple[str, ...]:
    picked(folder, git)
    return "cherry-pick", "main", "main~2"


def picked_for_its_message(folder: Path, git: Git) -> tuple[str, ...]:
    git(folder, "checkout", "--quiet", "-b", "side", "main~3")
    commit(folder, git, third="clean\n")
    git(folder, "commit", "--quiet", "--amend", "--message", line())
    git(folder, "checkout", "--quiet", "main")
    return "cherry-pick", "side"


def mailed(folder: Path, git: Git) -> tuple[str, ...]:
    git(folder, "format-patch", "--quiet", "-1", "main~2", "--output-directory", "mails")
    git(folder, "reset", "--quiet", "--hard", "main~3")
    return "am", "--quiet", f"mails/{(next((folder / 'mails').iterdir())).name}"


def mailed_for_its_message(folder: Path, git: Git) -> tuple[str, ...]:
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "empty")
    commit(folder, git, third="clean\n")
    git(folder, "commit", "--quiet", "--amend", "--message", line())
    git(folder, "format-patch", "--quiet", "-1", "--output-directory", "mails")
    git(folder, "reset", "--quiet", "--hard", "HEAD~1")
    return "am", "--quiet", f"mails/{(next((folder / 'mails').iterdir())).name}"


def forked(folder: Path, git: Git, *, side: str = "", main: str = "") -> None:
    """Leave main checked out beside a branch side; both changed `file` on lines far from each other."""
    git(folder, "checkout", "--quiet", "-b", "side")
    commit(folder, git, file=side or f"{BODY}side\n")
    git(folder, "checkout", "--quiet", "main")
    commit(folder, git, file=main or f"main\n{BODY}")


def driven(folder: Path, git: Git) -> None:
    """Both sides clean, and a driver of the repository's own that puts a credential in."""
    forked(folder, git)
    (folder / "merged").write_text(f"main\n{BODY}{line()}")
    (folder / ".git" / "info").mkdir(exist_ok=True)
    (folder / ".git" / "info" / "attributes").write_text("file merge=odd\n")
    git(folder, "config", "merge.odd.driver", "cat merged >%A")


def merged(folder: Path, git: Git) -> tuple[str, ...]:
    driven(folder, git)
    return "merge", "--no-edit", "side"


def pulled(folder: Path, git: Git) -> tuple[str, ...]:
    driven(folder, git)
    return "pull", "--no-edit", "--no-rebase", ".", "side"


def merged_by_hand(folder: Path, git: Git) -> tuple[str, ...]:
    forked(folder, git)
    git(folder, "merge", "--quiet", "--no-commit", "side")
    (folder / "file").write_text(f"main\n{BODY}{line()}side\n")
    return "commit", "--all", "--message", "x"


def squashed(folder: Path, git: Git) -> tuple[str, ...]:
    forked(folder, git, side=f"{BODY}{line()}")
    git(folder, "merge", "--quiet", "--squash", "side")
    return "commit", "--message", "x"


def joined(folder: Path, git: Git) -> tuple[str, ...]:
    git(folder, "checkout", "--quiet", "--orphan", "side")
    git(folder, "rm", "-r", "--quiet", "--force", ".")
    commit(folder, git, leaking=line())
    git(folder, "checkout", "--quiet", "main")
    git(folder, "read-tree", "--prefix=sub/", "side")
    return "commit", "--message", "x"


REFUSED_AT_ONCE: list[Act] = [
    *(initial, ordinary, amended, message, reverted, reverted_with_editor, reverted_by_hand),
    *(picked, picked_with_editor, picked_second_of_two, picked_for_its_message, mailed, mailed_for_its_message),
    *(merged, pulled, merged_by_hand, squashed, joined),
]


@pytest.mark.parametrize("act", REFUSED_AT_ONCE, ids=lambda act: act.__name__)
def test_is_refused_before_there_is_a_commit(yard: Path, git: Git, act: Act) -> None:
    words = act(yard, git)
    install(yard, dry_run=False)
    known = set(git(yard, "rev-list", "--all").split())
    done = run(yard, *words)

    assert done.returncode != 0
    assert "commit refused" in done.stderr, done.stderr
    assert len(set(git(yard, "rev-list", "--all").split()) - known) == (act is picked_second_of_two)


def rebased(folder: Path, git: Git) -> None:
    git(folder, "checkout", "--quiet", "-b", "side", "main~1")
    commit(folder, git, third=line())
    assert run(folder, "rebase", "--quiet", "main").returncode == 0


def rebased_by_mail(folder: Path, git: Git) -> None:
    git(folder, "checkout", "--quiet", "-b", "side", "main~1")
    commit(folder, git, third=line())
    assert run(folder, "rebase", "--quiet", "--apply", "main").returncode == 0


def pulled_and_rebased(folder: Path, git: Git) -> None:
    git(folder, "checkout", "--quiet", "-b", "side", "main~1")
    commit(folder, git, third=line())
    assert run(folder, "pull", "--quiet", "--rebase", ".", "main").returncode == 0


def past_the_hooks(folder: Path, git: Git) -> None:
    (folder / "file").write_text(line())
    assert run(folder, "commit", "--all", "--no-verify", "--message", "x").returncode == 0


def merged_past_the_hooks(folder: Path, git: Git) -> None:
    driven(folder, git)
    assert run(folder, "merge", "--no-edit", "--no-verify", "side").returncode == 0


def forwarded(folder: Path, git: Git) -> None:
    git(folder, "checkout", "--quiet", "-b", "side")
    commit(folder, git, third=line())
    git(folder, "checkout", "--quiet", "main")
    assert run(folder, "merge", "--quiet", "--ff-only", "side").returncode == 0


def brought_by_one_side(folder: Path, git: Git) -> None:
    forked(folder, git, side=f"{BODY}{line()}")
    assert run(folder, "merge", "--quiet", "--no-edit", "side").returncode == 0


def plumbed(folder: Path, git: Git) -> None:
    tree = git(folder, "rev-parse", "main~2^{tree}").strip()
    git(folder, "update-ref", "HEAD", git(folder, "commit-tree", "-p", "HEAD", "-m", "x", tree).strip())


def imported(folder: Path, git: Git) -> None:
    text = line()
    lines = ["commit refs/heads/main", "committer Test <t@localhost> 0 +0000", "data 2", "x", "from refs/heads/main^0"]
    stream = "\n".join([*lines, "M 100644 inline file", f"data {len(text)}", text])
    git(folder, "fast-import", "--quiet", stdin=stream)


def stashed(folder: Path, git: Git) -> None:
    (folder / "file").write_text(line())
    git(folder, "stash", "push", "--quiet")
    git(folder, "branch", "--force", "kept", "stash@{0}")


def noted(folder: Path, git: Git) -> None:
    git(folder, "notes", "add", "--message", line())


def tagged(folder: Path, git: Git) -> None:
    git(folder, "tag", "--annotate", "--message", line(), "v1")


REFUSED_AT_THE_PUSH: list[Callable[[Path, Git], None]] = [
    *(rebased, rebased_by_mail, pulled_and_rebased, past_the_hooks, merged_past_the_hooks, forwarded),
    *(brought_by_one_side, plumbed, imported, stashed, noted, tagged),
]


@pytest.mark.parametrize("act", REFUSED_AT_THE_PUSH, ids=lambda act: act.__name__)
def test_is_refused_at_the_push(yard: Path, git: Git, act: Callable[[Path, Git], None]) -> None:
    install(yard, dry_run=False)
    for name in ("pre-commit", "commit-msg"):
        if act not in (past_the_hooks, merged_past_the_hooks):
            (hooks_folder(yard) / name).unlink()
    act(yard, git)
    done = run(yard, "push", "--mirror", "origin")

    assert done.returncode != 0
    assert "push refused" in done.stderr, done.stderr


def test_what_the_remote_has_may_be_merged_and_rebased_again(yard: Path, git: Git) -> None:
    """Neither a clean merge nor a rebase nor a fast-forward is stopped for what the other side had."""
    forked(yard, git, side=f"{BODY}{line()}")
    git(yard, "push", "--quiet", "origin", "main", "side")
    install(yard, dry_run=False)

    for words in (("merge", "--no-edit", "side"), ("revert", "--no-edit", "-m", "1", "HEAD"), ("rebase", "main~1")):
        done = run(yard, *words)
        assert done.returncode == 0, (words, done.stderr)
    git(yard, "reset", "--quiet", "--hard", "HEAD~2")
    assert run(yard, "merge", "--no-edit", "--no-ff", "side").returncode == 0
    assert run(yard, "push", "origin", "main").returncode == 0


def test_a_merge_that_keeps_what_the_other_side_took_out_is_refused(yard: Path, git: Git) -> None:
    commit(yard, git, file=f"{BODY}{line()}")
    forked(yard, git, side=BODY, main="main\n" + (yard / "file").read_text())
    install(yard, dry_run=False)

    done = run(yard, "merge", "--no-edit", "--strategy=ours", "side")
    assert (done.returncode, "commit refused" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("commit", "--allow-empty", "--no-verify", "--message", "x"), id="commit --no-verify"),
        pytest.param(("commit", "--allow-empty", "--no-verify", "--amend", "--no-edit"), id="amend --no-verify"),
        pytest.param(("rebase", "--quiet", "--force-rebase", "HEAD~1"), id="rebase"),
        pytest.param(("rebase", "--quiet", "--apply", "--force-rebase", "HEAD~1"), id="rebase --apply"),
        pytest.param(("merge", "--no-ff", "--no-verify", "--no-edit", "ahead"), id="merge --no-verify"),
    ],
)
def test_no_interpreter_is_started_where_nothing_is_asked(yard: Path, git: Git, words: tuple[str, ...]) -> None:
    git(yard, "branch", "ahead", git(yard, "commit-tree", "-p", "HEAD", "-m", "x", "HEAD^{tree}").strip())
    install(yard, dry_run=False)
    for name in ("prepare-commit-msg", "pre-applypatch"):
        hook = hooks_folder(yard) / name
        hook.write_text(hook.read_text().replace("exec '/", "exec '/gone").replace('exec "$python"', "exit 9 #"))

    assert run(yard, *words).returncode == 0
    assert run(yard, "revert", "--no-edit", "HEAD~1" if words[0] == "rebase" else "main~1").returncode != 0


@pytest.mark.parametrize("act", [ordinary, reverted, mailed, merged], ids=lambda act: act.__name__)
def test_the_hooks_that_were_there_still_run(yard: Path, git: Git, act: Act) -> None:
    hooks = hooks_folder(yard)
    for name in ("prepare-commit-msg", "pre-applypatch", "pre-merge-commit"):
        (hooks / name).write_text(f'#!/bin/sh\necho "$0" "$@" >> {yard}/told\n')
        (hooks / name).chmod(0o755)
    words = act(yard, git)
    (yard / "told").unlink(missing_ok=True)
    install(yard, dry_run=False)
    (yard / "agentguard.toml").write_text('[mode]\nlevel = "observe"\n')
    assert run(yard, *words).returncode == 0
    told = [each.split(" ")[0].rpartition("/")[2] for each in (yard / "told").read_text().splitlines()]

    first = {mailed: ["pre-applypatch"], merged: ["pre-merge-commit", "prepare-commit-msg"]}
    assert told == [f"{name}{KEPT}" for name in first.get(act, ["prepare-commit-msg"])]
    for name in {each.removesuffix(KEPT) for each in told}:
        (hooks / f"{name}{KEPT}").write_text("#!/bin/sh\nexit 7\n")
    git(yard, "reset", "--quiet", "--hard", "HEAD~1")
    if act is ordinary:
        ordinary(yard, git)
    assert run(yard, *words).returncode != 0


def test_a_value_in_a_message_that_is_edited_after_a_pick_is_refused(yard: Path, git: Git) -> None:
    install(yard, dry_run=False)
    git(yard, "checkout", "--quiet", "-b", "side", "main~3")
    editor = yard.parent / "editor"
    editor.write_text(f'#!/bin/sh\necho "{sample(TEMPLATE)}" >> "$1"\n')
    editor.chmod(0o755)
    run(yard, "-c", f"core.editor={editor}", "cherry-pick", "--edit", "main")

    assert run(yard, "push", "origin", "side").returncode != 0
