"""The sieve finds what the plain engine finds, and lets through what cannot hold anything."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import string
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from zlib import crc32

import pytest
import regex

from agentguard_secrets.detect.bounded import BoundedPattern
from agentguard_secrets.detect.bulk import Sieve, Sifted, built_sieve, unpacked
from agentguard_secrets.detect.engine import Detector, default_detector, rule_of, scan_chunk
from agentguard_secrets.detect.escapes import UNSEEN, without_escapes
from agentguard_secrets.detect.outline import outline
from agentguard_secrets.detect.prefilter import FOLDS
from agentguard_secrets.detect.runs import RUN
from agentguard_secrets.detect.table import RULES
from agentguard_secrets.detect.unwrap import LETTERS
from agentguard_secrets.errors import LimitError
from agentguard_secrets.model import Chunk, Finding
from agentguard_secrets.rulebook.load import load_rules, rules_folder
from agentguard_secrets.rulebook.proof import Context, load_contexts, placed
from agentguard_secrets.rulebook.prove_found import contexts_for, seed_of
from agentguard_secrets.rulebook.samples import make
from agentguard_secrets.sources.decode import decode

pytest.importorskip("hyperscan")

KEY = b"k" * 32
# Each sample stands in this many contexts, and each in others, so that all of them have their turns.
CONTEXTS = 1
# A folder whose files are compared too, for those who have one.
CORPUS = os.environ.get("AGENTGUARD_CORPUS", "")


@pytest.fixture(scope="module")
def sieve() -> Sieve:
    return built_sieve(RULES)


@pytest.fixture(scope="module")
def plain() -> Detector:
    return default_detector(KEY)._replace(compile=BoundedPattern)


def assert_same(text: str, plain: Detector, sieve: Sieve) -> bool:
    """Compare both engines; return whether anything was found."""
    findings = found_by(plain, text)
    assert found_by(plain._replace(sieve=sieve), text) == findings
    return bool(findings)


def found_by(detector: Detector, text: str) -> list[Finding] | str:
    try:
        return scan_chunk(Chunk(text), detector)
    except LimitError as error:
        return str(error)


def sampled_texts() -> Iterator[str]:
    contexts = load_contexts(rules_folder())
    for rule in load_rules(rules_folder()):
        for template in rule.samples:
            taken = list(contexts_for(rule, template, contexts))
            first = crc32(f"{rule.id}{template}".encode()) % max(1, len(taken))
            for context, name in (taken[first:] + taken[:first])[:CONTEXTS]:
                yield from _placed(rule.id, template, context, name)


def _placed(rule: str, template: str, context: Context, name: str) -> Iterator[str]:
    value = make(template, seed_of(rule, template, context.id, name))
    if context.takes(value):
        yield placed(context, value, name=name).text


def test_finds_every_sample_that_the_plain_engine_finds(plain: Detector, sieve: Sieve) -> None:
    found = [assert_same(text, plain, sieve) for text in sampled_texts()]
    assert len(found) > 1000
    assert sum(found) > 0.9 * len(found)


def scrambled_texts() -> Iterator[str]:
    """Samples cut, doubled, joined by what folds, widens, breaks lines or lies beyond ASCII."""
    dice = random.Random(8)
    samples = list(sampled_texts())
    odd = [
        "\u212a",
        "\u017f",
        "\u0130",
        "\u0131",
        "\u00e9",
        "\u4e2d\u6587",
        "\U0001f511",
        "\ud800",
        "\0",
        "\r",
        "\x85",
        "\u2028",
        "\x1c",
    ]
    for _ in range(400):
        pieces = [_piece(dice, samples, odd) for _ in range(dice.randint(1, 6))]
        yield "".join(pieces)


def _piece(dice: random.Random, samples: list[str], odd: list[str]) -> str:
    kind = dice.randrange(5)
    if kind == 0:
        return dice.choice(odd) * dice.randint(1, 30)
    if kind == 1:
        return "".join(dice.choices(string.printable, k=dice.randint(0, 400)))
    text = dice.choice(samples)
    if kind == 2:
        return text[dice.randrange(len(text)) :]
    if kind == 3:
        place = dice.randrange(len(text))
        return text[:place] + dice.choice(odd) + text[place:]
    folded = {"k": "\u212a", "s": "\u017f", "i": "\u0131", "I": "\u0130"}
    return re.sub("[ksiI]", lambda letter: folded[letter[0]] if dice.random() < 0.2 else letter[0], text)


def test_finds_the_same_in_scrambled_text(plain: Detector, sieve: Sieve) -> None:
    found = [assert_same(text, plain, sieve) for text in scrambled_texts()]
    assert 30 < sum(found) < len(found)


@pytest.mark.parametrize("before", [0, 1, 5_000], ids=["at the start", "behind a character", "deep inside"])
@pytest.mark.parametrize("after", [0, 1, 5_000], ids=["at the end", "before a character", "far from the end"])
def test_finds_the_same_wherever_it_stands(plain: Detector, sieve: Sieve, before: int, after: int) -> None:
    texts = list(sampled_texts())[::400]
    assert len(texts) > 3
    for text in texts:
        assert_same("\u00e9 " * before + text.rstrip("\n") + " \u00e9" * after, plain, sieve)


def test_the_same_is_found_in_a_corpus(plain: Detector, sieve: Sieve) -> None:
    if not CORPUS:
        pytest.skip("AGENTGUARD_CORPUS names no folder")
    paths = [path for path in Path(CORPUS).rglob("*") if path.is_file() and path.stat().st_size < 1_000_000]
    assert paths
    for path in paths:
        assert_same(decode(path.read_bytes())[0], plain, sieve)


def test_nothing_may_be_in_a_clean_text(sieve: Sieve) -> None:
    clean = "def connect(host, port=None):\n    return Client(host, port)\n" * 50
    assert sieve.sift(clean) == Sifted((), has_runs=False, has_dumps=False, signs=frozenset())


def test_a_letter_that_folds_is_searched_as_what_it_folds_into(sieve: Sieve) -> None:
    text = f"password = '{b64encode(random.Random(2).randbytes(15)).decode()}'"
    assert sieve.sift(text.replace("ss", "\u017fs")).rules == sieve.sift(text).rules != ()


@pytest.mark.parametrize("letter", FOLDS, ids=ascii)
def test_finds_the_same_where_a_letter_that_folds_touches_a_credential(
    plain: Detector, sieve: Sieve, letter: str
) -> None:
    found = []
    for text in list(sampled_texts())[::7]:
        for finding in scan_chunk(Chunk(text), plain)[:1]:
            start, end = finding.span.start, finding.span.end
            found += [
                assert_same(text[:end] + letter + text[end + cut :], plain, sieve) for cut in (0, 1) if end < len(text)
            ]
            found.append(assert_same(text[:start] + letter + text[start:], plain, sieve))
    assert 300 < sum(found) < len(found)


def encoded_texts() -> Iterator[str]:
    """Samples in every wrapping that the engine undoes, and pieces that look like one."""
    dice = random.Random(4)
    samples = list(sampled_texts())
    pieces = [*r"\ \n \u0041 \x41 \u{41} %20 %2 &quot; &#65; & 0x41,0x42 'a'.'b'".split(), '"a" + "b"', "\0"]
    wrappings = [
        lambda text: b64encode(text.encode("utf-8", "replace")).decode(),
        lambda text: text.encode("utf-8", "replace").hex(),
        lambda text: quote(text, errors="replace"),
        json.dumps,
        lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode("utf-8", "replace")),
        lambda text: b64encode(gzip.compress(text.encode("utf-8", "replace"), mtime=0)).decode(),
        lambda text: text.replace("e", "\u200be"),
        lambda text: "".join(dice.choice(pieces) + part for part in text.split()),
        lambda text: text[: len(text) // 2] + '" + "' + text[len(text) // 2 :],
    ]
    for _ in range(300):
        text = dice.choice(samples)
        for _ in range(dice.randint(1, 2)):
            text = dice.choice(wrappings)(text)
        yield "x = '" + text + "'"


def test_finds_the_same_in_encoded_text(plain: Detector, sieve: Sieve) -> None:
    found = [assert_same(text, plain, sieve) for text in encoded_texts()]
    assert sum(found) > 100


def long_texts() -> Iterator[str]:
    """Samples far from each other and close together, names without values between them, runs over several lines."""
    dice = random.Random(6)
    samples = list(sampled_texts())
    names = [
        "password = get_password(token)\n",
        "key: value, then a word\n",
        "nothing at all is said here \u00e9\u4e2d\n",
        "    self.encodeJSONBytes(authTokenName)\n",
        "0x12, 0x4b, 0x41,\n",
        '\t"fmt"\n\t"os"\n',
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\\n",
    ]
    for _ in range(60):
        far = dice.choice((2, 40, 400))
        # Where names are everywhere, the whole text is searched.
        between = dice.choice((names, names[2:3], names[4:6]))
        parts = []
        for _ in range(dice.randint(1, 8)):
            parts += dice.choices(between, k=dice.randint(0, far))
            text = dice.choice(samples)
            coded = b64encode(text.encode("utf-8", "replace")).decode()
            joint = dice.choice(("\n", "\\n", '" +\n    "', "\r\n"))
            width = dice.choice((40, 64, 76))
            lines = joint.join(coded[place : place + width] for place in range(0, len(coded), width))
            parts.append(dice.choice((text, f"x = '{lines}'\n", coded[3:], json.dumps(text))))
        yield "".join(parts)


def test_finds_the_same_in_long_texts(plain: Detector, sieve: Sieve) -> None:
    found = [assert_same(text, plain, sieve) for text in long_texts()]
    assert sum(found) > 40


@pytest.mark.parametrize("line", ["nothing is said here\n", "nichts \u00e9\u4e2d\n"], ids=["ascii", "wide"])
def test_finds_the_same_wherever_a_long_text_is_cut(plain: Detector, sieve: Sieve, line: str) -> None:
    """A long text is looked at in pieces of 4096 bytes and more."""
    dice, found = random.Random(3), []
    for text in list(sampled_texts())[::9]:
        before = (line * 2_000).encode()[: dice.randint(1, 8) * 4_096 - dice.randint(0, len(text.encode()))]
        found.append(assert_same(f"{before.decode(errors='ignore')}{text}{line * 1_000}", plain, sieve))
    assert sum(found) > 0.8 * len(found)


def test_a_rule_is_searched_for_only_in_the_pieces_in_which_it_may_hold(sieve: Sieve) -> None:
    rules = {rule_of(row).prefix: (number, rule_of(row)) for number, row in enumerate(RULES)}
    number, rule = rules["ghp_"]
    told: list[tuple[int, int]] = []

    class Asked:
        def search(self, _text: str, start: int, end: int) -> None:
            told.append((start, end))

    text = "nothing is said here\n" * 3_000 + "ghp_" + "a" * 36 + "\n" + "nothing is said here\n" * 3_000
    assert not sieve.holds(number, rule, Asked(), text)
    place = text.index("ghp_")
    assert all(start <= place and end >= place + 40 for start, end in told)
    assert 0 < sum(end - start for start, end in told) < len(text) / 8


@pytest.mark.parametrize("joint", ["\n", "\\n", "\\r\\n", '" +\n\t"', " \\\n  "], ids=repr)
@pytest.mark.parametrize("before", ["", "A" * 19 + " ", "n", "A" * 44], ids=["nothing", "a word", "n", "digits"])
def test_tells_the_runs_that_a_search_finds(sieve: Sieve, joint: str, before: str) -> None:
    coded = b64encode(b"as many words as two or three lines of digits take, and some more of them").decode()
    for width in (40, 50, 60):
        # Of the first line nothing is told: no text becomes z.
        lines = ["z" * width, *(coded[place : place + width] for place in range(0, len(coded), width))]
        text = "\u00e9 = " + before + joint.join(lines)
        text = f"{text}\n{'B' * 30}\n" * 2 + "eJ" + "C" * 18
        wanted = [found.span() for found in re.finditer(RUN, text) if re.search(LETTERS, found[0])]
        told = [found.span() for found in sieve.runs(text) if re.search(LETTERS, found[0])]
        assert told == wanted
        assert wanted


def test_looks_at_every_letter_that_nobody_sees(sieve: Sieve) -> None:
    unseen = [chr(code) for code in range(0x80, 0x110000) if without_escapes(f"a{chr(code)}b") is not None]
    assert len(unseen) > 100
    for letter in unseen:
        sifted = sieve.sift(f"a{letter}b")
        assert sifted is None or UNSEEN in sifted.signs


def test_a_worker_gets_the_same_sieve(plain: Detector, sieve: Sieve) -> None:
    other = unpacked(sieve.packed())
    texts = list(sampled_texts())[::50]
    assert texts
    for text in texts:
        assert other.sift(text) == sieve.sift(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        pytest.param(r"\b(abc[0-9]{40})", "abc" + "1" * 40, id="a long repeat"),
        pytest.param(r"(?i:key)[^x]{1,4}(v{9})", "KEY" + "\u4e2d" * 4 + "v" * 9, id="letters of three bytes"),
        pytest.param(r"=([^\s]{9})", "=v" + "\x1c" * 8, id="a separator that only one engine takes for a blank"),
        pytest.param(r"name\s(v{9})", "name\u3000" + "v" * 9, id="a blank beyond ASCII"),
        pytest.param(r"(?:one|two)\W{0,3}(v{9})[^v]", "two" + "v" * 9, id="the end of the text"),
        pytest.param(r"a(?:b\bc|[.]x)?(v{9})", "a" + "v" * 9, id="an optional group"),
        pytest.param(r"(x[0-9a-f]{2}(?:-[0-9]{3}){2,3}q)", "xab-123-456-789q", id="a repeated group"),
        pytest.param(r"begin[\s\S]{0,90}?(v{9})end", "begin\n\n" + "v" * 9 + "end", id="a lazy gap with lines"),
    ],
)
def test_an_outline_holds_where_the_pattern_does(pattern: str, text: str) -> None:
    import hyperscan

    assert re.search(pattern, text + "\n") or regex.search(pattern, text + "\n")
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=[outline(pattern).encode()], ids=[0], flags=hyperscan.HS_FLAG_SINGLEMATCH)
    found: list[int] = []
    database.scan((text + "\n").encode(), match_event_handler=lambda number, *_: found.append(number))
    assert found == [0]
