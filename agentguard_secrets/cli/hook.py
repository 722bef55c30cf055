"""Turns `agentguard-secrets hook claude` into the answer to one event on standard input."""

from __future__ import annotations

import argparse
from typing import NoReturn

from agentguard_secrets.hook import main


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `hook` takes: the agent whose event it is, and a policy to use instead of the folder's."""
    parser.add_argument("agent", choices=["claude"], help="whose event stands on standard input")
    parser.add_argument("--policy", metavar="FILE", help="the only policy file to go by")


def run(arguments: argparse.Namespace) -> NoReturn:
    """Answer the event and end the process: a hook's exit status means what the client says it means."""
    main(["--policy", arguments.policy] if arguments.policy is not None else [])
