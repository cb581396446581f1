"""Connections to the cluster or the warehouse that break at any byte: one clear error, and the next sync recovers."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from typing import Any

import pytest

from qupersync.clock import utc_now
from qupersync.demo.cluster import DemoCluster
from qupersync.errors import QupersyncError, ViewError
from qupersync.project import Project
from qupersync.redshift.client import ClusterReader
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import EmbeddedServer
from tests.support.connection_faults import breaking_proxy
from tests.support.dbt_runs import BUILD, dbt
from tests.support.warehouses import Warehouses, execute

FAULTS = int(os.environ.get("QUPERSYNC_KILLS", "8"))


def _known(warehouse: Warehouse, cluster: str, until: Any) -> list[tuple[Any, ...]]:
    return execute(
        warehouse,
        "select query_id, start_time, status, bytes_scanned, spilled_blocks from qupersync.query_history"
        " where cluster_id = %s and end_time < %s order by 1, 2",
        (cluster, until),
    )


@pytest.mark.parametrize("side", ["source", "warehouse"])
def test_connection_lost_at_any_byte(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, cluster: DemoCluster, side: str
) -> None:
    warehouse, now, draw = warehouses.make(), utc_now(), random.Random(3)
    cluster.show(now)
    failures = 0
    faults = FAULTS // 4 if side == "warehouse" else FAULTS  # dlt waits for the warehouse to return
    for n in range(faults):
        # A source that is back at once is read once more, in the same sync; one that is gone fails the view.
        for_good = side == "warehouse" or n % 2 == 0
        after = int(10 ** draw.uniform(4, 6))
        with breaking_proxy(server.port, after, for_good=for_good) as port:
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
    assert failures >= max(faults // 3, 1)
    into = warehouses.register(warehouse.target, dbname=warehouse.database)
    assert not sync_cluster(project, into, cluster.config, now=now).failed
    dbt(into, *BUILD, project=project)
    undisturbed = warehouses.make()
    sync_cluster(project, undisturbed, cluster.config, now=now)
    dbt(undisturbed, *BUILD, project=project)
    found = _known(into, cluster.config.name, now)
    assert len(found) > 3000
    assert found == _known(undisturbed, cluster.config.name, now)


def test_cluster_that_goes_away_is_one_error(server: EmbeddedServer, cluster: DemoCluster) -> None:
    with breaking_proxy(server.port, 10**9, for_good=True) as port:
        reader = ClusterReader(replace(cluster.config, port=port))
        assert reader.columns("sys_query_history")
    with pytest.raises(ViewError, match="could not connect to"):
        list(reader.stream("sys_query_history", "select 1 as n"))
    with pytest.raises(ViewError):
        reader.columns("sys_query_detail")
