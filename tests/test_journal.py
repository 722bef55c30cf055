"""Turns decisions, crashes and tampering into proof that the journal tells them apart."""

from __future__ import annotations

import hmac
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentguard_secrets.errors import StateError
from agentguard_secrets.model import AuditEvent
from agentguard_secrets.state.folders import check_writable, journal_file, state_folder
from agentguard_secrets.state.journal import append
from agentguard_secrets.state.journalproof import verify
from agentguard_secrets.state.journalread import read

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="modes, links and signals of POSIX")

LENGTH = 6
_APPENDING = """
import sys
from agentguard_secrets.model import AuditEvent
from agentguard_secrets.state.journal import append
for number in range(int(sys.argv[2])):
    append(AuditEvent("PreToolUse", sys.argv[1], "Write", "deny", (), (), str(number), "p"))
    print(number, flush=True)
"""

Lines = list[bytes]


def event(path: str = "a.txt", **changes: object) -> AuditEvent:
    plain = AuditEvent(
        event="PreToolUse",
        session="s",
        tool="Write",
        verdict="deny",
        rules=("github-pat",),
        fingerprints=("ab" * 16,),
        path=path,
        policy="defaults",
    )
    return plain._replace(**changes)


def appending(session: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _APPENDING, session, str(count)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def lines() -> Lines:
    return Path(journal_file()).read_bytes().splitlines(keepends=True)


def rewrite(changed: Lines) -> None:
    Path(journal_file()).write_bytes(b"".join(changed))


def head() -> Path:
    return Path(f"{journal_file()}.head")


def problems() -> list[tuple[str, int]]:
    return [(problem.kind, problem.line) for problem in verify(journal_file())]


@pytest.fixture
def journal() -> Lines:
    """The lines of a journal of six decisions."""
    for number in range(1, LENGTH + 1):
        append(event(f"{number}.txt"))
    return lines()


def test_a_line_tells_the_decision() -> None:
    append(event())
    (entry,) = read(journal_file())
    assert entry is not None
    moment, previous, digest, key = (entry.pop(name) for name in ("time", "previous", "digest", "key"))
    said = {name: value for name, value in event()._asdict().items() if value}
    assert entry == {"sequence": 1, **said, "rules": ["github-pat"], "fingerprints": ["ab" * 16]}
    assert re.fullmatch("[0-9a-f]{8}", key)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", moment)
    assert (previous, len(digest)) == ("0" * 64, 64)


def test_lines_are_numbered_from_one_and_chained(journal: Lines) -> None:
    entries = [json.loads(line) for line in journal]
    assert [entry["sequence"] for entry in entries] == list(range(1, LENGTH + 1))
    assert [entry["previous"] for entry in entries[1:]] == [entry["digest"] for entry in entries[:-1]]
    assert problems() == []


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("a\nb\r\n", id="line ends do not make a second line"),
        pytest.param('a","digest":"0', id="a forged digest inside a path"),
        pytest.param("\udcff", id="a name that is no text"),
        pytest.param("ä\u2028\x00\x1b", id="signs of every kind"),
        pytest.param("long" * 50_000, id="longer than what is read at once"),
    ],
)
def test_any_path_makes_one_line_that_verifies(path: str) -> None:
    for name in ("before", path, "after"):
        append(event(name))
    entries = [json.loads(line) for line in lines()]
    assert [entry["path"] for entry in entries] == ["before", path, "after"]
    assert all("remark" not in entry for entry in entries)
    assert problems() == []


@posix_only
def test_files_are_for_the_user_only(journal: Lines) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in Path(state_folder()).iterdir()}
    assert modes == dict.fromkeys(("journal.jsonl", "journal.jsonl.head", "journal.jsonl.lock", "key"), 0o600)


