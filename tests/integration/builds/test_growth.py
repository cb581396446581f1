"""A build reads what changed, not history: counted by PostgreSQL itself, table by table."""

from __future__ import annotations

import re
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from qupersync.clock import utc_now
from qupersync.project import Project
from qupersync.sql import quote
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from tests.support.cluster_factories import ClusterFactories
from tests.support.contracts import manifest_of, models_of
from tests.support.dbt_runs import BUILD, dbt
from tests.support.warehouses import Warehouses, execute

WEEKS = 25  # of history, each like the first
LARGE = 20_000  # rows: smaller tables may be scanned
MOST = 0.1  # share of a large table's rows that a build may read
MOST_TESTED = 0.6  # and that all data tests together may read: they look at the last days

# What a build looks rows up in, and has grown beyond LARGE rows: entities and staging.
LONG = {
    *(f"qupersync.{name}" for name in ("query_history", "vacuum_history")),
    *(f"qupersync_marts.{name}" for name in ("executed_hours", "executed_hours_by_owner")),
    *(
        f"qupersync_staging.{name}"
        for name in ("sys_query_history", "sys_query_detail", "sys_connection_log", "stl_vacuum")
    ),
}

FEW = {
    "qupersync_staging.stl_vacuum",
    "qupersync.vacuum_history",
    "qupersync_marts.executed_hours",
    "qupersync_marts.billed_hours",
}  # of ten times as many weeks: there are few in a week

# What moves when a week is copied into the past, by table.
MOMENTS = {
    "qupersync_staging.sys_query_history": ("synced_at", "start_time", "end_time"),
    "qupersync_staging.sys_query_detail": ("synced_at", "start_time", "end_time"),
    "qupersync_staging.sys_connection_log": ("synced_at", "record_time"),
    "qupersync_staging.svv_table_info": ("synced_at",),
    "qupersync_staging.svv_user_info": ("synced_at",),
    "qupersync_staging.stl_vacuum": ("synced_at", "eventtime"),
    "qupersync.query_history": ("synced_at", "built_at", "start_time", "end_time"),
    "qupersync.vacuum_history": ("synced_at", "start_time", "end_time"),
    "qupersync_marts.billed_hours": ("read_until", "cost_hour"),
    "qupersync_marts.carried_executions": ("built_at", "start_time", "cost_hour"),
    "qupersync_marts.executed_hours": ("built_at", "cost_hour"),
    "qupersync_marts.executed_hours_by_owner": ("built_at", "cost_hour"),
}


def _age(warehouse: Warehouse) -> None:
    """Copy the week that is there into the past, again and again, with new ids."""
    for table, moments in MOMENTS.items():
        schema, name = table.split(".")
        columns = [
            row[0]
            for row in execute(
                warehouse,
                "select column_name from information_schema.columns where table_schema = %s and table_name = %s order by ordinal_position",
                (schema, name),
            )
        ]
        chosen = []
        for column in columns:
            value = f"old.{quote(column)}"
            if column == "synced_at" and len(moments) > 1:  # as hourly syncs would have read it
                value = f"date_trunc('hour', coalesce(old.{moments[-1]}, old.{moments[1]})) + interval '1 hour'"
            if column in moments:
                value = f"{value} - week * interval '7 days'"
            elif column in ("query_id", "xid", "transaction_id", "session_id"):
                value = f"{value} + week::bigint * 10000000000"
            elif column == "sync_id":
                value = f"{value} || '-' || week"
            chosen.append(value)
        names = ", ".join(map(quote, columns))
        execute(
            warehouse,
            f"insert into {table} ({names}) select {', '.join(chosen)} from {table} as old, generate_series(1, {WEEKS * 10 if table in FEW else WEEKS}) as week",
        )
    connection = warehouse.connect()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    connection.close()


def _read(warehouse: Warehouse) -> dict[str, tuple[int, int]]:
    """Rows read of each table so far, and the rows it has."""
    time.sleep(1)  # the server publishes its counters with a delay
    rows = execute(
        warehouse,
        "select schemaname || '.' || relname, seq_tup_read + coalesce(idx_tup_fetch, 0), n_live_tup from pg_stat_user_tables",
    )
    return {name: (read, live) for name, read, live in rows}


def test_build_reads_what_changed(
    project: Project, warehouses: Warehouses, factories: ClusterFactories, home: Path
) -> None:
    warehouse, cluster, now = warehouses.make(), factories.make(queries=3000, seed=88), utc_now()
    cluster.show(now - timedelta(minutes=30))
    sync_cluster(project, warehouse, cluster.config, now=now - timedelta(minutes=30))
    dbt(warehouse, *BUILD, project=project)
    _age(warehouse)
    cluster.show(now)
    sync_cluster(project, warehouse, cluster.config, now=now)
    for words, most in ((("run",), MOST), (("test", "--exclude-resource-type", "unit_test"), MOST_TESTED)):
        before = _read(warehouse)
        dbt(warehouse, *words, project=project)
        shares = {
            name: (read - before.get(name, (0, 0))[0]) / live
            for name, (read, live) in _read(warehouse).items()
            if live > LARGE and not name.startswith("pg_")
        }
        assert set(shares) >= LONG, LONG - set(shares)
        assert {name: round(share, 2) for name, share in shares.items() if share > most} == {}, words


def _incremental_models(manifest: dict[str, Any]) -> dict[str, list[str]]:
    """The incremental models and their sort keys on Redshift."""
    return {
        name: node["config"].get("sort") or []
        for name, node in models_of(manifest).items()
        if (node["config"]["materialized"], node["config"]["incremental_strategy"]) == ("incremental", "replace_by_key")
    }


def test_deletes_and_daily_sums_are_bounded(
    project: Project, warehouses: Warehouses, factories: ClusterFactories, home: Path
) -> None:
    """Literal ranges: an index serves them on PostgreSQL, zone maps on Redshift. Both run the same statement."""
    warehouse, cluster, now = warehouses.make(), factories.make(queries=300, seed=89), utc_now()
    for ago in (1, 0):  # days: in a night's hour nobody connects
        cluster.show(now - timedelta(days=ago))
        sync_cluster(project, warehouse, cluster.config, now=now - timedelta(days=ago))
        dbt(warehouse, *(("run",) if ago == 0 else BUILD), project=project)
    models = _incremental_models(manifest_of(project, warehouse))
    del models["latest_snapshots"]  # a row for each cluster and database
    bounded = []
    for model, sort in models.items():
        (file,) = (home / "target" / warehouse.target / "plain" / "run").rglob(f"{model}.sql")
        statement, bound = file.read_text(encoding="utf-8"), sort[0]
        if "delete from" in statement:  # else no row is new
            assert f"and {bound} between '" in statement, model
            bounded.append(model)
        if bound == "query_day":  # and the sums of changed days read those days only
            (file,) = (home / "target" / warehouse.target / "plain" / "compiled").rglob(f"marts/*/{model}.sql")
            compiled = file.read_text(encoding="utf-8")
            first, last = (
                re.search(rf"\.start_time {sign} cast\('(\d{{4}}-\d\d-\d\d) [\d:.]+' as timestamp\)", compiled)
                for sign in (">=", "<=?")
            )
            assert first and last, model
            assert timedelta(0) <= date.fromisoformat(last[1]) - date.fromisoformat(first[1]) < timedelta(days=7), model
    for model in set(models) - set(bounded):  # of views that this cluster lacks
        assert execute(warehouse, f"select count(*) from qupersync.{model}") == [(0,)], model
