"""Turns a text into the same text with every credential masked out."""

from __future__ import annotations

import argparse
import codecs
import os
from pathlib import Path
from typing import BinaryIO

from agentguard_secrets.cli.output import deliver_bytes, standard_input
from agentguard_secrets.detect.bounded import BoundedPattern
from agentguard_secrets.detect.engine import Detector, scan_chunk
from agentguard_secrets.detect.redact import redact_text
from agentguard_secrets.errors import SourceError, UsageError
from agentguard_secrets.model import Chunk
from agentguard_secrets.rulebook.packs import detector_for
from agentguard_secrets.sources.files import STANDARD_INPUT
from agentguard_secrets.state.key import fingerprint_key
from agentguard_secrets.state.known import listed
from agentguard_secrets.state.policyfile import load_policy

_BLOCK = 64 * 1024
# The lines of a private key are no credentials, each for itself.
_BEGUN, _ENDED = b"-----BEGIN ", b"-----END "
_LONGEST_HELD = 1024 * 1024

# The longer mark first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give `parser` the options of `redact`."""
    parser.add_argument("file", nargs="?", default=STANDARD_INPUT, metavar="FILE", help="default: standard input")
    parser.add_argument(
        "--lines", action="store_true", help="mask standard input line by line, as it comes, and not at its end"
    )
    parser.add_argument("--output", metavar="FILE", help="write the text there instead of to standard output")


def run(arguments: argparse.Namespace) -> int:
    """Print the text of the file without its credentials and return 0; comments and exceptions hide nothing here."""
    policy = load_policy(Path.cwd())
    known = listed(policy, str(Path.cwd()))
    detector = detector_for(policy.rules, fingerprint_key(policy))._replace(compile=BoundedPattern, known=known)
    if arguments.lines:
        if (arguments.file, arguments.output) != (STANDARD_INPUT, None):
            raise UsageError("--lines: expected standard input and output only")
        _redact_lines(standard_input(), detector)
        return 0
    deliver_bytes(_redacted(_read(arguments.file), detector), arguments.output)
    return 0


def _redact_lines(stream: BinaryIO, detector: Detector) -> None:
    """Print each line when it is there; one of a block that has begun and not ended waits for the end."""
    held = b""
    while block := os.read(stream.fileno(), _BLOCK):
        held += block
        end = held.rfind(b"\n") + 1
        begun = held.rfind(_BEGUN, 0, end)
        if begun > held.rfind(_ENDED, 0, end) and len(held) < _LONGEST_HELD:
            end = held.rfind(b"\n", 0, begun) + 1
        deliver_bytes(_redacted(held[:end], detector), None)
        held = held[end:]
    deliver_bytes(_redacted(held, detector), None)


def _read(path: str) -> bytes:
    try:
        return standard_input().read() if path == STANDARD_INPUT else Path(path).read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UsageError(f"{path}: expected a file: {error.strerror}") from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error


def _redacted(raw: bytes, detector: Detector) -> bytes:
    """Return `raw` with tags for credentials; every byte outside of them is what it was, text or not."""
    text, encoding = _decoded(raw)
    return redact_text(text, scan_chunk(Chunk(text), detector)).encode(encoding, "surrogateescape")


def _decoded(raw: bytes) -> tuple[str, str]:
    """Return the text, and the encoding that turns it into exactly `raw` again."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            text = raw.decode(encoding, "replace")
            if text.encode(encoding) == raw:
                return text, encoding
    return raw.decode("utf-8", "surrogateescape"), "utf-8"
