"""Pruning staging: rows that are applied to the entities and that no later sync can change.

What belongs together is deleted together: a query with all its versions, and only once it has finished and is in the
entity; its segments after it; a run of VACUUM with all its rows. So no later build finds half of something.

Two transactions, so that a build or a sync at the same time does not conflict under SERIALIZABLE (which Redshift checks
by table): the first one chooses, reads entities and staging and writes temporary tables only; the second one deletes,
and reads staging and these tables only. What was chosen may be deleted later just as well: a row that is applied and
out of Redshift's retention stays so.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from ..domain.system_views import SYSTEM_VIEWS
from ..errors import ConfigurationError, WarehouseError, first_line
from ..hints import hint
from ..sql import literal, quote, timestamp_literal
from .base import Warehouse, is_conflict

# A day more than Redshift's views keep: until then a sync may read the row again.
MIN_DAYS = 8
ATTEMPTS = 5  # where another transaction conflicts
_PAUSE = 1.0  # seconds before the second attempt; doubled each time

# What may go, in order: table → the columns that choose its rows, and their values. {s} and {e} are the schemas of
# staging and entities; pruned_clusters holds each cluster and the time before which its rows may go. Joins, no
# correlated subqueries: Redshift supports few of those.
_CHOICES: dict[str, tuple[tuple[str, ...], str]] = {
    "sys_query_history": (
        ("query_id", "start_time"),
        """
        select staged.cluster_id, staged.query_id, staged.start_time
        from {s}.sys_query_history as staged
        inner join pruned_clusters as clusters
            on staged.cluster_id = clusters.cluster_id and staged.synced_at < clusters.prune_before
        inner join {e}.query_history as kept
            on staged.cluster_id = kept.cluster_id and staged.query_id = kept.query_id
            and staged.start_time = kept.start_time
        left join (
            select distinct queries.cluster_id, queries.query_id, queries.start_time
            from {s}.sys_query_history as queries
            inner join pruned_clusters as clusters
                on queries.cluster_id = clusters.cluster_id and queries.synced_at >= clusters.prune_before
        ) as newer
            on staged.cluster_id = newer.cluster_id and staged.query_id = newer.query_id
            and staged.start_time = newer.start_time
        left join (
            select distinct runs.cluster_id, runs.xid
            from {s}.stl_vacuum as runs
            inner join pruned_clusters as clusters
                on runs.cluster_id = clusters.cluster_id and runs.synced_at >= clusters.prune_before
        ) as vacuums
            on staged.cluster_id = vacuums.cluster_id and staged.transaction_id = vacuums.xid
        where newer.query_id is null
        group by staged.cluster_id, staged.query_id, staged.start_time
        having count(vacuums.xid) = 0
        """,
    ),
    "sys_query_detail": (
        ("query_id",),
        """
        select distinct staged.cluster_id, staged.query_id
        from {s}.sys_query_detail as staged
        inner join pruned_clusters as clusters
            on staged.cluster_id = clusters.cluster_id and staged.synced_at < clusters.prune_before
        left join pruned_remaining as queries
            on staged.cluster_id = queries.cluster_id and staged.query_id = queries.query_id
        where queries.query_id is null
        """,
    ),
    "sys_connection_log": (
        ("session_id", "record_time"),
        """
        select distinct staged.cluster_id, staged.session_id, staged.record_time
        from {s}.sys_connection_log as staged
        inner join pruned_clusters as clusters
            on staged.cluster_id = clusters.cluster_id and staged.synced_at < clusters.prune_before
        inner join (
            select cluster_id, session_id, max(record_time) as last_time
            from {s}.sys_connection_log
            group by cluster_id, session_id
        ) as sessions
            on staged.cluster_id = sessions.cluster_id and staged.session_id = sessions.session_id
            and staged.record_time < sessions.last_time
        left join (select distinct cluster_id, session_id from pruned_remaining) as queries
            on staged.cluster_id = queries.cluster_id and staged.session_id = queries.session_id
        where queries.session_id is null
        """,
    ),
    "stl_vacuum": (
        ("xid", "table_id"),
        """
        select distinct staged.cluster_id, staged.xid, staged.table_id
        from {s}.stl_vacuum as staged
        inner join pruned_clusters as clusters
            on staged.cluster_id = clusters.cluster_id and staged.synced_at < clusters.prune_before
        inner join {e}.vacuum_history as runs
            on staged.cluster_id = runs.cluster_id and staged.xid = runs.xid and staged.table_id = runs.table_id
            and runs.status in ('Finished', 'Skipped', 'Failed')
        left join (
            select distinct events.cluster_id, events.xid, events.table_id
            from {s}.stl_vacuum as events
            inner join pruned_clusters as clusters
                on events.cluster_id = clusters.cluster_id and events.synced_at >= clusters.prune_before
        ) as newer
            on staged.cluster_id = newer.cluster_id and staged.xid = newer.xid and staged.table_id = newer.table_id
        where newer.xid is null
        """,
    ),
    # A run without a transaction is found by its start.
    "sys_vacuum_history": (
        ("table_id", "start_time"),
        """
        select distinct staged.cluster_id, staged.table_id, staged.start_time
        from {s}.sys_vacuum_history as staged
        inner join pruned_clusters as clusters
            on staged.cluster_id = clusters.cluster_id and staged.synced_at < clusters.prune_before
        inner join {e}.vacuum_history as runs
            on staged.cluster_id = runs.cluster_id and coalesce(staged.transaction_id, 0) = runs.xid
            and staged.table_id = runs.table_id and (runs.xid <> 0 or staged.start_time = runs.start_time)
            and runs.status in ('Finished', 'Skipped', 'Failed')
        left join (
            select distinct events.cluster_id, events.table_id, events.start_time
            from {s}.sys_vacuum_history as events
            inner join pruned_clusters as clusters
                on events.cluster_id = clusters.cluster_id and events.synced_at >= clusters.prune_before
        ) as newer
            on staged.cluster_id = newer.cluster_id and staged.table_id = newer.table_id
            and staged.start_time = newer.start_time
        where newer.table_id is null
        """,
    ),
    # The newest run of each view and outcome stays: it records how far the cluster was read. Gaps stay for ever.
    "sync_runs": (
        ("view_name", "outcome", "synced_at"),
        """
        select distinct staged.cluster_id, staged.view_name, staged.outcome, staged.synced_at
        from {s}.sync_runs as staged
        inner join pruned_clusters as clusters
            on staged.cluster_id = clusters.cluster_id and staged.synced_at < clusters.prune_before
        inner join (
            select cluster_id, view_name, outcome, max(synced_at) as last_time
            from {s}.sync_runs
            group by cluster_id, view_name, outcome
        ) as newest
            on staged.cluster_id = newest.cluster_id and staged.view_name = newest.view_name
            and staged.outcome = newest.outcome and staged.synced_at < newest.last_time
        where staged.gap_from is null
        """,
    ),
}
# The queries that stay staged, once those of sys_query_history are chosen.
_REMAINING = """
    create temporary table pruned_remaining as
    select distinct queries.cluster_id, queries.query_id, queries.session_id
    from {s}.sys_query_history as queries
    left join pruned_sys_query_history as gone
        on queries.cluster_id = gone.cluster_id and queries.query_id = gone.query_id
        and queries.start_time = gone.start_time
    where gone.query_id is null
