"""Turns commits whose messages and people hold credentials into proof that a first look passes over none of them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from agentguard_secrets import sources
from agentguard_secrets.cli.pasts import chunks_of_history
from agentguard_secrets.model import Chunk
from tests.making import sample
from tests.test_git_excerpts import TERMS, found_in
from tests.test_git_index import TEMPLATE, Git, commit

# What a message may be made of a token, as bytes.
_WRITTEN: dict[str, Callable[[str], bytes]] = {
    "plain": lambda token: f"use {token} now\n".encode(),
    "behind a subject": lambda token: f"Subject\n\nbody\n\ntoken = '{token}'\n".encode(),
    "in base64": lambda token: b"data " + base64.b64encode(f"token = '{token}'  ".encode()) + b"\n",
    "in halves": lambda token: f'key = "{token[:20]}" + "{token[20:]}"\n'.encode(),
    "with a letter of Latin-1": lambda token: f"Schl\xfcssel {token}\n".encode("latin-1"),
    "behind a byte order mark": lambda token: b"\xef\xbb\xbf" + f"{token}\n".encode(),
    "with carriage returns alone": lambda token: f"one\rtoken = '{token}'\rtwo".encode(),
    "with letters that fold": lambda token: f"\u212aey token = '{token}'\n".encode(),
    "in pairs of bytes": lambda token: f"token = '{token}'  ".encode()[:40].decode("utf-16-le").encode(),
}


def committed(folder: Path, git: Git, content: bytes, author: str = "A <a@localhost>") -> None:
    """Commit with a message as it is: porcelain would clean it and say how it is encoded."""
    tree = git(folder, "write-tree").strip()
    parent = git(folder, "rev-parse", "HEAD").strip()
    head = f"tree {tree}\nparent {parent}\nauthor {author} 0 +0000\ncommitter C <c@localhost> 0 +0000\n\n"
    folder.joinpath("message").write_bytes(head.encode() + content)
    oid = git(folder, "hash-object", "-t", "commit", "-w", "message").strip()
    git(folder, "update-ref", "HEAD", oid)


@pytest.mark.parametrize("written", _WRITTEN.values(), ids=_WRITTEN)
def test_a_credential_in_a_message_is_found_by_the_first_look(
    repository: Path, git: Git, written: Callable[[str], bytes]
) -> None:
    commit(repository, git, file="words\n")
    committed(repository, git, written(sample(TEMPLATE)))
    committed(repository, git, b"clean\n")

    plain = found_in(repository, looking_first=False)

    assert len(plain) == 1
    assert plain[0].origin == "message"
    assert found_in(repository, looking_first=True) == plain


def test_a_credential_in_a_name_is_found_by_the_first_look(repository: Path, git: Git) -> None:
    commit(repository, git, file="words\n")
    committed(repository, git, b"clean\n", author=f"{sample(TEMPLATE)} <a@localhost>")

    assert len(found_in(repository, looking_first=True)) == 1


def test_messages_that_hold_nothing_are_not_told(repository: Path, git: Git) -> None:
    commit(repository, git, file="words\n")
    for number in range(5):
        committed(repository, git, f"{number}\n".encode())
    committed(repository, git, sample(TEMPLATE).encode())

    chunks = chunks_of_history(repository, terms=TERMS, jobs=1, told=lambda *_: None, much=0)

    assert len([each for each in sources.from_history(repository) if _is_message(each)]) == 14
    # Its message, and its people.
    assert len([each for each in chunks if _is_message(each)]) == 2


def test_a_message_of_another_kind_of_lines_is_told(repository: Path, git: Git) -> None:
    commit(repository, git, file="words\n")
    committed(repository, git, b"one\rtwo\rthree")

    chunks = chunks_of_history(repository, terms=TERMS, jobs=1, told=lambda *_: None, much=0)

    assert [each.text for each in chunks if isinstance(each, Chunk) and _is_message(each)][:1] == ["one\ntwo\nthree"]


def test_a_commit_that_is_too_large_is_said_to_be_unread(repository: Path, git: Git) -> None:
    commit(repository, git, file="words\n")
    committed(repository, git, b"\0" * 34_000_000)

    chunks = chunks_of_history(repository, terms=TERMS, jobs=1, told=lambda *_: None, much=0)

    assert [each.why for each in chunks if not isinstance(each, Chunk)] == ["missing, or too large"]


def _is_message(each: object) -> bool:
    return isinstance(each, Chunk) and each.origin == "message"
