"""Turns a chunk of text into findings: prefilter, match, edges, proof, suppression, overlap."""

from __future__ import annotations

from agentguard_secrets._patterns import own_compiled, pattern
from agentguard_secrets._plainjson import parsed
from agentguard_secrets._record import Record
from agentguard_secrets.detect import table
from agentguard_secrets.detect.prefilter import candidates, search_from, unfolded, windows
from agentguard_secrets.model import Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from agentguard_secrets.detect.bulk import Sieve, Sifted
    from agentguard_secrets.detect.known import Watchlist
    from agentguard_secrets.detect.matches import Match
    from agentguard_secrets.detect.prefilter import Search
    from agentguard_secrets.detect.unwrap import Layer
    from agentguard_secrets.model import Chunk, Finding

    Part = tuple[int, int, Search]
    # Is told of each rule whose keyword is in a text ("keyword"), and of each place where its shape is, as the pattern
    # found it, with what decided: a match, or the name of what speaks against it. The last is the decoded text, if any.
    Observer = Callable[[Rule, str, Any, Match | str, Layer | None], None]


# What is encoded begins with one of these signs, or is a string in two halves, or a run of digits some of which stand
# for letters: four groups of base64, eight bytes of hex. Names and paths hold no such groups.
_SIGNS = ("\\", "%", "&", "0x", "\0")
_HALVES = pattern(r"[\"'](?<=[\w+/=-][\"'])\s{0,32}[+.&]{0,2}\s{0,32}[\"'][\w+/=-]")
_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_LEAST_DIGITS = 20
_APART = bytes(byte if byte in _DIGITS else 32 for byte in range(256))
_LETTERS = pattern(
    "(?:[A-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]){4}|(?:[2-7][0-9A-Fa-f]){8}|H4sI|eJ"
)

# What most patterns have in common would be half of the table: it stands there once, and this mark, which no JSON
# holds, in the rows.
MARK = "\x01"


class Detector(Record):
    """The rules to look for and the means to do it.

    `rules` holds one row of JSON for each rule, as `rule_of` reads it; `anchors` and `short` index their keywords as
    detect/prefilter.py says; `compile` turns a pattern into something with `search(text, start, end)`;
    `key` is the fingerprint key; `compiled` keeps what was compiled as long as the detector lives. `observer` is told
    what decided, for people who ask why. `sieve` says what may be in a
    text at all: faster where there is much of it. `known` are values of this machine, looked for exactly.
    """

    rules: tuple[str, ...]
    anchors: Mapping[int, str]
    short: Mapping[int, str]
    compile: Callable[[str], Any]
    key: bytes
    compiled: dict[int, tuple[Rule, Any]]
    observer: Observer | None = None
    sieve: Sieve | None = None
    known: Watchlist | None = None

    @classmethod
    def _hidden(cls) -> tuple[str, ...]:
        return ("key",)


def default_detector(key: bytes) -> Detector:
    """Return a detector of the built-in rules on what `re` makes of them, fingerprinting with `key`."""
    return Detector(table.RULES, table.ANCHORS, table.SHORT, own_compiled, key, {})


def rule_of(row: str) -> Rule:
    """Return the rule of one row of the table: a JSON list of model.Rule's fields in their order."""
    rule = Rule(*parsed(row.replace(MARK, table.BRIDGE)))
    return rule._replace(keywords=tuple(rule.keywords), starts=tuple(rule.starts))


def scan_chunk(chunk: Chunk, detector: Detector) -> list[Finding]:
    """Return the findings of one chunk, by position, none overlapping another.

    Only findings that touch a line of `chunk.added` are returned. What a comment in the text accepts is returned
    with `allowed_inline` set: whether the comment counts is the policy's business.
    """
    return findings_of(chunk, matches_in(chunk, detector), detector=detector)


def matches_in(chunk: Chunk, detector: Detector) -> list[Match]:
    """Return all places of a chunk where a rule holds, in no order, also such as overlap: `findings_of` chooses.

    Raises LimitError when there are none and not all of it was read.
    """
    found = list(_matches(text := _without_tags(chunk.text, detector), detector))
    if _may_be_wrapped(text, detector):
        _add_wrapped(found, text, detector)
    return found


def findings_of(chunk: Chunk, found: list[Match], *, detector: Detector) -> list[Finding]:
    """Return what `scan_chunk` does, of a chunk in which this was `found`: not searched again for another key."""
    if not found:
        return []
    from agentguard_secrets.detect.composite import joined
    from agentguard_secrets.detect.lines import Lines
    from agentguard_secrets.detect.matches import finding_of, strongest

    lines = Lines(chunk.text)
    matches = [match for match in found if _counts(chunk, lines.touched(match.span))]
    whole = joined(_without_tags(chunk.text, detector), strongest(matches))
    return [finding_of(chunk, match, lines, key=detector.key) for match in whole]


def may_be_wrapped(text: str) -> bool:
    """Say whether anything in `text` can be encoded: what is needed to decode it is loaded then only."""
    if not text.isascii() or any(map(text.__contains__, _SIGNS)):
        return True
    if _has_close_quotes(text) and _HALVES.search(text) is not None:
        return True
    return any(_LETTERS.search(run.decode()) is not None for run in _runs(text))


