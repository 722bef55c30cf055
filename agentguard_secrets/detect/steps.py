"""Turns what a rule did with one place of a text into the steps by which it was decided, for a person to read."""

from __future__ import annotations

from agentguard_secrets._record import Record
from agentguard_secrets.model import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agentguard_secrets.detect.matches import Match
    from agentguard_secrets.detect.unwrap import Layer
    from agentguard_secrets.model import Rule

# In the order in which they are asked; the first that does not hold decides.
_OF_ALL = ("placeholder", "expression", "published")
_OF_CONTEXT = ("keyword itself", "words", "reference", "constant", "name", "picture", "digest")
_HEAVIEST = 6
_CUT = "it begins like a vendor's token, and most of that is missing"
_ASKED = {
    "placeholder": ("no stand-in", "it says that a credential will be written here later"),
    "expression": ("no pattern", "it is a piece of a regular expression"),
    "published": ("no known example", "its vendor or a standard published it as an example"),
    "sandbox": ("no sandbox's", "by its own words it opens a sandbox only"),
    "keyword itself": ("not the keyword", "it is the very word that the rule looks for"),
    "words": ("no words", "it is made of words, as names are and keys are not"),
    "reference": ("no reference", "it only points at a credential that is kept elsewhere"),
    "constant": ("no constant", "it is the name of a constant or of a variable"),
    "name": ("no name of something else", "it is the next name, not a value"),
    "picture": ("no picture", "it names a picture that all may see"),
    "digest": ("no digest", "what stands before it speaks of a hash or a commit"),
}


class Step(Record):
    """One question that was asked: its name, whether the answer is for a credential, and what was seen."""

    name: str
    holds: bool
    said: str


class Near(Record):
    """One place where a rule came near. `span` is in the text itself, `size` what the credential would measure.

    `decided` is the match, or the name of the step that spoke against it. `span` is None where only a keyword stands.
    """

    rule: Rule
    span: Span | None
    size: int
    wrapping: str
    decided: Match | str
    steps: tuple[Step, ...]


def near(rule: Rule, text: str, found: Any, decided: Match | str, layer: Layer | None) -> Near:
    """Return what the engine told its observer, as steps. Neither they nor anything else in it quote the text."""
    if found is None and isinstance(decided, str):
        return Near(rule, None, 0, "", decided, (_keyword(rule, text),))
    inner = Span(*found.span(1)) if isinstance(decided, str) else decided.span
    span = inner if layer is None else layer.cover(inner)
    if found is None:
        steps: tuple[Step, ...] = (Step("value", holds=True, said="a value that is kept on this machine stands here"),)
    else:
        steps = (
            _keyword(rule, text),
            Step("pattern", holds=True, said="the shape fits"),
            *_judgement(rule, text, found, decided),
        )
    return Near(rule, span, inner.end - inner.start, layer.wrapping if layer else "", decided, steps)


def _keyword(rule: Rule, text: str) -> Step:
    lowered = text.lower()
    words = ", ".join(repr(word) for word in rule.keywords if word in lowered)
    return Step("keyword", holds=True, said=f"the text holds {words}")


def _judgement(rule: Rule, text: str, found: Any, decided: Match | str) -> tuple[Step, ...]:
    if decided == "edge":
        return (Step("edge", holds=False, said="it is part of something longer"),)
    edge = Step("edge", holds=True, said="nothing that belongs to it stands beside it")
    value = text[slice(*found.span(1))]
    check = _check(rule, value)
    if any(step.holds for step in check) and decided == "published":
        return (edge, *check, Step("published", holds=False, said=_ASKED["published"][1]))
    if any(step.holds for step in check) or (check and rule.on_fail == "drop" and isinstance(decided, str)):
        return (edge, *check)
    if rule.kind == "generic":
        return (edge, *check, _weighed(text, found))
    if rule.kind == "place":
        said = "what stands at this place is a credential, whatever it looks like"
        return (edge, *check, Step("place", holds=True, said=said), *_randomness(rule, value, decided))
    name = text[max(0, found.start() - 1) : found.start(1)]
    return (edge, *check, *_objections(rule, decided), *_measures(rule, value, decided, name=name))


