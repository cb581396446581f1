"""`qupersync check --explain` on an emulated Redshift: before the first build, after builds, and with what it rejects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qupersync.cli.parser import main
from qupersync.clock import utc_now
from qupersync.demo.cluster import DemoCluster
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from tests.support.dbt_runs import BUILD, dbt
from tests.support.emulated_warehouses import Emulator
from tests.support.emulator.states import state_of
from tests.support.warehouses import execute

pytestmark = pytest.mark.strict

ENTITIES = {"query_history", "table_stats_history", "vacuum_history", "node_details_history"}


def explained(warehouse: Warehouse, capsys: pytest.CaptureFixture[str], expect: int = 0) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["check", "--explain", "--json", "--target", warehouse.target]) == expect
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["statements"]
    return found


def test_every_statement_is_explained_and_nothing_is_left(
    project: Project, emulator: Emulator, cluster: DemoCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse, sent = emulator.warehouse("explained", threads=1), []
    emulator.proxy.on_statement = lambda session, text: sent.append(text)
    url = emulator.upstream.url(warehouse.database)
    for stage in ("empty", "synced", "built"):
        if stage == "synced":
            cluster.show(utc_now())
            assert not sync_cluster(project, warehouse, cluster.config).failed
        elif stage == "built":
            dbt(warehouse, *BUILD, project=project)
        before = state_of(url)
        sent.clear()
        found = explained(warehouse, capsys)
        assert state_of(url).differences(before) == [], stage
        assert {one["name"] for one in found if one["kind"] == "model"} >= ENTITIES
        assert sum(one["kind"] == "test" for one in found) > 20
        assert sum(text.startswith("explain") for text in sent) == len(found) > 60
        # After a build the increments are explained, with their literal bounds.
        bounds = [text for text in sent if text.startswith("explain") and "between cast('9999" in text]
        assert bool(bounds) is (stage == "built"), stage
    emulator.proxy.on_statement = lambda session, text: None


def test_rejected_statement_is_named_and_what_reads_it_is_not_tried(
    emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a model would be that PostgreSQL accepts and Redshift does not: here for a column that its table lacks."""
    warehouse, rejected = emulator.warehouse("explained_wrong", threads=1), len(emulator.proxy.rejected)
    assert execute(warehouse, "create schema qupersync_staging") == []
    execute(warehouse, "create table qupersync_staging.stl_vacuum (cluster_id varchar(128), status varchar(32))")
    found = {one["name"]: one for one in explained(warehouse, capsys, expect=1)}
    assert "does not exist" in found["stg_stl_vacuum"]["error"]
    assert found["vacuum_history"]["skipped"] == "reads stg_stl_vacuum, which was rejected"
    assert found["stg_sys_query_history"]["ok"]
    assert found["query_history"]["ok"]
    assert main(["check", "--explain", "--target", warehouse.target]) == 1
    said = capsys.readouterr().out
    assert "rejected model stg_stl_vacuum: column" in said
    assert "statements explained by" in said.splitlines()[-1]
    del emulator.proxy.rejected[rejected:]