"""
_KEEP = {"sync_runs": "and sync_runs.gap_from is null"}  # rows that stay although others of their key go


def prune_staging(warehouse: Warehouse, models: Collection[str], days: int, now: datetime) -> dict[str, int]:
    """Delete staged rows older than ``days`` that are applied to the entities; deleted rows by table.

    ``models``: the models that apply syncs. A cluster is pruned up to the sync that the slowest of them has applied,
    and not at all while one of them has applied none (it was never built). Entities and histories are never touched.
    All is deleted or nothing; tried again where another transaction conflicts.

    Errors: ConfigurationError for fewer than 8 days or no models, WarehouseError.
    """
    if days < MIN_DAYS:
        raise ConfigurationError(
            f"--days {days}: keep at least {MIN_DAYS} days, because a sync may read younger rows again"
        )
    if not models:
        raise ConfigurationError("no model has the meta applies_syncs: which staged rows are applied is unknown")
    import psycopg2

    for attempt in range(1, ATTEMPTS + 1):
        connection = warehouse.connect()
        try:
            return _prune(connection, warehouse, models, now - timedelta(days=days))
        except psycopg2.errors.UndefinedTable:
            raise WarehouseError(
                f"{warehouse.where} has not been built yet, so no staged row is applied: run {hint('build')} first"
            ) from None
        except psycopg2.Error as error:
            if attempt == ATTEMPTS or not is_conflict(error):
                raise WarehouseError(f"{warehouse.where} could not be pruned: {first_line(error)}") from None
            time.sleep(_PAUSE * 2 ** (attempt - 1))
        finally:
            connection.close()
    raise AssertionError("unreachable")


def _prune(connection: Any, warehouse: Warehouse, models: Collection[str], before: datetime) -> dict[str, int]:
    staging, ledger_table = quote(warehouse.staging_schema), f"{quote(warehouse.views_schema)}.absorbed_syncs"
    with connection, connection.cursor() as cursor:
        ledger = _ledger(cursor, ledger_table)
    with connection, connection.cursor() as cursor:
        for entity, cluster, until in ledger:  # rows that a newer one supersedes
            cursor.execute(
                f"delete from {ledger_table} where entity = %s and cluster_id = %s and absorbed_until < %s",
                (entity, cluster, until),
            )
    applied = _applied(ledger, models)
    if not applied:
        return {}
    with connection, connection.cursor() as cursor:
        _choose(cursor, warehouse, {cluster: min(until, before) for cluster, until in applied.items()})
    with connection, connection.cursor() as cursor:
        return _delete(cursor, staging)


def _ledger(cursor: Any, table: str) -> list[tuple[str, str, datetime]]:
    """Entity, cluster and watermark."""
    cursor.execute(f"select entity, cluster_id, max(absorbed_until) from {table} group by entity, cluster_id")
    return list(cursor.fetchall())


def _applied(ledger: list[tuple[str, str, datetime]], models: Collection[str]) -> dict[str, datetime]:
    """Cluster → the watermark up to which every model has applied its syncs."""
    reached: dict[str, dict[str, datetime]] = {}
    for entity, cluster, until in ledger:
        if entity in models:
            reached.setdefault(cluster, {})[entity] = until
    return {cluster: min(found.values()) for cluster, found in reached.items() if len(found) == len(set(models))}


def _choose(cursor: Any, warehouse: Warehouse, before: dict[str, datetime]) -> None:
    """Temporary tables with the keys of what may go."""
    clusters = " union all ".join(
        f"select cast({literal(cluster)} as varchar(128)) as cluster_id, {timestamp_literal(until)} as prune_before"
        for cluster, until in before.items()
    )
    cursor.execute(f"create temporary table pruned_clusters as {clusters}")
    schemas = {"s": quote(warehouse.staging_schema), "e": quote(warehouse.schema)}
    for table, (_, choice) in _CHOICES.items():
        cursor.execute(f"create temporary table pruned_{table} as {choice.format(**schemas)}")
        if table == "sys_query_history":
            cursor.execute(_REMAINING.format(**schemas))


def _delete(cursor: Any, staging: str) -> dict[str, int]:
    """Delete what was chosen, and rows that no other row depends on; deleted rows by table."""
    deleted = {}
    for table in (*_CHOICES, *(view for view in SYSTEM_VIEWS if view not in _CHOICES)):
        chosen, condition = "", ""
        if table in _CHOICES:
            chosen = f", pruned_{table}"
            columns = ("cluster_id", *_CHOICES[table][0])
            condition = " ".join(f"and {table}.{column} = pruned_{table}.{column}" for column in columns)
        cursor.execute(
            f"delete from {staging}.{table} using pruned_clusters{chosen} "
            f"where {table}.cluster_id = pruned_clusters.cluster_id "
            f"and {table}.synced_at < pruned_clusters.prune_before {condition} {_KEEP.get(table, '')}"
        )
        deleted[table] = max(cursor.rowcount, 0)
    return deleted
