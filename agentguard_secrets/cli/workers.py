"""Turns what the sources yield into one scan result, on as many cores as are given and always in the same order."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from agentguard_secrets.detect.bounded import BoundedPattern
from agentguard_secrets.detect.engine import Detector, default_detector, scan_chunk
from agentguard_secrets.errors import AgentguardError, DeadlineError, LimitError
from agentguard_secrets.model import Chunk, Finding, ScanResult, Unread
from agentguard_secrets.sources.files import read_file

# Enough that a worker has more to do than to be told of it, little enough that all of them end at about the same time.
_BATCH_BYTES = 1_000_000
_BATCH_ITEMS = 200
_AHEAD = 4  # batches waiting for each worker: commits are read while others are scanned, but not all of them at once

Item = str | Chunk | Unread  # a string is the path of a file that the worker reads itself


def scan_items(
    items: Iterable[Item], *, key: bytes, max_size: int, jobs: int, advance: Callable[[int], None]
) -> ScanResult:
    """Return what all `items` hold, in their order, calling `advance` with the number of items done each time."""
    results = []
    for batch, result in _results(_batches(items), key=key, max_size=max_size, jobs=jobs):
        results.append(result)
        advance(len(batch))
    return merged(results)


def scan_batch(batch: list[Item], key: bytes, max_size: int) -> ScanResult:
    """Return what one batch holds; a text that takes too long is unread. Patterns are compiled once a process."""
    detector = default_detector(key)._replace(compile=BoundedPattern)
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
        return scan_chunk(chunk, detector)
    except (DeadlineError, LimitError) as error:
        return Unread(chunk.path, str(error))


def _results(
    batches: Iterator[list[Item]], *, key: bytes, max_size: int, jobs: int
) -> Iterator[tuple[list[Item], ScanResult]]:
    first, second = next(batches, None), next(batches, None)
    # One batch takes less time than starting a process.
    pool = None if jobs == 1 or second is None else _pool(jobs)
    if pool is None:
        for batch in _chained(first, second, batches):
            yield batch, scan_batch(batch, key, max_size)
        return
    try:
        yield from _in_order(pool, _chained(first, second, batches), key=key, max_size=max_size, ahead=jobs * _AHEAD)
    except BrokenProcessPool as error:
        raise AgentguardError("a worker process ended before its files were scanned; --jobs 1 does without") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _pool(jobs: int) -> ProcessPoolExecutor | None:
    """Return the workers, or None where the system has no semaphores for them, as a container without /dev/shm."""
    try:
        return ProcessPoolExecutor(jobs, initializer=_leave_interrupts_to_the_parent)
    except (OSError, ImportError, NotImplementedError):
        return None


def _in_order(
    pool: ProcessPoolExecutor, batches: Iterable[list[Item]], *, key: bytes, max_size: int, ahead: int
) -> Iterator[tuple[list[Item], ScanResult]]:
    waiting: deque[tuple[list[Item], Future[ScanResult]]] = deque()
    for batch in batches:
        waiting.append((batch, pool.submit(scan_batch, batch, key, max_size)))
        if len(waiting) > ahead:
            done, future = waiting.popleft()
            yield done, future.result()
    for done, future in waiting:
        yield done, future.result()


def _chained(first: list[Item] | None, second: list[Item] | None, others: Iterable[list[Item]]) -> Iterator[list[Item]]:
    yield from (batch for batch in (first, second) if batch is not None)
    yield from others


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


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
