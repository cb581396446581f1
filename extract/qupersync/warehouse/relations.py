"""What lies in the warehouse's schemas, whose it is, and what of others depends on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Optional

from ..staging.tables import STAGING_TABLES
from .base import Warehouse

# What the locks and the checks of a warehouse make, and a build's list of what it granted to readers.
_OTHER_OWN = ("first_sync_lock", "build_lock", "qupersync_check", "reader_grants")

# What lies in the schemas, of any kind; extensions and their members stay where they are, as pg_dump leaves them out.
_INSIDE = """
    select d.classid, d.objid, d.objsubid from pg_catalog.pg_depend d
    join pg_catalog.pg_namespace n on d.refclassid = 'pg_catalog.pg_namespace'::regclass and n.oid = d.refobjid
    where n.nspname in %(schemas)s and d.deptype = 'n' and d.classid <> 'pg_catalog.pg_extension'::regclass
        and not exists (
            select from pg_catalog.pg_depend part
            where part.classid = d.classid and part.objid = d.objid and part.deptype in ('e', 'i')
        )
"""
_NAMED = f"""
    select o.type, o.identity from ({_INSIDE}) inside
    cross join lateral pg_catalog.pg_identify_object(inside.classid, inside.objid, inside.objsubid) o order by 1, 2
"""
# All that DROP … CASCADE of it would take along: what depends on it, and the whole of what only its inside depends on
# it (a view by its rule). Named is each, but not its parts, such as a table's indexes.
_GONE = f"""
    with recursive gone as (
        {_INSIDE}
        union
        select next.classid, next.objid, next.objsubid from gone cross join lateral (
            select d.classid, d.objid, d.objsubid from pg_catalog.pg_depend d
            where d.refclassid = gone.classid and d.refobjid = gone.objid and gone.objsubid in (0, d.refobjsubid)
            union all
            select d.refclassid, d.refobjid, d.refobjsubid from pg_catalog.pg_depend d
            where d.classid = gone.classid and d.objid = gone.objid and d.deptype = 'i'
        ) next
    )
    select distinct o.type, o.identity, n.nspname, c.relname from gone
    cross join lateral pg_catalog.pg_identify_object(gone.classid, gone.objid, gone.objsubid) o
    left join pg_catalog.pg_class c on gone.classid = 'pg_catalog.pg_class'::regclass and c.oid = gone.objid
        and c.relkind in ('r', 'p', 'v', 'm', 'f')
    left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where not exists (
        select from pg_catalog.pg_depend part
        join gone whole on whole.classid = part.refclassid and whole.objid = part.refobjid
            and whole.objsubid in (0, part.refobjsubid)
        where part.classid = gone.classid and part.objid = gone.objid
            and (part.deptype in ('i', 'P', 'S') or part.deptype = 'a' and c.oid is null)
    ) and not exists (
        select from gone whole
        where gone.objsubid > 0 and whole.objsubid = 0 and whole.classid = gone.classid and whole.objid = gone.objid
    )
    order by 2, 1
"""
_RELATIONS = ("table", "view", "materialized view", "foreign table")  # need no word for what they are
# PostgreSQL's name of a kind → what DROP calls it
_DROPPED_AS = {
    "function": "routine",
    "procedure": "routine",
    "aggregate": "routine",
    "statistics object": "statistics",
}


def is_ours(
    warehouse: Warehouse, schema: str, name: str, models: Collection[str], kind: Optional[str] = "table"
) -> bool:
    """Did a sync or a build make the relation? ``models`` are the names of dbt's models and seeds."""
    in_staging = name in STAGING_TABLES or name in _OTHER_OWN or name.startswith("_dlt_")
    # A former relation may be there beside the new one: dbt's while it swaps them, a view of ours while others read it.
    former = name.removesuffix("__outdated") if kind == "view" else name
    model = former.split("__dbt_", maxsplit=1)[0] in models
    return model or (schema in (warehouse.staging_schema, warehouse.views_schema) and in_staging)


def others_in_schemas(warehouse: Warehouse, models: Collection[str]) -> list[str]:
    """What is not ours in our schemas, and what elsewhere depends on them: `schema.name`, with its kind unless it is a
    table or a view. PostgreSQL only.

    Errors: WarehouseError.
    """
    found: Sequence[Any] = warehouse.fetch(_GONE, {"schemas": warehouse.schemas})[1]
    return [
        identity if kind in _RELATIONS else f"{kind} {identity}"
        for kind, identity, schema, name in found
        if not (schema in warehouse.schemas and is_ours(warehouse, schema, name, models, kind))
    ]


def drops(warehouse: Warehouse) -> list[str]:
    """Statements that empty our schemas and keep them: who may make none can still fill them. PostgreSQL only.

    Errors: WarehouseError.
    """
    found: Sequence[Any] = warehouse.fetch(_NAMED, {"schemas": warehouse.schemas})[1]
    return [f"drop {_DROPPED_AS.get(kind, kind)} if exists {identity} cascade;" for kind, identity in found]
