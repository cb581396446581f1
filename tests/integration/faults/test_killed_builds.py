"""kill -9 while dbt writes: the next build gives what an undisturbed one gives."""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from datetime import timedelta

import pytest

from qupersync.clock import utc_now
from qupersync.demo.cluster import DemoCluster
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from tests.support.dbt_runs import BUILD, dbt
from tests.support.progress import kill_while_building
from tests.support.warehouses import TABLES, Warehouses, everything

KILLS = int(os.environ.get("QUPERSYNC_KILLS", "8"))  # `make soak` kills more often


def test_killed_build_repeats_what_is_missing(
    project: Project, warehouses: Warehouses, cluster: DemoCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse, now = warehouses.make(), utc_now()
    draw, reached = random.Random(6), Counter[str]()
    command = [sys.executable, "-m", "dbt.cli.main", "--log-format", "json", "run", "--project-dir", str(project.root),
               "--target", warehouse.target]  # fmt: skip
    dbt(warehouse, *BUILD, project=project)
    kills = max(KILLS // 2, 3)
    for n in range(3 * kills):
        missed = [model for model in TABLES if not reached[model]]
        if n >= kills and (not missed or KILLS < 50):
            break
        at = now - timedelta(hours=3 * (3 * kills - n))
        cluster.show(at)
        sync_cluster(project, warehouse, cluster.config, now=at)
        reached.update(kill_while_building(command, project, draw.choice(missed or TABLES), 0.1 * draw.random()))
    cluster.show(now)
    sync_cluster(project, warehouse, cluster.config, now=now)
    dbt(warehouse, "run", project=project)
    fresh = warehouses.make(template=warehouse)
    dbt(fresh, "run", "--vars", "{rebuild_history: true}", project=project)
    if KILLS >= 50:
        assert set(reached) >= set(TABLES), reached
    wanted = everything(fresh)
    assert all(wanted[f"qupersync.{entity}"] for entity in ("query_history", "vacuum_history", "table_stats_history"))
    for relation, rows in everything(warehouse).items():
        assert rows == wanted[relation], relation
    with capsys.disabled():
        print("\n  killed while dbt built: " + ", ".join(f"{model} ×{count}" for model, count in reached.most_common()))
