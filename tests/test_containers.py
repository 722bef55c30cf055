"""What lies in an archive, a document or a database is scanned; what cannot be is said, at a bounded price."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import random
import tarfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest

from agentguard_secrets.detect.engine import default_detector, scan_chunk
from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources.budget import DEEPEST, MOST_FILES
from agentguard_secrets.sources.contents import chunks_of
from agentguard_secrets.sources.decode import decode
from tests.containing import COMPRESSED, database, document, notebook, page, tarred, workbook, zipped
from tests.making import sample
from tests.running import scanned
from tests.test_git_index import Git, staged

TOKEN = sample("ghp_<alnum:30><crc62:6>")
LINE = f"first line\ntoken = '{TOKEN}'\n"
NOISE = random.Random(4).randbytes(5_000)


def found(content: bytes, path: str = "outer") -> list[tuple[str, int]]:
    detector = default_detector(b"k" * 32)
    chunks = [each for each in chunks_of(content, path) if isinstance(each, Chunk)]
    return [(finding.path, finding.line) for chunk in chunks for finding in scan_chunk(chunk, detector)]


def unread(content: bytes, path: str = "outer") -> list[str]:
    return [f"{each.path}: {each.why}" for each in chunks_of(content, path) if isinstance(each, Unread)]


def nested(depth: int) -> bytes:
    content = LINE.encode()
    for number in range(depth):
        content = zipped({f"{number}.zip" if number else "file.txt": content})
    return content


def linked() -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        entry = tarfile.TarInfo("link")
        entry.type, entry.linkname = tarfile.SYMTYPE, TOKEN
        archive.addfile(entry)
    return raw.getvalue()


def commented() -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.comment = TOKEN.encode()
    return raw.getvalue()


@pytest.mark.parametrize(
    ("content", "places"),
    [
        *(pytest.param(pack(LINE.encode()), [("outer", 2)], id=name) for name, pack in COMPRESSED.items()),
        pytest.param(gzip.compress(b"a\n") + gzip.compress(LINE.encode()), [("outer", 3)], id="gzip in two parts"),
        pytest.param(lzma.compress(b"a\n") + lzma.compress(LINE.encode()), [("outer", 3)], id="xz in two parts"),
        pytest.param(zipped({"in/file.txt": LINE}), [("outer!in/file.txt", 2)], id="zip"),
        pytest.param(zipped({"a": LINE}, zipfile.ZIP_STORED), [("outer!a", 2)], id="zip that is not compressed"),
        pytest.param(zipped({"a": LINE}, zipfile.ZIP_BZIP2), [("outer!a", 2)], id="zip that uses bzip2"),
        pytest.param(NOISE + zipped({"a": LINE}), [("outer!a", 2)], id="zip behind a program"),
        pytest.param(tarred({"in/file.txt": LINE}), [("outer!in/file.txt", 2)], id="tar"),
        pytest.param(tarred({"a": LINE}, tarfile.GNU_FORMAT), [("outer!a", 2)], id="tar of GNU"),
        pytest.param(tarred({"a" * 180: LINE}), [(f"outer!{'a' * 180}", 2)], id="tar with a long name"),
        pytest.param(gzip.compress(tarred({"a": LINE})), [("outer!a", 2)], id="compressed tar"),
        pytest.param(zipped({"b.jar": zipped({"c": LINE})}), [("outer!b.jar!c", 2)], id="jar in a zip"),
        pytest.param(nested(DEEPEST), [("outer!5.zip!4.zip!3.zip!2.zip!1.zip!file.txt", 2)], id="as deep as is looked"),
        pytest.param(document(TOKEN), [("outer!word/document.xml", 1)], id="document with a tag in the token"),
        pytest.param(workbook(TOKEN), [("outer!xl/sharedStrings.xml", 2)], id="workbook"),
        pytest.param(notebook(TOKEN), [("outer", 7)], id="notebook"),
        pytest.param(database(name="me", token=TOKEN), [("outer!accounts", 2)], id="database"),
        pytest.param(page(TOKEN), [("outer!page 1", 1)], id="PDF"),
        pytest.param(zipped({TOKEN: "text"}), [("outer", 1)], id="name of a file in a zip"),
        pytest.param(linked(), [("outer", 2)], id="link in a tar"),
        pytest.param(commented(), [("outer", 1)], id="comment of a zip"),
        pytest.param(zipped({"wide.txt": LINE.encode("utf-16")}), [("outer!wide.txt", 2)], id="UTF-16 in a zip"),
    ],
)  # fmt: skip
def test_finds_what_is_in(content: bytes, places: list[tuple[str, int]]) -> None:
    assert found(content) == places
    assert unread(content) == []


def test_a_password_is_found_by_the_name_of_its_column() -> None:
    assert found(database(password=sample("<alnum:6>-<alnum:6>!<alnum:8>"))) == [("outer!accounts", 1)]


@pytest.mark.parametrize("where", ["before", "between", "behind the files", "behind"])
def test_finds_what_stands_outside_of_the_files_of_a_zip(where: str) -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", "first\n")
        if where == "between":
            hide(archive)
        archive.writestr("b.txt", "second\n")
        if where == "behind the files":
            hide(archive)
    content = raw.getvalue()
    content = LINE.encode() + content if where == "before" else content
    content = content + LINE.encode() if where == "behind" else content
    assert [path for path, _line in found(content)] == ["outer"]
    assert unread(content) == []


def hide(archive: zipfile.ZipFile) -> None:
    """Write a line where no file of the archive is."""
    assert archive.fp is not None
    archive.fp.seek(archive.start_dir)
    archive.fp.write(LINE.encode())
    archive.start_dir = archive.fp.tell()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("../../etc/passwd", "outer!etc/passwd", id="steps up"),
        pytest.param("/etc/passwd", "outer!etc/passwd", id="from the root"),
        pytest.param("..\\..\\file", "outer!file", id="steps up on Windows"),
        pytest.param("a/../../b", "outer!a/b", id="steps up within"),
    ],
)
def test_no_name_in_an_archive_leads_out_of_it(tmp_path: Path, name: str, shown: str) -> None:
    before = sorted(tmp_path.parent.rglob("*"))
    assert found(tarred({name: LINE})) == [(shown, 2)]
    assert found(zipped({name: LINE})) == [(shown, 2)]
    assert sorted(tmp_path.parent.rglob("*")) == before


def encrypted_zip() -> bytes:
    raw = bytearray(zipped({"a": LINE}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + place] |= 1
    return bytes(raw)


def encrypted_pdf() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(page(TOKEN)))
    writer.encrypt(sample("<alnum:12>"), algorithm="RC4-128")
    raw = io.BytesIO()
    writer.write(raw)
    return raw.getvalue()


def lying_tar() -> bytes:
    good = tarred({"a": "text", "b": LINE})
    return good[:1024] + b"x" * 100 + good[1124:]


def sparse_bomb() -> bytes:
    entry = tarfile.TarInfo("huge")
    entry.size = 8 * 1024**3
    return entry.tobuf(tarfile.GNU_FORMAT) + b"\0" * 4096


HOSTILE = {
    "zip bomb": (lambda: zipped({str(n): bytes(30_000_000) for n in range(6)}), "larger than"),
    "gzip bomb": (lambda: gzip.compress(bytes(200_000_000)), "larger than"),
    "bomb of bombs": (lambda: zipped({str(n): zipped({"a": bytes(9_000_000)}) for n in range(60)}), "larger than"),
    "xz bomb": (lambda: lzma.compress(bytes(200_000_000), preset=0), "larger than"),
    "too deep": (lambda: nested(DEEPEST + 1), f"more than {DEEPEST} containers"),
    "too many files": (lambda: zipped({str(n): "" for n in range(MOST_FILES + 1)}), f"more than {MOST_FILES} files"),
    "truncated zip": (lambda: zipped({"a": NOISE, "b": LINE})[:3000], "truncated"),
    "truncated gzip": (lambda: gzip.compress(NOISE)[:3000], "truncated"),
    "truncated bzip2": (lambda: COMPRESSED["bz2"](NOISE)[:3000], "truncated"),
    "truncated xz": (lambda: lzma.compress(NOISE)[:3000], "truncated"),
    "truncated tar": (lambda: tarred({"a": NOISE})[:3000], "truncated"),
    "tar cut between two files": (lambda: lying_tar(), "truncated or damaged"),
    "tar that claims more than it holds": (sparse_bomb, "truncated"),
    "truncated database": (lambda: database(token=TOKEN * 900)[:9000], "not all was scanned"),
    "truncated PDF": (lambda: page(TOKEN)[:60], "damaged"),
    "zip with a password": (encrypted_zip, "password"),
    "PDF with a password": (encrypted_pdf, "password"),
    "7z": (lambda: b"7z\xbc\xaf\x27\x1c" + NOISE, "cannot be opened"),
    "rar": (lambda: b"Rar!\x1a\x07\x01\0" + NOISE, "cannot be opened"),
    "zstd": (lambda: b"\x28\xb5\x2f\xfd" + NOISE, "cannot be opened"),
    "only the beginning of a zip": (lambda: b"PK\x03\x04" + NOISE, "truncated"),
    "only the beginning of a gzip": (lambda: b"\x1f\x8b\x08" + NOISE, "truncated"),
    "only the beginning of a database": (lambda: b"SQLite format 3\0" + NOISE, "damaged"),
    "only the beginning of a PDF": (lambda: b"%PDF-1.7\n" + NOISE, "damaged"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "why"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_container_is_unread_at_a_bounded_price(make: Callable[[], bytes], why: str) -> None:
    content = make()
    tracemalloc.start()
    start = time.monotonic()
    parts = unread(content)
    seconds = time.monotonic() - start
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert any(why in part for part in parts), parts
    assert seconds < 30
    assert most < 400_000_000


@pytest.mark.parametrize("ending", ["zip", "docx", "jar", "gz", "tgz", "xz", "bz2", "tar", "pdf", "sqlite", "7z"])
@pytest.mark.parametrize("content", [NOISE, LINE.encode()], ids=["bytes", "text"])
def test_what_is_not_what_its_name_says_is_read_as_it_is_and_said(ending: str, content: bytes) -> None:
    parts = unread(content, f"a.{ending}")
    assert len(parts) == 1
    assert "is named like" in parts[0]
    assert len(found(content, f"a.{ending}")) == (content != NOISE)


def test_what_came_before_the_damage_is_scanned() -> None:
    whole = gzip.compress(LINE.encode() + NOISE * 20)
    assert found(whole[: len(whole) // 2]) == [("outer", 2)]


def test_the_other_files_of_an_archive_are_scanned_when_one_cannot_be() -> None:
    content = zipped({"a.zip": b"PK\x03\x04" + NOISE, "b": LINE})
    assert found(content) == [("outer!b", 2)]
    assert unread(content) == ["outer!a.zip: zip: truncated or damaged: not all was scanned"]


def test_a_scan_ends_with_3_for_what_it_could_not_open(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(encrypted_zip())
    status, report = scanned("a.zip", cwd=tmp_path)
    assert (status, [each["path"] for each in report["unread"]]) == (3, ["a.zip!a"])


def test_a_scan_shows_the_place_in_the_archive(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"in/b.txt": LINE}))
    status, report = scanned(cwd=tmp_path)
    assert (status, [(each["path"], each["line"]) for each in report["findings"]]) == (1, [("a.zip!in/b.txt", 2)])


def test_a_commit_of_an_archive_is_a_commit_of_what_is_in_it(repository: Path, git: Git) -> None:
    (repository / "a.zip").write_bytes(zipped({"b.txt": LINE}))
    git(repository, "add", "a.zip")
    assert [(finding.path, finding.line) for finding in staged(repository).findings] == [("a.zip!b.txt", 2)]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param("caf\u00e9 na\u00efve\n".encode("latin-1"), "caf\u00e9 na\u00efve\n", id="Latin-1"),
        pytest.param(b"one\rtwo\rthree", "one\ntwo\nthree", id="lines that end in carriage returns"),
        pytest.param(b"one\r\ntwo\r\n", "one\r\ntwo\r\n", id="lines that end in both"),
        pytest.param("some text".encode("utf-32-le"), "some text", id="UTF-32 without a mark"),
        pytest.param("some text".encode("utf-32-be"), "some text", id="big-endian UTF-32 without a mark"),
    ],
)
def test_text_of_every_kind_is_wholly_read(content: bytes, text: str) -> None:
    assert decode(content) == (text, None)


def test_bytes_of_no_known_encoding_are_said() -> None:
    assert decode(os.urandom(999))[1] is not None