def test_processes_that_append_at_once_make_one_chain() -> None:
    processes = [appending(f"s{number}", 50) for number in range(8)]
    assert [process.communicate(timeout=120)[1] for process in processes] == [""] * 8
    entries = [json.loads(line) for line in lines()]
    assert [entry["sequence"] for entry in entries] == list(range(1, 401))
    written = {(entry["session"], int(entry["path"])) for entry in entries}
    assert written == {(f"s{number}", line) for number in range(8) for line in range(50)}
    assert problems() == []


@posix_only
def test_a_killed_process_loses_nothing_that_it_had_answered() -> None:
    others = [appending(f"s{number}", 60) for number in range(2)]
    victim = appending("victim", 100_000)
    assert victim.stdout is not None
    for _ in range(20):
        victim.stdout.readline()
    victim.kill()
    answered = 20 + len(victim.communicate(timeout=60)[0].splitlines())
    assert [process.wait(timeout=120) for process in others] == [0, 0]
    for process in others:
        process.communicate()
    append(event("after"))
    entries = [json.loads(line) for line in lines()]
    assert sum(entry["session"] == "victim" for entry in entries) >= answered
    assert problems() == []


def edited(line: bytes) -> bytes:
    return line.replace(b'"deny"', b'"allow"', 1)


TAMPERINGS: list[tuple[str, Callable[[Lines], Lines], list[tuple[str, int]]]] = [
    ("a verdict is changed", lambda all_: [*all_[:2], edited(all_[2]), *all_[3:]], [("edited", 3)]),
    ("the first line is changed", lambda all_: [edited(all_[0]), *all_[1:]], [("edited", 1)]),
    ("the last line is changed", lambda all_: [*all_[:-1], edited(all_[-1])], [("edited", 6)]),
    (
        "two neighbours are changed",
        lambda all_: [*all_[:2], *map(edited, all_[2:4]), *all_[4:]],
        [("edited", 3), ("edited", 4)],
    ),
    ("a digest is changed", lambda all_: [*all_[:2], all_[2][:-4] + b'g"}\n', *all_[3:]], [("edited", 3)]),
    ("a space is added", lambda all_: [*all_[:2], b" " + all_[2], *all_[3:]], [("edited", 3)]),
    ("a line is overwritten", lambda all_: [*all_[:2], b"nothing happened\n", *all_[3:]], [("edited", 3)]),
    ("a line is added", lambda all_: [*all_[:2], b'{"sequence":3}\n', *all_[2:]], [("edited", 3)]),
    ("an empty line is added", lambda all_: [*all_[:2], b"\n", *all_[2:]], [("edited", 3)]),
    ("a line is taken out", lambda all_: [*all_[:2], *all_[3:]], [("missing", 3)]),
    ("two lines are taken out", lambda all_: [*all_[:2], *all_[4:]], [("missing", 3)]),
    ("the beginning is taken out", lambda all_: all_[2:], [("missing", 1)]),
    (
        "one is changed, its neighbour taken out",
        lambda all_: [*all_[:2], edited(all_[2]), *all_[4:]],
        [("edited", 3), ("missing", 4)],
    ),
    ("the end is cut off", lambda all_: all_[:4], [("truncated", 4)]),
    ("the end is cut off within a line", lambda all_: [*all_[:4], all_[4][:30]], [("truncated", 4), ("torn", 5)]),
    ("only the last line end is cut off", lambda all_: [*all_[:-1], all_[-1][:-1]], [("torn", 6)]),
    ("everything is emptied", lambda all_: all_[:0], [("truncated", 0)]),
    ("two lines change places", lambda all_: [*all_[:2], all_[3], all_[2], *all_[4:]], [("reordered", 4)]),
    ("the last line comes first", lambda all_: [all_[-1], *all_[:-1]], [("reordered", line) for line in range(2, 7)]),
    ("a line is repeated", lambda all_: [*all_, all_[1]], [("repeated", 7)]),
]


@pytest.mark.parametrize(
    ("tamper", "expected"), [case[1:] for case in TAMPERINGS], ids=[case[0] for case in TAMPERINGS]
)
def test_tampering_is_named(journal: Lines, tamper: Callable[[Lines], Lines], expected: list[tuple[str, int]]) -> None:
    rewrite(tamper(journal))
    assert problems() == expected


