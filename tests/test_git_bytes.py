"""Turns staged files of every encoding into proof that their text is read, and that what is not read is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentguard_secrets.sources.decode import MAX_SIZE, decode
from tests.test_git_index import Git, commit, line, places, staged, write


@pytest.mark.parametrize(
    ("content", "unread"),
    [
        pytest.param(lambda text: b"\xff\xfe" + text.encode("utf-16-le"), None, id="UTF-16 with a mark, little end"),
        pytest.param(lambda text: b"\xfe\xff" + text.encode("utf-16-be"), None, id="UTF-16 with a mark, big end"),
        pytest.param(lambda text: text.encode("utf-16-le"), None, id="UTF-16 without a mark"),
        pytest.param(lambda text: b"\xff\xfe\0\0" + text.encode("utf-32-le"), None, id="UTF-32"),
        pytest.param(lambda text: b"\xef\xbb\xbf" + text.encode(), None, id="UTF-8 with a mark"),
        pytest.param(lambda text: "ä\n".encode("latin-1") + text.encode(), "UTF-8", id="Latin-1 is read, and said"),
        pytest.param(lambda text: b"\x89PNG\0\n" + text.encode(), "binary", id="a picture is binary, not bad UTF-8"),
        pytest.param(lambda text: b"\0\1\2\n" + text.encode(), "binary", id="a binary file's plain text is read"),
    ],
)
def test_reads_whatever_bytes(repository: Path, git: Git, content: Callable[[str], bytes], unread: str | None) -> None:
    old, new = f"one\n{line()}", line()
    commit(repository, git, file=content(old))
    write(repository, git, file=content(old + new))
    result = staged(repository)

    assert [finding.line for finding in result.findings] == [4 if unread else 3]
    assert [(part.path, part.partly) for part in result.unread] == ([("file", True)] if unread else [])
    assert all(unread and unread in part.why for part in result.unread)


def test_lines_are_those_of_the_text_and_not_of_its_bytes(repository: Path, git: Git) -> None:
    """In UTF-16 the bytes of some letters are line feeds to git."""
    commit(repository, git, file="\u0a0a\n\u0a0a\n".encode("utf-16"))
    write(repository, git, file=f"\u0a0a\n\u0a0a\n{line()}".encode("utf-16"))

    assert places(repository) == [("file", 3)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_no_character(encoding: str) -> None:
    assert decode("ä".encode(encoding)) == ("ä", None)


def test_what_is_too_large_is_unread(repository: Path, git: Git) -> None:
    with (repository / "large").open("wb") as stream:
        stream.truncate(MAX_SIZE + 1)
    write(repository, git, small=line())
    git(repository, "add", "large")
    result = staged(repository)

    assert [(part.path, part.partly) for part in result.unread] == [("large", False)]
    assert [finding.path for finding in result.findings] == ["small"]
