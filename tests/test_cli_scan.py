"""Turns files, folders, standard input and git into proof of what `scan` says and how it ends."""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentguard_secrets.cli.limit import within
from agentguard_secrets.cli.targets import files
from agentguard_secrets.errors import UsageError
from agentguard_secrets.model import Chunk, Unread
from agentguard_secrets.sources.files import files_below, read_file
from tests.conftest import Git
from tests.making import sample
from tests.running import PROGRAM, agentguard, scanned

GITHUB = "ghp_<alnum:30><crc62:6>"
needs_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


@pytest.fixture
def token() -> str:
    return sample(GITHUB)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to scan that is in no repository and holds nothing."""
    made = tmp_path / "folder"
    made.mkdir()
    return made


def paths(document: dict[str, list[dict[str, str]]], part: str = "findings") -> list[str]:
    return [each["path"] for each in document[part]]


def test_finding_has_every_field_of_the_contract(folder: Path, token: str) -> None:
    (folder / "app.py").write_text(f"first = 1\ntoken = '{token}'\n")
    status, document = scanned(folder / "app.py", cwd=folder)
    (finding,) = document["findings"]
    assert status == 1
    assert document["version"] == 1
    assert document["tool"].keys() == {"name", "version"}
    assert document["tool"]["name"] == "agentguard-secrets"
    expected = {
        "rule": "github-pat",
        "severity": "critical",
        "confidence": "high",
        "proof": "checksum",
        "path": str(folder / "app.py"),
        "line": 2,
        "column": 10,
        "end_line": 2,
        "end_column": 50,
        "commit": None,
        "origin": "file",
    }
    assert {name: finding[name] for name in expected} == expected
    assert finding.keys() == {*expected, "title", "fingerprint", "preview"}


def test_a_path_that_is_not_there_is_told_before_anything_is_scanned(folder: Path, token: str) -> None:
    (folder / "app.py").write_text(f"token = '{token}'\n")
    done = agentguard("scan", "app.py", "missing", cwd=folder)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"missing: there is no such file or folder" in done.stderr
    with pytest.raises(UsageError):
        next(files_below([folder / "app.py", folder / "missing"]))


def test_folders_are_gone_through_while_files_are_scanned(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (folder / name).mkdir()
        (folder / name / "file").write_text("words\n")
    entered: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: entered.append(Path(path).name) or scandir(path))
    arguments = argparse.Namespace(paths=[str(folder)], skip_ignored=False)
    assert next(files(arguments)) == str(folder / "a" / "file")
    assert entered == ["folder", "a"]


@pytest.mark.parametrize("format_", ["text", "json"])
def test_report_never_tells_the_credential(folder: Path, token: str, format_: str) -> None:
    (folder / "app.py").write_text(f"token = '{token}'\n")
    done = agentguard("scan", "--format", format_, ".", cwd=folder)
    assert done.returncode == 1
    assert token.encode() not in done.stdout + done.stderr
    assert token[10:20].encode() not in done.stdout + done.stderr


@pytest.mark.parametrize("format_", ["text", "json"])
def test_credential_in_a_file_name_is_masked(folder: Path, token: str, format_: str) -> None:
    (folder / f"found {token}").write_text(token)
    (folder / f"unread {token}").write_bytes(b"\0\1\2")
    done = agentguard("scan", "--format", format_, cwd=folder)
    assert done.returncode == 1
    assert done.stdout.count(b" [REDACTED:github-pat:") == 2
    assert token.encode() not in done.stdout


def test_clean_folder_ends_with_0(folder: Path) -> None:
    (folder / "app.py").write_text("token = os.environ['TOKEN']\n")
    status, document = scanned(cwd=folder)
    assert (status, document["findings"], document["unread"]) == (0, [], [])
    assert document["stats"]["chunks"] == 1


def test_text_report_is_one_line_a_finding_and_a_summary(folder: Path, token: str) -> None:
    (folder / "app.py").write_text(f"token = '{token}'\n")
    done = agentguard("scan", cwd=folder)
    finding, summary = done.stdout.decode().splitlines()
    assert finding.startswith("app.py:1:10: critical: ")
    assert "github-pat" in finding
    assert summary == "1 finding (1 critical) in 1 text"
    assert b"\x1b" not in done.stdout


def test_standard_input(folder: Path, token: str) -> None:
    status, document = scanned("-", cwd=folder, stdin=f"a\r\n{token}\r\n".encode())
    assert status == 1
    assert [(each["path"], each["origin"], each["line"]) for each in document["findings"]] == [("-", "stdin", 2)]


def test_staged_is_the_index_and_not_the_work_tree(repository: Path, git: Git, token: str) -> None:
    (repository / "app.py").write_text(f"token = '{token}'\n")
    git(repository, "add", "app.py")
    (repository / "app.py").write_text("clean\n")
    (repository / "other.py").write_text(f"token = '{token}'\n")
    status, document = scanned("--staged", cwd=repository)
    assert (status, paths(document)) == (1, ["app.py"])


def test_range_is_scanned_commit_by_commit(repository: Path, git: Git, token: str) -> None:
    for content in ("clean\n", f"token = '{token}'\n", "clean again\n"):
        (repository / "app.py").write_text(content)
        git(repository, "add", "app.py")
        git(repository, "commit", "--quiet", "-m", "change")
    status, document = scanned("--range", "HEAD~2..HEAD", cwd=repository)
    assert (status, paths(document)) == (1, ["app.py"])
    assert document["findings"][0]["commit"] == git(repository, "rev-parse", "HEAD~1").strip()


def test_diff_counts_added_lines_only(repository: Path, git: Git, token: str) -> None:
    removed, kept = sample(GITHUB), sample(GITHUB)
    (repository / "app.py").write_text(f"one = 1\nold = '{removed}'\nkept = '{kept}'\n")
    git(repository, "add", "app.py")
    git(repository, "commit", "--quiet", "-m", "first")
    (repository / "app.py").write_text(f"one = 1\nkept = '{kept}'\nnew = '{token}'\n")
    diff = git(repository, "diff")
    status, document = scanned("--diff", "-", cwd=repository, stdin=diff.encode())
    assert status == 1
    assert [(each["path"], each["line"], each["origin"]) for each in document["findings"]] == [("app.py", 3, "diff")]


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        pytest.param(["missing.py"], b"", b"missing.py: there is no such file", id="a path that does not exist"),
        pytest.param(["--staged", "."], b"", b"--staged", id="two sources at once"),
        pytest.param(["--jobs", "0"], b"", b"--jobs", id="no process to work"),
        pytest.param(["--deadline", "soon"], b"", b"0 for none", id="a time that is no number"),
        pytest.param(["--max-size", "big"], b"", b"20M", id="a size that is no number"),
        pytest.param(["--format", "xml"], b"", b"--format", id="a format that does not exist"),
        pytest.param(["--diff", "missing.diff"], b"", b"missing.diff", id="a diff that does not exist"),
        pytest.param(["--diff", "-"], b"no diff at all\n", b"unified diff", id="a diff that is none"),
        pytest.param(["--diff", ""], b"", b"--diff ''", id="a diff without a name"),
        pytest.param(["--output", "."], b"", b"--output", id="a folder as the report"),
    ],
)
def test_wrong_use_ends_with_2_and_one_clear_line(folder: Path, words: list[str], stdin: bytes, said: bytes) -> None:
    done = agentguard("scan", *words, cwd=folder, stdin=stdin)
    assert done.returncode == 2
    assert said in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_broken_policy_ends_with_2_and_names_file_line_and_key(folder: Path) -> None:
    (folder / "agentguard.toml").write_text("[mode]\nlevel = 'strict'\n")
    done = agentguard("scan", cwd=folder)
    assert done.returncode == 2
    assert b"agentguard.toml" in done.stderr
    assert b"level" in done.stderr
    assert b"'strict'" in done.stderr


def test_the_policy_is_that_of_the_scanned_folder(folder: Path, tmp_path: Path) -> None:
    (folder / "agentguard.toml").write_text("[mode]\nlevel = 'strict'\n")
    assert agentguard("scan", folder, cwd=tmp_path).returncode == 2


UNREAD = [
    pytest.param(b"\x7fELF\x00\x01\x02" * 20, "binary", id="binary"),
    pytest.param(b"caf\xe9 \xff\xfe\xfa plain\n", "UTF-8", id="undecodable"),
    pytest.param(b"x" * 2001, "larger than 2000 bytes", id="oversized"),
]


@pytest.mark.parametrize(("content", "why"), UNREAD)
def test_unread_ends_with_3_unless_allowed(folder: Path, content: bytes, why: str) -> None:
    (folder / "thing").write_bytes(content)
    status, document = scanned("--max-size", "2k", cwd=folder)
    assert status == 3
    assert [(each["path"], why in each["why"]) for each in document["unread"]] == [("thing", True)]
    assert scanned("--max-size", "2k", "--allow-unread", cwd=folder)[0] == 0


@pytest.mark.parametrize("content", [b"\x7fELF\x00\x01%s\x00", b"caf\xe9\xff\xfe %s\n"], ids=["binary", "undecodable"])
def test_plain_text_of_unread_files_is_scanned_and_findings_win(folder: Path, content: bytes, token: str) -> None:
    (folder / "thing").write_bytes(content % token.encode())
    status, document = scanned(cwd=folder)
    assert (status, paths(document), paths(document, "unread")) == (1, ["thing"], ["thing"])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_of_text_are_read(folder: Path, encoding: str, token: str) -> None:
    (folder / "app.txt").write_bytes(f"first line\r\ntoken = '{token}'\r\n".encode(encoding))
    status, document = scanned(cwd=folder)
    assert (status, document["unread"]) == (1, [])
    assert [(each["line"], each["column"]) for each in document["findings"]] == [(2, 10)]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that even root cannot read")
def test_unreadable_file_is_unread(folder: Path) -> None:
    (folder / "locked").symlink_to("/proc/self/mem")
    status, document = scanned(cwd=folder)
    assert (status, paths(document, "unread")) == (3, ["locked"])
    assert "cannot be read" in document["unread"][0]["why"]


@pytest.mark.parametrize("most", [1, 3, 1000])
def test_a_file_is_read_to_its_end_whatever_one_read_returns(
    folder: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    read = os.read
    (folder / "app.txt").write_text("line\n" * 50)
    monkeypatch.setattr(os, "read", lambda descriptor, size: read(descriptor, min(size, most)))
    assert [*read_file(str(folder / "app.txt"))] == [Chunk("line\n" * 50, str(folder / "app.txt"), "file")]
    assert [*read_file(str(folder / "app.txt"), max_size=249)] == [
        Unread(str(folder / "app.txt"), "is larger than 249 bytes")
    ]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs a file that says it is empty")
def test_a_file_of_the_system_that_says_it_is_empty_is_read() -> None:
    (chunk,) = read_file("/proc/self/status")
    assert isinstance(chunk, Chunk)
    assert "Name:" in chunk.text


@needs_posix
@pytest.mark.parametrize("named", [True, False], ids=["named", "met in a folder"])
@pytest.mark.parametrize("kind", ["pipe", "socket", "link to a device"])
def test_what_is_no_file_is_unread_and_never_waited_for(folder: Path, kind: str, named: bool) -> None:
    special = folder / "special"
    if kind == "pipe":
        os.mkfifo(special)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            os.chdir(folder)  # a socket's whole path is short
            listener.bind("special")
    else:
        special.symlink_to("/dev/zero")
    status, document = scanned("special" if named else ".", cwd=folder)
    assert (status, paths(document, "unread")) == (3, ["special"])
    assert "not a file" in document["unread"][0]["why"]


@needs_posix
def test_links_to_folders_are_not_followed_and_links_to_nothing_hold_nothing(folder: Path, token: str) -> None:
    (folder / "real").mkdir()
    (folder / "real" / "app.py").write_text(f"token = '{token}'\n")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "dangling").symlink_to("nowhere")
    (folder / "itself").symlink_to("itself")
    status, document = scanned(cwd=folder)
    assert (status, paths(document), document["unread"]) == (1, ["real/app.py"], [])


def test_git_folder_is_left_out_unless_named(repository: Path, token: str) -> None:
    (repository / ".git" / "note").write_text(token)
    assert paths(scanned(cwd=repository)[1]) == []
    assert paths(scanned(".git", cwd=repository)[1]) == [str(Path(".git", "note"))]


def test_ignored_files_are_scanned_unless_left_out(repository: Path, token: str) -> None:
    (repository / ".gitignore").write_text(".env\n")
    (repository / ".env").write_text(f"TOKEN={token}\n")
    (repository / "new.py").write_text(f"TOKEN='{token}'\n")
    assert paths(scanned(cwd=repository)[1]) == [".env", "new.py"]
    assert paths(scanned("--skip-ignored", cwd=repository)[1]) == ["new.py"]


def test_file_named_twice_is_scanned_once(folder: Path, token: str) -> None:
    (folder / "app.py").write_text(token)
    assert paths(scanned(".", "app.py", cwd=folder)[1]) == ["app.py"]


def test_every_named_path_is_scanned(folder: Path, token: str) -> None:
    for name in ("one", "two", "three"):
        (folder / name).mkdir()
        (folder / name / "app.py").write_text(token)
    expected = ["two/app.py", "one/app.py"]
    assert paths(scanned("two", "one/app.py", cwd=folder)[1]) == expected


@needs_posix
@pytest.mark.parametrize("format_", ["text", "json"])
@pytest.mark.parametrize("name", [b"caf\xe9.py", b"line\nbreak.py", b"\x1b[2Jclear.py", "日本.py".encode()])
def test_any_file_name_can_be_reported(folder: Path, name: bytes, format_: str, token: str) -> None:
    try:
        (folder / os.fsdecode(name)).write_text(token)
    except OSError:
        pytest.skip("this file system has no such names")
    done = agentguard("scan", "--format", format_, cwd=folder)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"\x1b" not in done.stdout
    if format_ == "json":
        assert [os.fsencode(path) for path in paths(json.loads(done.stdout))] == [name]
    else:
        assert len(done.stdout.splitlines()) == 2


@pytest.mark.parametrize("format_", ["text", "json"])
def test_letters_that_the_output_lacks_are_escaped(
    folder: Path, format_: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    (folder / "é 🔑.py").write_text(token)
    done = agentguard("scan", "--format", format_, cwd=folder)
    assert (done.returncode, done.stderr) == (1, b"")
    if format_ == "json":
        assert paths(json.loads(done.stdout)) == ["é 🔑.py"]


@pytest.mark.parametrize("jobs", ["1", "2", "5"])
def test_report_is_the_same_on_any_number_of_cores(folder: Path, jobs: str, token: str) -> None:
    for number in range(450):
        (folder / f"{number:03}.py").write_text(f"number = {number}\n{token if number % 7 == 0 else ''}\n")
    status, document = scanned("--jobs", jobs, cwd=folder)
    assert status == 1
    assert paths(document) == [f"{number:03}.py" for number in range(0, 450, 7)]
    assert document["stats"]["chunks"] == 450


@needs_posix
def test_system_without_semaphores_is_scanned_by_one_process(folder: Path, token: str) -> None:
    for number in range(450):
        (folder / f"{number:03}.py").write_text(token if number == 449 else "")
    agentguard("scan", folder / "449.py", cwd=folder)  # makes the user's key, which the second run may not write
    # A file may have no byte: a semaphore is a file in /dev/shm, which non-root users of some containers cannot write.
    program = (
        "import resource, sys; from agentguard_secrets.cli.main import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); sys.exit(main(['scan', '--jobs', '2', '--format', 'json']))"
    )
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, cwd=folder, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
    assert paths(json.loads(done.stdout)) == ["449.py"]


def test_output_file_holds_the_report_and_standard_output_nothing(folder: Path, tmp_path: Path, token: str) -> None:
    (folder / "app.py").write_text(token)
    report = tmp_path / "report.json"
    done = agentguard("scan", "--format", "json", "--output", report, cwd=folder)
    assert (done.returncode, done.stdout) == (1, b"")
    assert paths(json.loads(report.read_bytes())) == ["app.py"]


COMMENTS = ["agentguard:allow", "agentguard:allow[github-pat]", "pragma: allowlist secret", "gitleaks:allow"]


@pytest.mark.parametrize("comment", COMMENTS)
def test_comment_accepts_a_finding_unless_comments_do_not_count(folder: Path, comment: str, token: str) -> None:
    (folder / "app.py").write_text(f"token = '{token}'  # {comment}\n")
    status, document = scanned(cwd=folder)
    assert (status, document["findings"], document["stats"]["accepted"]) == (0, [], 1)
    assert scanned("--no-inline-allow", cwd=folder)[0] == 1


def test_comment_for_another_rule_accepts_nothing(folder: Path, token: str) -> None:
    (folder / "app.py").write_text(f"token = '{token}'  # agentguard:allow[jwt]\n")
    assert scanned(cwd=folder)[0] == 1


@pytest.mark.parametrize("inside", [True, False], ids=["from inside", "from elsewhere"])
@pytest.mark.parametrize(
    ("expires", "expected"),
    [pytest.param("2999-01-01", 0, id="holds"), pytest.param("2001-01-01", 1, id="has expired")],
)
def test_exception_of_the_policy_accepts_until_it_expires(
    repository: Path, tmp_path: Path, expires: str, expected: int, inside: bool, token: str
) -> None:
    (repository / "app.py").write_text(f"token = '{token}'\n")
    (repository / "agentguard.toml").write_text(
        f"[[allow]]\npath = 'app.py'\nrule = 'github-pat'\nreason = 'r'\nowner = 'o'\nexpires = {expires}\n"
    )
    cwd, path = (repository, "app.py") if inside else (tmp_path, "repository/app.py")
    assert scanned(path, cwd=cwd)[0] == expected


def test_fingerprint_of_a_report_can_be_accepted(folder: Path, token: str) -> None:
    (folder / "app.py").write_text(f"token = '{token}'\n")
    fingerprint = scanned(cwd=folder)[1]["findings"][0]["fingerprint"]
    (folder / "agentguard.toml").write_text(
        f"[[allow]]\nfingerprint = '{fingerprint}'\nreason = 'r'\nowner = 'o'\nexpires = 2999-01-01\n"
    )
    status, document = scanned(cwd=folder)
    assert (status, document["stats"]["accepted"]) == (0, 1)


@needs_posix
def test_output_to_a_pipe_leaves_it_a_pipe(folder: Path, tmp_path: Path) -> None:
    # In place of /dev/null, which a failure of this test would take from the whole machine.
    (folder / "app.py").write_text("clean\n")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    done = agentguard("scan", ".", "--output", pipe, cwd=folder)
    said = os.read(reader, 1000)
    os.close(reader)
    assert (done.returncode, done.stderr, pipe.is_fifo()) == (0, b"", True)
    assert b"no findings" in said


def test_closed_pipe_is_quiet(folder: Path, token: str) -> None:
    for number in range(1000):
        (folder / f"{number}.py").write_text(token)
    command = [*PROGRAM, "scan", "."]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only some systems have a disk that is always full")
@pytest.mark.parametrize("command", ["scan", "redact"])
def test_full_disk_is_told_in_one_line(folder: Path, command: str) -> None:
    (folder / "app.py").write_text("clean\n")
    with Path("/dev/full").open("wb") as full:
        words = [*PROGRAM, command, "app.py"]
        done = subprocess.run(words, cwd=folder, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == 3
    assert done.stderr.count(b"\n") == 1
    assert b"standard output" in done.stderr


def slowly(*items: str | Chunk) -> Iterator[str | Chunk]:
    """The first at once, the others after more than a second."""
    for number, item in enumerate(items):
        time.sleep(1.1 if number == 1 else 0)
        yield item


def test_files_that_there_was_no_time_for_are_unread() -> None:
    first, *others = within(slowly("a", "b", "c"), 1)

    assert first == "a"
    assert [each.path for each in others if isinstance(each, Unread)] == ["b", "c"]
    assert list(within(slowly("a", "b"), 0)) == ["a", "b"]


def test_of_changes_that_there_was_no_time_for_the_first_is_told() -> None:
    chunks = [Chunk(name, name) for name in "abc"]
    first, *others = within(slowly(*chunks), 1)

    assert first == chunks[0]
    assert [each.path for each in others if isinstance(each, Unread)] == ["b"]


def test_a_run_that_is_out_of_time_ends_with_3(tmp_path: Path) -> None:
    """A second is over before so much is read."""
    for number in range(12):
        (tmp_path / f"file{number}.txt").write_bytes(b"password words = 'and more'\n" * 50_000)
    status, document = scanned("--deadline", "1", "--jobs", "1", cwd=tmp_path)

    assert status == 3
    assert {part["why"].split(":")[0] for part in document["unread"]} == {"not scanned"}
