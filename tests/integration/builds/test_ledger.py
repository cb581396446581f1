"""The ledger of applied syncs: only added to, compacted once it is long; builds of several machines one after the other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import EmbeddedServer
from tests.support.dbt_runs import dbt
from tests.support.lock_waits import waits_for
from tests.support.warehouses import execute

# As an earlier version made it: a row per entity and cluster, by a key.
FORMER = """
    create schema qupersync_staging;
    create table qupersync_staging.absorbed_syncs (
        entity varchar(64) not null, cluster_id varchar(128) not null, absorbed_until timestamp not null,
        primary key (entity, cluster_id)
    );
    insert into qupersync_staging.absorbed_syncs values ('query_history', 'a', '2026-03-01'), ('query_history', 'b', '2026-03-01')
"""


def test_ledger_of_an_earlier_version_is_added_to_and_compacted(project: Project, warehouse: Warehouse) -> None:
    execute(warehouse, FORMER)
    dbt(warehouse, "run", "--select", "absorbed_syncs", project=project)
    insert = "insert into qupersync_staging.absorbed_syncs"
    execute(
        warehouse,
        f"{insert} select 'query_history', 'a', timestamp '2026-03-02' + n * interval '1 hour' from generate_series(1, 2000) n",
    )
    execute(warehouse, f"{insert} values ('vacuum_history', 'a', '2026-03-05'), ('vacuum_history', 'a', '2026-03-05')")
    dbt(warehouse, "run", "--select", "absorbed_syncs", project=project)
    assert execute(warehouse, "select * from qupersync_staging.absorbed_syncs order by 1, 2, 3") == [
        ("query_history", "a", datetime(2026, 5, 24, 8)),
        ("query_history", "b", datetime(2026, 3, 1)),
        ("vacuum_history", "a", datetime(2026, 3, 5)),
        ("vacuum_history", "a", datetime(2026, 3, 5)),
    ]


def test_builds_go_one_after_the_other(warehouse: Warehouse, server: EmbeddedServer) -> None:
    entered = threading.Event()

    def second() -> None:
        with warehouse.build_lock():
            entered.set()

    with ThreadPoolExecutor(1) as pool:
        with warehouse.build_lock():
            waiting = pool.submit(second)
            waits_for(server.url(warehouse.database), "advisory")
            assert not entered.is_set()
        waiting.result()
    assert entered.is_set()
