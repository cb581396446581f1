"""Several clusters in one warehouse: provisioned and Serverless, databases, column drift, failures, forgetting one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from qupersync.cli.parser import main
from qupersync.clock import utc_now
from qupersync.config.clusters import ClusterConfig
from qupersync.demo.cluster import DemoCluster
from qupersync.domain.staged import text, whole
from qupersync.domain.system_views import SYSTEM_VIEWS, Kind, Presence, SystemView
from qupersync.project import Project
from qupersync.sync.pipeline import SyncResult, sync_cluster
from qupersync.warehouse.base import Warehouse
from tests.support.cluster_factories import OLD_COLUMNS, ClusterFactories
from tests.support.dbt_runs import BUILD_AND_TEST, dbt
from tests.support.warehouses import Warehouses, everything, execute

Configure = Callable[..., None]
TABLES = 29  # of the demo's main database, today


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Configure clusters through the environment, as a scheduler would."""

    def make(**configs: ClusterConfig) -> None:
        monkeypatch.setenv("SOURCES__REDSHIFT__CLUSTERS", json.dumps(list(configs)))
        for name, config in configs.items():
            for setting in ("host", "port", "username", "password", "database", "sslmode"):
                monkeypatch.setenv(
                    f"SOURCES__REDSHIFT__{name.upper()}__{setting.upper()}", str(getattr(config, setting))
                )
            if config.databases:
                monkeypatch.setenv(f"SOURCES__REDSHIFT__{name.upper()}__DATABASES", json.dumps(list(config.databases)))

    return make


def named(cluster: DemoCluster, name: str, **settings: Any) -> ClusterConfig:
    return replace(cluster.config, name=name, **settings)


def runs(result: SyncResult) -> dict[str, str]:
    return {run.view: run.outcome for run in result.runs}


