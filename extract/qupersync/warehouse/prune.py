"""Pruning staging: rows that are applied to the entities and that no later sync can change.

What belongs together is deleted together: a query with all its versions, and only once it has finished and is in the
entity; its segments after it; a run of VACUUM with all its rows. So no later build finds half of something.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from ..domain.system_views import SYSTEM_VIEWS
from ..errors import ConfigurationError, WarehouseError, first_line
from ..sql import quote
from .base import Warehouse

# A day more than Redshift's views keep: until then a sync may read the row again.
MIN_DAYS = 8

# Table → what may go of it; {s} and {e} are the schemas of staging and entities.
_RULES = {
    "sys_query_history": """
        delete from {s}.sys_query_history as old
        where old.cluster_id = %(cluster)s and old.synced_at < %(before)s
            and exists (
                select 1 from {e}.query_history as kept
                where kept.cluster_id = old.cluster_id and kept.query_id = old.query_id
                    and kept.start_time = old.start_time
            )
            and not exists (
                select 1 from {s}.sys_query_history as newer
                where newer.cluster_id = old.cluster_id and newer.query_id = old.query_id
                    and newer.start_time = old.start_time and newer.synced_at >= %(before)s
            )
            and not exists (
                select 1 from {s}.stl_vacuum as run
                where run.cluster_id = old.cluster_id and run.xid = old.transaction_id and run.synced_at >= %(before)s
            )
    """,
    "sys_query_detail": """
        delete from {s}.sys_query_detail as old
        where old.cluster_id = %(cluster)s and old.synced_at < %(before)s
            and not exists (
                select 1 from {s}.sys_query_history as query
                where query.cluster_id = old.cluster_id and query.query_id = old.query_id
            )
    """,
    "sys_connection_log": """
        delete from {s}.sys_connection_log as old
        where old.cluster_id = %(cluster)s and old.synced_at < %(before)s
            and exists (
                select 1 from {s}.sys_connection_log as newer
                where newer.cluster_id = old.cluster_id and newer.session_id = old.session_id
                    and newer.record_time > old.record_time
            )
            and not exists (
                select 1 from {s}.sys_query_history as query
                where query.cluster_id = old.cluster_id and query.session_id = old.session_id
            )
    """,
    "stl_vacuum": """
        delete from {s}.stl_vacuum as old
        where old.cluster_id = %(cluster)s and old.synced_at < %(before)s
            and exists (
                select 1 from {e}.vacuum_history as run
                where run.cluster_id = old.cluster_id and run.xid = old.xid and run.table_id = old.table_id
                    and run.status in ('Finished', 'Skipped', 'Failed')
            )
            and not exists (
                select 1 from {s}.stl_vacuum as newer
                where newer.cluster_id = old.cluster_id and newer.xid = old.xid and newer.table_id = old.table_id
                    and newer.synced_at >= %(before)s
            )
    """,
    "sys_vacuum_history": """
        delete from {s}.sys_vacuum_history as old
        where old.cluster_id = %(cluster)s and old.synced_at < %(before)s
            and exists (
                select 1 from {e}.vacuum_history as run
                where run.cluster_id = old.cluster_id and run.xid = coalesce(old.transaction_id, 0)
                    and run.table_id = old.table_id and run.status in ('Finished', 'Skipped', 'Failed')
            )
            and not exists (
                select 1 from {s}.sys_vacuum_history as newer
                where newer.cluster_id = old.cluster_id and newer.table_id = old.table_id
                    and newer.start_time = old.start_time and newer.synced_at >= %(before)s
            )
    """,
    # The newest run of each view and outcome stays: it records how far the cluster was read. Gaps stay for ever.
    "sync_runs": """
        delete from {s}.sync_runs as old
        where old.cluster_id = %(cluster)s and old.synced_at < %(before)s and old.gap_from is null
            and exists (
                select 1 from {s}.sync_runs as newer
                where newer.cluster_id = old.cluster_id and newer.view_name = old.view_name
                    and newer.outcome = old.outcome and newer.synced_at > old.synced_at
            )
    """,
}
# Rows that no other row depends on, and that no sync reads again after the days that are kept.
_INDEPENDENT = "delete from {s}.{t} as old where old.cluster_id = %(cluster)s and old.synced_at < %(before)s"


def prune_staging(warehouse: Warehouse, models: Collection[str], days: int, now: datetime) -> dict[str, int]:
    """Delete staged rows older than ``days`` that are applied to the entities; deleted rows by table. One transaction.

    ``models``: the models that apply syncs. A cluster is pruned up to the sync that the slowest of them has applied,
    and not at all while one of them has applied none (it was never built). Entities and histories are never touched.

    Errors: ConfigurationError for fewer than 8 days or no models, WarehouseError.
    """
    if days < MIN_DAYS:
        raise ConfigurationError(
            f"--days {days}: keep at least {MIN_DAYS} days, because a sync may read younger rows again"
        )
    if not models:
        raise ConfigurationError("no model has the meta applies_syncs: which staged rows are applied is unknown")
    import psycopg2

    staging, entities = quote(warehouse.staging_schema), quote(warehouse.schema)
    deleted: dict[str, int] = {}
    connection = warehouse.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                f"select cluster_id, min(absorbed_until) from {staging}.absorbed_syncs where entity in %s "
                "group by cluster_id having count(distinct entity) = %s",
                (tuple(models), len(set(models))),
            )
            for cluster, applied_until in cursor.fetchall():
                parameters: dict[str, Any] = {
                    "cluster": cluster,
                    "before": min(applied_until, now - timedelta(days=days)),
                }
                for table in _order():
                    cursor.execute(_RULES.get(table, _INDEPENDENT).format(s=staging, e=entities, t=table), parameters)
                    deleted[table] = deleted.get(table, 0) + max(cursor.rowcount, 0)
    except psycopg2.errors.UndefinedTable:
        raise WarehouseError(
            f"{warehouse.where} has not been built yet, so no staged row is applied: run `qupersync build` first"
        ) from None
    except psycopg2.Error as error:
        raise WarehouseError(f"{warehouse.where} could not be pruned: {first_line(error)}") from None
    finally:
        connection.close()
    return deleted


def _order() -> list[str]:
    """Queries before the rows that belong to them."""
    return [*_RULES, *(view for view in SYSTEM_VIEWS if view not in _RULES)]
