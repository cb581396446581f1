"""A warehouse that an earlier version made is taken over: nothing lost, and what is new is filled from then on."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg2
import pytest

from qupersync.embedded import USER, EmbeddedServer, password_environment
from qupersync.pipeline import sync_cluster
from qupersync.project import Project
from qupersync.schema import STAGING_VERSION
from qupersync.warehouse import Warehouse

from ..fixtures.warehouse import FOLDER, NAME, SEED, STEP, config_of, halfway
from ..support import TESTED, Warehouses, dbt, execute, rows_of
from .simulation import World
from .test_exactness import QUERIES, VACUUMS

OLDEST, PREVIOUS = 1, STAGING_VERSION - 1
HISTORIES = ("query_history", "vacuum_history", "table_stats_history", "node_details_history")


def restored(warehouses: Warehouses, server: EmbeddedServer, version: int) -> Warehouse:
    """The warehouse as an earlier version left it."""
    warehouse = warehouses.make()
    subprocess.run(
        [server.client("pg_restore"), "--no-owner", "-h", "127.0.0.1", "-p", str(server.port), "-U", USER,
         "-d", warehouse.database, FOLDER / f"warehouse_v{version}.dump"],
        env=password_environment(server.password), check=True,
    )  # fmt: skip
    return warehouse


@pytest.mark.parametrize(("kept", "first"), [(PREVIOUS, "sync"), (OLDEST, "build")])
def test_a_warehouse_of_an_earlier_version_goes_on(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, database: Callable[[], str], kept: int, first: str
) -> None:
    warehouse, world, name = restored(warehouses, server, kept), World(SEED), database()
    version = "select max(version) from qupersync_staging._dlt_pipeline_state"
    assert execute(warehouse, version)[0][0] > 0
    before = {table: columns_and_rows(warehouse, table) for table in HISTORIES}
    if first == "build":  # as CI does it, before any sync of the new version
        dbt(warehouse, *TESTED, project=project)
    source, at, end = psycopg2.connect(server.url(name)), halfway(world), world.last + timedelta(hours=1)
    while at < end:
        at = min(at + STEP, end)
        world.show(source, at)
        result = sync_cluster(project, warehouse, config_of(server, name), now=at)
        assert not result.failed
        assert not any(run.lost for run in result.runs)  # the resume point came along
    source.close()
    dbt(warehouse, *TESTED, project=project)

    indexes = execute(
        warehouse, "select indexdef from pg_indexes where schemaname = 'qupersync' and tablename = 'query_history'"
    )
    assert [text for (text,) in indexes if text.endswith("USING btree (built_at)")]  # dbt alone would not add one
    assert execute(warehouse, QUERIES, (NAME,)) == world.query_history()
    assert execute(warehouse, VACUUMS, (NAME,)) == world.vacuum_history()
    for table, (columns, rows) in before.items():
        now = execute(warehouse, f"select {columns} from qupersync.{table}")
        missing = [row for row in rows if row not in now]
        # A run or a day that went on is told as it ended; nothing else changes.
        assert len(missing) <= (3 if table == "query_history" else 12), (table, missing[:3])
    fresh = warehouses.make(template=warehouse)
    dbt(fresh, "run", "--full-refresh", project=project)
    for mart in ("query_performance_daily", "query_patterns_daily"):
        relation = f"qupersync_marts.{mart}"
        assert rows_of(warehouse, relation) == rows_of(fresh, relation)
        assert rows_of(warehouse, relation)


def columns_and_rows(warehouse: Warehouse, table: str) -> tuple[str, list[tuple[Any, ...]]]:
    """The columns that the previous version knew, and all rows."""
    names = execute(
        warehouse,
        "select column_name from information_schema.columns where table_schema = 'qupersync' and table_name = %s"
        " and column_name not in ('synced_at', 'built_at') order by ordinal_position",
        (table,),
    )
    columns = ", ".join(f'"{name}"' for (name,) in names)
    return columns, execute(warehouse, f"select {columns} from qupersync.{table}")


def test_what_is_new_is_filled_from_then_on(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, database: Callable[[], str]
) -> None:
    warehouse, world, name = restored(warehouses, server, OLDEST), World(SEED), database()
    source = psycopg2.connect(server.url(name))
    world.show(source, world.last)
    with source, source.cursor() as cursor:
        cursor.execute("alter table sys_query_history add short_query_accelerated char(10) default 'true'")
    sync_cluster(project, warehouse, config_of(server, name), now=world.last)
    source.close()
    dbt(warehouse, "run", project=project)
    counted = "select count(*) filter (where is_short_query_accelerated), count(*) from qupersync.query_history"
    ((new, whole),) = execute(warehouse, counted)
    assert 0 < new < whole
