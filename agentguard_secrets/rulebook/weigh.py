"""Turns labelled places into detect/weights.py: `python -m agentguard_secrets.rulebook.weigh FOLDER [--check]`.

FOLDER holds CredData as rulebook/labelled.py reads it. The model is a logistic regression over traits that hold or do
not: its weights, times a hundred, are the table. First it is fitted without one fold of the repositories after the
other and asked about the fold that it has not seen; what it then finds is printed, by level.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from math import exp
from pathlib import Path
from random import Random
from typing import NamedTuple
from zlib import crc32

from agentguard_secrets.errors import UsageError
from agentguard_secrets.rulebook.build import compiled_rule
from agentguard_secrets.rulebook.labelled import Example, examples
from agentguard_secrets.rulebook.load import load_rules, rules_folder

TABLE = Path(__file__).resolve().parent.parent / "detect" / "weights.py"
# The least score, in hundredths of the logarithm of the odds, of each level.
LEVELS = {"medium": 20, "low": -70}

_HEADER = '''"""Turns a trait of a place (detect/traits.py) into how much it speaks for a credential.

Generated: rulebook/weigh.py. In hundredths of the logarithm of the odds; "" is where every place begins. LEVELS are the
least sums of each confidence. Fitted to CredData (Samsung, Apache-2.0); nothing of its files stands here.
"""

from __future__ import annotations

'''
_FOLDS = 8
_EPOCHS = 60
_STEP = 0.3
# How strongly weights are drawn to nothing: a repository is one voice, however many places it has.
_RIDGE = 30.0
# A trait counts when so many places in so many repositories have it.
_LEAST_PLACES, _LEAST_REPOSITORIES = 12, 4
# How much a place counts whose password was replaced by one that people choose; there is one for each kind.
_OF_PEOPLE = 0.04


class Model(NamedTuple):
    """Weights by trait, and what every place begins with."""

    weights: dict[str, float]
    begin: float

    def odds(self, traits: Iterable[str]) -> float:
        """Return the logarithm of the odds that a place with `traits` holds a credential."""
        return self.begin + sum(self.weights.get(trait, 0.0) for trait in traits)


def fitted(found: Sequence[Example]) -> Model:
    """Return the model that fits `found` best: stochastic gradients with a step that shrinks for frequent traits."""
    kept = _kept_traits(found)
    rows = [(sorted(each.traits & kept), each.is_true, _OF_PEOPLE if each.chosen else 1.0) for each in found]
    rows = [row for row in rows if row[0]]
    weights = dict.fromkeys(sorted(kept), 0.0)
    places = Counter(trait for traits, _, _ in rows for trait in traits)
    squares = dict.fromkeys(weights, 1e-3)
    begin = 0.0
    dice = Random(1)  # noqa: S311 - the order of the places
    for epoch in range(_EPOCHS):
        dice.shuffle(rows)
        shrinking = _STEP * (1 - epoch / _EPOCHS)
        for traits, is_true, count in rows:
            score = begin + sum(map(weights.__getitem__, traits))
            slope = count * (is_true - 1 / (1 + exp(-max(-30.0, min(30.0, score)))))
            begin += 0.02 * shrinking * slope
            for trait in traits:
                gradient = slope - _RIDGE / places[trait] * weights[trait]
                squares[trait] += gradient * gradient
                weights[trait] += shrinking * gradient / squares[trait] ** 0.5
    return Model(weights, begin)


def _kept_traits(found: Sequence[Example]) -> set[str]:
    places: Counter[str] = Counter()
    repositories = defaultdict(set)
    for each in found:
        if not each.chosen:
            places.update(each.traits)
            for trait in each.traits:
                repositories[trait].add(each.repository)
    return {
        trait
        for trait, count in places.items()
        if count >= _LEAST_PLACES and len(repositories[trait]) >= _LEAST_REPOSITORIES
    }


def unseen_scores(found: Sequence[Example]) -> list[float]:
    """Return the score of each example from a model that has seen nothing of its repository."""
    scores = [0.0] * len(found)
    for fold in range(_FOLDS):
        model = fitted([each for each in found if _fold(each) != fold])
        for number, each in enumerate(found):
            if _fold(each) == fold:
                scores[number] = 100 * model.odds(each.traits) if each.traits else -1000.0
    return scores


def _fold(each: Example) -> int:
    return crc32(each.repository.encode()) % _FOLDS


def report(found: Sequence[Example], scores: Sequence[float]) -> str:
    """Return one line for each level: precision and recall of the files' own values, recall of people's passwords."""
    lines = ["level   least  precision  recall  recall of people's"]
    own = [(score, each.is_true) for each, score in zip(found, scores, strict=True) if not each.chosen]
    people = [score for each, score in zip(found, scores, strict=True) if each.chosen]
    steps = {**LEVELS, **{f"({least})": least for least in range(-150, 250, 50)}}
    for level, least in steps.items():
        told = [is_true for score, is_true in own if score >= least]
        right = sum(told)
        true = sum(is_true for _, is_true in own)
        of_people = sum(score >= least for score in people) / max(1, len(people))
        lines.append(
            f"{level:<7} {least:5}  {right / max(1, len(told)):9.3f}  {right / max(1, true):6.3f}  {of_people:6.3f}"
        )
    return "\n".join(lines)


def table_text(model: Model) -> str:
    """Return the text of detect/weights.py; traits that weigh nothing are left out."""
    lines = [
        f"LEVELS = {LEVELS!r}".replace("'", '"'),
        "",
        "# fmt: off",
        "WEIGHTS = {",
        f'    "": {round(100 * model.begin)},',
    ]
    hundredths = {trait: round(100 * weight) for trait, weight in model.weights.items()}
    lines += [f"    {_quoted(trait)}: {weight}," for trait, weight in sorted(hundredths.items()) if weight]
    return _HEADER + "\n".join(lines) + "\n}\n"


def _quoted(trait: str) -> str:
    return f"'{trait}'" if '"' in trait else f'"{trait}"'


def generic_patterns() -> list[re.Pattern[str]]:
    """Return the patterns of the rules whose matches are weighed."""
    rules = [compiled_rule(rule) for rule in load_rules(rules_folder()) if rule.kind == "generic"]
    return [re.compile(rule.pattern) for rule in rules]


def main(arguments: Collection[str] | None = None) -> int:
    """Print what the model finds in repositories that it has not seen, and write the table fitted to all."""
    parser = argparse.ArgumentParser(prog="python -m agentguard_secrets.rulebook.weigh", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--check", action="store_true", help="only say what is found in unseen repositories")
    options = parser.parse_args(None if arguments is None else list(arguments))
    found = list(examples(options.folder, generic_patterns()))
    if not found:
        raise UsageError(f"{options.folder}: expected meta/*.csv and data/, found no labelled place")
    if options.check:
        print(report(found, unseen_scores(found)))
    else:
        TABLE.write_text(table_text(fitted(found)), encoding="utf-8", newline="\n")
        print(f"{TABLE.name}: written from {len(found)} places")
    return 0


if __name__ == "__main__":
    sys.exit(main())
