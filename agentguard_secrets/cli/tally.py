"""Turns what a scan looks at into the lines that say how much it was."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator

from agentguard_secrets.cli.workers import Item
from agentguard_secrets.model import Chunk, ScanResult


class Tally:
    """Counts what passes through on its way to be scanned."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._origins: Counter[str] = Counter()
        self._commits: set[str] = set()
        self._looked_at = self._versions = 0

    def counting(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield `items` as they are."""
        for item in items:
            if isinstance(item, str):
                self._origins["file"] += 1
            elif isinstance(item, Chunk):
                self._origins[item.origin] += 1
                self._commits |= {item.commit} if item.commit else set()
            yield item

    def looked(self, commits: int, versions: int) -> None:
        """Tell that the texts of so many commits, and what is new in so many versions of files, were looked at: only
        those worth it come through whole."""
        self._looked_at += commits
        self._versions += versions

    def with_looks(self, result: ScanResult) -> ScanResult:
        """Return a result that counts what was looked at among its texts."""
        chunks = result.stats["chunks"] + self._looked_at + self._versions
        return result._replace(stats={**result.stats, "chunks": chunks})

    def told(self, result: ScanResult) -> str:
        """Return what was scanned, in two lines."""
        origins = ", ".join(f"{count} {origin}" for origin, count in sorted(self._origins.items())) or "nothing"
        seconds = time.monotonic() - self._begun
        counts = ", ".join(f"{count} {name}" for name, count in result.stats.items())
        if self._looked_at:
            origins = f"messages and people, and what is new in {self._versions} versions of files; whole: {origins}"
        return (
            f"scanned: {origins}; {max(self._looked_at, len(self._commits))} commits\n"
            f"stats: {counts}, {len(result.findings)} findings, {len(result.unread)} unread, {seconds:.2f} s\n"
        )
