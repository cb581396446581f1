"""Connections that go, disks that are full, roles that may little, names that look like SQL."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from qupersync.demo.cluster import DemoCluster
from qupersync.embedded import EmbeddedServer
from qupersync.errors import ConfigurationError, QupersyncError, ViewError, WarehouseError
from qupersync.pipeline import sync_cluster
from qupersync.project import Project
from qupersync.reader import ClusterReader
from qupersync.schema import quote
from qupersync.source import utc_now
from qupersync.warehouse import Warehouse

from ..support import MADE, TESTED, Warehouses, dbt, execute, rows_of, stage, utc
from .cutting import cutting
from .lookalikes import Lookalikes

CUTS = int(os.environ.get("QUPERSYNC_KILLS", "8"))


@pytest.fixture(scope="module")
def cluster(lookalikes: Lookalikes) -> DemoCluster:
    return lookalikes.make(queries=4000, seed=77)


def _known(warehouse: Warehouse, cluster: str, until: Any) -> list[tuple[Any, ...]]:
    return execute(
        warehouse,
        "select query_id, start_time, status, bytes_scanned, spilled_blocks from qupersync.query_history"
        " where cluster_id = %s and end_time < %s order by 1, 2",
        (cluster, until),
    )


@pytest.mark.parametrize("side", ["source", "warehouse"])
def test_a_connection_lost_at_any_byte_is_made_good_by_the_next_sync(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, cluster: DemoCluster, side: str
) -> None:
    warehouse, now, draw = warehouses.make(), utc_now(), random.Random(3)
    cluster.show(now)
    failures = 0
    cuts = CUTS // 4 if side == "warehouse" else CUTS  # dlt waits for the warehouse to return
    for _ in range(cuts):
        after = int(10 ** draw.uniform(4, 6))
        with cutting(server.port, after, for_good=side == "warehouse") as port:
            config = replace(cluster.config, port=port) if side == "source" else cluster.config
            through = port if side == "warehouse" else server.port
            into = warehouses.register(warehouse.target, dbname=warehouse.database, port=through)
            try:
                result = sync_cluster(project, into, config, now=now)
            except QupersyncError as error:
                assert "\n" not in str(error)
                failures += 1
            else:
                failures += bool(result.failed)
    assert failures >= max(cuts // 3, 1)
    into = warehouses.register(warehouse.target, dbname=warehouse.database)
    assert not sync_cluster(project, into, cluster.config, now=now).failed
    dbt(into, *MADE, project=project)
    calm = warehouses.make()
    sync_cluster(project, calm, cluster.config, now=now)
    dbt(calm, *MADE, project=project)
    found = _known(into, cluster.config.name, now)
    assert len(found) > 3000
    assert found == _known(calm, cluster.config.name, now)


def test_a_cluster_that_goes_away_is_one_clear_error_at_once(server: EmbeddedServer, cluster: DemoCluster) -> None:
    with cutting(server.port, 10**9, for_good=True) as port:
        reader = ClusterReader(replace(cluster.config, port=port))
        assert reader.columns("sys_query_history")
    with pytest.raises(ViewError, match="cannot be connected to"):
        list(reader.stream("sys_query_history", "select 1 as n"))
    with pytest.raises(ViewError):
        reader.columns("sys_query_detail")


def test_a_full_disk_of_the_warehouse_loses_nothing(
    project: Project, warehouse: Warehouse, cluster: DemoCluster
) -> None:
    now = utc_now()
    cluster.show(now)
    sync_cluster(project, warehouse, replace(cluster.config, databases=("nowhere",)), now=now)  # makes the tables
    execute(
        warehouse,
        """create function qupersync_staging.full() returns trigger language plpgsql as $$ begin
        raise exception using errcode = 'disk_full', message = 'could not extend file: No space left on device';
        end $$; create trigger full_disk before insert on qupersync_staging.sys_query_history
        for each statement execute function qupersync_staging.full()""",
    )
    execute(warehouse, "truncate qupersync_staging.sys_query_history, qupersync_staging._dlt_pipeline_state")
    with pytest.raises(WarehouseError, match="No space left on device"):
        sync_cluster(project, warehouse, cluster.config, now=now)
    execute(warehouse, "drop trigger full_disk on qupersync_staging.sys_query_history")
    assert not sync_cluster(project, warehouse, cluster.config, now=now).failed
    known = "select count(distinct (query_id, start_time)) from qupersync_staging.sys_query_history"
    assert execute(warehouse, known)[0][0] > 3000


def test_a_full_disk_of_the_syncing_machine_loses_nothing(
    project: Project, warehouse: Warehouse, cluster: DemoCluster
) -> None:
    """No file may grow beyond 4 KB: what is written fails as on a full disk."""
    cluster.show(utc_now())
    config = cluster.config
    settings = {"host": config.host, "port": config.port, "username": config.username, "password": config.password,
                "database": config.database, "sslmode": "disable"}  # fmt: skip
    environment = {
        **os.environ,
        "SOURCES__REDSHIFT__CLUSTERS": json.dumps(["demo"]),
        **{f"SOURCES__REDSHIFT__DEMO__{name.upper()}": str(value) for name, value in settings.items()},
    }
    command = [sys.executable, "-m", "qupersync", "sync", "--target", warehouse.target]
    full = subprocess.run(
        command, env=environment, cwd=project.root, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )  # fmt: skip
    assert full.returncode == 1
    assert "File too large" in full.stderr
    assert "Traceback" not in full.stderr
    done = subprocess.run(command, env=environment, cwd=project.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    known = "select count(distinct (query_id, start_time)) from qupersync_staging.sys_query_history"
    assert execute(warehouse, known)[0][0] > 3000


def test_a_role_that_may_write_its_three_schemas_is_enough(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, cluster: DemoCluster
) -> None:
    """The grants of docs/guarantees.md, to the letter."""
    owner = warehouses.make()
    grants = _documented_grants(project).replace("warehouse", quote(owner.database))
    execute(owner, "drop role if exists qupersync_writer")
    execute(owner, f"create table public.precious (n int); create schema elsewhere; {grants}")
    execute(owner, "alter role qupersync_writer login password 'w'")
    writer = warehouses.register(f"{owner.target}_w", dbname=owner.database, user="qupersync_writer", password="w")
    assert not sync_cluster(project, writer, cluster.config).failed
    dbt(writer, *TESTED, project=project)
    for refused in ("create schema more", "select * from public.precious", "create table elsewhere.t (n int)",
                    "create table public.t (n int)"):  # fmt: skip
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            execute(writer, refused)
    may = "select rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls from pg_roles where rolname = 'qupersync_writer'"
    assert execute(owner, may) == [(False,) * 5]
    execute(owner, "drop owned by qupersync_writer cascade; drop role qupersync_writer")


def _documented_grants(project: Project) -> str:
    text = (project.root / "docs" / "guarantees.md").read_text(encoding="utf-8")
    return text.split("```sql", 1)[1].split("```", 1)[0]


HOSTILE = 'x"; drop table qupersync.query_history; --'


def test_names_that_look_like_sql_are_names(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, cluster: DemoCluster
) -> None:
    warehouse = warehouses.make()
    dbt(warehouse, *MADE, project=project)
    at = utc("2026-05-01")
    table = {"database": HOSTILE, "schema": HOSTILE, "table": HOSTILE, "table_id": 5, "encoded": "N", "diststyle": f"KEY({HOSTILE})",
             "sortkey1": HOSTILE, "size": 9000, "tbl_rows": 9e6, "estimated_visible_rows": 1e6, "unsorted": 50.0,
             "stats_off": 50.0, "vacuum_sort_benefit": 50.0, "skew_rows": 9.0, "connected_database": HOSTILE}  # fmt: skip
    stage(warehouse, {"svv_table_info": [table]}, "s'; drop table x; --", at)
    execute(warehouse, "update qupersync_staging.sync_runs set database_name = %s", (HOSTILE,))
    dbt(warehouse, *TESTED, project=project)
    assert rows_of(warehouse, "qupersync.query_history") == []
    statements = [row[0] for row in execute(warehouse, "select statement from qupersync_marts.findings")]
    name = quote(HOSTILE)
    assert f"ANALYZE {name}.{name};" in statements
    # databases to be read, and warehouse schemas, come from settings
    result = sync_cluster(project, warehouse, replace(cluster.config, databases=(HOSTILE,)))
    assert [run.database for run in result.failed] == [HOSTILE]
    named = warehouses.make(schema='q"; drop schema public; --')
    with pytest.raises(ConfigurationError, match="small letters, digits"):
        sync_cluster(project, named, cluster.config)
    del warehouses.outputs[named.target]


def test_others_cannot_read_what_the_sync_keeps(
    project: Project, warehouse: Warehouse, cluster: DemoCluster, home: Path
) -> None:
    before = os.umask(0o022)
    try:
        sync_cluster(project, warehouse, cluster.config)
    finally:
        os.umask(before)
    files = [path for path in project.home.rglob("*") if path.is_file() and "postgres" not in path.parts]
    files = [path for path in files if path.stat().st_size]  # a lock is an empty file
    assert len(files) > 5

    def open_to_others(path: Path) -> bool:
        between = [folder for folder in path.parents if folder.is_relative_to(project.home)]
        return bool(path.stat().st_mode & 0o044) and all(folder.stat().st_mode & 0o011 for folder in between)

    assert [path for path in files if open_to_others(path)] == []


def test_prune_days_of_a_mart(
    project: Project, warehouses: Warehouses, cluster: DemoCluster, database: Callable[[], str]
) -> None:
    """`keep_days` bounds a daily mart, on demand; the entities keep everything, and the mart can be had back."""
    warehouse = warehouses.make()
    sync_cluster(project, warehouse, cluster.config)
    dbt(warehouse, *MADE, project=project)
    days = "select count(distinct query_day) from qupersync_marts.query_performance_daily"
    entities = rows_of(warehouse, "qupersync.query_history")
    ((all_days,),) = execute(warehouse, days)
    dbt(warehouse, "run", "--vars", "{keep_days: {query_performance_daily: 3}}", project=project)
    ((kept,),) = execute(warehouse, days)
    assert 0 < kept <= 4 < all_days
    assert rows_of(warehouse, "qupersync.query_history") == entities
    dbt(warehouse, "run", "--full-refresh", project=project)
    assert execute(warehouse, days) == [(all_days,)]
