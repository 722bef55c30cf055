"""Turns the words after `policy` into a new policy file, its validation, page, proof, explanation or export."""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from agentguard_secrets.cli.rehearsal import rehearsed
from agentguard_secrets.detect.engine import rule_of
from agentguard_secrets.detect.table import RULES
from agentguard_secrets.errors import UsageError
from agentguard_secrets.model import Policy
from agentguard_secrets.protocol.claude_export import client_settings
from agentguard_secrets.report.policy_explanation import explanation, names_meant
from agentguard_secrets.report.policy_page import described, policy_page
from agentguard_secrets.rulebook.packs import own_rules
from agentguard_secrets.state.folders import MANAGED_POLICY, POLICY_NAME, policy_places, project_folders
from agentguard_secrets.state.policydraft import draft_policy
from agentguard_secrets.state.policyfile import DEFAULTS, load_named, load_policy, read_layers
from agentguard_secrets.state.policyschema import KEYS, SECTIONS
from agentguard_secrets.state.policyspot import nearest
from agentguard_secrets.state.snapshot import read_sources

SALT_BYTES = 32
# Of what the guard said to an event.
_SAID = 2000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `init`, `check`, `show`, `test` and `explain`."""
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
    test = actions.add_parser(
        "test",
        help="give the event of each [[test]] to the guard and compare the verdicts",
        description="Exit status 0 when all verdicts are as expected, 1 when one is not, 2 when nothing was tested.",
        allow_abbrev=False,
    )
    explain = actions.add_parser("explain", help="tell which file decided what", allow_abbrev=False)
    explain.add_argument("key", nargs="?", metavar="KEY", help="a key or a section, such as verdicts.write")
    export = actions.add_parser(
        "export",
        help="print permission and sandbox settings of a client that say the same, as a layer below the guard",
        allow_abbrev=False,
    )
    export.add_argument("client", choices=("claude",), metavar="CLIENT", help="claude: for its settings.json")
    for action in (check, show, test, export):
        action.add_argument(
            "file", nargs="?", metavar="FILE", help="this file instead of the user's and the repository's"
        )


def run(arguments: argparse.Namespace) -> int:
    """Do it and return the exit status. Raises PolicyError for a wrong file, UsageError for one that is in the way."""
    if arguments.action == "init":
        return _init(Path(arguments.folder) if arguments.folder else Path(project_folders(str(Path.cwd()))[0]))
    if arguments.action == "explain":
        return _explain(arguments.key)
    policy = load_named(arguments.file) if arguments.file else load_policy(Path.cwd())
    today = date.today().isoformat()
    if arguments.action == "export":
        print(json.dumps(client_settings(policy), indent=2))
        return 0
    if arguments.action == "show":
        print(policy_page(policy, today=today), end="")
        return 0
    return _test(policy, arguments.file) if arguments.action == "test" else _check(policy, today)


def _test(policy: Policy, named: str | None) -> int:
    if not policy.tests:
        raise UsageError("nothing tested: the policy has no [[test]] entries; `policy init` writes some")
    failed = 0
    for each in rehearsed(policy, named=named):
        place = f"{each.entry.path}: test[{each.entry.number}]"
        if each.verdict == each.expected:
            print(_printable(f"ok      {each.expected:6}  {each.name}"))
            continue
        failed += 1
        print(_printable(f"FAILED  {place}: {each.name}: expected {each.expected}, got {each.verdict}"))
        if each.words.strip():
            print(_printable(f"        {each.words.strip()[:_SAID]}"))
    print(f"{len(policy.tests) - failed} of {len(policy.tests)} as expected")
    return 1 if failed else 0


def _explain(word: str | None) -> int:
    names = list(KEYS) if word is None else names_meant(word)
    if not names:
        raise UsageError(f"policy explain {word}: unknown key; {nearest(word or '', [*SECTIONS, *KEYS])}")
    sources = read_sources(policy_places(str(Path.cwd())))
    layers = read_layers(sources, root=project_folders(str(Path.cwd()))[0])
    print(explanation(layers, names), end="")
    return 0


def _printable(line: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in line)


def _init(folder: Path) -> int:
    path = folder / POLICY_NAME
    text = draft_policy(DEFAULTS, salt=secrets.token_hex(SALT_BYTES), managed=MANAGED_POLICY)
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
    if rules := own_rules(policy.rules):
        print(f"rules of its own: {len(rules)}; `agentguard-secrets rules check` with their file proves them")
    if not policy.sources:
        print(f"no policy file holds for {policy.root}: the defaults do; `agentguard-secrets policy init` writes one")
    for warning in warnings(policy, today=today):
        print(f"warning: {warning}", file=sys.stderr)
    return 0


def warnings(policy: Policy, *, today: str) -> Iterator[str]:
    """What is valid and yet deserves a second look."""
    if policy.sources and not policy.owner.name.strip():
        yield "owner.name: nobody is named; an exception needs a person who decides about it"
    for command in (*policy.notify, *policy.journal.anchors):
        if shutil.which(command[0]) is None:
            yield f"{command[0]}: no such program here; it is named to be told of decisions"
    if policy.level != DEFAULTS.level:
        yield f"mode.level: {policy.level}: credentials can pass"
    rule_ids = {rule_of(row).id for row in RULES}
    for allow in policy.allow:
        if today > allow.expires:
            yield f"allow: {described(allow)}: expired on {allow.expires} and has no effect"
        if allow.rule is not None and allow.rule not in rule_ids:
            yield f"allow: {described(allow)}: there is no rule with this id; see `agentguard-secrets rules list`"
