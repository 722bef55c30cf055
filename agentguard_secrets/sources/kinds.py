"""Turns the bytes and the name of a file into the kind of container that it is."""

from __future__ import annotations

import re

GZIP, BZIP2, XZ, ZIP, TAR, SQLITE, PDF = "gzip", "bzip2", "xz", "zip", "tar", "SQLite", "PDF"
# What is known to be a container and cannot be opened here: its plain text tells nothing of what is in it.
CLOSED = ("zstd", "lz4", "7z", "rar", "cab", "encrypted office")

_BEGINNINGS = (
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\x1f\x8b\x08", GZIP),
    (b"BZh", BZIP2),
    (b"\xfd7zXZ\0", XZ),
    (b"SQLite format 3\0", SQLITE),
    (b"%PDF-", PDF),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"MSCF\0\0\0\0", "cab"),
)
_ALL_BEGINNINGS = tuple(beginning for beginning, _ in _BEGINNINGS)
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# A zip is read from its end, so whatever may stand before it: a program that unpacks itself, a picture.
_ZIP_END, _ZIP_TAIL = b"PK\x05\x06", 65_557
_PDF_WITHIN = 1024
_TAR_BLOCK = 512
_TAR_MAGIC = slice(257, 262)
_TAR_SUM = slice(148, 156)

_ENDINGS = {
    **dict.fromkeys("zip jar war ear whl egg apk aar nupkg vsix docx xlsx pptx odt ods odp epub".split(), ZIP),
    **dict.fromkeys(("gz", "tgz"), GZIP),
    **dict.fromkeys(("bz2", "tbz2"), BZIP2),
    **dict.fromkeys(("xz", "txz"), XZ),
    **dict.fromkeys(("sqlite", "sqlite3"), SQLITE),
    "tar": TAR,
    "pdf": PDF,
    "zst": "zstd",
    "7z": "7z",
    "rar": "rar",
}


def kind_of(content: bytes) -> str | None:
    """Return what kind of container `content` is, one of `CLOSED` among them; None for anything else."""
    for beginning, kind in _BEGINNINGS if content.startswith(_ALL_BEGINNINGS) else ():
        if content.startswith(beginning) and (kind != BZIP2 or content[4:10] in _BZIP2_BLOCKS):
            return kind
    if content.startswith(_OLE):
        return "encrypted office" if _ENCRYPTED in content else None
    if _is_tar(content):
        return TAR
    # One byte is looked for at more than ten times the speed of four, and hardly any text holds it.
    if _ZIP_END[-1] in (tail := content[-_ZIP_TAIL:]) and _ZIP_END in tail:
        return ZIP
    return PDF if b"%PDF-" in content[:_PDF_WITHIN] and b"\0" in content else None


def kind_by_name(path: str) -> str | None:
    """Return what kind of container a file of this name claims to be, None for none."""
    return _ENDINGS.get(path.rpartition(".")[2].lower())


def _is_tar(content: bytes) -> bool:
    if len(content) < _TAR_BLOCK:
        return False
    if content[_TAR_MAGIC] == b"ustar":
        return True
    # The oldest kind has only a sum.
    claimed = content[_TAR_SUM]
    if re.fullmatch(rb"[ 0]*[0-7]{3,6}[ \0]{1,2}", claimed) is None:
        return False
    header = content[: _TAR_SUM.start] + b" " * 8 + content[_TAR_SUM.stop : _TAR_BLOCK]
    return sum(header) == int(claimed.strip(b" \0"), 8)
