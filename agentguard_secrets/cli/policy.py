"""Turns the words after `policy` into a new policy file, its validation or its page."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from agentguard_secrets.detect.engine import rule_of
from agentguard_secrets.detect.table import RULES
from agentguard_secrets.errors import UsageError
from agentguard_secrets.model import Policy
from agentguard_secrets.report.policy_page import described, policy_page
from agentguard_secrets.state.folders import POLICY_NAME, project_folders
from agentguard_secrets.state.policydraft import draft_policy
from agentguard_secrets.state.policyfile import DEFAULTS, load_named, load_policy

SALT_BYTES = 32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `init`, `check` and `show`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    init = actions.add_parser(
        "init",
        help=f"write a commented {POLICY_NAME} with the defaults; never over an existing one",
        allow_abbrev=False,
    )
    init.add_argument("folder", nargs="?", metavar="FOLDER", help="where to (default: the repository's root)")
    check = actions.add_parser(
        "check",
        help="validate every policy file that holds here",
        description="Exit status 0 when all files are valid (warnings go to standard error), 2 when one is not.",
        allow_abbrev=False,
    )
    show = actions.add_parser("show", help="print the policy that holds here as one page", allow_abbrev=False)
    for action in (check, show):
        action.add_argument(
            "file", nargs="?", metavar="FILE", help="this file instead of the user's and the repository's"
        )


def run(arguments: argparse.Namespace) -> int:
    """Do it and return the exit status. Raises PolicyError for a wrong file, UsageError for one that is in the way."""
    if arguments.action == "init":
        return _init(Path(arguments.folder) if arguments.folder else Path(project_folders(str(Path.cwd()))[0]))
    policy = load_named(arguments.file) if arguments.file else load_policy(Path.cwd())
    today = date.today().isoformat()
    if arguments.action == "show":
        print(policy_page(policy, today=today), end="")
        return 0
    return _check(policy, today)


def _init(folder: Path) -> int:
    path = folder / POLICY_NAME
    text = draft_policy(DEFAULTS, salt=secrets.token_hex(SALT_BYTES))
    try:
        # Exclusive: a policy that somebody wrote is never replaced, not even one that appears meanwhile.
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path}: expected no policy file, found one; it stays as it is") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    print(f"{path}: written; fill in [owner], then run `agentguard-secrets policy check`")
    return 0


def _check(policy: Policy, today: str) -> int:
    for source in policy.sources:
        print(f"{source}: valid")
    if not policy.sources:
        print(f"no policy file holds for {policy.root}: the defaults do; `agentguard-secrets policy init` writes one")
    for warning in warnings(policy, today=today):
        print(f"warning: {warning}", file=sys.stderr)
    return 0


def warnings(policy: Policy, *, today: str) -> Iterator[str]:
    """What is valid and yet deserves a second look."""
    if policy.sources and not policy.owner.name.strip():
        yield "owner.name: nobody is named; an exception needs a person who decides about it"
    if policy.owner.notify:
        yield "owner.notify: this version does not call it yet; nobody is told of denials"
    if policy.level != DEFAULTS.level:
        yield f"mode.level: {policy.level}: credentials can pass"
    rule_ids = {rule_of(row).id for row in RULES}
    for allow in policy.allow:
        if today > allow.expires:
            yield f"allow: {described(allow)}: expired on {allow.expires} and has no effect"
        if allow.rule is not None and allow.rule not in rule_ids:
            yield f"allow: {described(allow)}: there is no rule with this id; see `agentguard-secrets rules list`"
