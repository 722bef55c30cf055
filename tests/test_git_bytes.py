"""Turns staged files of every encoding into proof that their text is read, and that what is not read is said."""

from __future__ import annotations

import codecs
import io
import zipfile
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
        pytest.param(lambda text: text.encode("utf-32-le"), None, id="UTF-32 without a mark"),
        pytest.param(lambda text: text.encode("utf-32-be"), None, id="big-endian UTF-32 without a mark"),
        pytest.param(lambda text: ("é" + text).encode("latin-1"), None, id="Latin-1"),
        pytest.param(lambda text: text.replace("\n", "\r").encode(), None, id="lines that end in carriage returns"),
        pytest.param(lambda text: b"\xef\xbb\xbf" + text.encode(), None, id="UTF-8 with a mark"),
        pytest.param(lambda text: ("中文" * 99 + "\n").encode("gbk") + text.encode(), "UTF-8", id="GBK, read and said"),
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


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda text: b"\xfe\xff" + text.encode(), id="plain text behind a mark of UTF-16"),
        pytest.param(lambda text: ("a\n" * 3000).encode("utf-16-le") + text.encode(), id="plain text behind UTF-16"),
        pytest.param(lambda text: b"a\n" * 3000 + text.encode("utf-16-le"), id="UTF-16 behind plain text"),
        pytest.param(lambda text: b"\x89\xff\0\0\0" + text.encode("utf-16-le") + b"\0\0\x80", id="in a program"),
        pytest.param(lambda text: b"\x89\xff\0" + text.encode("utf-16-be") + b"\0\0", id="big-endian in a program"),
        pytest.param(lambda text: bytes(range(256)) * 20 + text.encode("utf-16-le"), id="behind the code of a program"),
        pytest.param(lambda text: bytes(range(256)) * 20 + text.encode("utf-32-le"), id="of four bytes behind code"),
        pytest.param(lambda text: f"\0{text}".encode("utf-16"), id="a zero in UTF-16, its mark like that of UTF-32"),
        pytest.param(lambda text: text.encode("utf-16") + b"x", id="half a character at the end"),
        pytest.param(lambda text: f"ключ от двери: {text}".encode("utf-16-le"), id="Cyrillic UTF-16 without a mark"),
    ],
)
def test_text_of_another_width_than_the_file_claims_is_read(
    repository: Path, git: Git, content: Callable[[str], bytes]
) -> None:
    commit(repository, git, file=b"clean\n")
    write(repository, git, file=content(f"one\n{line()}"))
    result = staged(repository)

    assert [finding.rule_id for finding in result.findings] == ["github-pat"]
    assert [part.partly for part in result.unread] == [True]


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_plain_text_behind_a_mark_of_utf_16_is_read_however_short_its_words_are(mark: bytes) -> None:
    text, why = decode(mark + "der Schlüssel ist da\n".encode())
    assert "ssel ist da" in text
    assert why is not None


def test_what_is_utf_16_throughout_is_read_in_full() -> None:
    """Two bytes of a Chinese character may look like two letters; a stride of 7919 leads to each of them, shuffled."""
    text = "".join(chr(0x4E00 + number * 7919 % 20_992) for number in range(20_992))
    assert decode(text.encode("utf-16")) == (text, None)


def packed(texts: dict[str, str]) -> bytes:
    """A zip file that holds these texts."""
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            for name, text in texts.items():
                archive.writestr(name, text)
        return stream.getvalue()


def test_in_an_archive_what_its_old_version_held_does_not_count(repository: Path, git: Git) -> None:
    old = {"kept": line(), "grown": f"one\n{line()}"}
    commit(repository, git, file=packed(old))
    write(repository, git, file=packed({**old, "grown": f"{line()}{old['grown']}", "new": line()}))

    assert places(repository) == [("file!grown", 1), ("file!new", 1)]
