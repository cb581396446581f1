"""The dbt project built from nothing, and step by step over the same syncs: the same to the last row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from qupersync.clock import utc_now
from qupersync.demo.cluster import DATABASE, DemoCluster
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import EmbeddedServer
from tests.support.cluster_factories import ClusterFactories
from tests.support.dbt_runs import BUILD_AND_TEST, dbt
from tests.support.warehouses import ENTITIES, Warehouses, everything, execute, rows_of

BOOKKEEPING = ("absorbed_syncs", "pending_syncs")


# The runs that AWS documents for stl_vacuum, five days ago.
AWS_SAMPLES = """
    insert into demo.vacuum_run values
        (14294, 108313, '', false, 'Finished', demo.day(-5) + time '17:36:01', demo.day(-5) + time '18:26:13', 1950, 966, 408, 966, 28, 11, 984, 17),
        (15126, 108313, 'Skipped(sorted>=95%)', false, 'Skipped', demo.day(-5) + time '18:26:38', null, 966, 966, 966, 966, 11, 11, 0, 0),
        (2925, 110116, ' Sort Only', false, 'Finished', demo.day(-5) + time '16:25:21', demo.day(-5) + time '16:26:28', 1379648, 1379648, 172456, 1379648, 132, 132, null, null)
"""


@pytest.fixture(scope="module")
def cluster(server: EmbeddedServer, factories: ClusterFactories) -> DemoCluster:
    """The demo's cluster, small."""
    server.ensure_database(DATABASE)
    made = DemoCluster(server)
    made.make(seed=3, queries=3000)
    factories.run(made, AWS_SAMPLES)
    return made


@pytest.fixture(scope="module")
def stepwise(project: Project, warehouses: Warehouses, cluster: DemoCluster, factories: ClusterFactories) -> Warehouse:
    """A warehouse that was synced and built three times, with a small workgroup beside the cluster."""
    warehouse, workgroup = warehouses.make(), factories.serverless(queries=50)
    dbt(warehouse, *BUILD_AND_TEST, project=project)  # on an empty warehouse
    now = utc_now()
    for ago in (timedelta(days=3), timedelta(hours=20), timedelta(0)):
        cluster.show(now - ago)
        workgroup.show(now - ago)
        for config in (cluster.config, replace(workgroup.config, name="workgroup")):
            assert not sync_cluster(project, warehouse, config, now=now - ago).failed
        dbt(warehouse, *BUILD_AND_TEST, project=project)
    return warehouse


def _forget_models(warehouse: Warehouse) -> None:
    execute(
        warehouse,
        "drop schema qupersync cascade; drop schema qupersync_marts cascade; "
        + "".join(f"drop table qupersync_staging.{name} cascade; " for name in BOOKKEEPING),
    )


def test_empty_warehouse_builds(project: Project, warehouse: Warehouse) -> None:
    results = dbt(warehouse, "build", project=project)  # with the unit tests, which need no rows
    assert len(results) > 40
    assert all(not rows for rows in everything(warehouse).values())


def test_rebuild_equals_incremental(project: Project, warehouses: Warehouses, stepwise: Warehouse) -> None:
    fresh = warehouses.make(template=stepwise)
    _forget_models(fresh)
    dbt(fresh, *BUILD_AND_TEST, project=project)
    wanted, found = everything(stepwise), everything(fresh)
    for relation, rows in wanted.items():
        assert found[relation] == rows, relation
        assert rows, f"{relation} is empty: it proves nothing"


def test_build_is_idempotent(project: Project, stepwise: Warehouse) -> None:
    before = everything(stepwise, without=())
    dbt(stepwise, *BUILD_AND_TEST, project=project)
    assert everything(stepwise, without=()) == before


def test_full_refresh_keeps_history(project: Project, warehouses: Warehouses, stepwise: Warehouse) -> None:
    copy = warehouses.make(template=stepwise)
    execute(copy, "truncate qupersync_staging.sys_query_history, qupersync_staging.sys_query_detail")
    execute(copy, "delete from qupersync_staging.stl_vacuum; delete from qupersync_staging.svv_table_info")
    histories = [f"qupersync.{name}" for name in ENTITIES]
    before = {name: rows_of(copy, name, without=()) for name in histories}
    dbt(copy, *BUILD_AND_TEST, "--full-refresh", project=project)
    assert {name: rows_of(copy, name, without=()) for name in histories} == before


def test_rebuild_that_would_lose_history_is_refused(
    project: Project, warehouses: Warehouses, stepwise: Warehouse
) -> None:
    copy = warehouses.make(template=stepwise)
    before = everything(copy)
    dbt(copy, "run", "--vars", "{rebuild_history: true}", project=project)
    assert everything(copy) == before  # staging is whole: the same again
    execute(copy, "delete from qupersync_staging.sys_query_history where start_time < now() - interval '1 day'")
    results = dbt(copy, "run", "--vars", "{rebuild_history: true}", project=project, expect=False)
    assert "query_history reaches back to" in str(results)
    assert rows_of(copy, "qupersync.query_history") == before["qupersync.query_history"]


def test_each_query_is_applied_once(stepwise: Warehouse) -> None:
    finished = execute(
        stepwise,
        """select count(distinct (cluster_id, query_id, start_time)) from qupersync_staging.sys_query_history
        where rtrim(status) in ('success', 'failed', 'canceled')""",
    )
    assert execute(stepwise, "select count(*) from qupersync.query_history") == finished
    totals = "select count(*), sum(spilled_blocks), sum(bytes_scanned) from qupersync.query_history"
    marts = "select sum(query_count), sum(spilled_blocks), sum(bytes_scanned) from qupersync_marts.{}"
    for mart in ("query_performance_daily", "query_patterns_daily"):
        assert execute(stepwise, marts.format(mart)) == execute(stepwise, totals), mart


def test_segments_are_counted_once(stepwise: Warehouse, cluster: DemoCluster, sql: Callable[..., Any]) -> None:
    source = sql(
        DATABASE,
        """select q.query_id, sum(d.blocks_read) * 1048576,
            sum(d.spilled_block_local_disk + d.spilled_block_remote_disk) * 128
        from sys_query_history q join sys_query_detail d on d.query_id = q.query_id
        where rtrim(d.metrics_level) = 'segment' and d.start_time between q.start_time and q.end_time
            and q.start_time > now() - interval '6 days'
        group by 1 order by 1""",
    )
    ids = [row[0] for row in source]
    kept = execute(
        stepwise,
        """select query_id, bytes_scanned, spilled_blocks from qupersync.query_history
        where query_id = any(%s) and has_detail order by 1""",
        (ids,),
    )
    known = {row[0] for row in kept}
    assert len(kept) > 1000
    assert kept == [tuple(map(int, row)) for row in source if row[0] in known]
    # queries that ended after the last sync are the only ones that may be missing
    assert len(ids) - len(kept) < 20


def test_aws_sample_vacuums(stepwise: Warehouse) -> None:
    rows = execute(
        stepwise,
        """select xid, table_id, vacuum_type, status, impacted_blocks, reclaimable_gb, reclaimable_rows
        from qupersync.vacuum_history where xid in (14294, 15126, 2925) order by xid""",
    )
    assert rows == [
        (2925, 110116, "SORT ONLY", "Finished", 0, 0.0, None),
        (14294, 108313, "FULL", "Finished", 17, 17 / 1024, 984),
        (15126, 108313, "FULL", "Skipped", 0, 0.0, 0),
    ]
