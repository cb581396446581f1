"""A warehouse that an earlier version made: no row lost, no watermark lost, and new columns filled from then on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from dlt.common.versioned_state import decompress_state

from qupersync.domain.system_views import SYSTEM_VIEWS
from qupersync.project import Project
from qupersync.staging.tables import schema_fingerprint
from qupersync.sync.pipeline import ClusterPipeline, pipeline_name, sync_cluster
from qupersync.sync.source import SOURCE
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import EmbeddedServer
from tests.support.dbt_runs import BUILD_AND_TEST, dbt
from tests.support.history import QUERIES, VACUUMS
from tests.support.simulation import World
from tests.support.staged_rows import utc
from tests.support.stored_warehouses import NAME, SEED, STEP, config_of, halfway, restored, stored_versions
from tests.support.warehouses import Warehouses, execute, rows_of

HISTORIES = ("query_history", "vacuum_history", "table_stats_history", "node_details_history")


@pytest.mark.parametrize(("version", "first"), [(1, "build"), (2, "sync"), (3, "build"), (3, "sync")])
def test_upgrade(
    project: Project,
    warehouses: Warehouses,
    server: EmbeddedServer,
    database: Callable[[], str],
    version: int,
    first: str,
) -> None:
    warehouse, world, name = restored(warehouses, server, version), World(SEED), database()
    assert execute(warehouse, "select max(version) from qupersync_staging._dlt_pipeline_state")[0][0] > 0
    before = {table: columns_and_rows(warehouse, table) for table in HISTORIES}
    if first == "build":  # as CI does it, before any sync of the new version
        dbt(warehouse, *BUILD_AND_TEST, project=project)
    source, at, end = psycopg2.connect(server.url(name)), halfway(world), world.last + timedelta(hours=1)
    while at < end:
        at = min(at + STEP, end)
        world.show(source, at)
        result = sync_cluster(project, warehouse, config_of(server, name), now=at)
        assert not result.failed
        assert not any(run.gap for run in result.runs)  # the watermark was kept
    source.close()
    dbt(warehouse, *BUILD_AND_TEST, project=project)

    indexes = execute(
        warehouse, "select indexdef from pg_indexes where schemaname = 'qupersync' and tablename = 'query_history'"
    )
    assert [text for (text,) in indexes if text.endswith("USING btree (built_at)")]  # dbt alone would not add one
    assert execute(warehouse, QUERIES, (NAME,)) == world.query_history()
    assert execute(warehouse, VACUUMS, (NAME,)) == world.vacuum_history()
    for table, (columns, rows) in before.items():
        now = execute(warehouse, f"select {columns} from qupersync.{table}")
        missing = [row for row in rows if row not in now]
        # A run or a day that went on has its end now; nothing else changes.
        assert len(missing) <= (3 if table == "query_history" else 12), (table, missing[:3])
    fresh = warehouses.make(template=warehouse)
    dbt(fresh, "run", "--full-refresh", project=project)
    for mart in ("query_performance_daily", "query_patterns_daily", "query_pattern_times_daily"):
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


def test_new_column_is_filled_from_then_on(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, database: Callable[[], str]
) -> None:
    warehouse, world, name = restored(warehouses, server, stored_versions()[0]), World(SEED), database()
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


def dlt_state(warehouse: Warehouse) -> dict[str, Any]:
    """The newest state of the cluster's source, as dlt stored it in the warehouse."""
    newest = """select state from qupersync_staging._dlt_pipeline_state where pipeline_name = %s
        order by version desc limit 1"""
    ((state,),) = execute(warehouse, newest, (pipeline_name(NAME),))
    found: dict[str, Any] = decompress_state(state)["sources"][SOURCE]
    return found


@pytest.mark.parametrize("version", stored_versions())
def test_upgrade_evolves_once_and_keeps_watermarks(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, database: Callable[[], str], version: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The state's keys are those that earlier versions wrote; rows before the lookback are not read again."""
    warehouse, world, name = restored(warehouses, server, version), World(SEED), database()
    config, source, at = config_of(server, name), psycopg2.connect(server.url(name)), halfway(world)
    evolved, create_tables = [], ClusterPipeline._create_tables

    def counted(pipeline: ClusterPipeline, *arguments: Any) -> None:
        evolved.append(at)
        create_tables(pipeline, *arguments)

    monkeypatch.setattr(ClusterPipeline, "_create_tables", counted)
    before = dlt_state(warehouse)
    assert before["chain"]["sync_id"]
    assert "staging_schema" not in before["chain"]
    views = before["resources"]
    assert views["sys_query_history"]["resume"]["open"], "no query was in flight: this shows nothing"

    world.show(source, at + STEP)
    result = sync_cluster(project, warehouse, config, now=at + STEP)
    assert not result.failed
    assert len(evolved) == 1
    read_logs = 0
    for run in result.runs:
        stored = (views.get(run.view) or {}).get("resume") or {}
        if run.outcome == "ok" and stored.get("seen"):
            edge = utc(stored["seen"]) - config.lookback
            in_flight = {**stored["open"], **(views[run.view].get("watched") or {})}
            oldest = min([edge, *map(utc, in_flight.values())])
            assert run.window.changed == edge, run.view
            assert run.window.start == oldest or SYSTEM_VIEWS[run.view].detail_of, run.view
            assert run.window.start >= oldest, run.view
            again = (
                f"select count(*) from qupersync_staging.{run.view} where sync_id = %s"
                f" and coalesce({SYSTEM_VIEWS[run.view].end or SYSTEM_VIEWS[run.view].time}, now()::timestamp) < %s"
            )
            parameters: list[Any] = [result.sync_id, edge]
            if in_flight:
                again += " and not query_id = any(%s)"
                parameters.append([int(key) for key in in_flight])
            assert execute(warehouse, again, parameters) == [(0,)], run.view
            read_logs += 1
    assert read_logs >= 4

    after = dlt_state(warehouse)
    assert after["chain"]["previous"] == before["chain"]["sync_id"]
    assert after["chain"]["staging_schema"] == schema_fingerprint()
    for view, stored in views.items():
        assert set(stored) <= set(after["resources"][view]), view
        assert set(stored) <= {"resume", "watched", "had_rows"}, view
    resume = after["resources"]["sys_query_history"]["resume"]
    assert set(resume) == {"seen", "read_at", "open", "ahead"}
    assert utc(resume["seen"]) > utc(views["sys_query_history"]["resume"]["seen"])

    world.show(source, at + 2 * STEP)
    assert not sync_cluster(project, warehouse, config, now=at + 2 * STEP).failed
    assert len(evolved) == 1
    source.close()
