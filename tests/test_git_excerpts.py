"""Turns pairs of versions into proof that what a first look at a history leaves out holds nothing new."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from agentguard_secrets import sources
from agentguard_secrets.cli.pasts import chunks_of_history
from agentguard_secrets.cli.workers import Terms, scan_items
from agentguard_secrets.detect.engine import rule_of
from agentguard_secrets.detect.table import RULES
from agentguard_secrets.model import Finding
from agentguard_secrets.rulebook.load import load_rules, rules_folder
from agentguard_secrets.sources.added import lines_beyond
from agentguard_secrets.sources.excerpt import NEAR, WIDE, changed_part, excerpt
from tests.making import sample
from tests.test_git_index import KEY, TEMPLATE, Git, commit

TERMS = Terms(KEY, 32_000_000)
# So few kinds of lines that many stand twice, which is where a comparison has a choice.
_LINES = ("}\n", "\n", "x\n", "y\n", "long line\n")


def blob(folder: Path, git: Git, text: str) -> str:
    return git(folder, "hash-object", "-w", "--stdin", stdin=text).strip()


@pytest.mark.parametrize("seed", range(4))
def test_each_line_that_git_calls_new_is_in_the_part(repository: Path, git: Git, seed: int) -> None:
    dice = random.Random(seed)
    before = [dice.choice(_LINES) for _ in range(12)]
    compared = 0
    for _ in range(60):
        after = [line for line in before if dice.random() < 0.85]
        for _ in range(dice.randint(0, 3)):
            after.insert(dice.randint(0, len(after)), dice.choice([*_LINES, f"new {dice.random()}\n"]))
        old, new = "".join(before), "".join(after)[: None if dice.random() < 0.7 else -1]
        added = lines_beyond(str(repository), blob(repository, git, new), (blob(repository, git, old),), is_wide=False)
        part = changed_part(new.encode(), old.encode())
        first, last = (0, 0) if part is None else (new.count("\n", 0, part[0]) + 1, new.count("\n", 0, part[1]) + 1)

        told = [number for number in range(1, len(after) + 2) if number in added] if new != old else []
        assert all(first <= number <= last for number in told), (old, new, told, part)
        compared += bool(told)
        before = after
    assert compared > 20


def test_an_excerpt_says_which_of_its_lines_are_new() -> None:
    lines = [f"line {number}\n" for number in range(2000)]
    new = "".join([*lines[:1000], "one\n", "two\n", *lines[1000:]]).encode()
    part = changed_part(new, "".join(lines).encode())
    assert part is not None
    found = excerpt(new, *part, NEAR)

    text = new[found.start : found.end].decode()
    assert text.split("\n")[found.first - 1 : found.last - 1] == ["one", "two"]
    assert NEAR <= part[0] - found.start < NEAR + 20
    assert NEAR <= found.end - part[1] < NEAR + 20


def test_lines_that_make_up_one_encoded_text_are_not_cut() -> None:
    run = "".join(f"{'A' * 60}{number:04}\n" for number in range(500))
    new = f"begin\n{run}end\n".encode()
    part = changed_part(new, new.replace(b"0250\n", b"0000\n"))
    assert part is not None
    found = excerpt(new, *part, NEAR)

    assert new[found.start : found.end].decode().startswith(f"{'A' * 60}0000\n")
    assert new[found.start : found.end].decode().endswith(("0499\n", "0499\nend\n"))


def found_in(folder: Path, *, looking_first: bool, jobs: int = 1) -> list[Finding]:
    chunks = (
        chunks_of_history(folder, terms=TERMS, jobs=jobs, told=lambda *_: None, much=0)
        if looking_first
        else sources.from_history(folder)
    )
    return list(scan_items(chunks, terms=TERMS, jobs=1, advance=lambda _: None).findings)


def grown_file(dice: random.Random, lines: list[str], texts: list[str]) -> list[str]:
    """The file with one to four of: lines taken out, a text put in, a text moved."""
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(lines))
        kind = dice.random()
        if kind < 0.3:
            del lines[at : at + dice.randint(1, 3)]
        elif kind < 0.45:
            moved = lines[at : at + dice.randint(1, 6)]
            del lines[at : at + len(moved)]
            place = dice.randint(0, len(lines))
            lines[place:place] = moved
        elif kind < 0.8:
            lines[at:at] = dice.choice(texts).split("\n")
        else:
            lines.insert(at, f"value {dice.random()}")
    return lines


@pytest.mark.parametrize("seed", range(2))
def test_looking_at_what_changed_first_finds_the_same(repository: Path, git: Git, seed: int) -> None:
    dice = random.Random(seed)
    rules = dice.sample([rule for rule in load_rules(rules_folder()) if rule.kind == "token"], 40)
    texts = [sample(each) for rule in rules for each in rule.samples] + [f"token = '{sample(TEMPLATE)}'"] * 20
    lines = [f"def function_{number}(argument): return argument * {number}" for number in range(400)]
    for _ in range(25):
        lines = grown_file(dice, lines, texts)
        commit(repository, git, **{"file.py": "\n".join(lines)})

    plain = found_in(repository, looking_first=False)

    assert len(plain) > 12
    assert found_in(repository, looking_first=True) == plain


def test_most_versions_are_not_looked_at_as_a_whole(repository: Path, git: Git) -> None:
    lines = [f"word {number}" for number in range(400)]
    lines[200] = f"token = '{sample(TEMPLATE)}'"
    for number in range(10):
        lines[390] = f"another word {number}"
        commit(repository, git, file="\n".join(lines))

    chunks = list(chunks_of_history(repository, terms=TERMS, jobs=1, told=lambda *_: None, much=0))

    assert len([each for each in sources.from_history(repository) if getattr(each, "path", "") == "file"]) == 10
    assert len([each for each in chunks if getattr(each, "path", "") == "file"]) == 1


def test_several_workers_look_at_the_same(repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentguard_secrets.sources.versions._SLICE", 2)
    for number in range(6):
        commit(repository, git, **{f"file{number}": f"one\ntoken = '{sample(TEMPLATE)}'\n", "other": f"{number}\n"})

    assert len(found_in(repository, looking_first=True, jobs=2)) == 6


def test_rules_that_look_far_are_few() -> None:
    """Whoever makes the margins smaller has whole files looked at that need not be."""
    reaches = [rule_of(row).reach for row in RULES]
    assert sum(reach is None or reach > NEAR - 200 for reach in reaches) < 80
    assert sum(reach is None or reach > WIDE - 200 for reach in reaches) < 40
