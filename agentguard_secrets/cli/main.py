"""Turns the words of a command line into one command's run, its exit status and one clear line when it cannot."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from agentguard_secrets import __version__
from agentguard_secrets.errors import AgentguardError

PROGRAM = "agentguard-secrets"

# Name -> what `--help` says. Only the chosen command's module is imported: a git hook waits for every one of them.
COMMANDS = {
    "scan": "find credentials in files, folders, standard input, the index, commits or a diff",
    "redact": "print a text with every credential masked out",
    "git-hook": "what git and the pre-commit framework call",
    "hook": "answer one event of a coding agent",
    "install": "write the hooks of git or Claude Code, showing the change first",
    "uninstall": "take the hooks out again, keeping what else was there",
    "doctor": "prove that each guard is reachable, current and blocks a canary",
    "demo": "refuse a commit, a push and a write in a throw-away repository, for you to see",
    "baseline": "accept what exists, in a file that never conflicts in git",
    "audit": "judge findings one by one, and count what was judged",
    "rules": "list, show and prove the rules",
    "explain": "say why a text did, or did not, match: each rule that came near and what decided",
    "policy": "make, validate, print, test, explain and export the written policy",
    "journal": "show, verify, export and anchor the tamper-evident log",
    "report": "what leadership monitors: decisions, gates, exceptions, drift, coverage",
    "grant": "let one exact command of an agent run, for minutes; list and revoke such grants",
    "pause": "let the guard of a coding agent only watch, for minutes",
    "session": "list sessions of an agent that are held back, and clear one",
}
MODULES = {"git-hook": "git_hook", "uninstall": "install"}

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` (default: the process's own) name and return its exit status."""
    _escape_what_the_terminal_cannot_say()
    try:
        status = _run(sys.argv[1:] if arguments is None else list(arguments))
        _flush()
    except AgentguardError as error:
        _complain(str(error))
        _drop_what_cannot_be_written()
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _silence_standard_output()
        return AgentguardError.exit_code
    except OSError as error:
        # What the system refuses where nobody foresaw it, such as a working folder that was removed.
        _complain(f"{error.filename or 'system'}: {error.strerror or error}")
        _drop_what_cannot_be_written()
        return AgentguardError.exit_code
    return status


def parser_for(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of the whole program, in which only the command that `words` begin with knows its options."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Keeps credentials from leaving this machine.",
        epilog="Exit status: 0 clean, 1 findings, 2 wrong use or configuration, 3 could not do the work.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        # Not capitalize(): it would make Claude Code "claude code".
        description = f"{summary[0].upper()}{summary[1:]}."
        command = commands.add_parser(name, help=summary, description=description, allow_abbrev=False)
        if words and words[0] == name:
            module = importlib.import_module(f"agentguard_secrets.cli.{MODULES.get(name, name)}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser


def _run(words: list[str]) -> int:
    parser = parser_for(words)
    try:
        arguments = parser.parse_args(words)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else AgentguardError.exit_code
    status: int = arguments.run(arguments)
    return status


def _complain(message: str) -> None:
    if sys.stderr is not None:
        print(f"{PROGRAM}: {message}", file=sys.stderr)


def _escape_what_the_terminal_cannot_say() -> None:
    """Make printing a path that is no text, or a letter that the terminal lacks, an escape instead of a crash."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _flush() -> None:
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            _silence_standard_output()
            raise AgentguardError(f"standard output: {error.strerror}") from error


def _drop_what_cannot_be_written() -> None:
    """Keep a stream that refused once from refusing again at exit: the interpreter would end with 120 instead."""
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except OSError:
            _silence_standard_output()


def _silence_standard_output() -> None:
    """Point standard output at nothing, so that the interpreter's own flush at exit cannot fail again."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)


if __name__ == "__main__":
    sys.exit(main())
