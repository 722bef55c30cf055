"""Turns random repositories into proof that no credential is missed and none invented, as raw objects tell them."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from agentguard_secrets import scan, sources
from agentguard_secrets.detect.fingerprint import fingerprint
from agentguard_secrets.model import Finding
from agentguard_secrets.protocol.prepush import RefUpdate
from tests.oracle import Objects, Place, added, is_repeated, names_added, values_in
from tests.random_repository import RandomRepository
from tests.test_git_index import KEY
from tests.test_git_merges import GIT

# More, longer and other repositories by variables: docs/git.md has them.
COMMITS = int(os.environ.get("AGENTGUARD_TEST_COMMITS", "60"))
SEED = int(os.environ.get("AGENTGUARD_TEST_SEED", "1"))
SEEDS = int(os.environ.get("AGENTGUARD_TEST_SEEDS", "2"))

Told = Counter[tuple[str, int, str]]


class Grown:
    """A random repository, what its objects say, and what was found in the index before each commit."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.staged: list[Told] = []
        self.random = RandomRepository(folder, seed, remerges_purely=GIT >= (2, 41))
        self.random.grow(COMMITS, before=self._look)
        self.values = frozenset(self.random.values)
        self.names = {fingerprint(value, KEY): value for value in self.values}
        self.objects = Objects(folder)

    def _look(self, grown: RandomRepository) -> None:
        found = scan(sources.from_index(grown.folder), key=KEY).findings
        self.staged.append(Counter((each.path, each.line, each.fingerprint) for each in found if each.path))

    def commits(self) -> list[str]:
        return [oid for oid, (kind, _) in self.objects.contents.items() if kind == "commit"]

    def added(self, commit: str) -> set[Place]:
        """What the commit adds; a merge of two only what it was given beyond git's own."""
        if commit not in self.random.merged:
            return added(self.objects, commit, self.values)
        files = self.objects.files(self.objects.commit(commit).tree)
        return {
            Place(commit, path, number, value)
            for path, value in self.random.merged[commit]
            for number, line in enumerate(self.objects.lines(path, files[path][1]), 1)
            if value in line
        }

    def told(self, findings: tuple[Finding, ...]) -> Counter[Place]:
        places = (
            Place(each.commit or "", each.path, each.line, self.names[each.fingerprint])
            for each in findings
            if each.origin in ("commit", "name") and each.path
        )
        return Counter(place for place in places if not is_repeated(self.objects, place))

    def expected(self) -> Counter[Place]:
        """What all commits add, but for values that stand twice in a file."""
        places = (place for commit in self.commits() for place in self.added(commit))
        return Counter(place for place in places if not is_repeated(self.objects, place))


@pytest.fixture(scope="module", params=range(SEED, SEED + SEEDS))
def grown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Grown:
    with pytest.MonkeyPatch.context() as patch:
        settings = tmp_path_factory.mktemp("home") / ".gitconfig"
        settings.write_text("[user]\n\tname = Test\n\temail = test@example.invalid\n")
        # Older git than 2.32 knows only the home.
        patch.setenv("HOME", str(settings.parent))
        patch.setenv("GIT_CONFIG_GLOBAL", str(settings))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        return Grown(tmp_path_factory.mktemp("grown"), request.param)


def pushed(grown: Grown) -> tuple[Finding, ...]:
    nothing = "0" * len(grown.random.head())
    updates = [RefUpdate(name, oid, name, nothing) for oid, name in grown.random.references()]
    return scan(sources.from_push(grown.folder, updates, remote="new"), key=KEY).findings


def test_a_push_tells_each_line_that_each_commit_adds(grown: Grown) -> None:
    expected = grown.expected()
    told = grown.told(pushed(grown))

    assert (told - expected, expected - told) == (Counter(), Counter())
    assert len(expected) > COMMITS / 4


def test_a_push_tells_names_people_and_messages(grown: Grown) -> None:
    texts = {
        (oid, value) for oid in grown.commits() for value in values_in(grown.objects.commit(oid).text, grown.values)
    }
    names = {
        each
        for oid in grown.commits()
        if oid not in grown.random.merged
        for each in names_added(grown.objects, oid, grown.values)
    }
    found = pushed(grown)
    told = {(each.commit, grown.names[each.fingerprint]) for each in found if not each.path and each.origin != "tag"}
    tags = {
        value
        for kind, raw in grown.objects.contents.values()
        if kind == "tag"
        for value in grown.values
        if value in raw.decode()
    }

    assert told == texts | names
    assert {grown.names[each.fingerprint] for each in found if each.origin == "tag"} == tags


def test_history_tells_each_version_once(grown: Grown) -> None:
    expected = grown.expected()
    findings = scan(sources.from_history(grown.folder), key=KEY).findings
    told = grown.told(findings)

    assert told - expected == Counter()
    assert {place.value for place in told} == {place.value for place in expected}
    assert {grown.names[each.fingerprint] for each in findings} == grown.values & reachable(grown)


def reachable(grown: Grown) -> set[str]:
    """Every value in a commit's files and texts and in the tags."""
    texts = [raw.decode("latin-1") for kind, raw in grown.objects.contents.values() if kind in ("commit", "tag")]
    found = {value for text in texts for value in values_in(text, grown.values)}
    for commit in grown.commits():
        for path, (_, blob) in grown.objects.files(grown.objects.commit(commit).tree).items():
            found |= values_in("\n".join(grown.objects.lines(path, blob)) + f"\n{path}", grown.values)
    return found


def test_the_index_tells_what_the_commit_will_add(grown: Grown) -> None:
    assert len(grown.random.made) == len(grown.staged) > COMMITS / 2
    for commit, staged in zip(grown.random.made, grown.staged, strict=True):
        told = Counter(
            {Place(commit, path, line, grown.names[name]): count for (path, line, name), count in staged.items()}
        )
        told = Counter({place: told[place] for place in told if not is_repeated(grown.objects, place)})
        want = Counter(place for place in grown.added(commit) if not is_repeated(grown.objects, place))

        assert (told - want, want - told) == (Counter(), Counter())