@pytest.mark.parametrize(
    ("tamper", "expected"), [case[1:] for case in TAMPERINGS], ids=[case[0] for case in TAMPERINGS]
)
def test_tampering_is_not_healed_by_the_next_line(
    journal: Lines, tamper: Callable[[Lines], Lines], expected: list[tuple[str, int]]
) -> None:
    rewrite(tamper(journal))
    append(event("after"))
    is_only_torn = expected == [("torn", LENGTH)]
    assert (problems() == []) == is_only_torn
    assert json.loads(lines()[-1])["sequence"] == LENGTH + 1


def test_no_change_of_a_single_bit_goes_unseen(journal: Lines) -> None:
    whole = b"".join(journal)
    places = range(0, len(whole), 7)
    assert len(places) > 200
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        rewrite([bytes(changed)])
        assert problems() != [], f"bit {place % 8} of byte {place}"


def test_no_cut_goes_unseen(journal: Lines) -> None:
    whole = b"".join(journal)
    for length in range(0, len(whole), 11):
        rewrite([whole[:length]])
        assert {kind for kind, _line in problems()} & {"truncated", "torn"}, f"cut after {length} bytes"


def test_a_removed_journal_is_truncated(journal: Lines) -> None:
    Path(journal_file()).unlink()
    assert problems() == [("truncated", 0)]


def test_neither_journal_nor_head_is_an_error(home: Path) -> None:
    with pytest.raises(StateError, match="the journal cannot be read"):
        verify(journal_file())


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda: head().unlink(), id="removed"),
        pytest.param(lambda: head().write_bytes(b""), id="emptied"),
        pytest.param(lambda: head().write_bytes(head().read_bytes().replace(b"6", b"5", 1)), id="changed"),
        pytest.param(lambda: head().write_bytes(lines()[3]), id="replaced by a genuine line"),
    ],
)
def test_a_journal_without_a_genuine_head_is_unanchored(journal: Lines, spoil: Callable[[], object]) -> None:
    spoil()
    assert problems() == [("unanchored", 0)]


@posix_only
@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["by name", "as another name of the file"])
def test_a_head_that_is_another_file_too_is_replaced_and_not_written_over(
    journal: Lines, tmp_path: Path, link: Callable[[Path, Path], None]
) -> None:
    other = tmp_path / "other"
    other.write_bytes(head().read_bytes()[:50])
    head().unlink()
    link(other, head())
    before = other.read_bytes()
    append(event())
    append(event())
    assert other.read_bytes() == before
    assert not head().is_symlink()
    assert [json.loads(line).get("remark", "") for line in lines()][-2:] == ["the head was torn or changed", ""]


def test_cutting_the_end_and_the_head_leaves_a_mark_in_the_next_line(journal: Lines) -> None:
    rewrite(journal[:4])
    head().unlink()
    append(event("after"))
    assert problems() == [("unanchored", 5)]


def test_a_head_is_no_line(journal: Lines) -> None:
    rewrite([*journal, head().read_bytes()])
    assert problems() == [("edited", 7)]


def test_a_genuine_line_of_another_history_is_named(journal: Lines) -> None:
    folder = Path(state_folder())
    shutil.copytree(folder, folder.parent / "copy")
    append(event("told"))
    told = lines()[-1]
    shutil.rmtree(folder)
    (folder.parent / "copy").rename(folder)
    append(event("hidden"))
    assert problems() == []
    hidden = lines()[-1]
    rewrite([*journal, told])
    assert problems() == [("edited", 7)]
    rewrite([*journal, hidden])
    append(event("later"))
    assert problems() == []
    rewrite([*journal, told, lines()[-1]])
    assert problems() == [("edited", 7)]


def test_another_key_is_told_from_editing(journal: Lines) -> None:
    key = Path(state_folder()) / "key"
    key.write_bytes(os.urandom(32))
    assert problems() == [("key", 0)]


