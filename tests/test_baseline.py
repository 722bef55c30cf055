"""Turns accepted findings into proof that they are silent until their value or their file changes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentguard_secrets.errors import PolicyError
from agentguard_secrets.state.baseline import NAME, Entry, parse_baseline, render_baseline
from agentguard_secrets.state.githooks import install
from tests.killing import killed
from tests.making import sample
from tests.running import agentguard, scanned
from tests.test_git_hooks import hook, run
from tests.test_git_index import TEMPLATE, Git, commit, line, write

FINGERPRINT = "0123456789abcdef" * 2


@pytest.fixture
def accepted(repository: Path) -> Path:
    """A repository in which one finding is accepted."""
    (repository / "old").write_text(line())
    assert agentguard("baseline", "create", cwd=repository).returncode == 0
    return repository


def entries(folder: Path) -> list[list[str]]:
    return [each.split("  ") for each in (folder / NAME).read_text().splitlines()]


def found(folder: Path, *words: str) -> list[tuple[str, int]]:
    return [(each["path"], each["line"]) for each in scanned(*words, cwd=folder)[1]["findings"]]


def test_what_is_accepted_is_silent(accepted: Path) -> None:
    assert [(len(fingerprint), rule, path) for fingerprint, rule, path in entries(accepted)] == [
        (32, "github-pat", "old")
    ]
    status, document = scanned(cwd=accepted)
    assert (status, document["stats"]["accepted"]) == (0, 1)


@pytest.mark.parametrize("name", ["accepted", "what we accept", "accept*ed", "tab\tbed", "sub/[x] \\"])
def test_a_baseline_of_any_name_merges_by_union(repository: Path, git: Git, name: str) -> None:
    (repository / name).parent.mkdir(exist_ok=True)
    assert agentguard("baseline", "create", "--baseline", name, cwd=repository).returncode == 0
    said = git(repository, "check-attr", "-z", "merge", "--", name, re.sub("[* \t]", "x", name))

    assert said.split("\0")[2::3][0] == "union"
    assert said.split("\0")[5:6] == (["union"] if name == "accepted" else ["unspecified"])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda path: path.write_text(f"# new\n{path.read_text()}"), [], id="the line moved"),
        pytest.param(lambda path: path.write_text(path.read_text() * 2), [], id="the same value twice"),
        pytest.param(lambda path: path.write_text(line()), [("old", 1)], id="another value"),
        pytest.param(lambda path: path.rename(path.with_name("new")), [("new", 1)], id="another file"),
    ],
)
def test_an_entry_holds_for_one_value_in_one_file(
    accepted: Path, change: Callable[[Path], None], expected: list[tuple[str, int]]
) -> None:
    change(accepted / "old")

    assert found(accepted) == expected


@pytest.mark.parametrize("words", [["."], ["old"], ["sub/../old"], []])
def test_it_is_found_however_the_file_is_named(accepted: Path, words: list[str]) -> None:
    (accepted / "sub").mkdir()
    assert found(accepted, *words) == []
    assert found(accepted / "sub", *(f"../{each}" for each in words)) == []


def test_it_can_be_left_out_and_another_be_named(accepted: Path) -> None:
    (accepted / NAME).rename(accepted / "other")

    assert found(accepted) == [("old", 1)]
    assert found(accepted, "--baseline", "other") == []
    assert found(accepted, "--no-baseline") == [("old", 1)]
    assert agentguard("scan", "--baseline", "none", cwd=accepted).returncode == 2


def test_hooks_honour_it(accepted: Path, git: Git) -> None:
    install(accepted, dry_run=False)
    git(accepted, "add", "--all")
    assert run(accepted, "commit", "--message", "accepted").returncode == 0

    write(accepted, git, new=line())
    done = run(accepted, "commit", "--message", "leaking")
    assert (done.returncode, "new:1" in done.stderr, "old:1" in done.stderr) == (1, True, False)


def test_a_push_honours_it(accepted: Path, git: Git) -> None:
    git(accepted, "add", "--all")
    git(accepted, "commit", "--quiet", "--message", "accepted")
    sent = f"refs/heads/main {git(accepted, 'rev-parse', 'HEAD').strip()} refs/heads/main {'0' * 40}\n"

    assert hook(accepted, "pre-push", "origin", "url", stdin=sent).returncode == 0
    (accepted / NAME).unlink()
    assert hook(accepted, "pre-push", "origin", "url", stdin=sent).returncode == 1


def test_update_takes_in_what_is_new_and_leaves_out_what_is_gone(accepted: Path) -> None:
    (accepted / "new").write_text(line())
    (accepted / "old").unlink()
    done = agentguard("baseline", "update", cwd=accepted)

    assert (done.returncode, b"1 accepted (1 new, 1 gone)" in done.stdout) == (0, True)
    assert [path for _, _, path in entries(accepted)] == ["new"]


def test_update_of_a_folder_keeps_what_lies_elsewhere(accepted: Path) -> None:
    (accepted / "sub").mkdir()
    (accepted / "sub" / "new").write_text(line())
    (accepted / "other").write_text(line())

    assert agentguard("baseline", "update", "sub", cwd=accepted).returncode == 0
    assert sorted(path for _, _, path in entries(accepted)) == ["old", "sub/new"]


def test_the_past_can_be_accepted(repository: Path, git: Git) -> None:
    commit(repository, git, gone=line())
    git(repository, "rm", "--quiet", "gone")
    git(repository, "commit", "--quiet", "--message", f"removed {sample(TEMPLATE)}")
    assert agentguard("baseline", "create", "--history", cwd=repository).returncode == 0

    assert sorted(path for _, _, path in entries(repository)) == ["-", "gone"]
    assert found(repository, "--history") == []


def test_creating_twice_is_wrong_use(accepted: Path) -> None:
    before = (accepted / NAME).read_text()
    assert agentguard("baseline", "create", cwd=accepted).returncode == 2
    assert (accepted / NAME).read_text() == before


@pytest.mark.parametrize("words", [["update"], ["export"], ["import", "none"], ["import", "old"], []])
def test_what_cannot_be_done_is_wrong_use(repository: Path, words: list[str]) -> None:
    (repository / "old").write_text("{}")
    assert agentguard("baseline", *words, cwd=repository).returncode == 2
    assert not (repository / NAME).exists()


def test_two_branches_merge_by_union(repository: Path, git: Git) -> None:
    """One line a finding, sorted: what both add stands after the merge, whatever order the lines came in."""
    commit(repository, git, base=line())
    assert agentguard("policy", "init", cwd=repository).returncode == 0
    assert agentguard("baseline", "create", cwd=repository).returncode == 0
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "accepted")
    for name in ("one", "two"):
        git(repository, "checkout", "--quiet", "-b", name, "main")
        (repository / name).write_text(line())
        assert agentguard("baseline", "update", cwd=repository).returncode == 0
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--message", name)
    git(repository, "merge", "--quiet", "--no-edit", "one")

    assert found(repository) == []
    assert sorted(path for _, _, path in entries(repository)) == ["base", "one", "two"]


NAMES = [" a b ", "two\nlines", "back\\slash", "\\x41", "größe 💡", "bytes \udcff", "\u2028", "#", "a  b", "-"]


@pytest.mark.parametrize("path", NAMES)
def test_a_path_of_any_bytes_stays_on_its_line(path: str) -> None:
    text = render_baseline([Entry(FINGERPRINT, "rule", path)])

    assert (text.count("\n"), len(text.splitlines())) == (1, 1)
    assert parse_baseline(text, path="x") == {Entry(FINGERPRINT, "rule", path)}


def test_lines_are_sorted_and_without_repetition() -> None:
    some = [Entry(digit * 32, "rule", path) for digit in "ba" for path in ("y", "x")]
    lines = render_baseline([*some, *some]).splitlines()

    assert (lines, len(lines)) == (sorted(set(lines)), 4)


@pytest.mark.parametrize(
    "text",
    ["nonsense", f"{FINGERPRINT} rule path", f"{FINGERPRINT}  rule", f"{FINGERPRINT[1:]}  rule  path", "<<<<<<< ours"],
)
def test_a_line_that_is_none_stops_everything(accepted: Path, text: str) -> None:
    with pytest.raises(PolicyError, match="x, line 2: expected"):
        parse_baseline(f"# a comment\n{text}\n", path="x")
    with (accepted / NAME).open("a") as stream:
        stream.write(text)
    assert agentguard("scan", cwd=accepted).returncode == 2


def test_what_nothing_needs_is_listed_and_can_be_an_error(accepted: Path) -> None:
    (accepted / "old").write_text("clean\n")
    with (accepted / "agentguard.toml").open("w") as policy:
        for day in ("2001-01-01", "2999-01-01"):
            policy.write(
                f'[[allow]]\nfingerprint = "{FINGERPRINT}"\nreason = "why"\nowner = "who"\nexpires = "{day}"\n'
            )
    done = agentguard("scan", cwd=accepted)
    told = done.stdout.decode().splitlines()

    assert done.returncode == 0
    assert [each.split(":")[0] for each in told[:-1]] == ["expired on 2001-01-01", "unused", "unused"]
    assert told[2].endswith("github-pat  old")
    assert agentguard("scan", "--fail-on-unused", cwd=accepted).returncode == 2
    assert agentguard("scan", "--fail-on-unused", "old", cwd=accepted).returncode == 2


@pytest.mark.parametrize("words", [["other"], ["--staged"], ["--skip-ignored", "other"]])
def test_a_scan_of_a_part_does_not_judge_the_rest(accepted: Path, words: list[str]) -> None:
    (accepted / "old").unlink()
    (accepted / "other").mkdir()

    assert agentguard("scan", "--fail-on-unused", *words, cwd=accepted).returncode == 0


def test_a_credential_in_a_file_name_is_not_told(repository: Path) -> None:
    name = sample(TEMPLATE)
    (repository / name).write_text(line())
    assert agentguard("baseline", "create", cwd=repository).returncode == 0

    assert name not in (repository / NAME).read_text()
    assert found(repository) == []


def test_detect_secrets_takes_what_is_exported_and_gives_it_back(accepted: Path) -> None:
    (accepted / "plain").write_text(f"password = '{sample('<alnum:22>')}'\n")
    assert agentguard("baseline", "update", cwd=accepted).returncode == 0
    before = (accepted / NAME).read_text()
    assert agentguard("baseline", "export", "--output", "exported.json", cwd=accepted).returncode == 0
    words = [sys.executable, "-m", "detect_secrets.pre_commit_hook", "--baseline", "exported.json", "old", "plain"]
    assert subprocess.run(words, cwd=accepted, check=False).returncode == 0

    (accepted / NAME).unlink()
    assert agentguard("baseline", "import", "exported.json", cwd=accepted).returncode == 0
    assert (accepted / NAME).read_text() == before


def test_a_baseline_of_detect_secrets_is_taken_over(repository: Path, git: Git) -> None:
    write(repository, git, old=line(), plain=f"password = '{sample('<alnum:22>')}'\n", other=line())
    words = [sys.executable, "-m", "detect_secrets", "scan", "old", "plain"]
    theirs = subprocess.run(words, cwd=repository, capture_output=True, check=True).stdout
    (repository / ".secrets.baseline").write_bytes(theirs)
    assert agentguard("baseline", "import", ".secrets.baseline", cwd=repository).returncode == 0

    assert found(repository, "old", "plain", "other") == [("other", 1)]


def test_code_that_a_baseline_names_is_not_loaded(accepted: Path) -> None:
    (accepted / "evil.py").write_text("open('loaded', 'w')\n")
    assert agentguard("baseline", "export", "--output", "exported.json", cwd=accepted).returncode == 0
    text = (accepted / "exported.json").read_text()
    plugin = f'"plugins_used": [{{"name": "Evil", "path": "file://{accepted}/evil.py"}},'
    (accepted / "exported.json").write_text(text.replace('"plugins_used": [', plugin))
    assert agentguard("baseline", "import", "exported.json", cwd=accepted).returncode == 0

    assert not (accepted / "loaded").exists()


@pytest.mark.skipif(os.name == "nt", reason="no signals there")
def test_a_killed_update_leaves_the_old_file_or_the_new(accepted: Path) -> None:
    old = (accepted / NAME).read_bytes()
    (accepted / "new").write_text(line())
    results = []
    for was_killed in killed("baseline", "update", "--jobs", "1", cwd=accepted, name=NAME):
        now = (accepted / NAME).read_bytes()
        results.append((was_killed, now == old, len(parse_baseline(now.decode(), path="x"))))
        for draft in accepted.glob(f"{NAME}*"):
            draft.unlink()
        (accepted / NAME).write_bytes(old)

    assert {each for each in results if each[1]} == {(True, True, 1)}
    assert {each for each in results if not each[1]} == {(False, False, 2)}
    assert len(results) > 3
