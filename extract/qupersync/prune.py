"""Keeping staging small: rows that the entities have taken up and that no later row can touch.

What belongs together goes together: a query with all its versions and only when it has ended and is in the entity, its
segments after it, a run of VACUUM with all its rows. So no later build finds half of something.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from .domain.system_views import SYSTEM_VIEWS
from .errors import ConfigurationError, WarehouseError
from .schema import quote
from .warehouse import Warehouse, first_line

# A day more than the views keep: until then a row may still be read again.
LEAST_DAYS = 8
ABSORBERS = 6  # models that take syncs up (macros/syncs.sql)

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
    # The newest run of each view says from when on the cluster is known; a gap is kept for ever.
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
# Each row stands for itself, and is not read again after the days that are kept.
_ALONE = "delete from {s}.{t} as old where old.cluster_id = %(cluster)s and old.synced_at < %(before)s"


def prune_staging(warehouse: Warehouse, days: int, now: datetime) -> dict[str, int]:
    """Delete staged rows older than ``days`` that are taken up; rows deleted by table. One transaction.

    Entities and histories are never touched. Errors: ConfigurationError for fewer than 8 days, WarehouseError.
    """
    if days < LEAST_DAYS:
        raise ConfigurationError(f"prune keeps at least {LEAST_DAYS} days: rows of {days} days may still be read again")
    import psycopg2

    staging, entities = quote(warehouse.staging_schema), quote(warehouse.schema)
    deleted: dict[str, int] = {}
    connection = warehouse.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                f"select cluster_id, min(absorbed_until) from {staging}.absorbed_syncs "
                f"group by cluster_id having count(*) = {ABSORBERS}"
            )
            for cluster, absorbed in cursor.fetchall():
                parameters: dict[str, Any] = {"cluster": cluster, "before": min(absorbed, now - timedelta(days=days))}
                for table in _order():
                    cursor.execute(_RULES.get(table, _ALONE).format(s=staging, e=entities, t=table), parameters)
                    deleted[table] = deleted.get(table, 0) + max(cursor.rowcount, 0)
    except psycopg2.errors.UndefinedTable:
        raise WarehouseError(f"{warehouse.where} has not been built yet: nothing is taken up, nothing can go") from None
    except psycopg2.Error as error:
        raise WarehouseError(f"{warehouse.where} could not be pruned: {first_line(error)}") from None
    finally:
        connection.close()
    return deleted


def _order() -> list[str]:
    """Queries before what belongs to them."""
    return [*_RULES, *(view for view in SYSTEM_VIEWS if view not in _RULES)]
