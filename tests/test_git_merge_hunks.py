"""Turns random merges into proof that what is shown of each is all that any of its parents lacks."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from agentguard_secrets.cli.pasts import chunks_of_history
from agentguard_secrets.sources.added import lines_beyond
from agentguard_secrets.sources.hunks import Added, added_by
from agentguard_secrets.sources.suspects import NEAR
from tests.making import sample
from tests.test_git_excerpts import TERMS, found_in
from tests.test_git_index import TEMPLATE, Git, commit

# Contents that look like marks, rows of which git would make another column.
_LINES = ("}", "", "+ x", "- y", "  z", "++", "--", "@@@ -1 -1 +1 @@@")


def changed(dice: random.Random, lines: list[str]) -> list[str]:
    """The lines with some taken out, and some put in, at about one place."""
    after = list(lines)
    place = dice.randint(0, len(after))
    for _ in range(dice.randint(1, 4)):
        at = max(0, min(len(after), place + dice.randint(-5, 5)))
        del after[at : at + dice.randint(0, 2)]
        after.insert(at, dice.choice([*_LINES, f"new {dice.random()}"]))
    return after


def content(dice: random.Random, lines: list[str]) -> str:
    return "\n".join(lines) + "\n" * dice.randint(0, 1)


def merged(folder: Path, git: Git, parents: list[str], name: str, text: str) -> str:
    """Return a merge of commits that makes the file what nobody can have meant."""
    git(folder, "checkout", "--quiet", parents[0])
    (folder / name).write_text(text)
    git(folder, "add", name)
    tree = git(folder, "write-tree").strip()
    words = [word for parent in parents for word in ("-p", parent)]
    return git(folder, "commit-tree", "-m", "merged", *words, tree).strip()


def branches(folder: Path, git: Git, dice: random.Random, name: str, count: int) -> tuple[list[str], list[list[str]]]:
    """Return commits that all change the file of one another way, and its lines in each."""
    usual = dice.choice(("short", "a line that is as long as most others are"))
    lines = [f"{usual} {number}" for number in range(dice.choice((5, 600)))]
    lines = [line if dice.random() < 0.8 else dice.choice(_LINES) for line in lines]
    commit(folder, git, **{name: content(dice, lines)})
    base = git(folder, "rev-parse", "HEAD").strip()
    commits, versions = [], []
    for _ in range(count):
        git(folder, "checkout", "--quiet", base)
        versions.append(changed(dice, lines))
        commit(folder, git, **{name: content(dice, versions[-1]) + f"{len(versions)}"})
        commits.append(git(folder, "rev-parse", "HEAD").strip())
    return commits, versions


@pytest.mark.parametrize("seed", range(6))
def test_the_new_lines_of_a_merge_are_those_that_any_parent_lacks(repository: Path, git: Git, seed: int) -> None:
    dice = random.Random(seed)
    compared = cut = 0
    for _ in range(12):
        name = dice.choice(["file", 'a "name"', "n\u00e4me"])
        commits, versions = branches(repository, git, dice, name, dice.choice((2, 2, 3)))
        text = content(dice, changed(dice, dice.choice(versions)))
        merge = merged(repository, git, commits, name, text)
        (found,) = added_by(str(repository), [merge])
        oids = [git(repository, "rev-parse", f"{each}:{name}").strip() for each in (merge, *commits)]
        assert (found.path, found.new, found.olds) == (name, oids[0], tuple(oids[1:]))

        lacking = [lines_beyond(str(repository), oids[0], (old,), is_wide=False) for old in oids[1:]]
        lines = text.removesuffix("\n").split("\n")
        assert new_lines(found) == {
            number for number in range(1, len(lines) + 1) if any(number in each for each in lacking)
        }
        compared += len(new_lines(found))
        cut += check_excerpts(found, lines)
    assert compared > 20
    assert cut > 0


def new_lines(found: Added) -> set[int]:
    assert found.hunks is not None
    marks = {hunk.line: hunk.body.split(b"\n")[1:] for hunk in found.hunks}
    return {first + at for first, lines in marks.items() for at, line in enumerate(lines) if line.startswith(b"+")}


def check_excerpts(found: Added, lines: list[str]) -> int:
    """Compare each excerpt with the lines of the file; return of how many something was cut."""
    cut = 0
    for hunk in found.hunks or ():
        body = [line[1:].decode() for line in hunk.body.split(b"\n")[1:]]
        assert body == lines[hunk.line - 1 :][: len(body)]
        excerpt = hunk.excerpt(NEAR)
        if excerpt is None:
            continue
        told = excerpt.text.decode().split("\n")
        start = next(at for at in range(len(lines)) if lines[at : at + len(told)] == told and fits(hunk.line, at, body))
        before = len("\n".join(told[: excerpt.marks.index(b"+")]).encode())
        behind = len("\n".join(told[excerpt.marks.rindex(b"+") + 1 :]).encode())
        assert start == 0 or before + 1 >= NEAR
        assert start + len(told) == len(lines) or behind + 1 >= NEAR
        cut += len(told) < len(lines)
    return cut


def fits(line: int, at: int, body: list[str]) -> bool:
    return line - 1 <= at < line - 1 + len(body)


@pytest.mark.parametrize("parents", [2, 3])
def test_a_line_that_one_parent_took_out_is_new_again(repository: Path, git: Git, parents: int) -> None:
    value = f"token = '{sample(TEMPLATE)}'"
    lines = [f"line {number}" for number in range(300)]
    commit(repository, git, file="\n".join([*lines, value, "end"]))
    base = git(repository, "rev-parse", "HEAD").strip()
    commits = []
    for number in range(parents):
        git(repository, "checkout", "--quiet", base)
        kept = [] if number == 0 else [value]
        middle = [*lines[: 20 * number], f"{number}", *lines[20 * number :]]
        commit(repository, git, file="\n".join([*middle, *kept, "end"]))
        commits.append(git(repository, "rev-parse", "HEAD").strip())
    merge = merged(repository, git, commits, "file", "\n".join([*lines, "changed", value, "end"]))
    git(repository, "update-ref", "refs/heads/merge", merge)

    plain = found_in(repository, looking_first=False)

    assert found_in(repository, looking_first=True) == plain
    assert merge in {each.commit for each in plain}


def test_all_versions_are_worth_a_look_where_one_before_a_merge_is_marked(repository: Path, git: Git) -> None:
    lines = [f"some more words of line {number}" for number in range(3000)]
    commit(repository, git, file="\n".join(["kind: Secret", *lines]))
    base = git(repository, "rev-parse", "HEAD").strip()
    commits = []
    for number in (100, 2900):
        git(repository, "checkout", "--quiet", base)
        lines[number] = "another word"
        commit(repository, git, file="\n".join(["kind: Secret", *lines]))
        commits.append(git(repository, "rev-parse", "HEAD").strip())
        lines[number] = f"some more words of line {number}"
    lines[1000] = "a word of the merge"
    merge = merged(repository, git, commits, "file", "\n".join(["kind: Secret", *lines]))
    git(repository, "checkout", "--quiet", merge)
    lines[2000] = "a word behind the merge"
    commit(repository, git, file="\n".join(["kind: Secret", *lines]))

    chunks = chunks_of_history(repository, terms=TERMS, jobs=1, told=lambda *_: None, much=0)
    assert [getattr(each, "path", "") for each in chunks].count("file") == 5
