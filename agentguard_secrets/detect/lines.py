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
        self._starts = [0]
        while place := text.find("\n", self._starts[-1]) + 1:
            self._starts.append(place)
        self._accepted: dict[int, frozenset[str | None]] = {}

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both from 1."""
        line = bisect(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def touched(self, span: Span) -> range:
        """Return the numbers of the lines that a span touches."""
        return range(self.position(span.start)[0], self.position(span.end)[0] + 1)

    def accept(self, span: Span, rule_id: str) -> bool:
        """Say whether a comment on one of the span's lines accepts this rule's findings."""
        return any(not {None, rule_id}.isdisjoint(self._accepted_on(line)) for line in self.touched(span))

    def _accepted_on(self, line: int) -> frozenset[str | None]:
        # A whole file may be one line, and every finding would read it again.
        if line not in self._accepted:
            end = self._starts[line] if line < len(self._starts) else len(self._text)
            self._accepted[line] = accepted_inline(self._text[self._starts[line - 1] : end])
        return self._accepted[line]
