"""Turns settings that change while the real client runs into proof that the guard stays in its place."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from agentguard_secrets.state.claudehooks import TIMEOUT
from tests.e2e.client import Outcome
from tests.e2e.workplace import Workplace, bash, token

_MALFORMED = {"hooks": [{"type": "command", "command": 7}]}
# Of settings that hold the guard: what somebody else makes of them, and in which file.
_CHANGES: dict[str, tuple[str, Any]] = {
    "all hooks off": ("settings.json", lambda _settings: {"disableAllHooks": True}),
    "a library for every program": ("settings.json", lambda _settings: {"env": {"LD_PRELOAD": "/x.so"}}),
    "our hooks taken out": ("settings.local.json", lambda settings: {**settings, "hooks": {}}),
    "a malformed hook beside ours": (
        "settings.local.json",
        lambda settings: {
            **settings,
            "hooks": {**settings["hooks"], "PreToolUse": [_MALFORMED, *settings["hooks"]["PreToolUse"]]},
        },
    ),
}
# Starts the client; once a call of it has run, something else puts a file into its place.
_LATER = (
    *("sh", "-c"),
    '(until [ -e started ]; do sleep 0.1; done; timeout 60 cp "$0" "$1") >/dev/null 2>&1 & shift; exec "$@"',
)


def _changed_in_between(work: Workplace, change: str, *, seconds: int) -> Outcome:
    """A session that shows a file once the change has long been made, and `seconds` have passed."""
    name, changed = _CHANGES[change]
    place, draft = work.folder / ".claude" / name, work.folder.parent / "draft.json"
    draft.write_text(json.dumps(changed(work.settings())))
    launcher = (*_LATER, str(draft), str(place))
    done = work.talk(bash(f"touch started; sleep {seconds}"), bash("cat notes.txt"), launcher=launcher)
    assert place.read_text() == draft.read_text()
    return done


def _standing_still(work: Workplace, event: str) -> None:
    """Let the guard be stopped at `event`, and the client wait for it no longer than some seconds."""
    stand_in = work.folder.parent / "python"
    stopped = f'grep -q \'"hook_event_name":"{event}"\' "$input" && kill -STOP $$'
    stand_in.write_text(
        f'#!/bin/sh\ninput=$(mktemp) && cat > "$input"\n{stopped}\nexec {sys.executable} "$@" < "$input"\n'
    )
    stand_in.chmod(0o755)
    settings = json.dumps(work.settings()).replace(sys.executable, str(stand_in))
    settings = settings.replace(f'"timeout": {TIMEOUT}', '"timeout": 6')
    (work.folder / ".claude" / "settings.local.json").write_text(settings)


@pytest.mark.parametrize("change", _CHANGES)
def test_settings_that_switch_the_guard_off_do_not_come_into_force(work: Workplace, change: str) -> None:
    credential = token()
    work.write("notes.txt", credential)
    done = _changed_in_between(work, change, seconds=12)
    assert credential not in done.everything()
    assert "[REDACTED:github-pat:" in done.model.seen(1)
    refused = [line for line in work.journal() if line["event"] == "ConfigChange"]
    assert [(line["verdict"], line["acts"]) for line in refused] == [("deny", ["self-protection"])]


def test_settings_do_not_come_into_force_when_their_guard_stands_still(work: Workplace) -> None:
    _standing_still(work, "ConfigChange")
    credential = token()
    work.write("notes.txt", credential)
    done = _changed_in_between(work, "all hooks off", seconds=18)
    assert credential not in done.everything()
    assert "[REDACTED:github-pat:" in done.model.seen(1)


def test_call_is_not_asked_about_when_its_guard_stands_still(work: Workplace) -> None:
    settings = work.settings()
    settings["permissions"]["ask"] = ["Bash(printf:*)"]
    work.write(".claude/settings.local.json", json.dumps(settings))
    _standing_still(work, "PermissionRequest")
    done = work.talk(bash("printf one > made"))
    assert not (work.folder / "made").exists()
    assert "timed out; blocking" in done.model.seen(0)
