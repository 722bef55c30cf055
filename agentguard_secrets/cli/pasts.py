"""Turns the history of a repository into the chunks that are worth a whole look, on as many cores as are given."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from agentguard_secrets._record import Record
from agentguard_secrets.cli.workers import Item, Terms, Worker, detector_of, pool_of, sieve_of
from agentguard_secrets.detect import bulk
from agentguard_secrets.detect.engine import Detector, rule_of, scan_chunk
from agentguard_secrets.detect.excerpts import Panner, built_places
from agentguard_secrets.detect.outline import most_above
from agentguard_secrets.detect.table import RULES
from agentguard_secrets.errors import AgentguardError, DeadlineError, LimitError, SourceError
from agentguard_secrets.model import Chunk, Rule
from agentguard_secrets.rulebook.packs import detector_with
from agentguard_secrets.sources.history import commits_in_history, from_history
from agentguard_secrets.sources.hunks import Excerpt
from agentguard_secrets.sources.suspects import NEAR, WIDE, FarWords, Looked, all_suspects, look_at
from agentguard_secrets.state.keptsieve import keep_places, kept_places

if TYPE_CHECKING:
    from agentguard_secrets.detect.excerpts import Places, Seen

# Fewer commits take less time than building what looks at many of them at once.
_MUCH = 500
# So many that starting git for them costs little, so few that all workers end at about the same time.
_SLICE = 400
# What is read beside a match to judge it, in characters.
_BESIDE = 200


def chunks_of_history(
    repo: str | os.PathLike[str],
    *,
    terms: Terms,
    jobs: int,
    told: Callable[[int, int], None],
    looked: Callable[[int, int], None] = lambda _commits, _versions: None,
    much: int = _MUCH,
) -> Iterator[Item]:
    """Yield of `from_history` what may hold a finding, so that a scan of it finds the same; `told` as there.
    `looked` is told of how many commits, and of how many versions of files, what is new was looked at for that.

    Histories of fewer commits than `much` are told as they are, and so is one of which git cannot compare everything,
    as where objects are missing.
    """
    commits = commits_in_history(repo)
    if len(commits) < much:
        yield from from_history(repo, told=told)
        return
    slices = [commits[start : start + _SLICE] for start in range(0, len(commits), _SLICE)]
    count = len(commits)

    def looks() -> Iterator[Looked]:
        at = 0
        for part, each in zip(slices, _looks(os.fspath(repo), slices, terms=terms, jobs=jobs), strict=True):
            at += len(part)
            looked(len(part), len(each.versions))
            told(at, 2 * count)
            yield each

    try:
        suspects = all_suspects(looks())
    except SourceError:
        suspects = None
    yield from from_history(
        repo, told=lambda at, total: told(count + count * at // total, 2 * count), suspects=suspects
    )


class _Means(Record):
    """What one process looks with, but for its detector."""

    far: FarWords
    places: Places | None


def _looks(folder: str, slices: list[list[str]], *, terms: Terms, jobs: int) -> Iterator[Looked]:
    means = _Means(far_words(terms), _places_of(terms))
    sieve = sieve_of(terms)
    pool = None if jobs == 1 or len(slices) < 2 else pool_of(jobs, terms, sieve, partial(_begin, means))
    if pool is None:
        look = _look_with(detector_of(terms, sieve), means)
        yield from (look(folder, commits) for commits in slices)
        return
    try:
        yield from pool.map(partial(_look_in_worker, folder), slices)
    except BrokenProcessPool as error:
        raise AgentguardError("a worker process ended before its files were scanned; --jobs 1 does without") from error
    finally:
        pool.shutdown(cancel_futures=True)


class _Looker:
    """What a worker process keeps from slice to slice."""

    look: ClassVar[Callable[[str, list[str]], Looked]]


def _begin(means: _Means) -> None:
    _Looker.look = staticmethod(_look_with(Worker.detector, means))


def _look_in_worker(folder: str, commits: list[str]) -> Looked:
    return _Looker.look(folder, commits)


def _look_with(detector: Detector, means: _Means) -> Callable[[str, list[str]], Looked]:
    panner = None if means.places is None else Panner(means.places, detector.known)
    holds_any = partial(_holds_any, detector, panner)
    return partial(look_at, holds_any=holds_any, far=means.far)


def _holds_any(detector: Detector, panner: Panner | None, excerpts: Sequence[Excerpt]) -> list[bool]:
    if panner is None:
        return [_holds(detector, each, None) for each in excerpts]
    found = panner.pan([each.text for each in excerpts], [each.marks for each in excerpts])
    return [number in found and _holds(detector, each, found[number]) for number, each in enumerate(excerpts)]


def _holds(detector: Detector, excerpt: Excerpt, seen: Seen | None) -> bool:
    text = excerpt.text.decode("utf-8")
    if detector.sieve is not None and seen is not None:
        detector.sieve.take(text, seen)
    try:
        return bool(scan_chunk(Chunk(text, "", "commit", added=excerpt.added()), detector))
    except (DeadlineError, LimitError):
        return True


def _places_of(terms: Terms) -> Places | None:
    """Return what looks at many excerpts at once, None where there is no Hyperscan. That of the built-in rules is built
    once and kept; of others it takes some seconds."""
    if not bulk.is_available():
        return None
    rules = detector_with(terms.rules, terms.key).rules
    if len(rules) > len(RULES):
        return built_places(rules)
    kept = kept_places()
    if kept is None:
        kept = built_places(rules)
        keep_places(kept)
    return kept


def far_words(terms: Terms) -> FarWords:
    """Return the keywords of rules that may look further than an excerpt reaches."""
    rules = [rule_of(row) for row in detector_with(terms.rules, terms.key).rules]
    return FarWords(_words_beyond(NEAR, rules), _words_beyond(WIDE, rules))


def _words_beyond(margin: int, rules: list[Rule]) -> tuple[str, ...]:
    """Return the keywords of rules that may look further: an excerpt is of whole lines, and what stands on the line of
    the credential is in it, however long it is."""
    far = (rule for rule in rules if _may_reach(rule, margin - _BESIDE))
    return tuple(dict.fromkeys(word for rule in far for word in rule.keywords))


def _may_reach(rule: Rule, characters: int) -> bool:
    return rule.reach is None or (rule.reach > characters and most_above(rule.pattern) > characters)
