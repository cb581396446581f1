"""kill -9 at any moment of a sync: the next one repairs itself, nothing lost, nothing doubled."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from qupersync.demo.cluster import DemoCluster
from qupersync.errors import AlreadyRunningError
from qupersync.pipeline import cluster_lock, pipeline_name, pipelines_dir, sync_cluster
from qupersync.project import Project
from qupersync.source import utc_now
from qupersync.warehouse import Warehouse

from ..support import Warehouses, dbt, execute, rows_of
from .lookalikes import Lookalikes

STAGES = ("reading the cluster", "extracted", "normalized", "load, a file under way", "load, some files in")
KILLS = int(os.environ.get("QUPERSYNC_KILLS", "8"))  # `make soak` kills more often


@pytest.fixture(scope="module")
def cluster(lookalikes: Lookalikes) -> DemoCluster:
    return lookalikes.make(queries=4000, seed=31)


def _environment(cluster: DemoCluster) -> dict[str, str]:
    config = cluster.config
    settings = {"host": config.host, "port": config.port, "username": config.username, "password": config.password,
                "database": config.database, "sslmode": "disable"}  # fmt: skip
    return {
        **os.environ,
        "SOURCES__REDSHIFT__CLUSTERS": json.dumps(["prod"]),
        **{f"SOURCES__REDSHIFT__PROD__{name.upper()}": str(value) for name, value in settings.items()},
    }


def _stage(folder: Path) -> str:
    """How far a killed sync had come, by what it left on disk."""
    work = folder / pipeline_name("prod")
    if any(work.glob("load/normalized/*/completed_jobs/*")):
        return "load, some files in"
    if any(work.glob("load/normalized/*/started_jobs/*")):
        return "load, a file under way"
    if any(work.glob("load/normalized/*/new_jobs/*")):
        return "normalized"
    if any(work.glob("normalize/extracted/*/*/*")) or any(work.glob("load/new/*/*/*")):
        return "extracted"
    if any(folder.glob("spool-*/*")):
        return "reading the cluster"
    return "before or after all of it"


def test_a_killed_sync_is_taken_up_by_the_next(
    project: Project, warehouses: Warehouses, cluster: DemoCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = warehouses.make()
    folder = pipelines_dir(project, warehouse)
    command = [sys.executable, "-m", "qupersync", "sync", "--target", warehouse.target]
    draw, stages, now = random.Random(5), Counter[str](), utc_now()
    # A stage may be over before the signal arrives: then it is aimed at again.
    tries = 3 * KILLS
    for n in range(tries):
        missed = [stage for stage in STAGES if not stages[stage]]
        if n >= KILLS and not missed:
            break
        cluster.show(now - timedelta(days=5) * (1 - n / tries))
        syncing = subprocess.Popen(
            command, env=_environment(cluster), cwd=project.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        aim = missed[n % len(missed)] if missed else STAGES[n % len(STAGES)]
        while syncing.poll() is None and _stage(folder) != aim:
            time.sleep(0.002)
        time.sleep(0.01 * draw.random())
        syncing.send_signal(signal.SIGKILL)
        syncing.wait()
        stages[_stage(folder)] += 1
        for left in folder.glob("spool-*"):
            shutil.rmtree(left)
    cluster.show(now)
    done = subprocess.run(
        command, env=_environment(cluster), cwd=project.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    dbt(warehouse, "build", project=project)

    calm = warehouses.make()
    sync_cluster(project, calm, replace(cluster.config, name="prod"))
    dbt(calm, "build", project=project)
    newest = "select max(start_time) from qupersync.query_history"
    until = min(execute(warehouse, newest), execute(calm, newest))[0][0] - timedelta(minutes=1)
    apart = ("built_at", "synced_at", "sync_id")
    for relation in ("query_history", "vacuum_history", "node_details"):
        killed, wanted = (rows_of(w, f"qupersync.{relation}", without=apart) for w in (warehouse, calm))
        if relation == "query_history":
            killed, wanted = ([row for row in rows if row[2] < until] for rows in (killed, wanted))
            # At the seven-day edge the killed ones know more: what the calm one came too late for.
            edge = min(row[2] for row in wanted if row[2] > now - timedelta(days=8)) + timedelta(hours=5)
            killed, wanted = ([row for row in rows if row[2] >= edge] for rows in (killed, wanted))
            assert len(wanted) > 3000
        if relation != "vacuum_history":
            assert killed == wanted, relation
        else:
            assert set(wanted) <= set(killed)
    assert set(stages) >= set(STAGES), stages
    with capsys.disabled():
        print("\n  killed while: " + ", ".join(f"{stage} ×{count}" for stage, count in stages.most_common()))


def _sync(project: Project, warehouse: Warehouse, cluster: DemoCluster) -> Any:
    return sync_cluster(project, warehouse, cluster.config)


def test_the_files_of_a_killed_sync_do_not_stay(project: Project, warehouse: Warehouse, cluster: DemoCluster) -> None:
    folder = pipelines_dir(project, warehouse)
    for name in ("spool-demo-left", "spool-demo_2-under-way"):
        (folder / name).mkdir(parents=True)
        (folder / name / "sys_query_history-1.parquet").write_text("texts", encoding="utf-8")
    _sync(project, warehouse, cluster)
    assert [path.name for path in folder.glob("spool-*")] == ["spool-demo_2-under-way"]  # another cluster's


def test_a_broken_package_on_disk_is_read_again(
    project: Project, warehouse: Warehouse, cluster: DemoCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dlt import Pipeline

    with monkeypatch.context() as patch:
        patch.setattr(Pipeline, "load", lambda *_, **__: (_ for _ in ()).throw(ConnectionError("gone")))
        with pytest.raises(Exception, match="gone"):
            _sync(project, warehouse, cluster)
    work = pipelines_dir(project, warehouse) / pipeline_name("demo")
    broken = [path for path in work.rglob("*.parquet") if "normalized" in path.parts]
    assert broken
    for path in broken:
        path.write_bytes(b"not parquet")
    assert not _sync(project, warehouse, cluster).failed
    assert execute(warehouse, "select count(*) > 3000 from qupersync_staging.sys_query_history") == [(True,)]


@pytest.mark.parametrize("damage", ["state.json", "schemas", "everything"])
def test_a_damaged_working_directory_gives_way_to_the_warehouse(
    project: Project, warehouse: Warehouse, cluster: DemoCluster, damage: str
) -> None:
    _sync(project, warehouse, cluster)
    work = pipelines_dir(project, warehouse) / pipeline_name("demo")
    if damage == "state.json":
        (work / "state.json").write_text("{", encoding="utf-8")
    elif damage == "schemas":
        for path in (work / "schemas").iterdir():
            path.write_text("nonsense", encoding="utf-8")
    else:
        shutil.rmtree(work)
    again = _sync(project, warehouse, cluster)
    run = next(run for run in again.runs if run.view == "sys_query_history")
    assert not again.failed
    assert run.window.changed is not None  # the resume point came from the warehouse


def test_a_restored_backup_is_believed(project: Project, warehouses: Warehouses, cluster: DemoCluster) -> None:
    """The working directory knows of syncs that the restored warehouse does not have."""
    warehouse = warehouses.make()
    now = utc_now()
    cluster.show(now - timedelta(days=1))
    sync_cluster(project, warehouse, cluster.config, now=now - timedelta(days=1))
    backup = warehouses.make(template=warehouse)
    cluster.show(None)
    sync_cluster(project, warehouse, cluster.config, now=now)
    whole = execute(warehouse, "select count(distinct (query_id, start_time)) from qupersync_staging.sys_query_history")
    execute(backup, "select 1")
    admin = warehouses.register(warehouse.target, dbname=backup.database)
    sync_cluster(project, admin, cluster.config, now=now + timedelta(seconds=1))
    count = (
        "select count(distinct (query_id, start_time)) from qupersync_staging.sys_query_history where start_time < %s"
    )
    found = execute(admin, count, (now,))
    assert found[0][0] >= whole[0][0] - 5
    assert found == execute(warehouse, count, (now,))


def test_a_second_sync_of_the_cluster_says_so(
    project: Project, warehouse: Warehouse, cluster: DemoCluster, server: Any,
    database: Callable[[], str],
) -> None:  # fmt: skip
    with cluster_lock(project, warehouse, "demo"), pytest.raises(AlreadyRunningError, match="on this machine"):
        _sync(project, warehouse, cluster)
    # from another machine: the lock that counts is the warehouse's
    connection = warehouse.connect()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext('qupersync_staging'), hashtext('demo'))")
    with pytest.raises(AlreadyRunningError, match="by another machine"):
        _sync(project, warehouse, cluster)
    assert AlreadyRunningError.exit_code == 3
    connection.close()  # its holder died: nothing blocks
    assert not _sync(project, warehouse, cluster).failed


def test_a_killed_build_repeats_what_is_missing(
    project: Project, warehouses: Warehouses, cluster: DemoCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    """Kill -9 while dbt writes: the next build gives what an undisturbed one gives."""
    warehouse, now = warehouses.make(), utc_now()
    draw, reached = random.Random(6), Counter[str]()
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "run", "--project-dir", str(project.root), "--target",
               warehouse.target]  # fmt: skip
    dbt(warehouse, "build", "--exclude-resource-type", "test", "unit_test", project=project)
    taken = "select count(*) from qupersync_staging.absorbed_syncs where absorbed_until = %s"
    for n in range(max(KILLS // 3, 2)):
        at = now - timedelta(hours=12 * (KILLS - n))
        cluster.show(at)
        sync_cluster(project, warehouse, cluster.config, now=at)
        building = subprocess.Popen(command, cwd=project.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        aim = draw.randint(1, 4)  # entities that have taken this sync up
        while building.poll() is None and execute(warehouse, taken, (at,))[0][0] < aim:
            time.sleep(0.002)
        done = execute(warehouse, taken, (at,))[0][0]
        building.send_signal(signal.SIGKILL)
        building.wait()
        reached[f"{done} of 5 entities had taken a sync up"] += 1
    cluster.show(now)
    sync_cluster(project, warehouse, cluster.config, now=now)
    dbt(warehouse, "run", project=project)
    fresh = warehouses.make(template=warehouse)
    dbt(fresh, "run", "--vars", "{rebuild_history: true}", project=project)
    for relation in ("query_history", "vacuum_history", "table_stats_history", "node_details_history"):
        kept, rebuilt = (rows_of(w, f"qupersync.{relation}") for w in (warehouse, fresh))
        assert kept == rebuilt, relation
        assert kept
    with capsys.disabled():
        print("\n  killed while: " + ", ".join(f"{stage} ×{count}" for stage, count in reached.most_common()))
