"""Turns documents into the text that people read in them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator

from agentguard_secrets.sources.budget import Budget
from agentguard_secrets.sources.member import Broken, Member

# In seconds. The reader of PDF runs in a process of its own: there is a document for every way to never end.
_LONGEST = 20
_READER = (sys.executable, "-I", "-m", "agentguard_secrets.sources.pdfreader")
_LACKING, _PROTECTED = 3, 4

# What ends a line of text: a paragraph, a cell, a row, a shared string.
_LINE_ENDS = (
    r"</(?:w:p|a:p|w:tc|text:p|text:h|table:table-cell|si|c|row)>|<(?:w|a|text):(?:br|tab|line-break)[ /][^>]*>"
)
_TAG = r"<[^>]*>"
_VALUE = r'[\w:]+="([^"]{8,})"'
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}


def in_pdf(content: bytes, budget: Budget) -> Iterator[Member]:
    """Yield the text of each page, then what is said of the document. Raises Broken when it cannot be read."""
    budget.allowed()
    try:
        done = subprocess.run(_READER, input=content, capture_output=True, timeout=_LONGEST, check=False)
    except subprocess.TimeoutExpired as error:
        raise Broken(f"not scanned: reading took longer than {_LONGEST} seconds") from error
    if done.returncode == _LACKING:
        raise Broken("not scanned: pypdf is not installed")
    if done.returncode == _PROTECTED:
        raise Broken("protected by a password: not scanned")
    try:
        pages = json.loads(done.stdout)
    except ValueError as error:
        raise Broken("damaged: not scanned") from error
    for name, text in pages["texts"]:
        budget.spend(text.encode("utf-8", "surrogatepass"))
        yield Member(name, text=text)
    for name, attached in pages["files"]:
        yield Member(name, budget.spend(bytes.fromhex(attached)), words=(name,))
    if done.returncode or not pages["complete"]:
        raise Broken("damaged: not all was scanned")


def without_markup(text: str) -> str:
    """Return the letters of an XML document in one piece where they are one, and the values of its attributes.

    An editor may put a tag between any two letters of a word.
    """
    values = "\n".join(dict.fromkeys(re.findall(_VALUE, text)))
    text = re.sub(_TAG, "", re.sub(_LINE_ENDS, "\n", text))
    return re.sub("&(?:lt|gt|quot|apos|amp);", lambda found: _ENTITIES[found[0]], f"{text}\n{values}")
