"""Turns one value that was found into a question on the terminal, and the answer into a word and a note."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from agentguard_secrets.detect.engine import default_detector, scan_chunk
from agentguard_secrets.detect.redact import redact_text
from agentguard_secrets.model import Chunk, Finding, Span, Unread
from agentguard_secrets.report.as_text import printable
from agentguard_secrets.report.place import named
from agentguard_secrets.sources.files import read_file
from agentguard_secrets.state.judgements import Judgement

_ANSWERS = {"t": "true", "f": "false", "l": "later", "s": ""}
_QUESTION = "[t]rue credential, [f]alse alarm, [l]ater, [s]kip, [q]uit? "
_PLACES = 5
_AROUND = 60  # characters of the line on each side


def ask_about(
    places: Sequence[Finding], before: Judgement | None, *, key: bytes, of: tuple[int, int]
) -> tuple[str, str] | None:
    """Ask until there is an answer; return the word and the note, an empty word to go on, None to end.

    The value itself is never shown: its line is, with a tag in its place.
    """
    console = Console(highlight=False)
    for line in _described(places, before, of):
        console.print(line)
    for finding in places[:_PLACES]:
        console.print(Text(f"  {printable(named(finding))}:{finding.line}:{finding.column}", style="bold"))
        console.print(Text(f"    {printable(_context(finding, key))}"))
    if len(places) > _PLACES:
        console.print(f"  and {len(places) - _PLACES} more places")
    word = _answer(console)
    if word is None:
        return None
    return word, _read(console, "note (Enter for none): ") or "" if word else ""


def _described(places: Sequence[Finding], before: Judgement | None, of: tuple[int, int]) -> Iterator[Text]:
    first = places[0]
    yield Text(f"\n{of[0]} of {of[1]}  {first.rule_id}: {printable(first.title)}", style="bold")
    proof = f"{first.severity}, confidence {first.confidence}, proof {first.proof}"
    yield Text(f"  {first.preview}  {proof}, fingerprint {first.fingerprint}")
    if before is not None:
        yield Text(f"  judged {before.word} by {printable(before.by)} on {before.day}: {printable(before.note) or '-'}")


def _answer(console: Console) -> str | None:
    while True:
        letter = _read(console, _QUESTION)
        if letter is None or letter.lower().startswith("q"):
            return None
        if letter[:1].lower() in _ANSWERS and letter:
            return _ANSWERS[letter[:1].lower()]


def _read(console: Console, question: str) -> str | None:
    try:
        return console.input(Text(question)).strip()
    except EOFError:
        return None


def _context(finding: Finding, key: bytes) -> str:
    """The line of a file with every credential in it masked; empty where there is no such line any more."""
    if finding.origin != "file":
        return ""
    for chunk in read_file(finding.path):
        if isinstance(chunk, Unread) or chunk.path != finding.path or len(chunk.text) < finding.span.end:
            continue
        found = scan_chunk(chunk, default_detector(key))
        if any(each.span == finding.span and each.fingerprint == finding.fingerprint for each in found):
            return _masked_line(chunk, finding, found)
    return ""


def _masked_line(chunk: Chunk, finding: Finding, found: Sequence[Finding]) -> str:
    begin = max(chunk.text.rfind("\n", 0, finding.span.start) + 1, finding.span.start - _AROUND)
    end = chunk.text.find("\n", finding.span.end)
    end = min(len(chunk.text) if end < 0 else end, finding.span.end + _AROUND)
    # A neighbour that reaches over the edge is left out with its part of the line.
    for each in found:
        if each.span.start < begin < each.span.end:
            begin = each.span.end
        if each.span.start < end < each.span.end:
            end = each.span.start
    within = [
        each._replace(span=Span(each.span.start - begin, each.span.end - begin))
        for each in found
        if begin <= each.span.start and each.span.end <= end
    ]
    return redact_text(chunk.text[begin:end], within)
