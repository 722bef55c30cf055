"""Turns the history of a repository into the chunks that are worth a whole look, on as many cores as are given."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from functools import partial

from agentguard_secrets.cli.workers import Item, Terms, Worker, detector_of, pool_of, sieve_of
from agentguard_secrets.detect.engine import Detector, rule_of, scan_chunk
from agentguard_secrets.errors import AgentguardError, DeadlineError, LimitError
from agentguard_secrets.model import Chunk, Rule
from agentguard_secrets.rulebook.packs import detector_with
from agentguard_secrets.sources.excerpt import NEAR, WIDE
from agentguard_secrets.sources.history import from_history, versions_in_history
from agentguard_secrets.sources.suspects import FarWords, suspects_in
from agentguard_secrets.sources.versions import Versions

# Fewer versions take less time than building the sieve for them.
_MUCH = 2000
# What is read beside a match to judge it, in characters.
_BESIDE = 200


def chunks_of_history(
    repo: str | os.PathLike[str],
    *,
    terms: Terms,
    jobs: int,
    told: Callable[[int, int], None],
    looked: Callable[[int], None] = lambda _count: None,
    much: int = _MUCH,
) -> Iterator[Item]:
    """Yield of `from_history` what may hold a finding, so that a scan of it finds the same; `told` as there.
    `looked` is told how many versions of files were looked at for that.

    Histories of fewer versions of files than `much` are told as they are.
    """
    slices, commits = versions_in_history(repo)
    count = sum(map(len, slices))
    if count < much:
        yield from from_history(repo, told=told)
        return
    suspects = set[bytes]()
    done = 0
    for versions, found in _suspects(os.fspath(repo), slices, terms=terms, jobs=jobs):
        suspects |= found
        done += len(versions)
        looked(len(versions))
        told(done, count + commits)
    yield from from_history(repo, told=lambda at, _total: told(count + at, count + commits), suspects=suspects)


def _suspects(folder: str, slices: list[Versions], *, terms: Terms, jobs: int) -> Iterator[tuple[Versions, set[bytes]]]:
    far = _far_words(terms)
    sieve = sieve_of(terms)
    pool = None if jobs == 1 or len(slices) < 2 else pool_of(jobs, terms, sieve)
    if pool is None:
        detector = detector_of(terms, sieve)
        yield from ((versions, _found(folder, versions, detector, far)) for versions in slices)
        return
    try:
        yield from zip(slices, pool.map(partial(_found_by_worker, folder, far), slices), strict=True)
    except BrokenProcessPool as error:
        raise AgentguardError("a worker process ended before its files were scanned; --jobs 1 does without") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _found_by_worker(folder: str, far: FarWords, versions: Versions) -> set[bytes]:
    return _found(folder, versions, Worker.detector, far)


def _found(folder: str, versions: Versions, detector: Detector, far: FarWords) -> set[bytes]:
    found = suspects_in(folder, versions, has_finding=partial(_has_finding, detector), far=far)
    return set(map(bytes.fromhex, found))


def _has_finding(detector: Detector, chunk: Chunk) -> bool:
    try:
        return bool(scan_chunk(chunk, detector))
    except (DeadlineError, LimitError):
        return True


def _far_words(terms: Terms) -> FarWords:
    rules = [rule_of(row) for row in detector_with(terms.rules, terms.key).rules]
    return FarWords(_words_beyond(NEAR, rules), _words_beyond(WIDE, rules))


def _words_beyond(margin: int, rules: list[Rule]) -> tuple[str, ...]:
    far = (rule for rule in rules if rule.reach is None or rule.reach > margin - _BESIDE)
    return tuple(dict.fromkeys(word for rule in far for word in rule.keywords))
