"""Turns a text that a tool brought back into what in it speaks to the model, or hides from people."""

from __future__ import annotations

from agentguard_secrets._patterns import pattern
from agentguard_secrets._record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Collection, Iterable, Iterator

# Without one of these a text addresses nobody: looked for before any pattern is tried, without the white space of both.
_TELLING = (
    *(b"instruction", b"systemprompt", b"disregard", b"assistant", b"aiagent", b"languagemodel", b"<!--", b"donottell"),
    *(b"don'ttell", b"withouttelling", b"youmust", b"youarenow", b"claude", b"<system", b"[inst", b"<|im_"),
)
# The same, of words that are parts of many names: white space has to follow.
_TELLING_ALONE = ("ignore", "forget")
# All of them, numbered: whoever knows a faster way to look for many words says which stand in some bytes.
WORDS = (*_TELLING, *(word.encode() for word in _TELLING_ALONE))
_TAKEN_OUT = bytes((*b"\t\n\v\f\r\x1c\x1d\x1e\x1f ", *range(0x80, 0x100)))
_MARKS = "marks of a conversation"
# What is found, the words one of which it begins with, and its pattern: of small letters, with one blank between words.
# A pattern tried at the places of its first words takes a hundredth of the time of a search.
_PHRASES = (
    (
        "an instruction to drop other instructions",
        ("ignore", "disregard", "forget", "override", "bypass"),
        pattern(
            r"(?:ignore|disregard|forget|override|bypass) (?:all |any |the |your |these |those )*"
            r"(?:previous|prior|above|earlier|preceding|existing|original|other|system)?"
            r" ?(?:instructions?|prompts?|rules?|guidelines|directions|context|messages)"
        ),
    ),
    (
        "new instructions",
        ("new", "updated", "real", "actual", "important", "hidden", "secret"),
        pattern(r"(?:new|updated|real|actual|important|hidden|secret) (?:system )?instructions? ?(?:for|to|:)"),
    ),
    (
        "words to an assistant",
        ("attention", "note", "important", "message", "instruction", "hey", "hello", "dear"),
        pattern(
            r"(?:attention|note|important|message|instructions?|hey|hello|dear) ?[:,]? ?(?:for|to)? ?"
            r"(?:any |all |the )?(?:ai|llm|claude|chatgpt|gpt|copilot|language model|coding agent|assistant)s?\b"
        ),
    ),
    (
        "a claim of another role",
        ("you are",),
        pattern(r"\byou are (?:now|no longer) (?:a|an|the|in|bound|restricted|claude|dan)\b"),
    ),
    (
        "a wish to keep something from the person",
        ("do not", "don't", "dont", "never", "without"),
        pattern(
            r"(?:do not|don'?t|never|without) (?:tell|telling|mention|mentioning|inform|informing|alert|alerting|notify"
            r"|notifying|ask|asking|reveal|show|showing)"
            r" (?:this )?(?:to )?(?:the )?(?:user|human|person|developer|owner|anyone)"
        ),
    ),
    (
        _MARKS,
        ("<|im_", "<system", "</system", "[inst", "[/inst"),
        pattern(r"<\|im_(?:start|end)\|>|</?system(?:-reminder|_prompt)?>|\[/?inst\]"),
    ),
    (
        "a wish to run something",
        ("you", "assistant", "agent", "claude"),
        pattern(
            r"\b(?:you|assistant|agent|claude) (?:must|should|need to|have to) (?:now |first |immediately )?"
            r"(?:run|execute|send|upload|fetch|post|delete|read|cat|curl)\b"
        ),
    ),
)
_SPEAKERS = ("human", "assistant", "system")
_SPOKEN = pattern(r"\s{0,20}:\s{1,20}\S")
_MOST_INDENTED = 80
_ORDERING = pattern(
    r"(?i)\b(?:you\s+(?:must|should)|assistant|claude|agent|ai\b|llm|run|execute|send|curl|ignore|secret|token|password|\.env|instructions?)"
)
_TAG, _TURN, _SELECTOR = (
    "[\U000e0020-\U000e007f]",
    "[\u202a-\u202e\u2066-\u2069]",
    "[\ufe00-\ufe0f\U000e0100-\U000e01ef]",
)
_NO_WIDTH = "[\u200b\u200c\u2060\u2062-\u2064\ufeff\u00ad]"
# What is found, the pattern of a letter that it is made of, and its own: a search through a large text takes many times
# as long as one through the few letters in it that are not ASCII.
_HIDDEN = (
    ("tag characters, which nobody sees", pattern(_TAG), pattern(f"{_TAG}{{4,}}")),
    ("marks that turn the direction of reading", pattern(_TURN), pattern(_TURN)),
    (
        "letters without width",
        pattern(_NO_WIDTH),
        pattern(f"{_NO_WIDTH}{{4,}}|(?:[\u200b\u200c\u2060\u2063].?){{8,}}"),
    ),
    ("variation selectors that may spell a text", pattern(_SELECTOR), pattern(f"{_SELECTOR}{{4,}}")),
)
_ASCII = bytes(range(128))
# White space beside the line feed, as patterns of bytes have it.
_BLANKS = r"\t\x0b\x0c\r\x1c-\x1f "
# Of a longer text, as much is looked at.
_LONGEST = 1_000_000
_LONGEST_COMMENT = 4000


