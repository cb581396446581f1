"""Time that passed beyond retention without a sync is recorded and warned about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qupersync.cli.sync import sync_one
from qupersync.clock import utc_now
from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from tests.support.cluster_factories import ClusterFactories
from tests.support.dbt_runs import dbt
from tests.support.warehouses import execute


def test_gap_is_recorded_and_warned_about(
    project: Project, warehouse: Warehouse, factories: ClusterFactories, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = factories.make(queries=100, seed=41)
    now = utc_now()
    last = now - timedelta(days=9)
    assert sync_one(project, warehouse, cluster.config, now=last) == 0
    assert sync_one(project, warehouse, cluster.config, now=now) == 0
    assert "sys_query_history has a gap from" in capsys.readouterr().err
    dbt(warehouse, "run", "--exclude", "node_details_history+", project=project)
    gaps = "select view_name, gap_from, gap_to, gap_hours, noticed_at from qupersync_marts.sync_gaps order by 1"
    found = execute(warehouse, gaps)
    assert [row[0] for row in found] == ["stl_vacuum", "sys_connection_log", "sys_query_detail", "sys_query_history"]
    assert {row[1:] for row in found} == {(last, now - timedelta(days=7), 48.0, now)}
    results = dbt(warehouse, "test", "--select", "no_sync_gaps", project=project, expect=None)
    assert [result["status"] for result in results if result["node"].startswith("test.")] == ["warn"]
    # the next sync has no gap of its own
    assert sync_one(project, warehouse, cluster.config, now=now + timedelta(minutes=1)) == 0
    assert "gap" not in capsys.readouterr().err
    assert len(execute(warehouse, gaps)) == 4
