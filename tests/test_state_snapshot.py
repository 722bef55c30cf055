"""Turns forged, stale and broken snapshots into proof that the policy's files decide."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentguard_secrets.errors import PolicyError
from agentguard_secrets.state.folders import state_folder
from agentguard_secrets.state.policyfile import DEFAULTS, load_policy
from agentguard_secrets.state.snapshot import DEFAULT_SETTINGS, Settings, current_settings

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="owners and modes of POSIX")

POLICY = "[mode]\ndeadline = 7\non_error = 'ask'\n[journal]\nclean = true\n"
REAL = (7.0, "ASK", True)
FORGED = {"deadline": 1.0, "on_error": "ASK", "journal_clean": False, "digest": "forged", "is_told": False}


def said(settings: Settings) -> tuple[float, str, bool]:
    return settings.deadline, settings.on_error, settings.journal_clean


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a policy of which a snapshot has been made."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "agentguard.toml").write_text(POLICY, encoding="utf-8", newline="\n")
    current_settings(str(tmp_path))
    return tmp_path


def snapshot() -> Path:
    (path,) = (Path(state_folder()) / "snapshots").iterdir()
    return path


def change_snapshot(**changes: Any) -> None:
    record = json.loads(snapshot().read_text(encoding="utf-8"))
    snapshot().write_text(json.dumps({**record, **changes}), encoding="utf-8")


def modules_after(project: Path) -> set[str]:
    """The modules that a new process has imported once it knows the settings."""
    code = "import sys; from agentguard_secrets.state.snapshot import current_settings; current_settings(sys.argv[1]); "
    done = subprocess.run(
        [sys.executable, "-c", code + "print(*sys.modules)", str(project)], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_without_a_policy_the_defaults_hold_and_nothing_is_written(tmp_path: Path, home: Path) -> None:
    assert current_settings(str(tmp_path)) == DEFAULT_SETTINGS
    assert list(home.rglob("snapshots")) == []


def test_default_settings_are_those_of_the_default_policy() -> None:
    policy = (DEFAULTS.deadline, DEFAULTS.on_error.name, DEFAULTS.journal_clean, DEFAULTS.digest)
    assert DEFAULT_SETTINGS._astuple() == (*policy, (), False, False)


def test_settings_are_those_of_the_policy_with_and_without_a_snapshot(project: Path) -> None:
    second = current_settings(str(project))
    snapshot().unlink()
    assert second == current_settings(str(project))
    assert said(second) == REAL
    assert second.digest == load_policy(project).digest


def test_a_valid_snapshot_spares_parsing(project: Path) -> None:
    fast = modules_after(project)
    snapshot().unlink()
    slow = modules_after(project)
    assert "tomllib" not in fast
    assert "tomllib" in slow


def test_a_clean_run_imports_little(project: Path) -> None:
    ours = {name for name in modules_after(project) if name.startswith("agentguard_secrets.")}
    below = {"_plainjson", "_record", "state", "state.folders", "state.snapshot"}
    assert ours == {f"agentguard_secrets.{name}" for name in below}
    assert modules_after(project).isdisjoint(
        {"typing", "dataclasses", "pathlib", "subprocess", "hashlib", "re", "enum", "json"} - _at_start()
    )


def _at_start() -> set[str]:
    code = "import sys; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


@posix_only
def test_a_snapshot_is_for_the_user_only(project: Path) -> None:
    assert snapshot().stat().st_mode & 0o777 == 0o600


def test_a_changed_policy_counts_at_once(project: Path) -> None:
    status = (project / "agentguard.toml").stat()
    (project / "agentguard.toml").write_text(POLICY.replace("7", "8"), encoding="utf-8", newline="\n")
    os.utime(project / "agentguard.toml", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert current_settings(str(project)).deadline == 8.0


def test_a_new_layer_counts_at_once(project: Path) -> None:
    (project / "a").mkdir()
    (project / "a" / "agentguard.toml").write_text("[mode]\ndeadline = 3\n", encoding="utf-8")
    assert current_settings(str(project / "a")).deadline == 3.0
    assert current_settings(str(project)).deadline == 7.0


def test_a_removed_policy_leaves_the_defaults(project: Path) -> None:
    (project / "agentguard.toml").unlink()
    assert current_settings(str(project)) == DEFAULT_SETTINGS


def test_a_policy_that_breaks_is_an_error_although_a_snapshot_is_there(project: Path) -> None:
    (project / "agentguard.toml").write_text("[mode\n", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"agentguard\.toml:1"):
        current_settings(str(project))


def test_another_version_does_not_believe_the_snapshot(project: Path) -> None:
    change_snapshot(program="0.0.0", settings=FORGED)
    assert said(current_settings(str(project))) == REAL


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({**FORGED, "on_error": "ALLOW"}, id="an error must never allow"),
        pytest.param({**FORGED, "on_error": "maybe"}, id="no verdict"),
        pytest.param({**FORGED, "deadline": 0}, id="no time"),
        pytest.param({**FORGED, "deadline": float("nan")}, id="no number"),
        pytest.param({**FORGED, "deadline": []}, id="another kind"),
        pytest.param({"deadline": 1}, id="keys are missing"),
        pytest.param([], id="a list"),
        pytest.param(None, id="nothing"),
    ],
)
def test_settings_that_no_policy_can_have_made_are_not_believed(project: Path, settings: Any) -> None:
    change_snapshot(settings=settings)
    assert said(current_settings(str(project))) == REAL


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="torn"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[" * 100_000, id="nested too deeply"),
    ],
)
def test_a_broken_snapshot_is_replaced(project: Path, raw: bytes) -> None:
    snapshot().write_bytes(raw)
    assert said(current_settings(str(project))) == REAL
    assert json.loads(snapshot().read_bytes())["settings"]["deadline"] == 7.0


def test_every_name_that_the_policy_lists_is_among_the_words_whatever_the_snapshot_says(project: Path) -> None:
    text = '# don\'t\n[paths]\nsecret = [\'a.txt\', "b c"]\n[branches]\nprotected = [\n\'main\', """rel/*"""]\n'
    (project / "agentguard.toml").write_text(text, encoding="utf-8", newline="\n")
    for _ in ("made", "remembered"):
        assert {"a.txt", "b c", "main", "rel/*"} <= set(current_settings(str(project)).words)
    change_snapshot(settings={**FORGED, "words": []})
    assert {"a.txt", "b c", "main", "rel/*"} <= set(current_settings(str(project)).words)


def test_an_escape_may_spell_any_word(project: Path) -> None:
    (project / "agentguard.toml").write_text('[paths]\nsecret = ["\\u0061.txt"]\n', encoding="utf-8", newline="\n")
    assert current_settings(str(project)).words == ("**",)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replace_by_link(path: Path) -> None:
    target = path.parent / "elsewhere"
    path.rename(target)
    path.symlink_to(target)


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@posix_only
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.chmod(0o620), id="the group could have written it"),
        pytest.param(lambda path: path.chmod(0o602), id="anybody could have written it"),
        pytest.param(replace_by_folder, id="a folder"),
        pytest.param(replace_by_link, id="a link"),
        pytest.param(replace_by_pipe, id="a pipe that would block"),
    ],
)
def test_a_snapshot_that_others_could_have_made_is_not_believed(project: Path, spoil: Callable[[Path], None]) -> None:
    change_snapshot(settings=FORGED)
    assert current_settings(str(project)).digest == "forged"
    spoil(snapshot())
    assert said(current_settings(str(project))) == REAL


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("owner_of", ["snapshot", "policy", "both"])
def test_a_snapshot_counts_only_if_user_snapshot_and_policy_are_of_one_owner(project: Path, owner_of: str) -> None:
    change_snapshot(settings=FORGED)
    files = {"snapshot": [snapshot()], "policy": [project / "agentguard.toml"]}
    for path in files.get(owner_of) or [*files["snapshot"], *files["policy"]]:
        os.chown(path, 12345, 12345)
    assert said(current_settings(str(project))) == REAL


@posix_only
def test_a_state_folder_that_cannot_be_written_only_costs_time(project: Path) -> None:
    folder = snapshot().parent
    snapshot().unlink()
    folder.rmdir()
    folder.write_text("in the way", encoding="utf-8")
    assert said(current_settings(str(project))) == REAL


@posix_only
def test_a_policy_that_is_a_pipe_is_an_error_and_does_not_block(project: Path) -> None:
    (project / "agentguard.toml").unlink()
    os.mkfifo(project / "agentguard.toml")
    with pytest.raises(PolicyError, match="not a regular file"):
        current_settings(str(project))
