"""Turns texts into containers that hold them."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import tarfile
import zipfile
from collections.abc import Mapping


def zipped(files: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of `files`."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return raw.getvalue()


def tarred(files: Mapping[str, str | bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a tar of `files`."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=form) as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return raw.getvalue()


def document(text: str) -> bytes:
    """Return a docx in which an editor has put a tag into the middle of the text."""
    half = len(text) // 2
    runs = f"<w:r><w:t>{text[:half]}</w:t></w:r><w:proofErr/><w:r><w:t>{text[half:]}</w:t></w:r>"
    body = f'<?xml version="1.0"?><w:document><w:body><w:p>{runs}</w:p></w:body></w:document>'
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": body})


def workbook(text: str) -> bytes:
    """Return an xlsx with one shared string."""
    strings = f'<?xml version="1.0"?><sst><si><t>key</t></si><si><t>{text}</t></si></sst>'
    return zipped({"[Content_Types].xml": "<Types/>", "xl/sharedStrings.xml": strings})


def notebook(text: str) -> bytes:
    """Return an ipynb with one cell."""
    cell = {"cell_type": "code", "source": ["import os\n", f'key = "{text}"\n'], "outputs": [], "metadata": {}}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}, indent=1).encode()


def database(**values: str) -> bytes:
    """Return an SQLite database with one row of these columns."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE accounts (id INTEGER, {', '.join(f'{name} TEXT' for name in values)})")
    connection.execute("INSERT INTO accounts (id) VALUES (1)")
    for name, value in values.items():
        connection.execute(f"UPDATE accounts SET {name} = ?", (value,))  # noqa: S608 - names of the test's own
    connection.commit()
    raw = connection.serialize()
    connection.close()
    return raw


def page(text: str) -> bytes:
    """Return a PDF of one page."""
    drawn = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /MediaBox [0 0 9 9] /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    raw, places = "%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(raw))
        raw += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(raw)}\n%%EOF\n"
    return (f"{raw}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}").encode("latin-1")


COMPRESSED = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