def test_a_torn_line_stays_torn_and_the_next_line_says_so(journal: Lines) -> None:
    with Path(journal_file()).open("ab") as stream:
        stream.write(b'{"sequence":7,"ti')
    assert problems() == [("torn", 7)]
    append(event("after"))
    last = json.loads(lines()[-1])
    assert (last["sequence"], last["remark"]) == (7, "the line before was torn off")
    assert problems() == [("torn", 7)]


def test_a_line_that_the_head_does_not_know_yet_is_nothing_wrong(journal: Lines) -> None:
    before = head().read_bytes()
    append(event("after"))
    head().write_bytes(before)
    assert problems() == []
    append(event("later"))
    assert problems() == []
    assert "remark" not in json.loads(lines()[-1])


def test_a_writable_journal_passes_the_check() -> None:
    check_writable()
    append(event())
    check_writable()
    assert problems() == []


def in_place_of_journal_folder(path: Path) -> None:
    path.mkdir()


def in_place_of_journal_link(path: Path) -> None:
    path.symlink_to(os.devnull)


def in_place_of_journal_link_to_file(path: Path) -> None:
    (path.parent / "elsewhere").write_text("", encoding="utf-8")
    path.symlink_to(path.parent / "elsewhere")


def in_place_of_journal_pipe(path: Path) -> None:
    os.mkfifo(path)


@posix_only
@pytest.mark.parametrize(
    "prepare",
    [
        pytest.param(in_place_of_journal_folder, id="a folder"),
        pytest.param(in_place_of_journal_link, id="a link to nowhere would swallow it"),
        pytest.param(in_place_of_journal_link_to_file, id="a link may lead where others can write"),
        pytest.param(in_place_of_journal_pipe, id="a pipe would block"),
    ],
)
def test_a_journal_that_would_not_keep_the_line_is_an_error(prepare: Callable[[Path], None]) -> None:
    prepare(Path(journal_file()))
    for write in (check_writable, lambda: append(event())):
        with pytest.raises(StateError, match=r"journal\.jsonl: "):
            write()


@posix_only
def test_a_state_folder_that_is_a_file_is_an_error(home: Path) -> None:
    Path(state_folder()).rmdir()
    (home / ".local" / "state" / "agentguard-secrets").write_text("", encoding="utf-8")
    with pytest.raises(StateError, match="the state folder cannot be made"):
        check_writable()


