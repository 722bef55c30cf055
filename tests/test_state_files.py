"""Turns the state folder, the key and atomic writing into proof that several processes and other users do no harm."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from agentguard_secrets.errors import StateError
from agentguard_secrets.state.atomic import FileChange, apply_change, read_text, write_atomically
from agentguard_secrets.state.folders import followed, project_folders, state_folder, user_policies
from agentguard_secrets.state.key import fingerprint_key, user_key
from agentguard_secrets.state.policyfile import DEFAULTS

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")
unprivileged_only = pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may do everything")


def mode(path: Path | str) -> int:
    return stat.S_IMODE(Path(path).stat().st_mode)


def started(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def test_state_folder_is_where_the_platform_puts_state() -> None:
    assert state_folder() == platformdirs.user_state_dir("agentguard-secrets", appauthor=False)


@posix_only
def test_state_folder_follows_xdg_state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert state_folder() == str(tmp_path / "state" / "agentguard-secrets")


@posix_only
def test_relative_xdg_state_home_is_ignored(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = state_folder()
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    assert state_folder() == usual


@posix_only
def test_state_folder_is_for_the_user_only() -> None:
    assert mode(state_folder()) == 0o700


def test_state_folder_that_is_a_file_is_an_error_that_names_it(home: Path) -> None:
    folder = Path(state_folder())
    folder.rmdir()
    folder.write_text("", encoding="utf-8")
    with pytest.raises(StateError, match="agentguard-secrets: the state folder cannot be made"):
        state_folder()


def test_xdg_config_home_cannot_hide_the_usual_user_policy(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "elsewhere"))
    assert user_policies() == [
        str(home / "elsewhere" / "agentguard" / "policy.toml"),
        str(home / ".config" / "agentguard" / "policy.toml"),
    ]


def test_project_ends_at_the_root_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "outer" / "repository" / ".git").mkdir(parents=True)
    deep = tmp_path / "outer" / "repository" / "a" / "b"
    deep.mkdir(parents=True)
    folders = [deep.parents[1], deep.parents[0], deep]
    assert project_folders(str(deep)) == [str(folder.resolve()) for folder in folders]


def test_a_worktree_is_a_repository_although_its_git_is_a_file(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: elsewhere\n", encoding="utf-8")
    (tmp_path / "a").mkdir()
    assert project_folders(str(tmp_path / "a"))[0] == str(tmp_path.resolve())


@posix_only
def test_a_link_into_a_repository_leads_to_its_policy(tmp_path: Path) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "repository" / "a").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "repository" / "a")
    assert project_folders(str(tmp_path / "link"))[0] == str((tmp_path / "repository").resolve())


def test_key_is_32_bytes_and_the_same_on_every_call() -> None:
    assert len(user_key()) == 32
    assert user_key() == user_key()


def test_two_users_have_two_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = user_key()
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    assert user_key() != first


@posix_only
def test_key_is_for_the_user_only() -> None:
    user_key()
    assert mode(Path(state_folder()) / "key") == 0o600


def test_processes_that_start_at_once_agree_on_one_key() -> None:
    code = "from agentguard_secrets.state.key import user_key; print(user_key().hex())"
    processes = [started(code) for _ in range(8)]
    assert {process.communicate(timeout=60)[0].strip() for process in processes} == {user_key().hex()}


def test_making_a_key_leaves_nothing_else_behind() -> None:
    user_key()
    assert [path.name for path in Path(state_folder()).iterdir()] == ["key"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="an empty key would make every fingerprint guessable"),
        pytest.param(b"k" * 31, id="too short"),
        pytest.param(b"k" * 33, id="too long"),
    ],
)
def test_key_of_another_size_is_an_error_that_names_the_file(content: bytes) -> None:
    path = Path(state_folder()) / "key"
    path.write_bytes(content)
    with pytest.raises(StateError, match="key: expected a key of 32 bytes"):
        user_key()
    assert path.read_bytes() == content


def test_key_that_is_a_folder_is_an_error_that_names_it() -> None:
    (Path(state_folder()) / "key").mkdir()
    with pytest.raises(StateError, match="key: the key cannot be read"):
        user_key()


@unprivileged_only
def test_key_that_cannot_be_read_is_an_error_that_names_it() -> None:
    path = Path(state_folder()) / "key"
    path.write_bytes(b"k" * 32)
    path.chmod(0)
    with pytest.raises(StateError, match="key: the key cannot be read"):
        user_key()


def test_fingerprints_use_the_salt_of_the_repository_if_there_is_one() -> None:
    assert fingerprint_key(DEFAULTS._replace(salt="0f" * 32)) == b"\x0f" * 32


def test_fingerprints_use_the_users_key_without_a_salt() -> None:
    assert fingerprint_key(DEFAULTS) == user_key()


@posix_only
@pytest.mark.parametrize("wanted", [0o600, 0o644, 0o755])
def test_written_file_has_the_content_and_the_mode(tmp_path: Path, wanted: int) -> None:
    path = tmp_path / "settings.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    write_atomically(path, "new\r\n", mode=wanted)
    assert path.read_bytes() == b"new\r\n"
    assert mode(path) == wanted


@posix_only
def test_writing_follows_a_link_instead_of_replacing_it(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("old", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "kept").read_text(encoding="utf-8") == "new"


def test_failed_write_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    (tmp_path / "target" / "inside").mkdir(parents=True)
    with pytest.raises(StateError, match="target: cannot be written"):
        write_atomically(tmp_path / "target", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_write_into_a_missing_folder_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="name: cannot be written"):
        write_atomically(tmp_path / "missing" / "name", "new")


@posix_only
def test_pipe_or_device_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    with pytest.raises(StateError, match="expected a file"):
        write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "pipe").is_fifo()


def test_change_is_applied_and_can_be_taken_back(tmp_path: Path) -> None:
    path = str(tmp_path / "hook")
    apply_change(FileChange(path, None, "#!/bin/sh\n", 0o755))
    assert read_text(path) == "#!/bin/sh\n"
    apply_change(FileChange(path, "#!/bin/sh\n", None))
    assert read_text(path) is None


def test_change_is_not_applied_to_a_file_that_changed_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "hook"
    path.write_text("theirs", encoding="utf-8")
    with pytest.raises(StateError, match="changed while this change was prepared"):
        apply_change(FileChange(str(path), None, "ours"))
    assert path.read_text(encoding="utf-8") == "theirs"


def test_text_that_is_not_utf_8_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "settings").write_bytes(b"\xff\xfe")
    with pytest.raises(StateError, match="settings: expected UTF-8 text"):
        read_text(tmp_path / "settings")


@pytest.mark.skipif(os.name == "nt", reason="links there want rights")
def test_links_in_arguments_are_followed_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "kept")
    kept = str(tmp_path.resolve() / "kept")
    given = {"a": [str(link), "link", {"b": f"file://{link}"}], "c": "no such name", "d": 7, "e": f"{link}\n"}
    expected = {"a": [kept, kept, {"b": kept}], "c": "no such name", "d": 7, "e": f"{link}\n"}
    assert followed(given, str(tmp_path)) == expected


@pytest.mark.skipif(os.name == "nt", reason="plays Windows")
def test_share_of_another_machine_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    share = f"/{tmp_path}/link"
    assert followed(share, "/") == str(tmp_path.resolve())
    monkeypatch.setattr(sys, "platform", "win32")
    assert followed(share, "/") == share
