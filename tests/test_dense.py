"""A text that is full of names of credentials is searched as the plain engine searches it."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from agentguard_secrets.detect.bulk import Sieve, built_sieve
from agentguard_secrets.detect.engine import default_detector, scan_chunk
from agentguard_secrets.detect.table import RULES
from agentguard_secrets.model import Chunk
from agentguard_secrets.rulebook.samples import make

pytest.importorskip("hyperscan")

NAMES = "password token client_secret auth_token cred Token db.passwd key_secret key monkey_id sid".split()
# Matches of a rule begin with `key`, but it is no keyword of that rule.
BARE = ("app.key", "monkey", "key")
SIGNS = (
    " = ",
    "=",
    ": ",
    ' = "',
    ": '",
    '("',
    " | ",
    " -> ",
    ', "',
    "</key><string>",
    '" value="',
    "\n= ",
    " = token = ",
)
ENDS = ("\n", '"\n', "'\n", ")\n", "(\n", "[0]\n", ",\n", " ", "\u00e9\n")


@pytest.fixture(scope="module")
def sieve() -> Sieve:
    return built_sieve(RULES)


def written(dice: random.Random, names: Sequence[str], signs: Sequence[str], size: int) -> str:
    """Return lines that give a name a random value, another name, or what a program fetches."""
    lines: list[str] = []
    while sum(map(len, lines)) < size:
        values = make("<alnum:8-32>", dice.randrange(1 << 30)), dice.choice(names), "load", "os.environ"
        lines.append(f"{dice.choice(names)}{dice.choice(signs)}{dice.choice(values)}{dice.choice(ENDS)}")
    return "".join(lines)


@pytest.mark.parametrize("size", [300, 3_000, 30_000])
@pytest.mark.parametrize(
    ("names", "signs"),
    [pytest.param(NAMES, SIGNS, id="many keywords"), pytest.param(BARE, SIGNS[:3], id="outlines without a keyword")],
)
def test_finds_the_same(sieve: Sieve, names: Sequence[str], signs: Sequence[str], size: int) -> None:
    dice = random.Random(size)
    plain = default_detector(b"")
    # Whoever is told of each decision is told by a longer way.
    asked = plain._replace(observer=lambda *_: None)
    found = 0
    for text in [written(dice, names, signs, size) for _ in range(8)]:
        findings = scan_chunk(Chunk(text), asked)
        assert scan_chunk(Chunk(text), plain) == findings
        assert scan_chunk(Chunk(text), plain._replace(sieve=sieve)) == findings
        found += len(findings)
    assert found or names is BARE
