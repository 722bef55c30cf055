"""Turns a repository's hooks folder into one in which git asks us before it commits or pushes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

from agentguard_secrets.errors import StateError, UsageError
from agentguard_secrets.state.atomic import FileChange, write_atomically

HOOKS = ("pre-commit", "commit-msg", "pre-merge-commit", "prepare-commit-msg", "pre-applypatch", "pre-push")
KEPT = ".agentguard-kept"
# Where the pre-commit framework moves a hook that stood in its place; it still calls it, with the whole standard input.
_LEGACY = ".legacy"
_MARK = "# Written by `agentguard-secrets install git`, taken out by `agentguard-secrets uninstall git`."
_MODE = 0o755
_SCRIPT = """\
#!/bin/sh
{mark}
python={python}
if [ ! -x "$python" ]; then
    echo "agentguard-secrets: $python is gone, so nothing can be scanned and git is stopped." >&2
    echo "  Install it again (agentguard-secrets install git), or delete the hook $0." >&2
    exit 3
fi
{unless}exec "$python" -I -m agentguard_secrets.githook {hook} --kept "$(dirname "$0")/{hook}{kept}" "$@"
"""
# Where git runs a hook also when another one has looked already, or for commits that were made once before, the shell
# sees to it that nobody waits for an interpreter. `git commit` tells its hooks when it was; `git revert` and
# `git cherry-pick` run no `pre-commit`, and give their name or, newer ones without an editor, none of all that.
_PASSED_OVER = """\
if {condition}; then
    kept="$(dirname "$0")/{hook}{kept}"
    [ -x "$kept" ] || exit 0
    exec "$kept" "$@"
fi
"""
_CONDITIONS = {
    "prepare-commit-msg": """\
case "$GIT_REFLOG_ACTION" in
revert* | cherry-pick*) false ;;
*) [ -n "$GIT_REFLOG_ACTION$GIT_AUTHOR_DATE" ] || [ -d "$(git rev-parse --git-path rebase-merge)" ] ;;
esac""",
    "pre-applypatch": """[ -e "$(git rev-parse --git-path rebase-apply/rebasing)" ]""",
}


def install(repo: str | Path, *, dry_run: bool) -> list[FileChange]:
    """Write our hooks, keeping those that are there to be run as well; return what changes, nothing if all is in place.

    With dry_run nothing is written. Raises UsageError when `repo` is no repository or its hooks are another
    program's, StateError when the interpreter that runs this would not find us again or a file cannot be written.
    """
    folder = hooks_folder(repo)
    _check_folder(folder)
    _check_interpreter()
    changes = []
    for hook in HOOKS:
        path = folder / hook
        if not (_is_current(path, hook) or _is_current(folder / f"{hook}{_LEGACY}", hook)):
            changes += _installed(path, hook)
            if not dry_run:
                _install(path, hook)
    return changes


def uninstall(repo: str | Path, *, dry_run: bool) -> list[FileChange]:
    """Take our hooks out and put back, byte for byte, what stood there; return what changes.

    With dry_run nothing is written. Raises UsageError when `repo` is no repository, StateError when a file cannot be
    written.
    """
    folder = hooks_folder(repo)
    changes = []
    for hook in HOOKS:
        for path in (folder / hook, folder / f"{hook}{_LEGACY}"):
            if _is_ours(path):
                kept = folder / f"{hook}{KEPT}"
                changes += _uninstalled(path, kept)
                if not dry_run:
                    _uninstall(path, kept)
    return changes


def is_installed(repo: str | Path, hook: str) -> bool:
    """Say whether git runs our `hook`, directly or through the pre-commit framework."""
    folder = hooks_folder(repo)
    return _is_ours(folder / hook) or _is_ours(folder / f"{hook}{_LEGACY}")


def hooks_folder(repo: str | Path) -> Path:
    """Return the folder from which git runs the hooks of `repo`, whatever core.hooksPath and worktrees make of it."""
    words = ["git", "-C", os.fspath(repo), "rev-parse", "--git-path", "hooks"]
    try:
        done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise StateError(f"{repo}: git cannot be started: {error.strerror or error}") from error
    if done.returncode:
        raise UsageError(f"{repo}: expected a git repository")
    return Path(repo).absolute() / os.fsdecode(done.stdout).rstrip("\n")


def _check_folder(folder: Path) -> None:
    # Husky writes this folder anew at each installation, and finds its users' hooks by the name it is called by.
    if folder.parent.name == ".husky":
        lines = " and ".join(f"`agentguard-secrets git-hook {hook}` to .husky/{hook}" for hook in HOOKS)
        raise UsageError(f"{folder}: expected a hooks folder that stays as it is, got husky's own: add {lines}")


def _check_interpreter() -> None:
    # -I leaves out the user's own packages: a hook that then finds nothing would stop every commit.
    words = [sys.executable, "-I", "-c", "import agentguard_secrets"]
    if subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL).returncode:
        raise StateError(
            f"{sys.executable}: expected agentguard-secrets where `python -I` finds it, in a virtual environment or "
            "installed for all users; hooks were not written"
        )


def _script(hook: str) -> str:
    quoted = "'" + os.path.abspath(sys.executable).replace("'", "'\\''") + "'"  # noqa: PTH100 - a venv's link stays
    condition = _CONDITIONS.get(hook)
    unless = _PASSED_OVER.format(condition=condition, hook=hook, kept=KEPT) if condition else ""
    return _SCRIPT.format(mark=_MARK, python=quoted, unless=unless, hook=hook, kept=KEPT)


def _is_current(path: Path, hook: str) -> bool:
    return _text(path) == _script(hook) and os.access(path, os.X_OK) and not path.is_symlink()


def _is_ours(path: Path) -> bool:
    return _MARK in (_text(path) or "") and not path.is_symlink()


def _text(path: Path) -> str | None:
    """Return a hook as text, whatever bytes it is made of; None when there is none."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StateError(f"{path}: cannot be read: {error.strerror or error}") from error


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else _MODE