@posix_only
def test_a_full_disk_is_an_error_and_the_journal_goes_on(journal: Lines) -> None:
    code = (
        "import resource, sys; from pathlib import Path;"
        "from agentguard_secrets.model import AuditEvent; from agentguard_secrets.state import folders, journal;"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "size = Path(folders.journal_file()).stat().st_size + 100;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size, size));"
        "journal.append(AuditEvent('e', 's', 't', 'deny', (), (), 'p', 'd'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "StateError: the journal's line could not be written in full" in done.stderr
    append(event("after"))
    assert problems() == [("torn", 7)]


def test_a_line_is_sealed_with_hmac_sha_256_as_the_standard_library_has_it() -> None:
    append(event())
    key = hmac.digest((Path(state_folder()) / "key").read_bytes(), b"agentguard-secrets journal", "sha256")
    (line,) = lines()
    body, _mark, digest = line.strip().rpartition(b',"digest":"')
    assert digest == hmac.digest(key, body, "sha256").hex().encode() + b'"}'


def test_what_a_line_does_not_have_to_say_is_left_out() -> None:
    append(event(rules=(), path="", acts=("force-push",), subjects=("main",), unread=2))
    (entry,) = read(journal_file())
    assert entry is not None
    assert (entry["rules"], entry["path"], entry["acts"], entry["subjects"]) == ([], "", ["force-push"], ["main"])
    assert (entry["unread"], "note" in entry, "milliseconds" in entry) == (2, False, False)


def put_aside_after(*sizes: int) -> list[str]:
    """Append six lines of which each may be the last of its file, and return the files' names."""
    for number in range(1, LENGTH + 1):
        append(event(f"{number}.txt"), rotate=sizes[number % len(sizes)])
    return sorted(path.name for path in Path(state_folder()).glob("journal*.jsonl"))


def test_a_long_journal_is_put_aside_and_numbers_and_chain_go_on() -> None:
    names = put_aside_after(1, 100_000)
    assert names == [
        "journal-000000000001.jsonl",
        "journal-000000000003.jsonl",
        "journal-000000000005.jsonl",
        "journal.jsonl",
    ]
    entries = [entry for entry in read(journal_file()) if entry]
    assert [entry["sequence"] for entry in entries] == list(range(1, LENGTH + 1))
    assert [entry["previous"] for entry in entries[1:]] == [entry["digest"] for entry in entries[:-1]]
    assert problems() == []


def test_a_journal_of_another_month_is_put_aside() -> None:
    append(event())
    os.utime(journal_file(), (0, 0))
    append(event())
    assert [path.name for path in Path(state_folder()).glob("journal-*")] == ["journal-000000000001.jsonl"]
    assert problems() == []


@posix_only
def test_a_file_put_aside_is_for_the_user_only() -> None:
    put_aside_after(1)
    modes = {path.stat().st_mode & 0o777 for path in Path(state_folder()).glob("journal-*")}
    assert modes == {0o600}


def test_a_journal_is_never_put_over_another_file() -> None:
    append(event())
    aside = Path(state_folder()) / "journal-000000000001.jsonl"
    aside.write_bytes(b"precious")
    append(event(), rotate=1)
    assert aside.read_bytes() == b"precious"
    assert len(lines()) == 2


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("journal-000000000001.jsonl", [("missing", 1)], id="the first file is removed"),
        pytest.param("journal-000000000003.jsonl", [("missing", 1)], id="a file in the middle is removed"),
        pytest.param("journal.jsonl", [("truncated", 2)], id="the newest file is removed"),
    ],
)
def test_a_removed_file_is_named(name: str, expected: list[tuple[str, int]]) -> None:
    put_aside_after(1, 100_000)
    (Path(state_folder()) / name).unlink()
    assert problems() == expected
    append(event("after"))
    assert problems() != []


def test_a_change_in_a_file_put_aside_names_that_file() -> None:
    put_aside_after(1, 100_000)
    aside = Path(state_folder()) / "journal-000000000003.jsonl"
    aside.write_bytes(edited(aside.read_bytes()))
    (problem,) = verify(journal_file())
    assert (problem.kind, problem.path, problem.line) == ("edited", str(aside), 1)


def test_after_a_new_key_numbers_go_on_and_the_old_lines_are_named_once(journal: Lines) -> None:
    (Path(state_folder()) / "key").write_bytes(os.urandom(32))
    for _ in range(2):
        append(event("after"))
    last = json.loads(lines()[LENGTH])
    assert (last["sequence"], last["remark"]) == (LENGTH + 1, "the line before was written with another key")
    assert problems() == [("key", 1)]


def test_lines_that_retention_removed_are_not_missing(journal: Lines) -> None:
    append(event("retention", retired=2))
    rewrite(lines()[2:])
    assert problems() == []
    rewrite(lines()[1:])
    assert problems() == [("missing", 1)]


def test_a_journal_put_back_whole_is_found_by_what_was_told_outside(journal: Lines) -> None:
    folder = Path(state_folder())
    shutil.copytree(folder, folder.parent / "copy")
    told = append(event("told"))
    assert verify(journal_file(), anchors=[told]) == []
    shutil.rmtree(folder)
    (folder.parent / "copy").rename(folder)
    assert problems() == []
    assert [problem.kind for problem in verify(journal_file(), anchors=[told])] == ["truncated"]
    append(event("other"))
    assert [problem.kind for problem in verify(journal_file(), anchors=[told])] == ["edited"]
