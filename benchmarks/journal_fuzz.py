"""Tampers with a journal at random, thousands of times, and counts what `journal verify` does not name.

    python benchmarks/journal_fuzz.py [--rounds 10000] [--seed 1]

Edits of bytes, edits of lines, lines taken out, ends cut off, swaps, replays of single lines, and a whole older journal
put back with its genuine head. The last can only be told from outside: the proof is given what an anchor was told.
Exit status 1 when a change was not found, or not named as what it was.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from agentguard_secrets.model import AuditEvent
from agentguard_secrets.state.folders import journal_file
from agentguard_secrets.state.journal import append
from agentguard_secrets.state.journalline import End
from agentguard_secrets.state.journalproof import verify

LENGTH = 12
Lines = list[bytes]
Tamper = Callable[[Lines, random.Random], Lines]


def edit_byte(lines: Lines, chance: random.Random) -> Lines:
    """One byte becomes another one."""
    whole = bytearray(b"".join(lines))
    place = chance.randrange(len(whole))
    whole[place] ^= chance.randrange(1, 256)
    return [bytes(whole)]


def edit_word(lines: Lines, chance: random.Random) -> Lines:
    """A verdict, a rule or a path says something else."""
    at = chance.randrange(len(lines))
    old, new = chance.choice([(b'"deny"', b'"allow"'), (b"github-pat", b"nothing"), (b".txt", b".md")])
    return [*lines[:at], lines[at].replace(old, new, 1), *lines[at + 1 :]]


def take_out(lines: Lines, chance: random.Random) -> Lines:
    """Lines are taken out before the last one."""
    begin = chance.randrange(len(lines) - 1)
    return lines[:begin] + lines[chance.randrange(begin + 1, len(lines)) :]


def cut_off(lines: Lines, chance: random.Random) -> Lines:
    """The end is cut off, between lines or within one."""
    whole = b"".join(lines)
    return [whole[: chance.randrange(len(whole))]]


def cut_lines(lines: Lines, chance: random.Random) -> Lines:
    """The end is cut off between two lines."""
    return lines[: chance.randrange(len(lines))]


def swap(lines: Lines, chance: random.Random) -> Lines:
    """Two lines change places."""
    first, second = chance.sample(range(len(lines)), 2)
    changed = list(lines)
    changed[first], changed[second] = changed[second], changed[first]
    return changed


def replay(lines: Lines, chance: random.Random) -> Lines:
    """A genuine line stands a second time somewhere behind itself."""
    at = chance.randrange(len(lines))
    to = chance.randrange(at + 1, len(lines) + 1)
    return [*lines[:to], lines[at], *lines[to:]]


# The names that fit; a byte in the key's name or in a line end makes another truth than "edited".
TAMPERINGS: dict[str, tuple[Tamper, set[str]]] = {
    "edit of a byte": (edit_byte, {"edited", "key", "torn"}),
    "edit of a word": (edit_word, {"edited"}),
    "lines taken out": (take_out, {"missing"}),
    "cut within or between lines": (cut_off, {"truncated", "torn"}),
    "cut between lines": (cut_lines, {"truncated"}),
    "swap of two lines": (swap, {"reordered"}),
    "replay of a line": (replay, {"repeated"}),
}


def main() -> int:
    """Print how many of each kind were found and named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, XDG_STATE_HOME=home)
        outcome = tampered(arguments.rounds, random.Random(arguments.seed))
    for (name, what), count in sorted(outcome.items()):
        print(f"{count:6}  {what:10}  {name}")
    return 0 if {what for _name, what in outcome} == {"named"} else 1


def tampered(rounds: int, chance: random.Random) -> Counter[tuple[str, str]]:
    """How often each kind of change was named, found under another name, or not found."""
    states, ends = history()
    journal, head = Path(journal_file()), Path(f"{journal_file()}.head")
    outcome: Counter[tuple[str, str]] = Counter()
    for _ in range(rounds):
        name = chance.choice([*TAMPERINGS, "replay of an older journal"])
        whole, whole_head = states[-1]
        if name in TAMPERINGS:
            change, fitting = TAMPERINGS[name]
            raw = b"".join(change(whole.splitlines(keepends=True), chance))
            raw_head = whole_head
        else:
            fitting = {"truncated"}
            raw, raw_head = states[chance.randrange(len(states) - 1)]
        journal.write_bytes(raw)
        head.write_bytes(raw_head)
        kinds = {problem.kind for problem in verify(str(journal), anchors=ends[-1:])}
        outcome[name, "named" if kinds & fitting else "found" if kinds else "NOT FOUND"] += 1
    return outcome


def history() -> tuple[list[tuple[bytes, bytes]], list[End]]:
    """The journal with its head after each of its lines, and its ends."""
    states, ends = [], []
    for number in range(LENGTH):
        ends.append(append(AuditEvent("PreToolUse", "s", "Write", "deny", ("github-pat",), (), f"{number}.txt", "p")))
        path = Path(journal_file())
        states.append((path.read_bytes(), Path(f"{path}.head").read_bytes()))
    return states, ends


if __name__ == "__main__":
    sys.exit(main())
