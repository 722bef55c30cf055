"""Turns `install` and `uninstall` into changed files of git or Claude Code, which are shown before they are written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from agentguard_secrets.cli.changes import shown
from agentguard_secrets.cli.output import say
from agentguard_secrets.errors import UsageError
from agentguard_secrets.state import claudeplugin, claudesettings, githooks
from agentguard_secrets.state.atomic import FileChange
from agentguard_secrets.state.folders import project_folders
from agentguard_secrets.state.keptpatterns import keep_patterns
from agentguard_secrets.state.keptsieve import make_ready

DONE, DECLINED = 0, 2

_Change = Callable[..., list[FileChange]]
_ALREADY = {"install": "already installed", "uninstall": "nothing of ours is installed"}
_NEXT = """Then, in the client:
    claude plugin marketplace add {folder}
    claude plugin install agentguard-secrets@agentguard-secrets
"""
_DONE = {"install": "installed", "uninstall": "uninstalled"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the options of `install` and `uninstall`."""
    targets = parser.add_subparsers(dest="target", metavar="WHERE", required=True)
    git = targets.add_parser("git", help="the hooks of the repository in this folder", allow_abbrev=False)
    claude = targets.add_parser("claude", help="the settings of Claude Code", allow_abbrev=False)
    claude.add_argument(
        "--scope",
        choices=claudesettings.SCOPES,
        default="project",
        help="whose settings: this project's (default), mine in this project, mine everywhere, the whole machine's",
    )
    claude.add_argument(
        "--managed", action="store_const", const="managed", dest="scope", help="the same as --scope managed"
    )
    claude.add_argument(
        "--no-permissions", action="store_true", help="leave out the rules that deny files of credentials"
    )
    claude.add_argument("--strict", action="store_true", help="with --managed: let no other hooks run")
    claude.add_argument("--plugin", metavar="FOLDER", type=Path, help="a plugin in FOLDER instead of settings")
    claude.add_argument(
        "--module", action="store_true", help="with --plugin, experimental: a module that also cleans what no hook sees"
    )
    for target in (git, claude):
        target.add_argument("--dry-run", action="store_true", help="show the change and write nothing")
        target.add_argument("--yes", action="store_true", help="do not ask on a terminal")


def run(arguments: argparse.Namespace) -> int:
    """Show the change, then make it; return 0, also when there is nothing to do, and 2 when a person declines."""
    change = _change(arguments)
    changes = change(dry_run=True)
    name = _name(arguments)
    if arguments.command == "install" and not arguments.dry_run:
        # A hook never waits for it to be built, and is slow with large outputs without it.
        make_ready()
        keep_patterns()
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
    if arguments.target == "claude" and arguments.plugin is not None and arguments.command == "install":
        say(_NEXT.format(folder=arguments.plugin.absolute()))
    return DONE


def _name(arguments: argparse.Namespace) -> str:
    if arguments.target == "git":
        return "git"
    return f"claude ({arguments.scope if arguments.plugin is None else 'plugin'})"


def _change(arguments: argparse.Namespace) -> _Change:
    is_install = arguments.command == "install"
    if arguments.target == "git":
        return partial(githooks.install if is_install else githooks.uninstall, Path.cwd())
    if arguments.plugin is not None:
        return _plugin_change(arguments.plugin.absolute(), is_install=is_install, with_module=arguments.module)
    if arguments.module:
        raise UsageError("--module: expected --plugin FOLDER beside it: only a plugin has modules")
    root = Path(project_folders(str(Path.cwd()))[0])
    if not is_install:
        return partial(claudesettings.uninstall, arguments.scope, root)
    permissions, strict = not arguments.no_permissions, arguments.strict
    return partial(claudesettings.install, arguments.scope, root, permissions=permissions, strict=strict)


def _plugin_change(folder: Path, *, is_install: bool, with_module: bool) -> _Change:
    if is_install:
        return partial(claudeplugin.install_plugin, folder, sys.executable, with_module=with_module)
    return partial(claudeplugin.uninstall_plugin, folder)


def _is_wanted() -> bool:
    """Ask a person, if there is one: in a script the command itself is the answer."""
    if sys.stdin is None or not sys.stdin.isatty() or not sys.stdout.isatty():
        return True
    say("Write this? [Y/n] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("", "y", "yes")
