"""kill -9 at any moment of a sync: the next one recovers, no row lost, none doubled."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from qupersync.clock import utc_now
from qupersync.demo.cluster import DemoCluster
from qupersync.project import Project
from qupersync.sync.pipeline import pipelines_dir, sync_cluster
from tests.support.dbt_runs import BUILD_AND_TEST, dbt
from tests.support.environment import environment_of
from tests.support.progress import COMMITTING, OUTSIDE, STAGES, STREAMING, SyncProgress
from tests.support.warehouses import Warehouses, execute, rows_of

KILLS = int(os.environ.get("QUPERSYNC_KILLS", "8"))  # `make soak` kills more often


def test_killed_sync_is_repaired_by_the_next(
    project: Project, warehouses: Warehouses, cluster: DemoCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = warehouses.make()
    progress = SyncProgress(pipelines_dir(project, warehouse), warehouse, "prod")
    command = [sys.executable, "-m", "qupersync", "sync", "--target", warehouse.target]
    environment = environment_of(cluster.config)
    draw, stages, now = random.Random(5), Counter[str](), utc_now()
    # A stage may be over before the signal arrives: then it is aimed at again.
    tries = 3 * KILLS
    for n in range(tries):
        missed = [stage for stage in STAGES if not stages[stage]]
        if n >= KILLS and not missed:
            break
        cluster.show(now - timedelta(days=5) * (1 - n / tries))
        progress.begin()
        syncing = subprocess.Popen(
            command, env=environment, cwd=project.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        aim = missed[n % len(missed)] if missed else STAGES[n % len(STAGES)]
        streaming = False
        while syncing.poll() is None and not streaming and progress.stage() != aim:
            streaming = aim == STREAMING and progress.streaming()
            time.sleep(0 if aim == COMMITTING else 0.002)  # that stage is over within milliseconds
        time.sleep(0 if aim == COMMITTING else 0.01 * draw.random())
        syncing.send_signal(signal.SIGKILL)
        syncing.wait()
        reached = progress.stage()
        stages[STREAMING if streaming and reached == OUTSIDE else reached] += 1
    cluster.show(now)
    done = subprocess.run(command, env=environment, cwd=project.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    dbt(warehouse, *BUILD_AND_TEST, project=project)

    undisturbed = warehouses.make()
    sync_cluster(project, undisturbed, replace(cluster.config, name="prod"))
    dbt(undisturbed, *BUILD_AND_TEST, project=project)
    newest = "select max(start_time) from qupersync.query_history"
    until = min(execute(warehouse, newest), execute(undisturbed, newest))[0][0] - timedelta(minutes=1)
    apart = ("built_at", "synced_at", "sync_id")
    for relation in ("query_history", "vacuum_history", "node_details"):
        killed, wanted = (rows_of(w, f"qupersync.{relation}", without=apart) for w in (warehouse, undisturbed))
        if relation == "query_history":
            killed, wanted = ([row for row in rows if row[2] < until] for rows in (killed, wanted))
            # At the edge of retention the killed syncs know more: the undisturbed one came too late for some rows.
            edge = min(row[2] for row in wanted if row[2] > now - timedelta(days=8)) + timedelta(hours=5)
            killed, wanted = ([row for row in rows if row[2] >= edge] for rows in (killed, wanted))
            assert len(wanted) > 3000
        if relation != "vacuum_history":
            differ = [(a, b) for a, b in zip(killed, wanted) if a != b]
            assert not differ, [(a[:3], [(x, y) for x, y in zip(a, b) if x != y]) for a, b in differ[:5]]
            assert killed == wanted, relation
        else:
            # At that edge the undisturbed sync saw the end of runs whose start was gone.
            assert {row for row in wanted if row[3] >= edge} <= set(killed)
    assert set(stages) >= set(STAGES), stages
    with capsys.disabled():
        print("\n  killed while: " + ", ".join(f"{stage} ×{count}" for stage, count in stages.most_common()))
