"""What the interpreter makes of bytes is what the standard library makes of them, and OpenSSL is not loaded for it."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
from pathlib import Path

import pytest

from agentguard_secrets._digest import sha256, signer_with
from tests.making import sample


@pytest.mark.parametrize("size", [0, 1, 32, 63, 64, 65, 200])
def test_digests_are_those_of_the_standard_library(size: int) -> None:
    key, raw = bytes(range(size)), b"some bytes"
    assert sha256(key).hexdigest() == hashlib.sha256(key).hexdigest()
    assert signer_with(key)(raw) == hmac.new(key, raw, hashlib.sha256).hexdigest()


def test_an_output_that_is_masked_loads_no_openssl(tmp_path: Path) -> None:
    told = {"stdout": f"a {sample('ghp_<alnum:30><crc62:6>')} b", "stderr": ""}
    event = {
        "hook_event_name": "PostToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": "ls"},
        "cwd": str(tmp_path),
    }
    raw = json.dumps({**event, "session_id": "s", "tool_response": told}).encode()
    command = [sys.executable, "-I", "-X", "importtime", "-m", "agentguard_secrets.hook"]
    done = subprocess.run(command, input=raw, capture_output=True, cwd=tmp_path, timeout=60, check=False)
    assert b"REDACTED" in done.stdout
    assert b"_hashlib" not in done.stderr
