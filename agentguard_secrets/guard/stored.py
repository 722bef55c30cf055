"""Turns an output that the client keeps in a file, because it is too large to be sent, into the same file cleaned."""

from __future__ import annotations

import os
import re

from agentguard_secrets.detect.redact import redact_text
from agentguard_secrets.guard.files import text_of, whole_file
from agentguard_secrets.guard.pipeline import Text
from agentguard_secrets.protocol.claude import FILE
from agentguard_secrets.state.atomic import write_atomically

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentguard_secrets.guard.pipeline import Case
    from agentguard_secrets.model import Field, Finding

_NOTICE = "[agentguard-secrets removed this stored output: {why}]\n"


def with_stored_output(case: Case) -> Case:
    """Return the case with the text of each stored output that it names. What cannot be looked through is removed."""
    texts = [*case.texts]
    for path in dict.fromkeys(_paths(case)):
        for part in whole_file(path, origin="output"):
            if isinstance(part, Text):
                texts.append(part)
            elif not part.partly:
                write_atomically(path, _NOTICE.format(why=part.why))
    return case._replace(texts=tuple(texts))


def clean_stored(found: Iterable[tuple[Field, list[Finding]]]) -> None:
    """Write each stored output in which something was found anew, without it. Raises StateError."""
    for field, findings in found:
        if field.keys[-1] == FILE and findings:
            # Latin-1 is how binary content was read, and so it is written.
            known = text_of(str(field.keys[-2]))
            is_binary = known is not None and known[1] is not None
            cleaned = redact_text(field.text, findings)
            raw = cleaned.encode("latin-1" if is_binary else "utf-8", "replace")
            write_atomically(str(field.keys[-2]), raw)


def _paths(case: Case) -> Iterator[str]:
    """Yield the stored outputs that the event names: files in the session's own folder only, whoever names them."""
    transcript = case.event.payload.get("transcript_path")
    if not isinstance(transcript, str) or not os.path.isabs(transcript):
        return
    folder = os.path.join(os.path.splitext(transcript)[0], "tool-results")
    for text in case.texts:
        for path in re.findall(re.escape(folder) + r"[/\\][\w.-]+", text.field.text):
            if os.path.isfile(path) and not os.path.islink(path):
                yield path
