"""Turns what decided about each rule that came near into lines for a person, or JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from agentguard_secrets import __version__
from agentguard_secrets._record import Record
from agentguard_secrets.detect.steps import Near, Step
from agentguard_secrets.model import Finding
from agentguard_secrets.report.as_text import printable


class Place(Record):
    """One rule that came near at one place, and what became of it.

    `better` is the rule that is better proved there. `excused` names the exceptions that hold, `verdicts` what the
    policy says at each face.
    """

    near: Near
    line: int = 0
    column: int = 0
    finding: Finding | None = None
    better: str = ""
    excused: tuple[str, ...] = ()
    verdicts: Mapping[str, str] = {}

    @property
    def is_reported(self) -> bool:
        """Whether `scan` would report it."""
        return self.finding is not None and not self.excused and not self.finding.allowed_inline


class Explanation(Record):
    """One text: where it comes from, what came near in it, and why it was not read, if it was not."""

    path: str
    places: tuple[Place, ...]
    unread: str


class Remedy(Record):
    """What the holder of such a credential can do, and how it is revoked."""

    grants: str
    revoke: str


def today() -> str:
    """Return the date by which exceptions expire."""
    return datetime.now(UTC).date().isoformat()


def render(parts: Sequence[Explanation], *, form: str, remedies: Mapping[str, Remedy]) -> str:
    """Return the explanation of all texts as `text` or `json`; nothing in it quotes them."""
    if form == "json":
        document = {
            "version": 1,
            "tool": {"name": "agentguard-secrets", "version": __version__},
            "texts": [_document(part, remedies) for part in parts],
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return "".join(f"{line}\n" for part in parts for line in _lines(part, remedies))


def _outcome(place: Place) -> str:
    finding = place.finding
    if finding is None and place.better:
        return f"not reported: {place.better} is better proved here"
    if finding is None:
        return f"not reported: {place.near.steps[-1].name} decided"
    sure = f"confidence {finding.confidence}, proof {finding.proof}"
    if place.excused:
        return f"accepted by {'; '.join(place.excused)} ({sure})"
    if finding.allowed_inline:
        return f"accepted by a comment on its line, in commits, pushes and scans ({sure})"
    return f"reported: {sure}"


def _preview(near: Near) -> str:
    return f"{near.rule.prefix}… ({near.size} characters{', ' + near.wrapping if near.wrapping else ''})"


def _lines(part: Explanation, remedies: Mapping[str, Remedy]) -> Iterator[str]:
    if part.path:
        yield f"{printable(part.path)}"
    if part.unread:
        yield f"not wholly scanned: {part.unread}"
    places = [place for place in part.places if place.near.span is not None]
    for place in sorted(places, key=lambda place: (not place.is_reported, place.line, place.column)):
        yield from _place_lines(place, remedies)
    only = _keyword_only(part)
    for number, place in enumerate(only):
        if number == 0:
            yield "A keyword stands there, but nothing in the shape of the rule:"
        yield f"  {place.near.rule.id}: {printable(place.near.steps[0].said)}"
    if not places and not only and not part.unread:
        yield "No rule came near: none of their keywords stands in the text, and no value of this machine."


def _place_lines(place: Place, remedies: Mapping[str, Remedy]) -> Iterator[str]:
    near = place.near
    yield f"{place.line}:{place.column}: {near.rule.id}: {near.rule.title}: {_preview(near)}"
    for step in near.steps:
        yield f"    {'+' if step.holds else '-'} {step.name:15} {printable(step.said)}"
    yield f"    = {printable(_outcome(place))}"
    if place.finding is not None:
        stopped = ", ".join(f"{face} {verdict}" for face, verdict in place.verdicts.items())
        yield f"      policy: {stopped}"
        remedy = remedies.get(near.rule.id)
        if remedy is not None:
            yield f"      whoever holds it: {remedy.grants}"
            yield f"      to revoke it: {remedy.revoke}"


def _keyword_only(part: Explanation) -> list[Place]:
    seen = {place.near.rule.id for place in part.places if place.near.span is not None}
    return [place for place in part.places if place.near.span is None and place.near.rule.id not in seen]


def _document(part: Explanation, remedies: Mapping[str, Remedy]) -> dict[str, Any]:
    places = [place for place in part.places if place.near.span is not None]
    return {
        "path": part.path,
        "unread": part.unread,
        "near": [_place_document(place, remedies.get(place.near.rule.id)) for place in places],
        "keyword_only": [
            {"rule": place.near.rule.id, "said": place.near.steps[0].said} for place in _keyword_only(part)
        ],
    }


def _place_document(place: Place, remedy: Remedy | None) -> dict[str, Any]:
    finding = place.finding
    return {
        "rule": place.near.rule.id,
        "title": place.near.rule.title,
        "line": place.line,
        "column": place.column,
        "preview": _preview(place.near),
        "steps": [_step_document(step) for step in place.near.steps],
        "reported": place.is_reported,
        "outcome": _outcome(place),
        "confidence": finding.confidence if finding else None,
        "proof": finding.proof if finding else None,
        "fingerprint": finding.fingerprint if finding else None,
        "accepted_by": list(place.excused) + (["a comment"] if finding and finding.allowed_inline else []),
        "verdicts": dict(place.verdicts),
        "grants": remedy.grants if remedy else "",
        "revoke": remedy.revoke if remedy else "",
    }


def _step_document(step: Step) -> dict[str, Any]:
    return {"step": step.name, "holds": step.holds, "said": step.said}
