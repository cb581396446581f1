"""A fault at each statement of a sync into the emulated Redshift: the next sync leaves what PostgreSQL has."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

import pytest

from qupersync.clock import utc_now
from qupersync.demo.cluster import DemoCluster
from qupersync.errors import QupersyncError
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from tests.support.dbt_runs import BUILD, dbt
from tests.support.emulated_warehouses import Emulator, differences
from tests.support.emulator.pairs import ALL_PAIRS, pairs
from tests.support.warehouses import Warehouses, execute

pytestmark = pytest.mark.strict


def test_fault_in_a_sync(
    project: Project,
    warehouses: Warehouses,
    emulator: Emulator,
    cluster: DemoCluster,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A faulted sync counts when its load is complete, at once or by the next sync; PostgreSQL then syncs at its time too."""
    postgres, redshift = warehouses.make(), emulator.warehouse("faulty_sync", threads=1)
    at = utc_now().replace(microsecond=0) - timedelta(days=1)

    def sync(warehouse: Warehouse, now: datetime) -> None:
        cluster.show(now)
        assert not sync_cluster(project, warehouse, cluster.config, now=now).failed

    def loaded(now: datetime) -> bool:
        runs = f"{redshift.staging_schema}.sync_runs as runs"
        loads = (
            f"{redshift.staging_schema}._dlt_loads as loads on runs._dlt_load_id = loads.load_id and loads.status = 0"
        )
        return bool(execute(redshift, f"select 1 from {runs} inner join {loads} where runs.synced_at = %s", (now,)))

    for warehouse in (postgres, redshift):
        sync(warehouse, at)
    at += timedelta(minutes=1)
    with emulator.proxy.faults.record() as recorded:
        sync(redshift, at)
    sync(postgres, at)
    statements = list(recorded if ALL_PAIRS else {one.kind: one for one in recorded}.values())
    tried = list(pairs(statements))
    for statement, fault in tried:
        at += timedelta(minutes=1)
        with emulator.proxy.faults.arm(statement.number, fault), contextlib.suppress(QupersyncError):
            sync(redshift, at)
        sync(redshift, at + timedelta(seconds=30))
        if loaded(at):
            sync(postgres, at)
        sync(postgres, at + timedelta(seconds=30))
    with capsys.disabled():
        print(f"\n  sync: {len(recorded)} statements, {len(tried)} faults")
    for warehouse in (postgres, redshift):
        dbt(warehouse, *BUILD, project=project)
    assert differences(redshift, postgres) == {}
