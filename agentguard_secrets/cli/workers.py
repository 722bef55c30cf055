"""Turns what the sources yield into one scan result, on as many cores as are given and always in the same order."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import chain, islice
from typing import ClassVar

from agentguard_secrets._record import Record
from agentguard_secrets.detect import bulk
from agentguard_secrets.detect.bounded import BoundedPattern, ProvedPattern
from agentguard_secrets.detect.engine import Detector, scan_chunk
from agentguard_secrets.detect.known import Watchlist
from agentguard_secrets.detect.table import RULES
from agentguard_secrets.errors import AgentguardError, DeadlineError, LimitError
from agentguard_secrets.model import Chunk, Finding, Policy, ScanResult, Unread
from agentguard_secrets.rulebook.packs import detector_with, own_rules
from agentguard_secrets.rulebook.source import RuleSource
from agentguard_secrets.sources.files import read_file
from agentguard_secrets.state.keptsieve import keep, kept_sieve
from agentguard_secrets.state.known import away_from_home, listed

# Enough that a worker has more to do than to be told of it, little enough that all of them end at about the same time.
_BATCH_BYTES = 1_000_000
_BATCH_ITEMS = 200
# As many batches take longer than building the sieve for them.
_MUCH = 4
_LARGE = 5 * _BATCH_BYTES // 4  # characters of a batch whose last file is a large one
_AHEAD = 4  # batches waiting for each worker: commits are read while others are scanned, but not all of them at once

Item = str | Chunk | Unread  # a string is the path of a file that the worker reads itself


class Terms(Record):
    """What is the same for all that one scan reads: the fingerprint key, the largest file, the policy's own rules, and
    the values of this machine."""

    key: bytes
    max_size: int
    rules: tuple[RuleSource, ...] = ()
    known: Watchlist | None = None

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("key",)


def terms_of(policy: Policy, *, key: bytes, max_size: int) -> Terms:
    """Return the terms of a scan under `policy`. Raises RuleError when a rule of the policy is not as expected."""
    return Terms(key, max_size, own_rules(policy.rules), listed(policy, policy.root))


def scan_items(items: Iterable[Item], *, terms: Terms, jobs: int, advance: Callable[[int], None]) -> ScanResult:
    """Return what all `items` hold, in their order, calling `advance` with the number of items done each time."""
    results = []
    for batch, result in _results(_batches(items), terms=terms, jobs=jobs):
        results.append(result)
        advance(len(batch))
    return merged(results)


def scan_batch(batch: list[Item], detector: Detector, *, max_size: int) -> ScanResult:
    """Return what one batch holds; a text that takes too long is unread."""
    findings: list[Finding] = []
    unread: list[Unread] = []
    chunks = characters = 0
    for each in _read(batch, max_size):
        if isinstance(each, Unread):
            unread.append(each)
            continue
        chunks += 1
        characters += len(each.text)
        found = _scanned(each, detector)
        if isinstance(found, Unread):
            unread.append(found)
        else:
            findings += found
    return ScanResult(tuple(findings), tuple(unread), {"chunks": chunks, "characters": characters})


def merged(results: Iterable[ScanResult]) -> ScanResult:
    """Return the findings and unread of all results in their order, and the sums of what they counted."""
    findings: list[Finding] = []
    unread: list[Unread] = []
    stats = {"chunks": 0, "characters": 0}
    for result in results:
        findings += result.findings
        unread += result.unread
        for name, count in result.stats.items():
            stats[name] += count
    return ScanResult(tuple(findings), tuple(unread), stats)


def _read(batch: Iterable[Item], max_size: int) -> Iterator[Chunk | Unread]:
    for item in batch:
        if isinstance(item, str):
            yield from read_file(item, max_size=max_size)
        else:
            yield item


def _scanned(chunk: Chunk, detector: Detector) -> list[Finding] | Unread:
    try:
        return scan_chunk(chunk, away_from_home(detector, chunk))
    except (DeadlineError, LimitError) as error:
        return Unread(chunk.path, str(error))


def _results(batches: Iterator[list[Item]], *, terms: Terms, jobs: int) -> Iterator[tuple[list[Item], ScanResult]]:
    first = list(islice(batches, _MUCH))
    sieve = sieve_of(terms) if len(first) == _MUCH or _is_much(first) else None
    # One batch takes less time than starting a process.
    pool = None if jobs == 1 or len(first) < 2 else pool_of(jobs, terms, sieve)
    if pool is None:
        detector = detector_of(terms, sieve)
        for batch in chain(first, batches):
            yield batch, scan_batch(batch, detector, max_size=terms.max_size)
        return
    try:
        yield from _in_order(pool, chain(first, batches), max_size=terms.max_size, ahead=jobs * _AHEAD)
    except BrokenProcessPool as error:
        raise AgentguardError("a worker process ended before its files were scanned; --jobs 1 does without") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _is_much(batches: list[list[Item]]) -> bool:
    """Say whether a few batches hold as much as many do: one of them may be one file of any size."""
    return sum(_size(item) for batch in batches for item in batch) >= _MUCH * _BATCH_BYTES


def sieve_of(terms: Terms) -> bulk.Sieve | None:
    """Return the sieve of all rules, None where there is no Hyperscan. That of the built-in ones is built once and
    kept; of others it takes a second."""
    if not bulk.is_available():
        return None
    rules = detector_with(terms.rules, terms.key).rules
    if len(rules) > len(RULES):
        return bulk.built_sieve(rules)
    kept = kept_sieve()
    if kept is None:
        kept = bulk.built_sieve(rules)
        keep(kept)
    return kept


def detector_of(terms: Terms, sieve: bulk.Sieve | None) -> Detector:
    """Return what searches under `terms`, with a `sieve` if there is one; no match takes longer than it may."""
    found = detector_with(terms.rules, terms.key)._replace(known=terms.known)
    added = frozenset(rule.pattern for rule in terms.rules)

    def compiled(pattern: str) -> BoundedPattern | ProvedPattern:
        return BoundedPattern(pattern) if pattern in added else ProvedPattern(pattern)

    return found._replace(compile=compiled, sieve=sieve)


def pool_of(
    jobs: int, terms: Terms, sieve: bulk.Sieve | None, then: Callable[[], None] | None = None
) -> ProcessPoolExecutor | None:
    """Return the workers, or None where the system has no semaphores for them, as a container without /dev/shm.

    Each of them does `then`, which can be sent to it, once it has its detector.
    """
    packed = None if sieve is None else sieve.packed()
    try:
        return ProcessPoolExecutor(jobs, initializer=_begin, initargs=(terms, packed, then))
    except (OSError, ImportError, NotImplementedError):
        return None


class Worker:
    """What a worker process keeps from batch to batch: the patterns that were compiled, and the sieve."""

    detector: ClassVar[Detector]


def _begin(terms: Terms, packed: bulk.Packed | None, then: Callable[[], None] | None) -> None:
    # Interrupts are left to the parent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Worker.detector = detector_of(terms, None if packed is None else bulk.unpacked(packed))
    if then is not None:
        then()


def _scan_in_worker(batch: list[Item], max_size: int) -> ScanResult:
    result = scan_batch(batch, Worker.detector, max_size=max_size)
    if result.stats["characters"] >= _LARGE:
        _give_back()
    return result


def _give_back() -> None:
    """Give the system back what large texts have left free, where the C library would keep it for the next ones."""
    import ctypes

    # On Windows there is no library without a name, and not every other one knows the word.
    with suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _in_order(
    pool: ProcessPoolExecutor, batches: Iterable[list[Item]], *, max_size: int, ahead: int
) -> Iterator[tuple[list[Item], ScanResult]]:
    waiting: deque[tuple[list[Item], Future[ScanResult]]] = deque()
    for batch in batches:
        waiting.append((batch, pool.submit(_scan_in_worker, batch, max_size)))
        if len(waiting) > ahead:
            done, future = waiting.popleft()
            yield done, future.result()
    for done, future in waiting:
        yield done, future.result()


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += _size(item)
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_ITEMS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _size(item: Item) -> int:
    if isinstance(item, Chunk):
        return len(item.text)
    if isinstance(item, Unread):
        return 0
    try:
        return os.stat(item).st_size  # noqa: PTH116 - a worker will say what is wrong with the path
    except OSError:
        return 0
