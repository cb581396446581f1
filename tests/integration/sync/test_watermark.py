"""The watermark over real syncs: each reads what can have changed and little else."""

from __future__ import annotations

from datetime import datetime, timedelta

from qupersync.clock import utc_now
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from tests.support.cluster_factories import ClusterFactories
from tests.support.warehouses import Warehouses


def test_second_sync_reads_only_what_can_have_changed(
    project: Project, warehouse: Warehouse, factories: ClusterFactories
) -> None:
    cluster = factories.make(queries=3000, seed=3)
    cluster.show(None)
    now = utc_now()
    first = sync_cluster(project, warehouse, cluster.config, now=now)
    again = sync_cluster(project, warehouse, cluster.config, now=now + timedelta(seconds=1))
    rows = {run.name: run.rows for run in again.runs}
    everything_read = {run.name: run.rows for run in first.runs}
    assert everything_read["sys_query_history"] > 2500
    assert rows["sys_query_history"] < 0.05 * everything_read["sys_query_history"]
    assert rows["sys_query_detail"] < 0.05 * everything_read["sys_query_detail"]
    run = next(run for run in again.runs if run.view == "sys_query_history")
    assert run.window.changed is not None
    assert run.window.changed >= datetime(2026, 1, 1)


def test_in_flight_query_does_not_widen_each_sync(
    project: Project, warehouses: Warehouses, factories: ClusterFactories
) -> None:
    """A sync every five minutes while statements run for days stages what changed: the lookback is read, not staged."""
    warehouse, cluster, now = warehouses.make(), factories.make(queries=4000, seed=21), utc_now()
    minute = timedelta(minutes=1)
    at = now - 40 * minute
    began = at - timedelta(days=3)
    factories.run(
        cluster, f"update demo.query set start_time = '{began}', end_time = null, final_status = 'running' where query_id in "
        f"(select query_id from demo.query where start_time < '{began}' order by start_time desc limit 3)",
    )  # fmt: skip
    read, needed, days = 0, 0, 0
    previous = None
    while at <= now:
        cluster.show(at)
        result = sync_cluster(project, warehouse, cluster.config, now=at)
        if previous is not None:
            read += next(run.rows for run in result.runs if run.view == "sys_query_history")
            changed, since = factories.run(
                cluster,
                f"select count(*) filter (where start_time >= '{previous}' or end_time >= '{previous}' or end_time is null), "
                f"count(*) filter (where start_time >= '{began}') from sys_query_history",
            )[0]
            needed, days = needed + changed, days + since
        previous, at = at, at + 5 * minute
    assert needed > 8 * 3  # the statements in flight are among them
    assert read <= 1.2 * needed
    assert days > 20 * read, "reading all since the oldest would have been as cheap: this shows nothing"
