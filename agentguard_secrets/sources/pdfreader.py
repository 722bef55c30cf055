"""Turns a PDF on standard input into JSON of its texts on standard output, in a process that may take too long.

{"texts": [["page 1", "…"], …], "files": [["name", "<hex>"], …], "complete": true}
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

LACKING, PROTECTED = 3, 4
_MEMORY = 2 * 1024**3
_MOST_PAGES = 2_000


class _Texts:
    """What was read so far; a page that cannot be read leaves the others as they are."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []
        self.files: list[tuple[str, str]] = []
        self.complete = True

    def read(self, reader: PdfReader) -> None:
        from pypdf.errors import PyPdfError

        faults = (PyPdfError, ValueError, LookupError, AttributeError, TypeError, ArithmeticError, RecursionError)
        for add in (self._add_pages, self._add_about, self._add_files):
            try:
                add(reader, faults)
            except faults:
                self.complete = False

    def _add_pages(self, reader: PdfReader, faults: tuple[type[Exception], ...]) -> None:
        for number, page in enumerate(reader.pages, 1):
            if number > _MOST_PAGES:
                self.complete = False
                return
            try:
                text = "\n".join([page.extract_text(), *_links(page)])
            except faults:
                self.complete = False
                continue
            self.texts.append((f"page {number}", text))

    def _add_about(self, reader: PdfReader, _faults: tuple[type[Exception], ...]) -> None:
        lines = [f"{name} = {value}" for name, value in (reader.metadata or {}).items()]
        lines += [f"{name} = {value}" for name, value in reader.get_form_text_fields().items() if value]
        self.texts.append(("about", "\n".join(lines)))

    def _add_files(self, reader: PdfReader, _faults: tuple[type[Exception], ...]) -> None:
        for name, contents in reader.attachments.items():
            self.files += [(name, content.hex()) for content in contents]


def main() -> int:
    """Read, write, and return 0, or `LACKING` or `PROTECTED`; any other fault ends the process with a status of 1."""
    _limit_memory()
    try:
        import pypdf
    except ImportError:
        return LACKING
    reader = pypdf.PdfReader(BytesIO(sys.stdin.buffer.read()), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        return PROTECTED
    texts = _Texts()
    texts.read(reader)
    json.dump({"texts": texts.texts, "files": texts.files, "complete": texts.complete}, sys.stdout)
    return 0


def _links(page: PageObject) -> Iterator[str]:
    for reference in page.get("/Annots") or ():
        note: Any = reference.get_object()
        action: Any = note.get("/A")
        said = [note.get("/Contents"), action.get_object().get("/URI") if action else None]
        yield from (str(text) for text in said if text)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY if hard < 0 else min(_MEMORY, hard), hard))


if __name__ == "__main__":
    sys.exit(main())
