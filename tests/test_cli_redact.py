"""Turns texts with credentials into proof that `redact` masks them and leaves every other byte alone."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

import pytest

from tests.making import sample
from tests.running import agentguard

TAG = rb"\[REDACTED:github-pat:[0-9a-f]{8}\]"


@pytest.fixture
def token() -> bytes:
    return sample("ghp_<alnum:30><crc62:6>").encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"a = '", b"'\n", id="line feeds"),
        pytest.param(b"a = '", b"'\r\nb\r\n", id="carriage returns stay"),
        pytest.param(b"a\rb = '", b"'\rc", id="old line ends and no last one"),
        pytest.param(b"caf\xe9 \xff\xfe '", b"' \x80\n", id="bytes that are no text"),
        pytest.param(codecs.BOM_UTF8 + b"'", "' é ü 🔑\u2028\u0085".encode(), id="marks and letters"),
        pytest.param(b"\0\1\2 '", b"' \0\n", id="binary"),
    ],
)
def test_only_the_credential_changes(tmp_path: Path, before: bytes, after: bytes, token: bytes) -> None:
    done = agentguard("redact", cwd=tmp_path, stdin=before + token + after)
    assert (done.returncode, done.stderr) == (0, b"")
    assert re.fullmatch(re.escape(before) + TAG + re.escape(after), done.stdout)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_text_stays_in_its_encoding(tmp_path: Path, encoding: str, token: bytes) -> None:
    text = f"\ufeffa = '{token.decode()}' é 🔑\r\n"
    done = agentguard("redact", cwd=tmp_path, stdin=text.encode(encoding))
    assert re.fullmatch(rf"\ufeffa = '{TAG.decode()}' é 🔑\r\n", done.stdout.decode(encoding))


@pytest.mark.parametrize("content", [b"", b"\n", b"clean \xff text\r\n"], ids=["empty", "a line end", "clean"])
def test_clean_text_comes_out_as_it_went_in(tmp_path: Path, content: bytes) -> None:
    done = agentguard("redact", "-", cwd=tmp_path, stdin=content)
    assert (done.returncode, done.stdout) == (0, content)


def test_same_value_has_the_same_tag_and_another_value_another(tmp_path: Path, token: bytes) -> None:
    other = sample("ghp_<alnum:30><crc62:6>").encode()
    done = agentguard("redact", cwd=tmp_path, stdin=b"\n".join([token, other, token]))
    first, second, third = done.stdout.split(b"\n")
    assert first == third != second


def test_comments_and_exceptions_hide_nothing(tmp_path: Path, token: bytes) -> None:
    done = agentguard("redact", cwd=tmp_path, stdin=token + b" # agentguard:allow\n")
    assert token not in done.stdout


def test_file_to_file(tmp_path: Path, token: bytes) -> None:
    (tmp_path / "log").write_bytes(token + b"\n")
    done = agentguard("redact", "log", "--output", "log", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"")
    assert re.fullmatch(TAG + b"\n", (tmp_path / "log").read_bytes())


@pytest.mark.parametrize("name", ["missing", "."])
def test_what_is_no_file_ends_with_2(tmp_path: Path, name: str) -> None:
    done = agentguard("redact", name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1
