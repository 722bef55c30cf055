"""Turns pairs of versions into proof that what a first look at a history leaves out holds nothing new."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from agentguard_secrets import sources
from agentguard_secrets.cli.pasts import chunks_of_history, far_words
from agentguard_secrets.cli.workers import Terms, scan_items
from agentguard_secrets.model import Chunk, Finding
from agentguard_secrets.rulebook.load import load_rules, rules_folder
from agentguard_secrets.sources.added import lines_beyond
from agentguard_secrets.sources.hunks import Hunk, added_by
from agentguard_secrets.sources.merges import Remerging
from agentguard_secrets.sources.suspects import NEAR, WIDE
from tests.making import sample
from tests.test_git_index import KEY, TEMPLATE, Git, commit
from tests.test_git_merges import GIT

TERMS = Terms(KEY, 32_000_000)
# So few kinds of lines that many stand twice, which is where a comparison has a choice.
_LINES = ("}\n", "\n", "x\n", "y\n", "long line\n")


def blob(folder: Path, git: Git, text: str) -> str:
    return git(folder, "hash-object", "-w", "--stdin", stdin=text).strip()


def hunks_of(folder: Path, git: Git, new: str | bytes, path: str = "file") -> tuple[Hunk, ...] | None:
    """What the patch of a commit shows that makes one file `new`."""
    commit(folder, git, **{path: new})
    (added,) = added_by(str(folder), [git(folder, "rev-parse", "HEAD").strip()])
    assert added.new == git(folder, "rev-parse", f"HEAD:{path}").strip()
    assert not added.hunks or added.path == path
    return added.hunks


def hunk_of(folder: Path, git: Git, old: str, new: str) -> Hunk:
    hunks_of(folder, git, old)
    found = hunks_of(folder, git, new)
    assert found is not None
    (hunk,) = found
    return hunk


@pytest.mark.parametrize("seed", range(4))
def test_the_lines_that_git_calls_new_are_those_of_the_excerpt(repository: Path, git: Git, seed: int) -> None:
    dice = random.Random(seed)
    before = [dice.choice(_LINES) for _ in range(12)]
    hunks_of(repository, git, "".join(before))
    compared = 0
    for _ in range(60):
        after = [line for line in before if dice.random() < 0.85]
        for _ in range(dice.randint(0, 3)):
            after.insert(dice.randint(0, len(after)), dice.choice([*_LINES, f"new {dice.random()}\n"]))
        old, new = "".join(before), "".join(after)[: None if dice.random() < 0.7 else -1]
        before = after
        if new == old:
            continue
        added = lines_beyond(str(repository), blob(repository, git, new), (blob(repository, git, old),), is_wide=False)
        excerpts = [hunk.excerpt(WIDE) for hunk in hunks_of(repository, git, new) or ()]
        told = {number for number in range(1, len(after) + 2) if number in added}

        assert told == (excerpts[0].added() if excerpts and excerpts[0] else frozenset())
        assert not excerpts or (excerpts[0] and excerpts[0].text.decode() == new.removesuffix("\n"))
        compared += bool(told)
        if new != "".join(after):
            hunks_of(repository, git, "".join(after))
    assert compared > 20


def test_an_excerpt_holds_as_much_around_what_is_new_as_is_asked_for(repository: Path, git: Git) -> None:
    lines = [f"a line that is as long as most are, {number}\n" for number in range(2000)]
    hunk = hunk_of(repository, git, "".join(lines), "".join([*lines[:1000], "one\n", "two\n", *lines[1000:]]))
    found = hunk.excerpt(NEAR)

    assert found is not None
    text = found.text.decode().split("\n")
    assert [text[number - 1] for number in sorted(found.added())] == ["one", "two"]
    above, _, below = found.text.partition(b"one\ntwo\n")
    assert NEAR <= len(above) < NEAR + 50
    assert NEAR - 1 <= len(below) < NEAR + 50
    assert hunk.excerpt(5000) is None


def test_what_stands_between_and_what_was_taken_away_is_no_margin(repository: Path, git: Git) -> None:
    lines = [f"a line that is as long as most are, {number}\n" for number in range(200)]
    after = [*lines[:80], "one\n", *lines[120:125], "two\n", *lines[125:]]
    found = hunk_of(repository, git, "".join(lines), "".join(after)).excerpt(NEAR)

    assert found is not None
    assert f"{''.join(lines[60:80])}one\n{''.join(lines[120:125])}two\n" in found.text.decode()
    assert "as most are, 100" not in found.text.decode()


def test_lines_that_make_up_one_encoded_text_are_not_cut(repository: Path, git: Git) -> None:
    around = "".join(f"words and words and words {number}\n" for number in range(100))
    run = "".join(f"{'A' * 60}{number:04}\n" for number in range(40))
    whole = f"{around}begin\n{run}end\n{around}"
    found = hunk_of(repository, git, whole.replace("0020\n", "0000\n"), whole).excerpt(NEAR)
    assert found is not None
    text = found.text.decode()
    assert f"{'A' * 60}0000\n" in text
    assert f"{'A' * 60}0039\n" in text

    longer = "".join(f"{'A' * 60}{number:04}\n" for number in range(500))
    assert hunk_of(repository, git, longer.replace("0250\n", "0000\n"), longer).excerpt(NEAR) is None


@pytest.mark.parametrize(
    ("content", "is_shown"),
    [(b"plain text\n", True), (b"a picture\0\n", False), (b"", True), (b"x" * 100, True)],
)
def test_what_has_no_lines_is_not_compared(repository: Path, git: Git, content: bytes, is_shown: bool) -> None:
    assert (hunks_of(repository, git, content) is not None) == is_shown


def test_odd_names_are_read(repository: Path, git: Git) -> None:
    for name in ("with space", 'quo"te', "tab\tname", "ümlaut", " x y "):
        found = hunks_of(repository, git, f"{name}\n", path=name)
        assert found is not None
        assert len(found) == 1


def test_a_setting_for_empty_lines_changes_nothing(repository: Path, git: Git) -> None:
    git(repository, "config", "diff.suppressBlankEmpty", "true")
    git(repository, "config", "diff.noprefix", "false")
    found = hunk_of(repository, git, "one\n\ntwo\n", "one\n\nnew\ntwo\n").excerpt(NEAR)
    assert found is not None
    assert found.text == b"one\n\nnew\ntwo"
    assert found.added() == {3}


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
    lines = [f"some more words of line {number}" for number in range(400)]
    lines[200] = f"token = '{sample(TEMPLATE)}'"
    for number in range(10):
        lines[390] = f"another word {number}"
        commit(repository, git, file="\n".join(lines))

    chunks = list(chunks_of_history(repository, terms=TERMS, jobs=1, told=lambda *_: None, much=0))

    assert len([each for each in sources.from_history(repository) if getattr(each, "path", "") == "file"]) == 10
    assert len([each for each in chunks if getattr(each, "path", "") == "file"]) == 1


def test_several_workers_look_at_the_same(repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentguard_secrets.cli.pasts._SLICE", 2)
    for number in range(6):
        commit(repository, git, **{f"file{number}": f"one\ntoken = '{sample(TEMPLATE)}'\n", "other": f"{number}\n"})

    assert len(found_in(repository, looking_first=True, jobs=2)) == 6


def test_a_version_is_told_where_it_comes_back_if_git_would_have_merged_it_itself(repository: Path, git: Git) -> None:
    """Of such a merge nothing is told, so a later commit may be the first that brings its versions."""
    lines = [f"line {number}\n" for number in range(30)]
    commit(repository, git, file="".join(lines))
    main = git(repository, "branch", "--show-current").strip()
    git(repository, "checkout", "--quiet", "-b", "side")
    commit(repository, git, file="".join([*lines, f"token = '{sample(TEMPLATE)}'\n"]))
    git(repository, "checkout", "--quiet", main)
    commit(repository, git, file="".join(["first\n", *lines]))
    git(repository, "merge", "--quiet", "--no-edit", "side")
    merged = (repository / "file").read_text()
    commit(repository, git, file="nothing\n")
    commit(repository, git, file=merged)

    plain = found_in(repository, looking_first=False)

    assert len({each.commit for each in plain}) == 2
    assert found_in(repository, looking_first=True) == plain


def test_only_commits_that_bring_something_worth_telling_are_asked_about(repository: Path, git: Git) -> None:
    (repository / "link").symlink_to("a")
    git(repository, "add", "link")
    commit(repository, git, file="one\n")
    asked = [git(repository, "rev-parse", "HEAD").strip()]
    for number in range(5):
        commit(repository, git, file=f"{number}\n")
    commit(repository, git, file=f"token = '{sample(TEMPLATE)}'\n")
    asked.append(git(repository, "rev-parse", "HEAD").strip())
    (repository / "link").unlink()
    (repository / "link").symlink_to("b")
    git(repository, "add", "link")
    commit(repository, git, file="other\n")
    asked.append(git(repository, "rev-parse", "HEAD").strip())
    told: list[int] = []

    def tell(at: int, total: int) -> None:
        told.append(at * 100 // total)

    chunks = list(chunks_of_history(repository, terms=TERMS, jobs=1, told=tell, much=0))

    commits = [each.commit for each in chunks if isinstance(each, Chunk) and each.commit]
    assert list(dict.fromkeys(commits)) == asked
    # The first step tells of all commits at once, the second of each that it asks about.
    assert told == [50, 62, 81, 100]


def test_rules_that_look_far_are_few() -> None:
    """Whoever makes the margins smaller has whole files looked at that need not be."""
    far = far_words(TERMS)
    assert len(far.beyond_near) < 40
    assert len(far.beyond_wide) < 20
    assert "private key-----" in far.beyond_wide
    assert "begin openssh private key-----" in far.beyond_near


def lose(repository: Path, git: Git, name: str) -> None:
    """Take an object away, and the file that git would read instead."""
    oid = git(repository, "rev-parse", name).strip()
    repository.joinpath(name.partition(":")[2]).unlink()
    repository.joinpath(".git", "objects", oid[:2], oid[2:]).unlink()


@pytest.mark.parametrize("lost", ["HEAD~2:file", "HEAD~1:other"])
def test_a_missing_object_costs_no_finding_and_no_whole_look_at_the_rest(repository: Path, git: Git, lost: str) -> None:
    lines = [f"some more words of line {number}" for number in range(400)]
    commit(repository, git, file="words\n", big="\n".join(lines))
    commit(repository, git, file=f"token = '{sample(TEMPLATE)}'\n", other="one\n")
    commit(repository, git, big="\n".join([*lines, "one more"]))
    lose(repository, git, lost)

    assert [each.path for each in found_in(repository, looking_first=True)] == ["file"]
    chunks = list(chunks_of_history(repository, terms=TERMS, jobs=1, told=lambda *_: None, much=0))
    assert "big" not in {getattr(each, "path", "") for each in chunks}


def test_what_a_merge_adds_is_looked_at_where_an_object_is_missing_later(repository: Path, git: Git) -> None:
    commit(repository, git, file="one\ntwo\nthree\n")
    main = git(repository, "branch", "--show-current").strip()
    git(repository, "checkout", "--quiet", "-b", "side")
    commit(repository, git, file="one\nside\nthree\n")
    git(repository, "checkout", "--quiet", main)
    commit(repository, git, file="one\nmain\nthree\n")
    git(repository, "merge", "--no-commit", "-s", "ours", "side")
    commit(repository, git, file=f"one\ntoken = '{sample(TEMPLATE)}'\nthree\n")
    # More than what git keeps to itself until it is told all, so that the merge is told before git stops.
    commit(repository, git, large="".join(f"line {number} of many\n" for number in range(200_000)))
    commit(repository, git, lost="lost\n")
    lose(repository, git, "HEAD:lost")

    assert [(each.path, each.line) for each in found_in(repository, looking_first=True)] == [("file", 2)]


def test_text_whose_bytes_became_characters_in_pairs_is_looked_at(repository: Path, git: Git) -> None:
    raw = f"token = '{sample(TEMPLATE)}' ".encode()
    paired = raw[: len(raw) // 2 * 2].decode("utf-16-le")
    commit(repository, git, file="words\n")
    commit(repository, git, file=f"{paired}\n")

    plain = found_in(repository, looking_first=False)
    assert len(plain) == 1
    assert found_in(repository, looking_first=True) == plain


def test_a_word_far_above_makes_all_later_versions_worth_a_look(repository: Path, git: Git) -> None:
    lines = [f"some more words of line {number}" for number in range(3000)]
    commit(repository, git, file="\n".join(["kind: Secret", *lines]))
    for number in range(3):
        lines[2500] = f"another word {number}"
        commit(repository, git, file="\n".join(["kind: Secret", *lines]))

    chunks = chunks_of_history(repository, terms=TERMS, jobs=1, told=lambda *_: None, much=0)
    assert len([each for each in chunks if getattr(each, "path", "") == "file"]) == 4


@pytest.mark.parametrize("looking_first", [True, False])
def test_what_a_merge_makes_itself_is_found_and_only_then_merged_again(
    repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch, looking_first: bool
) -> None:
    commit(repository, git, file="one\ntwo\nthree\n", other="one\n")
    main = git(repository, "branch", "--show-current").strip()
    git(repository, "checkout", "--quiet", "-b", "side")
    commit(repository, git, file="one\nside\nthree\n", other="side\n")
    git(repository, "checkout", "--quiet", main)
    commit(repository, git, file="one\nmain\nthree\n", other="main\n")
    for number in range(2):
        git(repository, "merge", "--no-commit", "-s", "ours", "side")
        value = f"token = '{sample(TEMPLATE)}'" if number else "both"
        commit(repository, git, file=f"one\n{value}\nthree\n")
        git(repository, "checkout", "--quiet", "-B", "side", "side")
        commit(repository, git, other=f"side again {number}\n")
        git(repository, "checkout", "--quiet", main)
    merged: list[str] = []

    def counted(merge: str, *rest: Any) -> Any:
        merged.append(merge)
        return Remerging(merge, *rest)

    monkeypatch.setattr("agentguard_secrets.sources.commits.Remerging", counted)

    assert [(each.path, each.line) for each in found_in(repository, looking_first=looking_first)] == [("file", 2)]
    # Older git cannot compare with what it would merge itself.
    assert len(merged) == (0 if GIT < (2, 36) else 1 if looking_first else 2)
