"""Turns what a rule's pattern finds in a text into matches: edges, proof, doubt."""

from __future__ import annotations

from functools import cache

from agentguard_secrets.detect.edges import EDGES, is_behind_one_letter, next_start, touches
from agentguard_secrets.model import Rule, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from agentguard_secrets.detect.engine import Observer
    from agentguard_secrets.detect.matches import Match
    from agentguard_secrets.detect.prefilter import Search


def matches_from(
    rule: Rule, search: Search, text: str, found: Any, *, window: tuple[int, int], observer: Observer | None
) -> Iterator[Match]:
    """Yield the matches of a rule in a window of `text`, from the place that its pattern `found` there first.

    `search` finds the next ones; `observer` is told of each place and of what decided.
    """
    if rule.kind == "generic" and rule.edge == "none" and rule.confirm is None and observer is None:
        yield from _matches_of_model(rule, search, text, found, window=window)
        return
    start, end = window
    edge = EDGES[rule.edge]
    while found is not None:
        first, last = found.span(1)
        is_part = (
            touches(text, first, last, edge)
            and not is_behind_one_letter(text, first, last, edge=edge, mark=rule.prefix)
            and not _proves_itself(rule, text[first:last])
        )
        decided = "edge" if is_part else _judged(rule, text, found)
        if observer is not None:
            observer(rule, text, found, decided, None)
        # What a generic rule refused as a value may be the name of the next one.
        if is_part or (rule.kind == "generic" and isinstance(decided, str)):
            start = next_start(text, found, edge[0], rule.kind)
        else:
            start = max(last if isinstance(decided, str) else decided.span.end, start + 1)
            if not isinstance(decided, str):
                yield decided
        found = search(text, start, end) if start < end else None


def _matches_of_model(rule: Rule, search: Search, text: str, found: Any, *, window: tuple[int, int]) -> Iterator[Match]:
    """Yield what `matches_from` does where only the model is asked: code about passwords has a place on each line."""
    from agentguard_secrets.detect.generic import is_code_at_once, judge
    from agentguard_secrets.detect.matches import Match

    start, end = window
    while found is not None:
        begin = found.start()
        first, last = found.span(1)
        judged = None if is_code_at_once(text, begin, first, last) else judge(text, begin, first, last)
        if judged is None:
            start = first if first > begin else begin + 1
        else:
            start = max(judged[2], start + 1)
            yield Match(rule, Span(*judged[1:]), judged[0], "context")
        found = search(text, start, end) if start < end else None


def _proves_itself(rule: Rule, value: str) -> bool:
    """Say whether a checksum holds: then it is no part of anything, whatever a command has printed right behind it."""
    if rule.kind != "token" or rule.confirm is None:
        return False
    from agentguard_secrets.detect.confirm import CHECKS

    check = CHECKS[rule.confirm]
    return check.proof == "checksum" and check.test(value) is True


def _judged(rule: Rule, text: str, found: Any) -> Match | str:
    """Return the match, or the name of what speaks against it."""
    first, last = found.span(1)
    value = text[first:last]
    confidence, proof = rule.confidence, "pattern" if rule.kind == "token" else "context"
    if rule.confirm is not None:
        from agentguard_secrets.detect.confirm import CHECKS
        from agentguard_secrets.detect.matches import Match

        check = CHECKS[rule.confirm]
        outcome = check.test(value)
        if outcome is True:
            return _proved(value, Match(rule, Span(first, last), "high", check.proof))
        if outcome is False:
            if rule.on_fail == "drop":
                return check.proof
            confidence = "low"
    if rule.kind == "generic":
        return _judged_by_model(rule, text, found, proof=proof)
    from agentguard_secrets.detect import doubt
    from agentguard_secrets.detect.entropy import shannon
    from agentguard_secrets.detect.matches import Match

    name, behind = text[max(0, found.start() - 1) : first], text[last : last + 4]
    # What a container comes with: user and password are one word.
    if name.endswith(f"//{value}:") and not doubt.is_of_another_network(text[last : last + doubt.LONGEST_HOST]):
        return "placeholder"
    if rule.kind != "place" and (against := doubt.objection(rule, value, name=name, behind=behind)):
        return against
    if rule.kind != "place" and (doubt.is_typed(rule, value) or doubt.is_of_a_client(rule, name)):
        # In a vendor's very shape this is worth a line in a list, and no more.
        return Match(rule, Span(first, last), "low", proof)
    if rule.entropy and shannon(value) < rule.entropy:
        return "entropy"
    return Match(rule, Span(first, last), "low" if doubt.is_the_word_for_it(rule, value) else confidence, proof)


def _proved(value: str, match: Match) -> Match | str:
    """Return the match of a value whose proof holds: nothing but its being published speaks against it."""
    from agentguard_secrets.detect.published import publicity

    known = publicity(value)
    if known == "example":
        return "published"
    return match._replace(confidence="low") if known else match


def _judged_by_model(rule: Rule, text: str, found: Any, *, proof: str) -> Match | str:
    judged = _judge()(text, found.start(), *found.span(1))
    if judged is None:
        return "generic"
    from agentguard_secrets.detect.matches import Match

    return Match(rule, Span(*judged[1:]), judged[0], proof)


@cache
def _judge() -> Callable[[str, int, int, int], tuple[str, int, int] | None]:
    """Return the model's judge: texts without a name of a credential do not wait for its import, and code that is full
    of them does not look for the module each time."""
    from agentguard_secrets.detect.generic import judge

    return judge
