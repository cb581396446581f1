"""What lies in the warehouse's schemas, whose it is, and what of others depends on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ..staging.tables import STAGING_TABLES
from .base import Warehouse

# What the locks and the checks of a warehouse make, and a build's list of what it granted to readers.
_OTHER_OWN = ("first_sync_lock", "build_lock", "qupersync_check", "reader_grants")

_IN_SCHEMAS = """
    select n.nspname, c.relname, c.relkind from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname in %(schemas)s and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1, 2
"""
_DEPENDING = """
    with recursive ours as (
        select c.oid from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname in %(schemas)s
    ), depending as (
        select oid from ours
        union
        select r.ev_class from depending
        join pg_catalog.pg_depend d on d.refobjid = depending.oid and d.refclassid = 'pg_catalog.pg_class'::regclass
            and d.classid = 'pg_catalog.pg_rewrite'::regclass
        join pg_catalog.pg_rewrite r on r.oid = d.objid
    )
    select distinct n.nspname, c.relname from depending join pg_catalog.pg_class c on c.oid = depending.oid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname not in %(schemas)s order by 1, 2
"""


def is_ours(warehouse: Warehouse, schema: str, name: str, models: Collection[str]) -> bool:
    """Did a sync or a build make the relation? ``models`` are the names of dbt's models and seeds."""
    in_staging = name in STAGING_TABLES or name in _OTHER_OWN or name.startswith("_dlt_")
    # A former relation may be there beside the new one: dbt's while it swaps them, ours while others read it.
    model = name.split("__dbt_", maxsplit=1)[0].removesuffix("__outdated") in models
    return model or (schema in (warehouse.staging_schema, warehouse.views_schema) and in_staging)


def others_in_schemas(warehouse: Warehouse, models: Collection[str]) -> list[str]:
    """Tables and views in our schemas that are not ours, and views elsewhere on ours: `schema.name`. PostgreSQL only.

    Errors: WarehouseError.
    """
    parameters = {"schemas": warehouse.schemas}
    inside: Sequence[Any] = warehouse.fetch(_IN_SCHEMAS, parameters)[1]
    found = [f"{schema}.{name}" for schema, name, _ in inside if not is_ours(warehouse, schema, name, models)]
    return found + [f"{schema}.{name}" for schema, name in warehouse.fetch(_DEPENDING, parameters)[1]]
