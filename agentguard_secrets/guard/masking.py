"""Turns an event and what was found in it into what keeps credentials out of every word about it."""

from __future__ import annotations

from agentguard_secrets.detect.engine import default_detector, scan_chunk
from agentguard_secrets.model import Chunk
from agentguard_secrets.protocol.claude_masks import Masks, replacements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentguard_secrets.detect.known import Watchlist
    from agentguard_secrets.model import Event, Field, Finding


def masks_of(
    event: Event, found: list[tuple[Field, list[Finding]]], *, key: bytes, known: Watchlist | None = None
) -> Masks:
    """Return how to clean the output and the words about it: by place, and by value wherever else it stands."""
    detector = default_detector(key)._replace(known=known)
    words = [Chunk(text) for text in (event.path, event.name, event.tool, event.session) if text]
    texts = [(chunk.text, scan_chunk(chunk, detector)) for chunk in words]
    texts += [(field.text, findings) for field, findings in found]
    if not any(findings for _text, findings in texts):
        return Masks(texts={field.keys: field.text for field, _none in found}, values=())
    from agentguard_secrets.detect.redact import masked_places, redact_text

    pairs = [
        (text[span.start : span.end], tag)
        for text, findings in texts
        for each in findings
        for span, tag in masked_places(each).items()
    ]
    cleaned = {field.keys: redact_text(field.text, findings) for field, findings in found}
    return Masks(texts=cleaned, values=replacements(pairs))