def _installed(path: Path, hook: str) -> list[FileChange]:
    """Return what installing will do to the hook and to the file in which a foreign one is kept."""
    before = _text(path)
    changes = [FileChange(str(path), before, _script(hook), _MODE)]
    if before is not None and not _is_ours(path):
        changes.insert(0, FileChange(f"{path}{KEPT}", None, before, _mode(path)))
    return changes


def _install(path: Path, hook: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(path) and not _is_ours(path):
        _keep(path, path.with_name(f"{hook}{KEPT}"))
    draft = path.with_name(f"{hook}.agentguard-new")
    write_atomically(draft, _script(hook), mode=_MODE)
    # Not through write_atomically alone: that would follow a link and overwrite the file it leads to.
    _renamed(draft, path)


def _keep(path: Path, kept: Path) -> None:
    """Give the hook its second name while it still has the first: at no moment is there none."""
    if os.path.lexists(kept):
        if path.exists() and kept.exists() and path.samefile(kept):
            return
        raise StateError(f"{kept}: expected no such file: it holds a hook kept earlier, and {path} is another one")
    try:
        os.link(path, kept, follow_symlinks=False)
    except OSError as error:
        raise StateError(f"{kept}: cannot be written: {error.strerror or error}") from error


def _uninstalled(path: Path, kept: Path) -> list[FileChange]:
    ours, before = _text(path), _text(kept)
    if before is None:
        return [FileChange(str(path), ours, None)]
    return [FileChange(str(path), ours, before, _mode(kept)), FileChange(str(kept), before, None)]


def _uninstall(path: Path, kept: Path) -> None:
    if os.path.lexists(kept):
        _renamed(kept, path)
        return
    try:
        path.unlink()
    except OSError as error:
        raise StateError(f"{path}: cannot be removed: {error.strerror or error}") from error


def _renamed(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError as error:
        raise StateError(f"{target}: cannot be written: {error.strerror or error}") from error
