"""What is encoded in a text is found, said to stand where the encoded text stands, and costs time that grows evenly."""

from __future__ import annotations

import base64
import gzip
import json
import random
import re
import time
import urllib.parse
import zlib
from collections.abc import Callable

import pytest

from agentguard_secrets.detect.engine import default_detector, scan_chunk
from agentguard_secrets.detect.runs import RUN, runs_in
from agentguard_secrets.detect.unwrap import DEEPEST, layers
from agentguard_secrets.errors import LimitError
from agentguard_secrets.model import Chunk
from tests.making import sample

KEY = b"k" * 32
DETECTOR = default_detector(KEY)
TOKEN = sample("ghp_<alnum:30><crc62:6>")
OTHER = sample("ghp_<alnum:30><crc62:6>")


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def base64url_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def wide_base64_of(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


def hex_of(text: str) -> str:
    return text.encode().hex()


def each(form: str) -> Callable[[str], str]:
    return lambda text: "".join(form.format(ord(letter)) for letter in text)


def quoted(text: str) -> str:
    return json.dumps(json.dumps({"key": f'"{text}"\n'}))


def halves(text: str, between: str) -> str:
    return text[:9] + between + text[9:]


def paired(text: str, encoding: str) -> str:
    return f"{text:<{len(text) + len(text) % 2}}".encode().decode(encoding)


def lines_of(text: str, width: int = 76, indent: str = "") -> str:
    digits = base64_of(f"{'some more text ' * 20}\n{text}\n{'and more ' * 20}")
    return "\n".join(indent + digits[start : start + width] for start in range(0, len(digits), width))


def found(text: str) -> list[tuple[str, str]]:
    return [(finding.rule_id, finding.proof) for finding in scan_chunk(Chunk(text), DETECTOR)]


def span_of(text: str) -> str:
    (finding,) = scan_chunk(Chunk(text), DETECTOR)
    return text[finding.span.start : finding.span.end]


RUNS = {
    "base64": base64_of,
    "base64 of URLs, without padding": base64url_of,
    "base64 of UTF-16, as PowerShell takes it": wide_base64_of,
    "base64 in base64": lambda text: base64_of(base64_of(text)),
    "base64 as deep as is looked": lambda text: [text := base64_of(text) for _ in range(DEEPEST)][-1],
    "hex": hex_of,
    "HEX": lambda text: hex_of(text).upper(),
    "hex of base64": lambda text: hex_of(base64_of(text)),
    "an array of bytes": lambda text: ", ".join(f"0x{ord(letter):02x}" for letter in text),
    "gzip in base64": lambda text: base64.b64encode(gzip.compress((text + " and more" * 9).encode())).decode(),
    "zlib in base64": lambda text: base64.b64encode(zlib.compress((text + " and more" * 9).encode())).decode(),
    "lines of base64": lines_of,
    "indented lines of base64": lambda text: lines_of(text, 64, "    ").strip(),
    "strings of base64 that a program joins": lambda text: lines_of(text, 60).replace("\n", '" +\n  "'),
    "base64 with line ends that are escaped": lambda text: lines_of(text).replace("\n", "\\n"),
}
ESCAPED = {
    "every character as percent": each("%{:02x}"),
    "every character as percent, twice": lambda text: urllib.parse.quote(each("%{:02X}")(text)),
    "unicode escapes": each("\\u{:04x}"),
    "unicode escapes in braces": each("\\u{{{:x}}}"),
    "long unicode escapes": each("\\U{:08x}"),
    "hex escapes": each("\\x{:02x}"),
    "hex escapes in a string in a string": each("\\\\\\\\x{:02x}"),
    "octal escapes": each("\\{:03o}"),
    "decimal entities": each("&#{};"),
    "hex entities": each("&#x{:X};"),
    "UTF-16 whose zeros became characters": each("{:c}\0"),
    "UTF-32 whose zeros became characters": each("{:c}\0\0\0"),
    "letters as wide as Chinese ones": lambda text: "".join(chr(ord(letter) + 0xFEE0) for letter in text),
    "letters as tags that nobody sees": lambda text: "".join(chr(ord(letter) + 0xE0000) for letter in text),
    "a letter that nobody sees in it": lambda text: halves(text, "\u200b"),
    "a soft hyphen in it": lambda text: halves(text, "\u00ad"),
    "two bytes a character": lambda text: paired(text, "utf-16-le"),
    "two bytes a character, the other way round": lambda text: paired(text, "utf-16-be"),
    "two strings side by side": lambda text: halves(text, "''"),
    "two strings that are added": lambda text: halves(text, '" + "'),
    "two strings on two lines": lambda text: halves(text, '"\n    "'),
    "a line that goes on": lambda text: halves(text, "\\\n    "),
}


@pytest.mark.parametrize("encode", [*RUNS.values(), *ESCAPED.values()], ids=[*RUNS, *ESCAPED])
def test_finds_what_is_encoded(encode: Callable[[str], str]) -> None:
    assert found(f"value: '{encode(TOKEN)}'\n") == [("github-pat", "checksum")]


@pytest.mark.parametrize("encode", RUNS.values(), ids=RUNS)
def test_the_span_of_a_run_is_the_whole_run(encode: Callable[[str], str]) -> None:
    run = encode(TOKEN)
    assert span_of(f"value: ({run}) and more") == run


@pytest.mark.parametrize("encode", ESCAPED.values(), ids=ESCAPED)
def test_the_span_of_escapes_is_what_stands_for_the_credential(encode: Callable[[str], str]) -> None:
    run = encode(TOKEN)
    assert span_of(f"value: <{run}> and more").rstrip("\0") == run.rstrip("\0")


@pytest.mark.parametrize("escape", ["\\x{:02x}", "\\u{:04x}"])
def test_the_span_of_a_part_of_a_row_of_escapes_is_that_part(escape: str) -> None:
    before, run, after = (each(escape)(part) for part in ("words ", TOKEN, ", more"))
    assert span_of(f"value = '{before}{run}{after}'") == run


@pytest.mark.parametrize("encode", [base64_of, hex_of, quoted, lines_of], ids=["base64", "hex", "JSON", "lines"])
def test_the_finding_names_the_credential_as_if_it_stood_there_plainly(encode: Callable[[str], str]) -> None:
    (plain,) = scan_chunk(Chunk(TOKEN), DETECTOR)
    (wrapped,) = scan_chunk(Chunk(encode(TOKEN)), DETECTOR)
    assert wrapped.fingerprint == plain.fingerprint


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(base64_of(f"A={TOKEN}\nB={OTHER}\n"), id="in one run"),
        pytest.param(hex_of(f"{TOKEN} {OTHER}"), id="in one run of hex"),
        pytest.param(each("%{:02x}")(f"{TOKEN} {OTHER}"), id="in one row of escapes"),
    ],
)
def test_accepting_one_credential_of_a_run_does_not_accept_the_other(text: str) -> None:
    findings = scan_chunk(Chunk(text), DETECTOR)
    assert len({finding.fingerprint for finding in findings}) == 2
    assert not findings[0].span.overlaps(findings[1].span)


