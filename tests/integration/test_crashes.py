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

import psycopg2
import pytest

from qupersync.demo.cluster import DemoCluster
from qupersync.errors import AlreadyRunningError
from qupersync.pipeline import cluster_lock, pipeline_name, pipelines_dir, sync_cluster
from qupersync.project import Project
from qupersync.source import SOURCE, utc_now
from qupersync.warehouse import Warehouse

from ..support import MADE, TESTED, Warehouses, dbt, execute, rows_of
from .lookalikes import Lookalikes

STAGES = (
    "streaming rows",
    "extracted, rows not committed",
    "normalized, rows not committed",
    "rows committed, load not begun",
    "load, a file under way",
    "load, some files in",
    "load, all files in, not committed",
)
# Every model that is more than a view.
BUILT = (
    "pending_syncs", "absorbed_syncs", "query_history", "vacuum_history", "table_stats_history", "node_details_history",
    "latest_snapshots", "serverless_usage_history", "table_stats", "node_details", "query_performance_daily",
    "query_performance_hourly", "query_patterns_daily", "findings_history",
)  # fmt: skip
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


class Watch:
    """How far a sync has come, by what it leaves on disk and in the warehouse."""

    def __init__(self, folder: Path, warehouse: Warehouse) -> None:
        self.folder = folder
        self.connection = warehouse.connect()
        self.connection.autocommit = True

    def _ask(self, query: str) -> Any:
        with self.connection.cursor() as cursor:
            try:
                cursor.execute(query)
            except psycopg2.errors.UndefinedTable:
                return None
            return cursor.fetchone()[0]

    def begin(self) -> None:
        """A sync is about to begin."""
        self.before = self._ask("select max(synced_at) from qupersync_staging.sys_query_history")

    def _committed(self) -> bool:
        return bool(self._ask("select max(synced_at) from qupersync_staging.sys_query_history") != self.before)

    def stage(self) -> str:
        """The stage it is at, or was killed at."""
        under_way = self._holds("load/normalized/*/started_jobs/*")
        waiting = self._holds("load/normalized/*/new_jobs/*")
        if self._holds("load/normalized/*/completed_jobs/*"):
            return "load, some files in" if under_way or waiting else "load, all files in, not committed"
        if under_way:
            return "load, a file under way"
        if waiting:
            return "rows committed, load not begun" if self._committed() else "normalized, rows not committed"
        if self._holds("normalize/extracted/*/*/*") or self._holds("load/new/*/*/*"):
            return "extracted, rows not committed"
        return "before or after all of it"

    def _holds(self, pattern: str) -> bool:
        try:
            return any((self.folder / pipeline_name("prod")).glob(pattern))
        except FileNotFoundError:  # the sync moves on while we look
            return False

    def streaming(self) -> bool:
        """Is a COPY into staging under way?"""
        return bool(
            self._ask(
                "select count(*) from pg_stat_activity where datname = current_database() and query like 'copy %'"
            )
        )


