"""Turns an SQLite database into its tables as text, one row after the other."""

from __future__ import annotations

from collections.abc import Iterator

from agentguard_secrets.errors import LimitError
from agentguard_secrets.sources.budget import LARGEST, Budget
from agentguard_secrets.sources.decode import decode
from agentguard_secrets.sources.member import Broken, Member

# Where the file says that its newest pages are in another one; with 1 it is read as it stands.
_VERSIONS = slice(18, 20)
_PAGE_SIZE, _PAGES = slice(16, 18), slice(28, 32)
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
_INSTRUCTIONS = 20_000
_LONGEST_VALUE = 512


def in_sqlite(content: bytes, budget: Budget) -> Iterator[Member]:
    """Yield the schema and each table; `column = "value"` gives rules the word beside the value.

    Raises Broken for what is no database any more.
    """
    try:
        import sqlite3
    except ImportError as error:
        raise Broken("not scanned: this Python has no sqlite3") from error
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(content[: _VERSIONS.start] + b"\1\1" + content[_VERSIONS.stop :])
        connection.set_progress_handler(budget.is_late, _INSTRUCTIONS)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.text_factory = bytes
        schema = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
        yield _table("sqlite_schema", (f"{_text(sql)}\n" for (sql,) in schema), budget)
        for (name,) in connection.execute(_TABLES).fetchall():
            quoted = _text(name).replace('"', '""')
            rows = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - a name from the database itself
            columns = [each[0] for each in rows.description]
            yield _table(_text(name), (_row(columns, row) for row in rows), budget)
    except (sqlite3.Error, UnicodeError, OverflowError, MemoryError) as error:
        raise Broken("damaged: not all was scanned") from error
    finally:
        connection.close()
    # Pages that are not there are read as empty ones.
    size = int.from_bytes(content[_PAGE_SIZE], "big")
    if int.from_bytes(content[_PAGES], "big") * (size if size > 1 else 65_536) > len(content):
        raise Broken("truncated: not all was scanned")


def _table(name: str, rows: Iterator[str], budget: Budget) -> Member:
    allowed = budget.allowed()
    lines: list[str] = []
    size = 0
    for line in rows:
        size += len(line)
        if size > allowed:
            raise LimitError(f"not all was scanned: a table is larger than {LARGEST} bytes")
        lines.append(line)
    text = "".join(lines)
    budget.spend(text.encode("utf-8", "surrogateescape"))
    return Member(name, text=text)


def _row(columns: list[str], row: tuple[object, ...]) -> str:
    named = zip(columns, row, strict=True)
    return "".join(_cell(column, _text(value)) for column, value in named if isinstance(value, str | bytes))


def _cell(column: str, value: str) -> str:
    if len(value) > _LONGEST_VALUE or "\n" in value or '"' in value:
        return f"{value}\n"
    return f'{column} = "{value}"\n'


def _text(value: object) -> str:
    return decode(value)[0] if isinstance(value, bytes) else str(value)
