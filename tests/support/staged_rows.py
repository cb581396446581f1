"""Rows put into staging directly, as a complete sync would have: for tests of the models alone."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from qupersync.sql import quote
from qupersync.staging.tables import STAGING_TABLES, staged_columns
from qupersync.warehouse.base import Warehouse


def utc(text: str) -> datetime:
    """A naive UTC time."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment


def stage(
    warehouse: Warehouse, rows: dict[str, list[dict[str, Any]]], sync_id: str, synced_at: datetime, cluster: str = "c"
) -> None:
    """Stage rows (table → rows) as a complete sync of the cluster would have."""
    connection = warehouse.connect()
    try:
        with connection, connection.cursor() as cursor:
            for table, wanted in rows.items():
                columns = [c.name for c in staged_columns(STAGING_TABLES[table])]
                values = [{"cluster_id": cluster, "sync_id": sync_id, "synced_at": synced_at, **row} for row in wanted]
                _insert(cursor, warehouse, table, columns, values)
            runs = [
                {
                    "cluster_id": cluster, "sync_id": sync_id, "synced_at": synced_at, "view_name": view, "outcome": "ok",
                    "database_name": "db" if view == "svv_table_info" else None,
                    "rows_read": len(found), "rows_rejected": 0, "started_at": synced_at, "finished_at": synced_at,
                    "_dlt_load_id": sync_id, "_dlt_id": f"{sync_id}-{view}",
                }
                for view, found in rows.items()
            ]  # fmt: skip
            _insert(cursor, warehouse, "sync_runs", list(runs[0]) if runs else [], runs)
            _insert(
                cursor, warehouse, "clusters",
                ["cluster_id", "sync_id", "synced_at", "deployment", "_dlt_load_id", "_dlt_id"],
                [{"cluster_id": cluster, "sync_id": sync_id, "synced_at": synced_at, "deployment": "provisioned",
                  "_dlt_load_id": sync_id, "_dlt_id": sync_id}],
            )  # fmt: skip
            _insert(
                cursor, warehouse, "_dlt_loads", ["load_id", "status", "schema_name"],
                [{"load_id": sync_id, "status": 0, "schema_name": "redshift"}],
            )  # fmt: skip
        connection.commit()
    finally:
        connection.close()


def _insert(cursor: Any, warehouse: Warehouse, table: str, columns: list[str], values: list[dict[str, Any]]) -> None:
    from psycopg2.extras import execute_values

    if values:
        names = ", ".join(map(quote, columns))
        execute_values(
            cursor,
            f"insert into {quote(warehouse.staging_schema)}.{quote(table)} ({names}) values %s",
            [tuple(row.get(column) for column in columns) for row in values],
            page_size=500,
        )