def test_line_and_column_are_those_of_the_outer_text() -> None:
    (finding,) = scan_chunk(Chunk(f"first\n  data: {base64_of(TOKEN)}\n"), DETECTOR)
    assert (finding.line, finding.column, finding.end_line) == (2, 9, 2)


def test_the_preview_says_how_it_is_wrapped() -> None:
    (finding,) = scan_chunk(Chunk(base64_of(TOKEN)), DETECTOR)
    assert finding.preview == "ghp_… (40 characters, in base64)"


def test_nothing_decoded_is_in_a_repr() -> None:
    assert all(TOKEN not in repr(layer) for layer in layers(base64_of(base64_of(TOKEN)), None))


def test_an_assignment_in_a_string_of_json_is_an_assignment() -> None:
    password = sample("<alnum:6>-<alnum:6>!<alnum:8>")
    text = each("\\u{:04x}")(f'password = "{password}"')
    (finding,) = scan_chunk(Chunk(text), DETECTOR)
    assert finding.proof == "context"


def test_what_is_too_deep_is_no_silence() -> None:
    run = TOKEN
    for _ in range(DEEPEST + 1):
        run = base64_of(run)
    with pytest.raises(LimitError, match="8 times"):
        scan_chunk(Chunk(run), DETECTOR)


def test_what_grows_too_large_is_no_silence() -> None:
    bomb = base64.b64encode(gzip.compress(b"a line of text\n" * 2_000_000)).decode()
    with pytest.raises(LimitError, match="compressed bytes become more"):
        scan_chunk(Chunk(bomb), DETECTOR)


def test_what_is_found_counts_more_than_what_was_not_read() -> None:
    bomb = base64.b64encode(gzip.compress(b"a line of text\n" * 2_000_000)).decode()
    assert found(f"{TOKEN}\n{bomb}") == [("github-pat", "checksum")]


@pytest.mark.parametrize("seed", range(5))
def test_pictures_are_no_texts(seed: int) -> None:
    picture = random.Random(seed).randbytes(60_000)
    text = f'<img src="data:image/png;base64,{base64.b64encode(picture).decode()}">\n{picture.hex()}\n'
    assert list(layers(text, None)) == []


def test_ordinary_code_is_not_read_twice() -> None:
    code = 'def total(numbers: list[int]) -> int:\n    """Add."""\n    print("done\\n")\n    return sum(numbers)\n' * 50
    assert list(layers(code, None)) == []


HOSTILE = {
    "backslashes": "\\" * 200_000,
    "percent of percent": "%" + "25" * 100_000,
    "entities of entities": "&" + "amp;" * 50_000,
    "digits": "A" * 400_000,
    "lines of digits": ("A" * 76 + "\n") * 4_000,
    "quotes": "\"' " * 100_000,
    "blanks between quotes": ('"' + " " * 40) * 5_000,
    "bytes": "0x41, " * 50_000,
    "zeros": "a\0" * 100_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_takes_time_that_grows_evenly(text: str) -> None:
    def seconds(text: str) -> float:
        start = time.process_time()
        list(layers(text, None))
        return time.process_time() - start

    seconds(text[:1000])
    assert seconds(text) < 2


def test_runs_are_those_that_a_search_finds() -> None:
    dice = random.Random(4)
    pieces = [
        "A" * 19,
        "b" * 20,
        "C" * 40,
        "d" * 40,
        "0" * 64,
        "efgh",
        "ij",
        "\n",
        "\\n",
        "\\r\\n",
        '" +\n\t"',
        "=",
        " ",
        "\u00e9",
        "/",
    ]
    runs = 0
    for _ in range(3000):
        text = "".join(dice.choices(pieces, k=dice.randrange(1, 12)))
        wanted = [run.span() for run in re.finditer(RUN, text)]
        assert [run.span() for run in runs_in(text)] == wanted, text
        runs += len(wanted)
    assert runs > 3000
