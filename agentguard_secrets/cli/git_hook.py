"""Turns `agentguard-secrets git-hook` into a run of the face that git itself calls."""

from __future__ import annotations

import argparse

from agentguard_secrets import githook

HOOKS = ("pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg", "pre-applypatch", "pre-push")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the hook's name and the words that git gives that hook."""
    parser.add_argument("hook", choices=HOOKS, help="the hook that git, or the pre-commit framework, runs")
    parser.add_argument("words", nargs=argparse.REMAINDER, help="what git gives the hook: for pre-push, remote and URL")


def run(arguments: argparse.Namespace) -> int:
    """Run the hook on this process's own standard input and return its exit status."""
    return githook.main([arguments.hook, *arguments.words])
