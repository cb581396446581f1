"""The whole catalog of a PostgreSQL database with its rows, to compare before and after: what a run touched, and what not."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg2

from qupersync.sql import quote
from qupersync.warehouse.base import Warehouse

_NOT_SYSTEM = "n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'"
_SCHEMAS = f"select n.nspname, n.nspacl::text, n.nspowner::regrole::text from pg_namespace n where {_NOT_SYSTEM}"
_RELATIONS = f"""
    select n.nspname, c.relname, c.relkind::text, c.oid, c.relowner::regrole::text,
        array(select acl::text from unnest(c.relacl) as acl order by 1), c.reloptions::text, obj_description(c.oid),
        array(
            select concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl, pg_get_expr(d.adbin, d.adrelid))
            from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum
        ),
        case when c.relkind = 'v' then pg_get_viewdef(c.oid) end,
        array(select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where conrelid = c.oid order by 1),
        array(select pg_get_indexdef(indexrelid) from pg_index where indrelid = c.oid order by 1),
        array(select pg_get_triggerdef(oid) from pg_trigger where tgrelid = c.oid and not tgisinternal order by 1)
    from pg_class c inner join pg_namespace n on n.oid = c.relnamespace
    where {_NOT_SYSTEM} and c.relkind in ('r', 'v', 'm', 'S', 'p', 'f')
"""


def catalog_of(warehouse: Warehouse, without: Collection[str] = ()) -> dict[str, tuple[Any, ...]]:
    """Each schema, and each relation as schema.name: its definition with the oid, its rights, and a hash of its rows.

    ``without``: schemas that are left out.
    """
    connection = psycopg2.connect(**warehouse.libpq())
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(_SCHEMAS)
            found = {schema: tuple(rest) for schema, *rest in cursor.fetchall() if schema not in without}
            cursor.execute(_RELATIONS)
            for schema, name, kind, *rest in [row for row in cursor.fetchall() if row[0] not in without]:
                rows = None
                if kind in ("r", "m"):
                    cursor.execute(
                        "select count(*), md5(string_agg(md5(r::text), '' order by md5(r::text))) "
                        f"from {quote(schema)}.{quote(name)} as r"
                    )
                    rows = cursor.fetchone()
                found[f"{schema}.{name}"] = (kind, *map(str, rest), rows)
            return found
    finally:
        connection.close()


def changed(before: dict[str, tuple[Any, ...]], after: dict[str, tuple[Any, ...]]) -> list[str]:
    """Names of what only one has, or what differs."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
