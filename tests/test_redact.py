"""Redaction takes the credentials out and leaves every other character where it was."""

from __future__ import annotations

from agentguard_secrets import redact, scan_text
from tests.making import sample

KEY = b"k" * 32


def test_every_credential_is_replaced_and_nothing_else() -> None:
    token = sample("ghp_<alnum:30><crc62:6>")
    text = f"\r\n a = {token}\r\n\tb = {token}\x00é"
    masked = redact(text, key=KEY)
    tag = masked[len("\r\n a = ") : masked.index("]") + 1]
    assert tag.startswith("[REDACTED:github-pat:")
    assert masked == text.replace(token, tag)


def test_the_same_value_has_the_same_tag_and_another_value_another() -> None:
    one, other = sample("ghp_<alnum:30><crc62:6>"), sample("ghp_<alnum:30><crc62:6>")
    tags = redact(f"{one} {other} {one}", key=KEY).split()
    assert tags[0] == tags[2] != tags[1]


def test_an_accepting_comment_does_not_keep_the_value_readable() -> None:
    token = sample("ghp_<alnum:30><crc62:6>")
    text = f"{token}  # agentguard:allow"
    assert token not in redact(text, key=KEY)
    assert scan_text(text, key=KEY) == []
