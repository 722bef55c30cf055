"""Turns the options of `scan` into what is to be read."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from agentguard_secrets.cli.output import standard_input
from agentguard_secrets.cli.progress import Progress
from agentguard_secrets.cli.workers import Item, Terms
from agentguard_secrets.errors import SourceError, UsageError
from agentguard_secrets.sources.files import STANDARD_INPUT, files_below, from_stdin


def add_targets(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the words that say what is scanned."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="file or folder; - is standard input (default: .)")
    parser.add_argument("--skip-ignored", action="store_true", help="leave out the files below PATH that git ignores")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--staged", action="store_true", help="what the next commit would add")
    source.add_argument("--range", metavar="A..B", help="what the commits of a range add, commit by commit")
    source.add_argument("--history", action="store_true", help="what all commits add that any reference leads to")
    source.add_argument("--ci", action="store_true", help="the commits of the pull request or push of this build")
    source.add_argument("--diff", metavar="FILE", help="the added lines of a unified diff; - is standard input")


def wants_changes(arguments: argparse.Namespace) -> bool:
    """Say whether git's changes are meant and no files. Raises UsageError when both are."""
    flags = arguments.staged or arguments.history or arguments.ci
    wanted = flags or arguments.range is not None or arguments.diff is not None
    if wanted and (arguments.paths or arguments.skip_ignored):
        raise UsageError(
            "expected paths (and --skip-ignored) or one of --staged, --range, --history, --ci and --diff, got both"
        )
    return bool(wanted)


def changes(
    arguments: argparse.Namespace,
    progress: Progress,
    terms: Terms,
    looked: Callable[[int, int], None] = lambda _commits, _versions: None,
) -> Iterable[Item]:
    """Return what the index, commits or a diff add; of a history what is worth a whole look under `terms`, and `looked`
    is told in how many commits and versions of files it was seen what is."""
    if arguments.staged:
        from agentguard_secrets.sources.staged import from_index

        return from_index(Path())
    if arguments.range is not None:
        from agentguard_secrets.sources.commits import from_range

        return from_range(Path(), arguments.range)
    if arguments.history:
        from agentguard_secrets.cli.pasts import chunks_of_history

        return chunks_of_history(Path(), terms=terms, jobs=arguments.jobs, told=progress.reach, looked=looked)
    if arguments.ci:
        from agentguard_secrets.sources.ci import from_ci

        return from_ci(Path(), os.environ)
    from agentguard_secrets.sources.patchfile import from_diff

    return from_diff(_diff_text(arguments.diff))


def files(arguments: argparse.Namespace) -> Iterator[Item]:
    """Yield the files that are meant, and what standard input holds if it is. Raises UsageError."""
    named = [path for path in arguments.paths if path != STANDARD_INPUT]
    if STANDARD_INPUT in arguments.paths:
        yield from from_stdin(standard_input(), max_size=arguments.max_size)
    elif not named:
        named = ["."]
    yield from files_of(named, skip_ignored=arguments.skip_ignored)


def files_of(paths: list[str], *, skip_ignored: bool) -> Iterator[Item]:
    """Yield the files that `paths` name or hold. Folders are gone through as files are taken: of a large tree that
    takes seconds, in which others scan."""
    if not skip_ignored:
        return files_below(paths)
    from agentguard_secrets.sources.worktree import files_not_ignored

    return iter(list(files_not_ignored(paths)))


def jobs(word: str) -> int:
    """Return a number of processes, as a person writes it."""
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"expected a number of processes from 1, got {word!r}")
    return int(word)


def start_of(arguments: argparse.Namespace) -> Path:
    """Return the folder whose policy counts: the deepest that holds all named paths, or where we stand."""
    named = [os.path.abspath(path) for path in arguments.paths if path != STANDARD_INPUT]  # noqa: PTH100
    if not named:
        return Path.cwd()
    try:
        start = Path(os.path.commonpath(named))
    except ValueError:  # on two drives
        return Path.cwd()
    return start if start.is_dir() else start.parent


def _diff_text(path: str) -> str:
    # Not decode(): a diff of two encodings is in both of them at once, and only its lines are looked at.
    try:
        raw = standard_input().read() if path == STANDARD_INPUT else Path(path).read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UsageError(f"--diff {path or repr(path)}: expected a file: {error.strerror}") from error
    except OSError as error:
        raise SourceError(f"--diff {path}: cannot be read: {error.strerror}") from error
    return raw.decode("utf-8", "surrogateescape")