def test_two_clusters_one_failing(
    project: Project, warehouse: Warehouse, factories: ClusterFactories, configure: Configure,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    provisioned, serverless = factories.make(), factories.serverless()
    configure(
        prod=named(provisioned, "prod", databases=(provisioned.database, serverless.database)),
        adhoc=named(serverless, "adhoc"),
    )
    factories.run(provisioned, "alter view sys_query_history rename to hidden")
    assert main(["sync", "--target", warehouse.target]) == 1
    said = capfd.readouterr().err
    assert "has no view sys_query_history" in said
    assert "error: sync failed, completely or in part, for: prod" in said
    counts = "select cluster_id, count(*) from qupersync_staging.{} group by 1 order by 1"
    assert dict(execute(warehouse, counts.format("sys_query_history"))).keys() == {"adhoc"}
    # one view's failure does not stop the cluster's other views
    assert dict(execute(warehouse, counts.format("svv_table_info"))) == {"adhoc": TABLES, "prod": 2 * TABLES}
    databases = "select distinct connected_database from qupersync_staging.svv_table_info where cluster_id = 'prod'"
    assert {row[0] for row in execute(warehouse, databases)} == {provisioned.database, serverless.database}
    factories.run(provisioned, "alter view hidden rename to sys_query_history")
    assert main(["sync", "--target", warehouse.target]) == 0
    # the failed view has no watermark yet: it is read from the beginning
    assert dict(execute(warehouse, counts.format("sys_query_history"))).keys() == {"adhoc", "prod"}
    dbt(warehouse, *BUILD_AND_TEST, project=project)
    nodes = "select cluster_id, count(*) from qupersync.node_details group by 1"
    assert execute(warehouse, nodes) == [("prod", 4)]
    vacuums = "select cluster_id, source_view, count(*) > 50 from qupersync.vacuum_history group by 1, 2 order by 1"
    assert execute(warehouse, vacuums) == [("adhoc", "sys_vacuum_history", True), ("prod", "stl_vacuum", True)]
    types = "select distinct vacuum_type, status from qupersync.vacuum_history where cluster_id = 'adhoc'"
    assert {row[0] for row in execute(warehouse, types)} <= {"FULL", "DELETE ONLY", "SORT ONLY"}


def test_equal_ids_of_two_clusters_and_forget(
    project: Project, warehouses: Warehouses, warehouse: Warehouse, factories: ClusterFactories
) -> None:
    cluster = factories.make()
    now = utc_now()
    alone = warehouses.make()
    sync_cluster(project, alone, named(cluster, "one"), now=now)
    dbt(alone, *BUILD_AND_TEST, project=project)
    for name in ("one", "two"):
        sync_cluster(project, warehouse, named(cluster, name), now=now)
    dbt(warehouse, *BUILD_AND_TEST, project=project)
    for relation, rows in everything(warehouse, without=("built_at", "sync_id", "query_day_id")).items():
        mine = [row for row in rows if row[0] == "one"]
        assert len(mine) == len([row for row in rows if row[0] == "two"]), relation
    assert main(["forget", "--target", warehouse.target, "--cluster", "two", "--yes"]) == 0
    found, wanted = (everything(w, without=("built_at", "sync_id")) for w in (warehouse, alone))
    for relation, rows in wanted.items():
        assert len(found[relation]) == len(rows), relation
    dbt(warehouse, *BUILD_AND_TEST, project=project)
    assert everything(warehouse, without=("built_at", "sync_id")) == found
    # nothing of it is left: the next sync reads it from the beginning
    again = sync_cluster(project, warehouse, named(cluster, "two"), now=now + timedelta(seconds=1))
    assert next(run for run in again.runs if run.view == "sys_query_history").window.start is None


def test_multi_az_denies_views_without_a_failure(
    project: Project, warehouse: Warehouse, factories: ClusterFactories
) -> None:
    result = sync_cluster(project, warehouse, factories.multi_az().config)
    assert not result.failed
    assert runs(result)["svv_table_info"] == runs(result)["stv_slices"] == "absent"
    (warning,) = {run.warning for run in result.runs if run.view == "svv_table_info"}
    assert warning
    assert "Multi-AZ" in warning
    assert "workgroup" in warning


def test_serverless_charges_are_restated(project: Project, warehouse: Warehouse, factories: ClusterFactories) -> None:
    cluster = factories.serverless()
    at = utc_now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    charged = "case when start_time >= timestamp '{}' then 0 else charged_seconds end as charged_seconds"
    factories.run(
        cluster,
        f"alter view sys_serverless_usage rename to later; create view sys_serverless_usage as select start_time, end_time, "
        f"compute_seconds, compute_capacity, data_storage, {charged.format(at - timedelta(hours=20))} from later; "
        "grant select on sys_serverless_usage to public",
    )
    cluster.show(at)
    config = named(cluster, "adhoc")
    assert runs(sync_cluster(project, warehouse, config, now=at))["sys_serverless_usage"] == "ok"
    dbt(warehouse, *BUILD_AND_TEST, project=project)
    entity = (
        "select cluster_id, start_time, charged_seconds from qupersync.serverless_usage_history order by start_time"
    )
    early = execute(warehouse, entity)
    factories.run(cluster, "drop view sys_serverless_usage; alter view later rename to sys_serverless_usage")
    cluster.show(at + timedelta(minutes=1))
    sync_cluster(project, warehouse, config, now=at + timedelta(minutes=1))
    cluster.show(at + timedelta(hours=13))  # the day after
    result = sync_cluster(project, warehouse, config, now=at + timedelta(hours=13))
    assert next(run for run in result.runs if run.view == "sys_serverless_usage").window.start < at - timedelta(days=1)
    dbt(warehouse, *BUILD_AND_TEST, project=project)
    truth = factories.run(
        cluster, "select 'adhoc', start_time, charged_seconds from sys_serverless_usage order by start_time"
    )
    found = execute(warehouse, entity)
    shown = {row[1] for row in truth}
    assert found == sorted([row for row in early if row[1] not in shown] + truth)  # what the view has dropped is kept
    assert len([row for row in early if row[2] == 0]) > 10 > len([row for row in found if row[2] == 0])
    costs = "select sum(round(rpu_hours * 3600)), count(cost), min(cost_basis) from qupersync_marts.cluster_cost_daily"
    assert execute(warehouse, costs) == [(sum(row[2] for row in found), 0, "no price set")]
    # an hour's syncs read their lookback, the first of a day reads the restatement window of two days
    read = "select count(*) from qupersync_staging.sys_serverless_usage group by sync_id order by min(synced_at)"
    _, next_minute, next_day = (row[0] for row in execute(warehouse, read))
    assert next_minute < 10 < next_day


def test_older_and_newer_engine(project: Project, warehouse: Warehouse, factories: ClusterFactories) -> None:
    older = factories.with_columns(", ".join(OLD_COLUMNS))
    newer = factories.with_columns("*, 1 as brand_new")
    old = sync_cluster(project, warehouse, named(older, "older"))
    new = sync_cluster(project, warehouse, named(newer, "newer"))
    assert not old.failed
    assert not new.failed
    assert next(r for r in old.runs if r.view == "sys_query_history").drift.optional == ("username",)
    assert next(r for r in new.runs if r.view == "sys_query_history").drift.unknown == ("brand_new",)
    dbt(warehouse, *BUILD_AND_TEST, project=project)
    # without a column of its own the name comes from svv_user_info
    names = "select cluster_id, count(distinct user_name) > 10, bool_or(user_name = 'unknown') from qupersync.query_history group by 1"
    assert sorted(execute(warehouse, names)) == [("newer", True, False), ("older", True, False)]


def test_vacuum_views_never_double_a_run(project: Project, warehouse: Warehouse, factories: ClusterFactories) -> None:
    cluster = factories.make()
    config = named(cluster, "prod")
    now = utc_now()
    cluster.show(now - timedelta(days=2))
    # at first stl_vacuum cannot be read, then it can, then it cannot again
    factories.run(cluster, "alter view stl_vacuum rename to hidden")
    first = sync_cluster(project, warehouse, config, now=now - timedelta(days=2))
    assert runs(first)["sys_vacuum_history"] == "ok"
    dbt(warehouse, *BUILD_AND_TEST, project=project)
    factories.run(cluster, "alter view hidden rename to stl_vacuum")
    cluster.show(now - timedelta(days=1))
    second = sync_cluster(project, warehouse, config, now=now - timedelta(days=1))
    assert (runs(second)["stl_vacuum"], runs(second)["sys_vacuum_history"]) == ("ok", "unused")
    dbt(warehouse, *BUILD_AND_TEST, project=project)
    factories.run(cluster, "alter view stl_vacuum rename to hidden")
    cluster.show(None)
    third = sync_cluster(project, warehouse, config, now=now)
    assert (runs(third)["stl_vacuum"], runs(third)["sys_vacuum_history"]) == ("absent", "ok")
    dbt(warehouse, *BUILD_AND_TEST, project=project)
    doubled = "select cluster_id, xid, table_id from qupersync.vacuum_history group by 1, 2, 3 having count(*) > 1"
    assert execute(warehouse, doubled) == []
    real = factories.run(
        cluster, "select xid, table_id from demo.vacuum_run where start_time <= demo.clock() "
        "and start_time > demo.clock() - interval '6 days' and outcome <> 'Skipped'"
    )  # fmt: skip
    known = {row for row in execute(warehouse, "select xid, table_id from qupersync.vacuum_history")}
    assert len(real) > 100
    assert set(real) <= known


def test_made_up_cluster_lacks_no_view(factories: ClusterFactories, monkeypatch: pytest.MonkeyPatch) -> None:
    """A view that is new to the product is there and empty, also in a cluster that an older version made."""

    @dataclass(frozen=True)
    class StvNew(SystemView):
        view: ClassVar[str] = "stv_new"
        kind: ClassVar[Kind] = Kind.SNAPSHOT
        presence: ClassVar[Presence] = Presence.PROVISIONED

        node: int = whole("Node.")
        name: str = text("Name.")
        ours: str = text("Made by the sync.", derived=True)

    older = factories.make(queries=10)
    monkeypatch.setitem(SYSTEM_VIEWS, "stv_new", StvNew)
    older.go_on()
    for cluster in (older, factories.make(queries=10)):
        assert factories.run(cluster, "select node, name from stv_new") == []
        assert factories.run(cluster, "select 1 from information_schema.columns where column_name = 'ours'") == []
        assert factories.run(cluster, "select count(*) from sys_query_history")[0][0] > 0
