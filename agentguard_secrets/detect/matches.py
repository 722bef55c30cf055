"""Turns the places where rules hold into findings, none overlapping another."""

from __future__ import annotations

from agentguard_secrets._record import Record
from agentguard_secrets.model import CONFIDENCES, PROOFS, SEVERITIES, Finding, Part, Rule, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.detect.lines import Lines
    from agentguard_secrets.detect.unwrap import Layer
    from agentguard_secrets.model import Chunk

_KINDS = ("token", "context", "place", "generic")


class Match(Record):
    """One place where a rule holds, before overlaps are resolved.

    `layer` is the decoded text in which the credential stands at `inner`, None when it stands in the text itself.
    `parts` are name and place of what else belongs to the credential, and the rule that would find it, or "".
    """

    rule: Rule
    span: Span
    confidence: str
    proof: str
    layer: Layer | None = None
    inner: Span | None = None
    parts: tuple[tuple[str, Span, str], ...] = ()

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("layer",)


def strongest(matches: list[Match]) -> list[Match]:
    """Return the matches by position without overlaps: where two overlap, the better proved one stays."""
    if len(matches) < 2:
        return matches
    from bisect import bisect

    kept: list[Match] = []
    starts: list[int] = []
    for match in sorted(matches, key=_rank):
        place = bisect(starts, match.span.start)
        neighbours = kept[max(0, place - 1) : place + 1]
        if not any(match.span.overlaps(other.span) for other in neighbours):
            kept.insert(place, match)
            starts.insert(place, match.span.start)
    return kept


def unwrapped(matches: list[Match], layer: Layer) -> list[Match]:
    """Return the matches of a decoded text as matches of the text around it.

    One credential takes the place of the whole encoded run. Of several each takes its part: accepting one of them must
    not accept the others.
    """
    kept = strongest(matches)
    spans = [layer.part(match.span) if len(kept) > 1 else layer.cover(match.span) for match in kept]
    return [
        match._replace(span=span, layer=match.layer or layer, inner=match.inner or match.span)
        for match, span in zip(kept, spans, strict=True)
    ]


def finding_of(chunk: Chunk, match: Match, lines: Lines, *, key: bytes) -> Finding:
    """Return what is told of a match: all but the credential, of which there is a fingerprint made with `key`."""
    from agentguard_secrets.detect.fingerprint import fingerprint

    span, rule = match.span, match.rule
    text, place = (chunk.text, span) if match.layer is None else (match.layer.text, match.inner or span)
    wrapping = f", {match.layer.wrapping}" if match.layer is not None else ""
    line, column = lines.position(span.start)
    end_line, end_column = lines.position(span.end)
    return Finding(
        rule_id=rule.id,
        title=rule.title,
        severity=rule.severity,
        confidence=match.confidence,
        proof=match.proof,
        path=chunk.path,
        span=span,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        commit=chunk.commit,
        origin=chunk.origin,
        fingerprint=fingerprint(text[place.start : place.end], key),
        preview=f"{rule.prefix}… ({place.end - place.start} characters{wrapping})",
        allowed_inline=lines.accept(span, rule.id),
        parts=tuple(_part(chunk.text, part, lines, key=key) for part in match.parts),
    )


def _part(text: str, part: tuple[str, Span, str], lines: Lines, *, key: bytes) -> Part:
    from agentguard_secrets.detect.fingerprint import fingerprint
    from agentguard_secrets.detect.redact import tag

    name, span, rule_id = part
    hidden = tag(rule_id, fingerprint(text[span.start : span.end], key)) if rule_id else ""
    return Part(name=name, span=span, at=lines.position(span.start), tag=hidden)


def _rank(match: Match) -> tuple[int, bool, int, int, int, int, int, int, str]:
    return (
        # A form and a word are worth the same: a doubtful JWT beside a vendor's name is that vendor's token.
        -max(PROOFS.index(match.proof), PROOFS.index("pattern")),
        # What the place says may be less sure than what the value says: the surer of the two counts.
        match.rule.kind in ("place", "generic"),
        -CONFIDENCES.index(match.confidence),
        _KINDS.index(match.rule.kind),
        -SEVERITIES.index(match.rule.severity),
        # What stands there plainly says more than what comes out when it is decoded.
        match.layer is not None,
        match.span.start - match.span.end,
        match.span.start,
        match.rule.id,
    )