def _runs(text: str) -> list[bytes]:
    """Return the runs of digits of base64 that are long enough; `text` is ASCII. Most texts hold none."""
    words = text.encode().translate(_APART).split()
    return [word for word in words if len(word) >= _LEAST_DIGITS]


def _has_close_quotes(text: str) -> bool:
    """Say whether two quotes have nothing but blanks and signs between them: most texts need no pattern for that."""
    between = text.replace("'", '"').split('"')[1:-1]
    return not all(part.strip().strip("+.&") for part in between)


def _may_be_wrapped(text: str, detector: Detector) -> bool:
    sifted = _sifted(text, detector) if text[:64].isascii() else None  # Pairs of bytes as characters begin a file.
    return may_be_wrapped(text) if sifted is None else sifted.has_runs or sifted.has_dumps or bool(sifted.signs)


def _sifted(text: str, detector: Detector) -> Sifted | None:
    return None if detector.sieve is None else detector.sieve.sift(text)


def _add_wrapped(found: list[Match], text: str, detector: Detector) -> None:
    """Add what stands in the encoded parts of `text`. Raises LimitError when nothing is found and not all was read."""
    from agentguard_secrets.detect.matches import unwrapped
    from agentguard_secrets.detect.unwrap import layers
    from agentguard_secrets.errors import LimitError

    try:
        for layer in layers(text, detector.sieve):
            told = detector.observer
            inner = detector if told is None else detector._replace(observer=_told_of(layer, told))
            found += unwrapped(list(_matches(_without_tags(layer.text, detector), inner)), layer)
    except LimitError:
        if not found:
            raise


def _told_of(layer: Layer, observer: Observer) -> Observer:
    return lambda rule, text, found, decided, _plain: observer(rule, text, found, decided, layer)


def _without_tags(text: str, detector: Detector) -> str:
    if "[REDACTED:" not in text:
        return text
    from agentguard_secrets.detect.known import RULE_ID
    from agentguard_secrets.detect.redact import without_tags

    return without_tags(text, {*(row.split('"', 2)[1] for row in detector.rules), RULE_ID})


def _matches(text: str, detector: Detector) -> Iterator[Match]:
    sifted = _sifted(text, detector)
    if sifted is not None and not sifted.rules and detector.known is None:
        return
    # The line's end: a pattern that says what follows a value finds it at the end of the text, too.
    ended = text + "\n"
    grams: set[int] | None = None if sifted is not None or detector.known is None else set()
    for rule, parts in _tried(ended, detector, grams) if sifted is None else _sieved(text, sifted.rules, detector):
        if detector.observer is not None:
            detector.observer(rule, ended, None, "keyword", None)
        for start, end, search in parts:
            yield from _matches_of(rule, search, ended, (start, end), observer=detector.observer)
    if detector.known is not None:
        yield from detector.known.matches(ended, unfolded(ended).lower(), grams=grams, observer=detector.observer)


def _tried(text: str, detector: Detector, grams: set[int] | None) -> Iterator[tuple[Rule, Iterator[Part]]]:
    """Yield the rules that may hold in `text`, which ends with a line feed, and the parts to search with what."""
    lowered = unfolded(text).lower()
    is_asked = detector.observer is not None
    hit = candidates(lowered, detector.anchors, detector.short, by_keyword=is_asked, seen=grams).items()
    for number, keywords in hit:
        rule, pattern = _compiled(number, detector)
        yield rule, _parts(rule, pattern, keywords, (text, lowered))


def _sieved(text: str, numbers: tuple[int, ...], detector: Detector) -> Iterator[tuple[Rule, Iterator[Part]]]:
    """Yield what `_tried` does of those rules that the sieve has named."""
    ended, lowered = text + "\n", ""
    for number in numbers:
        rule, pattern = _compiled(number, detector)
        if detector.sieve is not None and detector.sieve.tells(rule):
            yield rule, detector.sieve.windows(number, rule, pattern, text)
            continue
        if detector.sieve is not None and not detector.sieve.holds(number, rule, pattern, text):
            continue
        lowered = lowered or unfolded(ended).lower()
        if any(map(lowered.__contains__, rule.keywords)):
            yield rule, _parts(rule, pattern, rule.keywords, (ended, lowered))


def _parts(rule: Rule, pattern: Any, keywords: Sequence[str], texts: tuple[str, str]) -> Iterator[Part]:
    search = search_from(rule.starts, pattern, texts[1])
    for start, end in windows(*texts, keywords, rule.reach):
        yield start, end, search


def _compiled(number: int, detector: Detector) -> tuple[Rule, Any]:
    entry = detector.compiled.get(number)
    if entry is None:
        rule = rule_of(detector.rules[number])
        entry = detector.compiled[number] = rule, detector.compile(rule.pattern)
    return entry


def _matches_of(
    rule: Rule, search: Search, text: str, window: tuple[int, int], *, observer: Observer | None
) -> Iterable[Match]:
    found = search(text, *window)
    if found is None:
        return ()
    from agentguard_secrets.detect.judging import matches_from

    return matches_from(rule, search, text, found, window=window, observer=observer)


def _counts(chunk: Chunk, lines: range) -> bool:
    return chunk.added is None or any(line in chunk.added for line in lines)
