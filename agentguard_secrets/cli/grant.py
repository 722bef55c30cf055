"""Turns a person's word about one exact command into a grant that expires, and lists and revokes such grants."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from agentguard_secrets.cli.output import say
from agentguard_secrets.cli.person import require_person, says_yes
from agentguard_secrets.detect.engine import default_detector, scan_chunk
from agentguard_secrets.detect.redact import redact_text
from agentguard_secrets.errors import UsageError
from agentguard_secrets.model import AuditEvent, Chunk
from agentguard_secrets.report.as_text import printable
from agentguard_secrets.state import grants
from agentguard_secrets.state.folders import project_folders
from agentguard_secrets.state.grants import Grant
from agentguard_secrets.state.journal import append

DONE, DECLINED = 0, 2
MINUTES = 15
_LONGEST = 8 * 60
_LONGEST_SHOWN = 100
# A session that lasts longer asks again.
_SESSION = 24 * 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `add`, `list` and `revoke`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser(
        "add", help="let one exact command run in this repository, in a terminal only", allow_abbrev=False
    )
    add.add_argument("exact", metavar="COMMAND", help="the whole command, as the question showed it, in quotes")
    add.add_argument("--minutes", type=int, default=None, metavar="N", help=f"how long (default: {MINUTES})")
    add.add_argument("--session", metavar="ID", help="only in this session, as long as it lasts (at most a day)")
    actions.add_parser("list", help="grants that hold now", allow_abbrev=False)
    revoke = actions.add_parser("revoke", help="end a grant", allow_abbrev=False)
    revoke.add_argument("id", metavar="ID", help="as `grant list` shows it")


def run(arguments: argparse.Namespace) -> int:
    """Do it; return 0, or 2 when the person declined. Raises UsageError where no person sits at a terminal."""
    if arguments.action == "list":
        for each in grants.grants():
            say(f"{_line(each)}\n")
        return DONE
    if arguments.action == "revoke":
        return _revoke(arguments.id)
    require_person("grant add")
    return _add(arguments.exact.strip(), minutes=arguments.minutes, session=arguments.session or "")


def _add(command: str, *, minutes: int | None, session: str) -> int:
    wanted = minutes if minutes is not None else _SESSION if session else MINUTES
    if not 0 < wanted <= (_SESSION if session else _LONGEST):
        raise UsageError(f"grant add: --minutes: expected 1 to {_LONGEST}, got {wanted}")
    if not command:
        raise UsageError("grant add: expected the command that may run, got none")
    root, shown = project_folders(str(Path.cwd()))[0], _shown(command)
    say(f"{printable(shown)}\nin {printable(root)}\n")
    if not says_yes(f"May an agent run exactly this, without being asked, for {wanted} minutes?"):
        say("nothing was changed\n")
        return DECLINED
    made = grants.grant(command, folder=root, seconds=wanted * 60.0, session=session, shown=shown)
    append(AuditEvent("grant", session, "", "allow", (), (), "", "", folder=root, note=f"granted {made.id}"))
    say(f"{_line(made)}\n")
    return DONE


def _revoke(identity: str) -> int:
    if identity not in {each.id for each in grants.grants()}:
        raise UsageError(f"grant revoke: {identity}: expected the id of a grant that holds now, see `grant list`")
    grants.revoke(identity)
    append(AuditEvent("grant", "", "", "deny", (), (), "", "", note=f"revoked {identity}"))
    say("revoked\n")
    return DONE


def _shown(command: str) -> str:
    findings = scan_chunk(Chunk(command), default_detector(b""))
    shown = " ".join(redact_text(command, findings).split())
    return shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 1] + "…"


def _line(each: Grant) -> str:
    until = time.strftime("%Y-%m-%d %H:%M", time.localtime(each.expires))
    where = f"session {each.session}, " if each.session else ""
    return f"{each.id}  until {until}  {printable(f'{where}{each.folder}')}  {printable(each.shown)}"
