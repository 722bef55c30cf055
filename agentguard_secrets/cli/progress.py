"""Turns the number of things done into a progress bar, once somebody has waited long enough to want one."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

T = TypeVar("T")

_PATIENCE = 1.0  # seconds
_AHEAD = 10


class Progress:
    """Shows a bar on standard error when that is a terminal and the work lasts longer than a second."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._total: int | None = None
        self._done = 0
        self._bar: tuple[Bar, TaskID] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar[0].stop()

    def counting(self, items: Iterable[T]) -> Iterator[T]:
        """Yield `items` as they come, the things that there are to do. Once a bar is shown more are taken than are
        yielded, so that it soon knows how many there are."""
        source, taken = iter(items), 0
        waiting: deque[T] = deque()
        while True:
            more = list(islice(source, 1 if self._bar is None else _AHEAD))
            taken += len(more)
            if not more:
                self._total = taken
            waiting += more
            if not waiting:
                return
            yield waiting.popleft()

    def reach(self, done: int, total: int) -> None:
        """Tell that `done` of `total` things are done."""
        self._total = total
        self.advance(done - self._done)

    def advance(self, count: int) -> None:
        """Tell that `count` more things are done."""
        self._done += count
        if self._bar is None and self._is_wanted():
            self._bar = self._started()
        if self._bar is not None:
            bar, task = self._bar
            bar.update(task, completed=self._done, total=self._total)

    def _is_wanted(self) -> bool:
        return sys.stderr is not None and sys.stderr.isatty() and time.monotonic() - self._begun > _PATIENCE

    def _started(self) -> tuple[Bar, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("scanning"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        bar = Bar(*columns, console=Console(stderr=True), transient=True)
        bar.start()
        return bar, bar.add_task("scanning", total=self._total)
