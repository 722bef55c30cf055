"""Turns what commits add into the few versions of files that may hold a finding on a line that is new in them.

A history is mostly the same lines over and over. What changed is looked at with its surroundings, many changes at once;
only where that holds something is the whole file worth a look. Whatever is not plain text is worth one, too: this never
says no where it does not know.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Sequence
from tempfile import TemporaryFile

from agentguard_secrets._record import Record
from agentguard_secrets.detect.prefilter import unfolded_bytes
from agentguard_secrets.detect.unwrap import may_be_paired
from agentguard_secrets.detect.words import finder_of
from agentguard_secrets.errors import SourceError
from agentguard_secrets.sources.changes import Change, parse_raw_with_deletions
from agentguard_secrets.sources.commits import COMBINED, texts_of
from agentguard_secrets.sources.contents import is_container
from agentguard_secrets.sources.hunks import Added, Excerpt, added_by
from agentguard_secrets.sources.largefiles import is_pointer
from agentguard_secrets.sources.repository import command, environment, open_repository
from agentguard_secrets.sources.walking import contents_of, tokens_for

# In bytes, before and behind what is new: most rules look no further than the first, few further than the second.
NEAR, WIDE = 900, 2400
# As many bytes are looked at together.
_TOGETHER = 512 * 1024
_BEGINNING = 256
# A zip is told by its end, whatever stands before it.
_ZIP_END = b"PK\x05\x06"
_BOM = b"\xef\xbb\xbf"

# Says of each of many excerpts whether it may hold a finding on a new line.
HoldsAny = Callable[[Sequence[Excerpt]], Sequence[bool]]


class FarWords(Record):
    """The words, in lower case, of rules that look further than an excerpt with the margin NEAR, or WIDE, reaches."""

    beyond_near: tuple[str, ...]
    beyond_wide: tuple[str, ...]


class Looked(Record):
    """What was seen in some commits: in their order each version of a file with what each parent had there and the
    commit that brought it, and `again` those that others of these commits brought, too; the `suspects` among them, and
    among the commits themselves; the `marked` ones, whose later versions are suspects, too, whatever they change; and
    the commits that are `told` for a name or a link."""

    versions: tuple[tuple[str, tuple[str, ...], str], ...]
    again: tuple[tuple[str, str], ...]
    suspects: frozenset[str]
    marked: frozenset[str]
    told: frozenset[str]


class Suspects(Record):
    """What is worth telling as a whole: the ids of versions of files and of commits, for their texts; and all
    `commits` that bring one of these, a new name or a link: the others need not be asked."""

    ids: frozenset[bytes]
    commits: frozenset[bytes]


def look_at(folder: str, commits: Iterable[str], *, holds_any: HoldsAny, far: FarWords) -> Looked:
    """Return what has to be looked at as a whole of what `commits` add, parents first. Raises SourceError."""
    look = _Look(holds_any, far)
    told = list(commits)
    try:
        look.through(added_by(folder, told))
    except SourceError:
        # Git stops where an object is missing; what it told before that was looked at.
        complete, versions = _without_missing(folder, told)
        look.through(added_by(folder, complete))
        for new, olds, commit in versions:
            look.give_up(new, olds, commit)
    for commit, content in zip(told, contents_of(folder, told), strict=True):
        look.at_texts_of(commit, content)
    return look.result()


def all_suspects(looks: Iterable[Looked]) -> Suspects:
    """Return what is to be looked at as a whole. `looks` are those of all commits in their order; each is asked for
    once, and not kept."""
    suspects, marked, told = set[bytes](), set[bytes](), set[bytes]()
    brought_by: dict[bytes, bytes] = {}
    again: list[tuple[bytes, bytes]] = []
    for looked in looks:
        suspects.update(map(bytes.fromhex, looked.suspects))
        marked.update(map(bytes.fromhex, looked.marked))
        told.update(map(bytes.fromhex, looked.told))
        again += [(bytes.fromhex(new), bytes.fromhex(commit)) for new, commit in looked.again]
        for new, olds, commit in looked.versions:
            version, by = bytes.fromhex(new), bytes.fromhex(commit)
            before = [bytes.fromhex(old) for old in olds]
            if version in brought_by:
                again.append((version, by))
            else:
                brought_by[version] = by
            # What was there before was not seen: nothing is known of the rest of the file.
            if not (marked.isdisjoint(before) and all(old in brought_by for old in before)):
                marked.add(version)
    ids = suspects | marked
    # What is no version of a file is a commit.
    told.update(brought_by.get(each, each) for each in ids)
    told.update(commit for version, commit in again if version in ids)
    return Suspects(frozenset(ids), frozenset(told))


def _without_missing(folder: str, commits: list[str]) -> tuple[list[str], list[tuple[str, tuple[str, ...], str]]]:
    """Return the commits of which git has everything that it compares, and what the others add, with what was there,
    and which of them does."""
    changes = list(parse_raw_with_deletions(tokens_for(open_repository(folder), ["diff-tree", *COMBINED], commits)))
    oids = dict.fromkeys(oid for _, change in changes for oid in _compared(change))
    missing = _missing(folder, list(oids))
    lacking = {commit for commit, change in changes if not missing.isdisjoint(_compared(change))}
    versions = [
        (change.new.oid, tuple(old.oid for old in change.olds), commit)
        for commit, change in changes
        if commit in lacking
    ]
    return [commit for commit in commits if commit not in lacking], versions


def _compared(change: Change) -> list[str]:
    sides = (change.new, *change.olds)
    return [side.oid for side in sides if not (side.is_gone() or side.is_submodule())]


def _missing(folder: str, oids: list[str]) -> set[str]:
    with TemporaryFile() as question:
        question.write("".join(f"{oid}\n" for oid in oids).encode("ascii"))
        question.seek(0)
        run = command(folder, "cat-file", "--batch-check", "--buffer")
        done = subprocess.run(run, env=environment(), stdin=question, capture_output=True, check=False)
    told = (line.split() for line in done.stdout.decode("ascii").splitlines())
    return set(oids) - {words[0] for words in told if len(words) == 3}


class _Look:
    """What is to be looked at together, and what is known by now."""

    def __init__(self, holds_any: HoldsAny, far: FarWords) -> None:
        self._holds_any = holds_any
        self._needs_wide, self._needs_all = finder_of(far.beyond_near), finder_of(far.beyond_wide)
        self._versions: dict[str, tuple[tuple[str, ...], str]] = {}
        self._again: list[tuple[str, str]] = []
        self._suspects, self._marked, self._told = set[str](), set[str](), set[str]()
        self._waiting: list[tuple[str, Excerpt]] = []
        self._size = 0

    def through(self, every: Iterable[Added]) -> None:
        """Look at everything. What was told before is passed over."""
        for added in every:
            if added.is_told:
                self._told.add(added.commit)
            if added.new and self._is_new(added.new, added.olds, added.commit):
                self._at(added)

    def _is_new(self, new: str, olds: tuple[str, ...], commit: str) -> bool:
        if new in self._versions:
            self._again.append((new, commit))
            return False
        self._versions[new] = olds, commit
        return True

    def give_up(self, new: str, olds: tuple[str, ...], commit: str) -> None:
        """Take down that nothing can be said of a version, nor of the names that its commit brings."""
        self._told.add(commit)
        if self._is_new(new, olds, commit):
            self._marked.add(new)

    def _at(self, added: Added) -> None:
        hunks = added.hunks
        if hunks is None or any(
            not _is_plain(hunk.body) or self._needs_all(unfolded_bytes(hunk.body)) for hunk in hunks
        ):
            self._marked.add(added.new)
            return
        excerpts = []
        for hunk in hunks:
            found = hunk.excerpt(WIDE if self._needs_wide(unfolded_bytes(hunk.body)) else NEAR)
            if found is None:
                self._suspects.add(added.new)
                return
            if hunk.line <= 1 and _is_special(found.text, added.path):
                self._marked.add(added.new)
                return
            excerpts.append(found)
        for found in excerpts:
            self._wait(added.new, found)

    def at_texts_of(self, commit: str, content: bytes | None) -> None:
        """Look at the message of a commit, and at the names of its people."""
        texts = () if content is None else texts_of(content)
        if not texts or not all(map(_is_plain, texts)):
            self._suspects.add(commit)
            return
        for text in texts:
            whole = text.removeprefix(_BOM)
            self._wait(commit, Excerpt(whole, b"+" * (whole.count(b"\n") + 1)))

    def result(self) -> Looked:
        """Return all that was seen."""
        self._look()
        versions = tuple((new, *brought) for new, brought in self._versions.items())
        sets = map(frozenset, (self._suspects, self._marked, self._told))
        return Looked(versions, tuple(self._again), *sets)

    def _wait(self, oid: str, excerpt: Excerpt) -> None:
        self._waiting.append((oid, excerpt))
        self._size += len(excerpt.text)
        if self._size >= _TOGETHER:
            self._look()

    def _look(self) -> None:
        excerpts = [excerpt for _, excerpt in self._waiting]
        answers = zip(self._waiting, self._holds_any(excerpts), strict=True)
        self._suspects |= {oid for (oid, _), holds_any in answers if holds_any}
        self._waiting, self._size = [], 0


def _is_plain(content: bytes) -> bool:
    """Say whether this is text in UTF-8 whose lines are those that git sees."""
    if b"\0" in content or _ZIP_END in content or (b"\r" in content and content.rfind(b"\n") <= 0):
        return False
    if not content.isascii():
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            return False
    return True


def _is_special(start: bytes, path: str) -> bool:
    """Say whether a file that begins like this is no text, stands for another one or holds one in pairs of bytes."""
    beginning = start[:_BEGINNING].decode("utf-8", "ignore")
    return is_container(start, path) or is_pointer(start) or may_be_paired(beginning)
