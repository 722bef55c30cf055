"""Turns our own repository into proof that no credential, not even an invented one, is written down in it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.running import scanned

ROOT = Path(__file__).parents[1]
LEAST_FILES = 100
NOT_SCANNED = 3


def own_files() -> list[str]:
    """What git tracks here; in an unpacked archive there is no git, and everything is ours."""
    if not (ROOT / ".git").exists():
        return [os.fspath(path.relative_to(ROOT)) for path in sorted(ROOT.rglob("*")) if path.is_file()]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [os.fsdecode(name) for name in listed.split(b"\0")[:-1] if (ROOT / os.fsdecode(name)).is_file()]


def test_our_own_files_hold_no_credential() -> None:
    status, document = scanned("--no-inline-allow", *own_files(), cwd=ROOT)
    assert [(each["path"], each["line"], each["rule"]) for each in document["findings"]] == []
    # Of a picture only what is text in it can be searched.
    assert [each for each in document["unread"] if not each["path"].endswith(".png")] == []
    assert status in (0, NOT_SCANNED)
    assert document["stats"]["chunks"] >= LEAST_FILES
