"""Turns a text that a tool brought back into what in it speaks to the model, or hides from people."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Without one of these a text addresses nobody: looked for before any pattern is tried.
_TELLING = (
    *(
        "instruction",
        "system prompt",
        "ignore ",
        "disregard",
        "forget ",
        "assistant",
        "ai agent",
        "language model",
        "<!--",
    ),
    *(
        "do not tell",
        "don't tell",
        "without telling",
        "you must",
        "you are now",
        "claude",
        "<system",
        "[inst",
        "<|im_",
    ),
)
_PHRASES = (
    (
        "an instruction to drop other instructions",
        (
            r"(?:ignore|disregard|forget|override|bypass)\s+(?:all\s+|any\s+|the\s+|your\s+|these\s+|those\s+)*(?:previous|prior|above|earlier|preceding|existing|original|other|system)?"
            r"\s*(?:instructions?|prompts?|rules?|guidelines|directions|context|messages)"
        ),
    ),
    (
        "new instructions",
        r"(?:new|updated|real|actual|important|hidden|secret)\s+(?:system\s+)?instructions?\s*(?:for|to|:)",
    ),
    (
        "words to an assistant",
        (
            r"(?:attention|note|important|message|instructions?|hey|hello|dear)\s*[:,]?\s*(?:for|to)?\s*(?:any\s+|all\s+|the\s+)?"
            r"(?:ai|llm|claude|chatgpt|gpt|copilot|language\s+model|coding\s+agent|assistant)s?\b"
        ),
    ),
    ("a claim of another role", r"\byou\s+are\s+(?:now|no\s+longer)\s+(?:a|an|the|in|bound|restricted|claude|dan)\b"),
    (
        "a wish to keep something from the person",
        (
            r"(?:do\s+not|don'?t|never|without)\s+(?:tell|telling|mention|mentioning|inform|informing|alert|alerting|notify|notifying|ask|asking|reveal|show|showing)"
            r"\s+(?:this\s+)?(?:to\s+)?(?:the\s+)?(?:user|human|person|developer|owner|anyone)"
        ),
    ),
    (
        "marks of a conversation",
        r"<\|im_(?:start|end)\|>|<\/?system(?:-reminder|_prompt)?>|\[/?INST\]|^\s*(?:Human|Assistant|System)\s*:\s+\S",
    ),
    (
        "a wish to run something",
        r"\b(?:you|assistant|agent|claude)\s+(?:must|should|need\s+to|have\s+to)\s+(?:now\s+|first\s+|immediately\s+)?(?:run|execute|send|upload|fetch|post|delete|read|cat|curl)\b",
    ),
)
_ORDERING = re.compile(
    r"\b(?:you\s+(?:must|should)|assistant|claude|agent|ai\b|llm|run|execute|send|curl|ignore|secret|token|password|\.env|instructions?)",
    re.IGNORECASE,
)
_HIDDEN = (
    ("tag characters, which nobody sees", re.compile("[\U000e0020-\U000e007f]{4,}")),
    ("marks that turn the direction of reading", re.compile("[\u202a-\u202e\u2066-\u2069]")),
    (
        "letters without width",
        re.compile("[\u200b\u200c\u2060\u2062-\u2064\ufeff\u00ad]{4,}|(?:[\u200b\u200c\u2060\u2063].?){8,}"),
    ),
    ("variation selectors that may spell a text", re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")),
)
# Of a longer text, as much is looked at.
_LONGEST = 1_000_000
_LONGEST_COMMENT = 4000


def addresses(text: str) -> list[str]:
    """What in the text speaks to a model or hides from people, each kind once; nothing of the text itself."""
    text = text[:_LONGEST]
    found = [] if text.isascii() else [what for what, pattern in _HIDDEN if pattern.search(text)]
    lowered = text.lower()
    if not any(word in lowered for word in _TELLING):
        return found
    # Long runs of blanks would be tried at each of their places.
    text = re.sub(r"[ \t\r]+", " ", re.sub(r"\n\s*\n", "\n", text))
    found += [what for what, pattern in _PHRASES if re.search(pattern, text, re.IGNORECASE | re.MULTILINE)]
    if "<!--" in text and any(_ORDERING.search(comment) and len(comment.split()) > 4 for comment in _comments(text)):
        found.append("a comment that people do not see, and that orders something")
    return found


def _comments(text: str) -> Iterator[str]:
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        yield text[start + 4 : min(end, start + _LONGEST_COMMENT)]
        at = end
