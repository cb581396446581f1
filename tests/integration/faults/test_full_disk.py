"""Disks that are full, on either side: one clear error, no row lost."""

from __future__ import annotations

import resource
import subprocess
import sys
from dataclasses import replace

import pytest

from qupersync.clock import utc_now
from qupersync.demo.cluster import DemoCluster
from qupersync.errors import WarehouseError
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from tests.support.environment import environment_of
from tests.support.warehouses import execute


def test_full_disk_of_the_warehouse(project: Project, warehouse: Warehouse, cluster: DemoCluster) -> None:
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


def test_full_disk_of_the_syncing_machine(project: Project, warehouse: Warehouse, cluster: DemoCluster) -> None:
    """No file may grow beyond 4 KB: writing fails as on a full disk."""
    cluster.show(utc_now())
    environment = environment_of(cluster.config)
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