def test_a_killed_sync_is_taken_up_by_the_next(
    project: Project, warehouses: Warehouses, cluster: DemoCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = warehouses.make()
    watch = Watch(pipelines_dir(project, warehouse), warehouse)
    command = [sys.executable, "-m", "qupersync", "sync", "--target", warehouse.target]
    draw, stages, now = random.Random(5), Counter[str](), utc_now()
    # A stage may be over before the signal arrives: then it is aimed at again.
    tries = 3 * KILLS
    for n in range(tries):
        missed = [stage for stage in STAGES if not stages[stage]]
        if n >= KILLS and not missed:
            break
        cluster.show(now - timedelta(days=5) * (1 - n / tries))
        watch.begin()
        syncing = subprocess.Popen(
            command, env=_environment(cluster), cwd=project.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        aim = missed[n % len(missed)] if missed else STAGES[n % len(STAGES)]
        committing = aim == STAGES[-1]  # is over within milliseconds
        streaming = False
        while syncing.poll() is None and not streaming and watch.stage() != aim:
            streaming = aim == STAGES[0] and watch.streaming()
            time.sleep(0 if committing else 0.002)
        time.sleep(0 if committing else 0.01 * draw.random())
        syncing.send_signal(signal.SIGKILL)
        syncing.wait()
        reached = watch.stage()
        stages[STAGES[0] if streaming and reached == "before or after all of it" else reached] += 1
    cluster.show(now)
    done = subprocess.run(
        command, env=_environment(cluster), cwd=project.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    dbt(warehouse, *TESTED, project=project)

    calm = warehouses.make()
    sync_cluster(project, calm, replace(cluster.config, name="prod"))
    dbt(calm, *TESTED, project=project)
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
            differ = [(a, b) for a, b in zip(killed, wanted) if a != b]
            assert not differ, [(a[:3], [(x, y) for x, y in zip(a, b) if x != y]) for a, b in differ[:5]]
            assert killed == wanted, relation
        else:
            # At the edge the calm one saw finishes whose starts were gone.
            assert {row for row in wanted if row[3] >= edge} <= set(killed)
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
    broken = list(work.glob("load/normalized/*/new_jobs/*"))
    assert broken
    for path in broken:
        path.write_bytes(b"no rows")
    assert not _sync(project, warehouse, cluster).failed
    assert execute(warehouse, "select count(*) > 3000 from qupersync_staging.sys_query_history") == [(True,)]


@pytest.mark.parametrize("state_saved", [True, False])
def test_a_package_whose_rows_were_not_committed_is_not_taken_up(
    project: Project, warehouse: Warehouse, cluster: DemoCluster, monkeypatch: pytest.MonkeyPatch, state_saved: bool
) -> None:
    """Killed after dlt's package was on disk, before or after dlt saved its state there, and before the COMMIT."""
    from dlt import Pipeline

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
    elif damage == "no schema":  # a sync was killed before dlt wrote it
        (work / "schemas" / f"{SOURCE}.schema.json").unlink()
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
    command = [sys.executable, "-m", "dbt.cli.main", "--log-format", "json", "run", "--project-dir", str(project.root),
               "--target", warehouse.target]  # fmt: skip
    dbt(warehouse, *MADE, project=project)
    kills = max(KILLS // 2, 3)
    for n in range(3 * kills):
        missed = [model for model in BUILT if not reached[model]]
        if n >= kills and (not missed or KILLS < 50):
            break
        at = now - timedelta(hours=3 * (3 * kills - n))
        cluster.show(at)
        sync_cluster(project, warehouse, cluster.config, now=at)
        reached.update(_kill_while_building(command, project, draw.choice(missed or BUILT), 0.1 * draw.random()))
    cluster.show(now)
    sync_cluster(project, warehouse, cluster.config, now=now)
    dbt(warehouse, "run", project=project)
    fresh = warehouses.make(template=warehouse)
    dbt(fresh, "run", "--vars", "{rebuild_history: true}", project=project)
    if KILLS >= 50:
        assert set(reached) >= set(BUILT), reached
    for relation in ("query_history", "vacuum_history", "table_stats_history", "node_details_history"):
        kept, rebuilt = (rows_of(w, f"qupersync.{relation}") for w in (warehouse, fresh))
        assert kept == rebuilt, relation
        assert kept
    with capsys.disabled():
        print("\n  killed while dbt built: " + ", ".join(f"{model} ×{count}" for model, count in reached.most_common()))


def _kill_while_building(command: list[str], project: Project, aim: str, delay: float) -> list[str]:
    """Kill dbt once it has begun a model; the models it was at."""
    building = subprocess.Popen(command, cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert building.stdout is not None
    under_way: set[str] = set()

    def follow(line: str) -> None:
        event = json.loads(line) if line.startswith("{") else {}
        model = (event.get("data", {}).get("node_info") or {}).get("node_name")
        if event.get("info", {}).get("name") == "LogStartLine":
            under_way.add(model)
        elif event.get("info", {}).get("name") == "LogModelResult":
            under_way.discard(model)

    for line in building.stdout:
        follow(line)
        if aim in under_way:
            time.sleep(delay)
            break
    building.send_signal(signal.SIGKILL)
    for line in building.stdout:  # what it had said before the signal
        follow(line)
    building.wait()
    return sorted(under_way) or ["nothing"]
