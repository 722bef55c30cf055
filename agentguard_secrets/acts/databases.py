"""Turns a call that empties, drops or resets a database into acts."""

from __future__ import annotations

import re

from agentguard_secrets.acts.call import act

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentguard_secrets.acts.call import Call
    from agentguard_secrets.acts.world import World
    from agentguard_secrets.model import Act

CLIENTS = frozenset(
    (
        "psql pgcli mysql mycli mariadb sqlite3 sqlcmd sqlplus cqlsh clickhouse-client clickhouse duckdb "
        "cockroach bq snowsql usql isql osql db2 hive beeline impala-shell presto trino spark-sql athena "
        "influx mongo mongosh redis-cli valkey-cli keydb-cli neo4j cypher-shell arangosh etcdctl turso pscale "
        "neonctl litecli wrangler supabase dolt prisma"
    ).split()
)
_STATEMENT = r"""(?ix)
    \b(?:drop\s+(?:table|database|schema|index|view|materialized\s+view|column|role|user|owned|keyspace|collection
        |trigger|function)
    |alter\s+table\s+\S+\s+drop\b|truncate\s+(?:table\s+)?["`\w.]+|reassign\s+owned
    |delete\s+from\s+["`\w.\[\]]+\s*(?:;|$|--|['"`)]|\bwhere\s+(?:1\s*=\s*1|true)\b)
    |update\s+["`\w.]+\s+set\s+(?:(?!\bwhere\b)[^;])*(?:;|$)
    |flushall|flushdb|detach\s+delete|drop\s+all\s+objects)"""
_DOCUMENTS = (
    r"\.(?:dropDatabase|drop|deleteMany|remove|dropIndexes|dropAllUsers)\s*\(\s*(?:\{\s*\}\s*)?\)"
    r"|\.deleteMany\(\s*\{\s*\}"
)
_LITERAL = r"'(?:[^'\n]|'')*'"
_COMMENT = r"(?s)--[^\n]*|/\*.*?\*/"
# Words of a command line that reset a database with its contents.
_RESETS = (
    ("prisma", ("migrate", "reset")),
    ("prisma", ("db", "push", "--force-reset")),
    ("prisma", ("db", "push", "--accept-data-loss")),
    ("supabase", ("db", "reset")),
    ("rails", ("db:drop",)),
    ("rails", ("db:reset",)),
    ("rails", ("db:migrate:reset",)),
    ("rails", ("db:purge",)),
    ("rails", ("db:schema:load",)),
    ("artisan", ("migrate:fresh",)),
    ("artisan", ("migrate:reset",)),
    ("artisan", ("migrate:refresh",)),
    ("artisan", ("db:wipe",)),
    ("manage.py", ("flush",)),
    ("manage.py", ("reset_db",)),
    ("manage.py", ("sqlflush",)),
    ("django-admin", ("flush",)),
    ("alembic", ("downgrade", "base")),
    ("flask", ("db", "downgrade", "base")),
    ("flyway", ("clean",)),
    ("liquibase", ("dropall",)),
    ("liquibase", ("drop-all",)),
    ("sequelize", ("db:drop",)),
    ("sequelize-cli", ("db:drop",)),
    ("sequelize", ("db:migrate:undo:all",)),
    ("typeorm", ("schema:drop",)),
    ("knex", ("migrate:rollback", "--all")),
    ("doctrine", ("schema:drop",)),
    ("console", ("doctrine:database:drop",)),
    ("console", ("doctrine:schema:drop",)),
    ("mix", ("ecto.drop",)),
    ("mix", ("ecto.reset",)),
    ("diesel", ("database", "reset")),
    ("diesel", ("database", "drop")),
    ("sqlx", ("database", "drop")),
    ("sqlx", ("database", "reset")),
    ("hasura", ("migrate", "delete")),
    ("mysqladmin", ("drop",)),
    ("pscale", ("database", "delete")),
    ("turso", ("db", "destroy")),
    ("neonctl", ("projects", "delete")),
    ("etcdctl", ("del",)),
    ("wrangler", ("d1", "delete")),
    ("dropdb", ()),
    ("dropuser", ()),
    ("influx", ("delete",)),
    ("cockroach", ("debug", "reset-quorum")),
    ("drizzle-kit", ("drop",)),
)


def acts_on_databases(call: Call, _world: World) -> Iterator[Act]:
    """The acts of this call on databases."""
    if call.words[1:2] in (("--help",), ("--version",), ("help",)):
        return
    yield from _statements(call)
    yield from _resets(call)
    if call.program == "pg_restore" and call.has("-c", "--clean"):
        yield act("destructive-database", call.value_of("-d", "--dbname") or "", "drops what is there before restoring")


def destroys(text: str) -> bool:
    """Whether a text of SQL or of a document database's shell drops or empties something as a whole."""
    bare = re.sub(_COMMENT, " ", text)
    return re.search(_STATEMENT, bare) is not None or re.search(_DOCUMENTS, bare) is not None


def _statements(call: Call) -> Iterator[Act]:
    if call.program not in CLIENTS and not {"dbshell", "dbconsole", "db:query", "execute-statement"} & set(call.words):
        return
    texts = [*call.words[1:], call.stdin or ""]
    redis = " ".join(call.operands).lower()
    found = next((text for text in texts if destroys(re.sub(_LITERAL, "''", text))), None)
    if found is not None:
        match = re.search(_STATEMENT, re.sub(_COMMENT, " ", found)) or re.search(_DOCUMENTS, found)
        yield act(
            "destructive-database", " ".join(match[0].split()[:3]) if match else "", "drops or empties data as a whole"
        )
    elif call.program in ("redis-cli", "valkey-cli", "keydb-cli") and re.search(
        r"\b(flushall|flushdb|shutdown)\b", redis
    ):
        yield act("destructive-database", call.program, "empties the database")


def _resets(call: Call) -> Iterator[Act]:
    lowered = [word.lower() for word in call.words]
    names = {lowered[0].rpartition("/")[2], *(word.rpartition("/")[2] for word in lowered[1:3])}
    if "rake" in names or "bin/rails" in lowered:
        names.add("rails")
    for program, verbs in _RESETS:
        if program in names and all(verb in lowered for verb in verbs):
            yield act("destructive-database", " ".join([program, *verbs]), "throws a database and what is in it away")
            return
