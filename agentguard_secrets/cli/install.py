"""Turns `install` and `uninstall` into changed files of git or Claude Code, which are shown before they are written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from agentguard_secrets.cli.changes import shown
from agentguard_secrets.cli.output import say
from agentguard_secrets.state import claudesettings, githooks
from agentguard_secrets.state.atomic import FileChange
from agentguard_secrets.state.folders import project_folders

DONE, DECLINED = 0, 2

_Change = Callable[..., list[FileChange]]
_ALREADY = {"install": "already installed", "uninstall": "nothing of ours is installed"}
_DONE = {"install": "installed", "uninstall": "uninstalled"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the options of `install` and `uninstall`."""
    targets = parser.add_subparsers(dest="target", metavar="WHERE", required=True)
    git = targets.add_parser(
        "git", help="pre-commit, commit-msg and pre-push of the repository in this folder", allow_abbrev=False
    )
    claude = targets.add_parser("claude", help="the settings of Claude Code", allow_abbrev=False)
    claude.add_argument(
        "--scope",
        choices=claudesettings.SCOPES,
        default="project",
        help="whose settings: this project's (default), mine in this project, mine everywhere, the whole machine's",
    )
    for target in (git, claude):
        target.add_argument("--dry-run", action="store_true", help="show the change and write nothing")
        target.add_argument("--yes", action="store_true", help="do not ask on a terminal")


def run(arguments: argparse.Namespace) -> int:
    """Show the change, then make it; return 0, also when there is nothing to do, and 2 when a person declines."""
    change = _change(arguments)
    changes = change(dry_run=True)
    name = arguments.target if arguments.target == "git" else f"claude ({arguments.scope})"
    if not changes:
        say(f"{name}: {_ALREADY[arguments.command]}\n")
        return DONE
    say(shown(changes))
    if arguments.dry_run:
        return DONE
    if not arguments.yes and not _is_wanted():
        say("nothing was written\n")
        return DECLINED
    change(dry_run=False)
    say(f"{name}: {_DONE[arguments.command]}\n")
    return DONE


def _change(arguments: argparse.Namespace) -> _Change:
    is_install = arguments.command == "install"
    if arguments.target == "git":
        return partial(githooks.install if is_install else githooks.uninstall, Path.cwd())
    root = Path(project_folders(str(Path.cwd()))[0])
    return partial(claudesettings.install if is_install else claudesettings.uninstall, arguments.scope, root)


def _is_wanted() -> bool:
    """Ask a person, if there is one: in a script the command itself is the answer."""
    if sys.stdin is None or not sys.stdin.isatty() or not sys.stdout.isatty():
        return True
    say("Write this? [Y/n] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("", "y", "yes")
