"""Turns offsets into a text into its lines, without counting them anew for each of many findings."""

from __future__ import annotations

from bisect import bisect

from agentguard_secrets.detect.suppress import accepted_inline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.model import Span


class Lines:
    """The lines of one text, numbered from 1; only a line feed ends a line."""

    def __init__(self, text: str) -> None:
        self._text = text
        # Offsets that were asked for, each with the number of its line and where that begins: the next one is counted
        # from the one before it, because few are asked for and a text may have a million lines.
        self._offsets = [0]
        self._places = [(1, 0)]
        self._accepted: dict[int, frozenset[str | None]] = {}
        self._ends: dict[int, int] = {}

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both from 1."""
        line, start = self._line_of(offset)
        return line, offset - start + 1

    def _line_of(self, offset: int) -> tuple[int, int]:
        """Return number and beginning of the line in which `offset` is."""
        place = bisect(self._offsets, offset) - 1
        known = self._offsets[place]
        line, start = self._places[place]
        if known < offset:
            ends = self._text.count("\n", known, offset)
            if ends:
                line, start = line + ends, self._text.rindex("\n", known, offset) + 1
            self._offsets.insert(place + 1, offset)
            self._places.insert(place + 1, (line, start))
        return line, start

    def touched(self, span: Span) -> range:
        """Return the numbers of the lines that a span touches."""
        return range(self.position(span.start)[0], self.position(span.end)[0] + 1)

    def accept(self, span: Span, rule_id: str) -> bool:
        """Say whether a comment on one of the span's lines accepts this rule's findings."""
        line, start = self._line_of(span.start)
        while start <= span.end:
            if not {None, rule_id}.isdisjoint(self._accepted_on(line, start)):
                return True
            line, start = line + 1, self._ends[line]
        return False

    def _accepted_on(self, line: int, start: int) -> frozenset[str | None]:
        # A whole file may be one line, and every finding would read it again.
        if line not in self._accepted:
            self._ends[line] = self._text.find("\n", start) + 1 or len(self._text) + 1
            self._accepted[line] = accepted_inline(self._text[start : self._ends[line]])
        return self._accepted[line]