def _check(rule: Rule, value: str) -> tuple[Step, ...]:
    if rule.confirm is None:
        return ()
    from agentguard_secrets.detect.confirm import CHECKS

    check = CHECKS[rule.confirm]
    outcome = check.test(value)
    if outcome is None:
        return ()
    fails = "so it is no credential" if rule.on_fail == "drop" else "so the confidence is low"
    return (Step(check.proof, outcome, "it holds" if outcome else f"it does not hold, {fails}"),)


def _weighed(text: str, found: Any) -> Step:
    """Return what the table of traits makes of name, value and place: the heaviest traits, their sum, what is asked."""
    from agentguard_secrets.detect.cut import left_of_a_token
    from agentguard_secrets.detect.generic import candidate_of, weighed
    from agentguard_secrets.detect.pretended import pretence
    from agentguard_secrets.detect.traits import traits
    from agentguard_secrets.detect.weights import LEVELS, WEIGHTS

    candidate = candidate_of(text, found.start(), *found.span(1))
    if candidate is None:
        return Step("value", holds=False, said="by name, value or place it is plainly none: nothing was weighed")
    names = list(traits(text, candidate.name, candidate.start, (candidate.first, candidate.last)))
    score = weighed(names, WEIGHTS)
    heaviest = sorted(names, key=lambda name: -abs(WEIGHTS.get(name, 0)))[:_HEAVIEST]
    told = ", ".join(f"{name} {WEIGHTS.get(name, 0):+d}" for name in heaviest)
    asked = ", ".join(f"{least} for {level}" for level, least in LEVELS.items())
    against = pretence(text[candidate.first : candidate.last], kind=candidate.name.kind)
    if against and against != "standard" and score >= min(LEVELS.values()):
        return Step(against, holds=False, said=_ASKED[against][1])
    if left_of_a_token(text[candidate.first : candidate.last], kind=candidate.name.kind) == "part":
        return Step("cut", holds=False, said=_CUT)
    return Step("weight", holds=score >= min(LEVELS.values()), said=f"{score} (asked: {asked}); {told}")


def _objections(rule: Rule, decided: Match | str) -> list[Step]:
    asked = _OF_ALL if rule.kind == "token" else (*_OF_ALL, *_OF_CONTEXT)
    steps: list[Step] = []
    for name in asked:
        good, bad = _ASKED[name]
        if decided == name:
            return [*steps, Step(name, holds=False, said=bad)]
        steps.append(Step(name, holds=True, said=good))
    return steps


def _measures(rule: Rule, value: str, decided: Match | str, *, name: str) -> list[Step]:
    if isinstance(decided, str) and decided != "entropy":
        return []
    from agentguard_secrets.detect.doubt import is_of_a_client, is_the_word_for_it, is_typed

    if is_typed(rule, value):
        return [
            Step(
                "counting",
                holds=False,
                said="it counts up, repeats itself or stands in a standard, so the confidence is low",
            )
        ]
    if is_of_a_client(rule, name):
        return [
            Step("client", holds=False, said="it is called a client's id, which is public, so the confidence is low")
        ]
    steps = _randomness(rule, value, decided)
    if is_the_word_for_it(rule, value):
        steps.append(Step("word", holds=False, said="it is the word for a password, so the confidence is low"))
    return steps


def _randomness(rule: Rule, value: str, decided: Match | str) -> list[Step]:
    from agentguard_secrets.detect.entropy import shannon

    if not rule.entropy:
        return []
    said = f"{shannon(value):.2f} bits a character, at least {rule.entropy:.2f} are asked for"
    return [Step("entropy", decided != "entropy", said)]
