"""What a warehouse of the emulator holds, as hashes: to see that a failed run left everything as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg2

BUILD_TIMES = ("built_at",)  # when a row was built: the one thing in which two equal builds differ

_RELATIONS = """
    select n.nspname, c.relname, c.relkind::text, array(
        select a.attname::text from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attname
    )
    from pg_class c inner join pg_namespace n on n.oid = c.relnamespace
    where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' and c.relkind in ('r', 'v')
"""


@dataclass(frozen=True)
class State:
    """Relations (schema.name) of a database, each with its columns and, of a table, a hash of its rows."""

    relations: dict[str, tuple[str, ...]]

    def differences(self, other: State) -> list[str]:
        """Relations that only one has, or that differ."""
        names = sorted(self.relations.keys() | other.relations.keys())
        return [name for name in names if self.relations.get(name) != other.relations.get(name)]


def state_of(url: str) -> State:
    """The state of a database. Reads it directly, not through the proxy."""
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(_RELATIONS)
            found = cursor.fetchall()
            hashes = _hashes(cursor, [row for row in found if row[2] == "r"])
    finally:
        connection.close()
    relations = {f"{schema}.{name}": (kind, *columns) for schema, name, kind, columns in found}
    return State({name: (*words, hashes.get(name, "")) for name, words in relations.items()})


def _hashes(cursor: Any, tables: list[tuple[str, str, str, list[str]]]) -> dict[str, str]:
    if not tables:
        return {}
    queries = []
    for schema, name, _, columns in tables:
        kept = ", ".join(f'"{column}"' for column in columns if column not in BUILD_TIMES)
        queries.append(
            f"select '{schema}.{name}', md5(string_agg(md5(r::text), '' order by md5(r::text))) "
            f'from (select {kept} from "{schema}"."{name}") as r'
        )
    cursor.execute(" union all ".join(queries))
    return {name: value or "empty" for name, value in cursor.fetchall()}