class Look(Record):
    """A faster way to look for all of something at once: what is called returns which of it, by number, stand in bytes,
    in small or in capital letters. `words` looks for WORDS, `phrases` for `outlines`.
    """

    words: Callable[[bytes], Iterable[int]]
    phrases: Callable[[bytes], Collection[int]]


def outlines() -> list[str]:
    """Return a pattern of the bytes in which each phrase may stand, and last of those in which somebody speaks.

    It holds where the phrase does, if all white space and all that folds into ASCII is ASCII.
    """
    blank, other = rf"[\n{_BLANKS}]", rf"[^\n{_BLANKS}]"
    spoken = rf"\n[{_BLANKS}]{{0,{_MOST_INDENTED}}}(?:{'|'.join(_SPEAKERS)}){blank}{{0,20}}:{blank}{{1,20}}{other}"
    return [*(words.pattern.replace(" ", f"(?:{blank}+)") for _what, _starts, words in _PHRASES), spoken]


def addresses(text: str, look: Look | None = None) -> list[str]:
    """What in the text speaks to a model or hides from people, each kind once; nothing of the text itself."""
    text = text[:_LONGEST]
    raw = text.encode("utf-8", "surrogatepass")
    beyond = "" if text.isascii() else "".join({*raw.translate(None, _ASCII).decode("utf-8", "surrogatepass")})
    found = [what for what, letter, marks in _HIDDEN if beyond and letter.search(beyond) and marks.search(text)]
    is_plain = _is_plain(beyond)
    # Of bytes blanks are taken out at a tenth of what it costs to divide a text into words.
    dense = (raw if is_plain else text.casefold().encode("utf-8", "surrogatepass")).translate(None, _TAKEN_OUT)
    if not _is_telling(text, dense, _met if look is None else look.words):
        return found
    numbers = look.phrases(b"\n" + raw) if look is not None and is_plain else range(len(_PHRASES) + 1)
    found += _said(text, numbers)
    if "<!--" in text and any(_ORDERING.search(comment) and len(comment.split()) > 4 for comment in _comments(text)):
        found.append("a comment that people do not see, and that orders something")
    return found


def _is_plain(beyond: str) -> bool:
    """Say whether none of these letters is white space, or folds into some that are ASCII."""
    return not beyond or not (any(map(str.isspace, beyond)) or any(map(str.isascii, beyond.casefold())))


def _said(text: str, numbers: Collection[int]) -> list[str]:
    """Return which phrases with one of these numbers stand in the text."""
    if not numbers:
        return []
    lowered = text.casefold()
    flat = " ".join(lowered.split())
    asked = [phrase for place, phrase in enumerate(_PHRASES) if place in numbers]
    found = [what for what, starts, words in asked if _says(flat, starts, words)]
    if len(_PHRASES) in numbers and _MARKS not in found and any(_is_spoken(lowered, speaker) for speaker in _SPEAKERS):
        found.append(_MARKS)
    return found


def _is_telling(text: str, dense: bytes, met: Callable[[bytes], Iterable[int]]) -> bool:
    return any(
        number < len(_TELLING) or _stands_before_a_word(text.casefold(), _TELLING_ALONE[number - len(_TELLING)])
        for number in met(dense)
    )


def _met(dense: bytes) -> Iterator[int]:
    lowered = dense.lower()
    return (number for number, word in enumerate(WORDS) if word in lowered)


def _stands_before_a_word(lowered: str, word: str) -> bool:
    at = lowered.find(word)
    while at >= 0:
        if lowered[at + len(word) : at + len(word) + 1].isspace():
            return True
        at = lowered.find(word, at + len(word))
    return False


def _says(flat: str, starts: tuple[str, ...], words: re.Pattern[str]) -> bool:
    """Say whether one of the places of the `starts` begins what the pattern describes."""
    for start in starts:
        at = flat.find(start)
        while at >= 0:
            if words.match(flat, at) is not None:
                return True
            at = flat.find(start, at + 1)
    return False


def _is_spoken(lowered: str, speaker: str) -> bool:
    """Say whether a line begins as one of a conversation does."""
    at = lowered.find(speaker)
    while at >= 0:
        before = lowered[max(0, at - _MOST_INDENTED) : at].rpartition("\n")
        is_first = at <= _MOST_INDENTED or bool(before[1])
        if is_first and not before[2].strip() and _SPOKEN.match(lowered, at + len(speaker)) is not None:
            return True
        at = lowered.find(speaker, at + 1)
    return False


def _comments(text: str) -> Iterator[str]:
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        yield text[start + 4 : min(end, start + _LONGEST_COMMENT)]
        at = end
