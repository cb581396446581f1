"""What an interrupted sync, a damaged disk or a restored backup leaves: the warehouse is believed, the rest is read again."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

import pytest
from dlt import Pipeline

from qupersync.clock import utc_now
from qupersync.demo.cluster import DemoCluster
from qupersync.project import Project
from qupersync.sync.pipeline import pipeline_name, pipelines_dir, sync_cluster
from qupersync.sync.source import SOURCE
from qupersync.warehouse.base import Warehouse
from tests.support.warehouses import Warehouses, execute


def _sync(project: Project, warehouse: Warehouse, cluster: DemoCluster) -> Any:
    return sync_cluster(project, warehouse, cluster.config)


def test_files_of_a_killed_sync_are_removed(project: Project, warehouse: Warehouse, cluster: DemoCluster) -> None:
    folder = pipelines_dir(project, warehouse)
    for name in ("spool-demo-left", "spool-demo_2-under-way"):
        (folder / name).mkdir(parents=True)
        (folder / name / "sys_query_history-1.parquet").write_text("texts", encoding="utf-8")
    _sync(project, warehouse, cluster)
    assert [path.name for path in folder.glob("spool-*")] == ["spool-demo_2-under-way"]  # another cluster's


def test_broken_package_is_read_again(
    project: Project, warehouse: Warehouse, cluster: DemoCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Pipeline, "load", lambda *_, **__: (_ for _ in ()).throw(ConnectionError("gone")))
        with pytest.raises(Exception, match="gone"):
            _sync(project, warehouse, cluster)
    work = pipelines_dir(project, warehouse) / pipeline_name("demo")
    broken = list(work.glob("load/normalized/*/new_jobs/*"))
    assert broken
    for path in broken:
        path.write_bytes(b"no rows")
    assert not _sync(project, warehouse, cluster).failed
    assert execute(warehouse, "select count(*) > 3000 from qupersync_staging.sys_query_history") == [(True,)]


@pytest.mark.parametrize("state_saved", [True, False])
def test_package_without_its_committed_rows_is_not_loaded(
    project: Project, warehouse: Warehouse, cluster: DemoCluster, monkeypatch: pytest.MonkeyPatch, state_saved: bool
) -> None:
    """Killed after dlt's package was on disk, before or after dlt saved its state there, and before the COMMIT."""
    now = utc_now()
    cluster.show(now - timedelta(hours=9))
    sync_cluster(project, warehouse, cluster.config, now=now - timedelta(hours=9))
    state = pipelines_dir(project, warehouse) / pipeline_name("demo") / "state.json"
    before = state.read_bytes()
    cluster.show(now)
    with monkeypatch.context() as patch:
        patch.setattr(Pipeline, "normalize", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            sync_cluster(project, warehouse, cluster.config, now=now - timedelta(minutes=1))
    if not state_saved:
        state.write_bytes(before)
    again = sync_cluster(project, warehouse, cluster.config, now=now)
    assert not again.failed
    assert not again.drained
    short = """select runs.sync_id from qupersync_staging.sync_runs as runs
        where runs.view_name = 'sys_query_history' and runs.rows_read <> (
            select count(*) from qupersync_staging.sys_query_history as rows where rows.sync_id = runs.sync_id)"""
    assert execute(warehouse, short) == []
    assert next(run.rows for run in again.runs if run.view == "sys_query_history") > 10


@pytest.mark.parametrize("damage", ["state.json", "schemas", "no schema", "everything"])
def test_damaged_working_directory_is_replaced_by_the_warehouse(
    project: Project, warehouse: Warehouse, cluster: DemoCluster, damage: str
) -> None:
    _sync(project, warehouse, cluster)
    work = pipelines_dir(project, warehouse) / pipeline_name("demo")
    if damage == "state.json":
        (work / "state.json").write_text("{", encoding="utf-8")
    elif damage == "schemas":
        for path in (work / "schemas").iterdir():
            path.write_text("nonsense", encoding="utf-8")
    elif damage == "no schema":  # a sync was killed before dlt wrote it
        (work / "schemas" / f"{SOURCE}.schema.json").unlink()
    else:
        shutil.rmtree(work)
    again = _sync(project, warehouse, cluster)
    run = next(run for run in again.runs if run.view == "sys_query_history")
    assert not again.failed
    assert run.window.changed is not None  # the watermark came from the warehouse


def test_restored_backup_is_believed(project: Project, warehouses: Warehouses, cluster: DemoCluster) -> None:
    """The working directory knows of syncs that the restored warehouse does not have."""
    warehouse = warehouses.make()
    now = utc_now()
    cluster.show(now - timedelta(days=1))
    sync_cluster(project, warehouse, cluster.config, now=now - timedelta(days=1))
    backup = warehouses.make(template=warehouse)
    cluster.show(None)
    sync_cluster(project, warehouse, cluster.config, now=now)
    whole = execute(warehouse, "select count(distinct (query_id, start_time)) from qupersync_staging.sys_query_history")
    restored = warehouses.register(warehouse.target, dbname=backup.database)
    sync_cluster(project, restored, cluster.config, now=now + timedelta(seconds=1))
    count = (
        "select count(distinct (query_id, start_time)) from qupersync_staging.sys_query_history where start_time < %s"
    )
    found = execute(restored, count, (now,))
    assert found[0][0] >= whole[0][0] - 5
    assert found == execute(warehouse, count, (now,))
