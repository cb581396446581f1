"""`qupersync check` against different users, clusters and warehouses: what it reports and the GRANT that fixes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from qupersync.checks.clusters import ClusterCheck, check_cluster
from qupersync.checks.schedule import check_schedule
from qupersync.checks.warehouses import check_warehouse
from qupersync.clock import utc_now
from qupersync.domain.system_views import SYSTEM_VIEWS, Presence
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from tests.support.cluster_factories import OLD_COLUMNS, ClusterFactories
from tests.support.warehouses import Warehouses, execute


def states(found: ClusterCheck) -> dict[str, str]:
    return {view.view: view.state for view in found.views}


def test_user_who_sees_everything(factories: ClusterFactories) -> None:
    found = check_cluster(factories.make().config)
    assert found.ok
    assert found.deployment == "provisioned"
    assert states(found) == {
        **{
            name: "absent" if view.presence is Presence.NEWER_ENGINES else "all rows"
            for name, view in SYSTEM_VIEWS.items()
        },
        "sys_vacuum_history": "unused",
        "sys_serverless_usage": "absent",
    }
    assert found.fixes == []


def test_user_who_sees_only_own_rows(factories: ClusterFactories) -> None:
    config = factories.user(factories.make(), own_rows=True)
    found = check_cluster(replace(config, username=config.username))
    assert states(found)["sys_query_history"] == "own rows"
    assert states(found)["sys_query_detail"] == "own rows"
    assert not found.ok
    assert found.fixes == [f'alter user "{config.username}" syslog access unrestricted;']


def test_user_who_is_denied_two_views(factories: ClusterFactories) -> None:
    cluster = factories.make()
    config = factories.user(cluster, "stl_vacuum", "svv_table_info")
    found = check_cluster(config)
    assert states(found)["stl_vacuum"] == "denied"
    assert states(found)["svv_table_info"] == "denied"
    assert states(found)["sys_query_history"] == "all rows"
    assert not found.ok
    assert found.fixes == [
        f'grant select on svv_table_info to "{config.username}";   -- in database {cluster.database}',
        f'grant role sys:monitor to "{config.username}";',
    ]


def test_serverless_workgroup(factories: ClusterFactories) -> None:
    found = check_cluster(factories.serverless().config)
    assert found.ok
    assert found.deployment == "serverless"
    absent = {view for view, state in states(found).items() if state == "absent"}
    elsewhere = (Presence.PROVISIONED, Presence.NEWER_ENGINES)
    assert absent == {name for name, view in SYSTEM_VIEWS.items() if view.presence in elsewhere}
    assert states(found)["sys_vacuum_history"] == states(found)["sys_serverless_usage"] == "all rows"


def test_multi_az_cluster(factories: ClusterFactories) -> None:
    """Nobody may read STV and SVV views there: no GRANT is advised, and a note says what it is taken for."""
    found = check_cluster(factories.multi_az().config)
    assert found.ok
    assert found.fixes == []
    absent = {view for view, state in states(found).items() if state == "absent"}
    assert {"stv_slices", "svv_table_info", "svv_user_info"} <= absent
    assert "Multi-AZ" in next(view.note for view in found.views if view.view == "svv_table_info")


def test_older_engine(factories: ClusterFactories) -> None:
    found = check_cluster(factories.with_columns(", ".join(OLD_COLUMNS)).config)
    assert found.ok
    (queries,) = [view for view in found.views if view.view == "sys_query_history"]
    assert queries.drift.optional == ("username",)
    assert queries.drift.unknown == ()


def test_newer_engine_and_missing_required_column(factories: ClusterFactories) -> None:
    newer = check_cluster(factories.with_columns("*, 1 as brand_new").config)
    (queries,) = [view for view in newer.views if view.view == "sys_query_history"]
    assert newer.ok
    assert queries.drift.unknown == ("brand_new",)
    broken = check_cluster(factories.with_columns("query_id, start_time, user_id").config)
    assert not broken.ok
    assert "lacks transaction_id" in next(v.note for v in broken.views if v.view == "sys_query_history")


def test_cluster_that_does_not_answer(factories: ClusterFactories) -> None:
    found = check_cluster(replace(factories.make().config, password="wrong"))
    assert not found.ok
    assert "password authentication failed" in str(found.error)


def test_warehouse(warehouses: Warehouses, warehouse: Warehouse) -> None:
    assert check_warehouse(warehouse).ok
    assert execute(warehouse, "select count(*) from pg_tables where tablename = 'qupersync_check'") == [(0,)]
    execute(warehouse, f"create role plain_{warehouse.database} login password 'r'")
    plain = warehouses.register("plain", dbname=warehouse.database, user=f"plain_{warehouse.database}", password="r")
    found = check_warehouse(plain)
    assert (found.reachable, found.writable) == (True, False)
    assert f'grant create on database "{warehouse.database}"' in found.note
    assert not check_warehouse(warehouses.register("off", dbname="nowhere_at_all")).reachable


def test_schedule_slower_than_retention(project: Project, warehouses: Warehouses, factories: ClusterFactories) -> None:
    config = factories.make(queries=50, seed=8).config
    for hours, says in ((24, None), (100, "every 4.2 days and the views keep 7 days: one failed sync loses rows"),
                        (24 * 8, "every sync misses rows")):  # fmt: skip
        warehouse, now = warehouses.make(), utc_now()
        assert check_schedule(warehouse, config) is None  # nothing synced yet
        for n in (3, 2, 1):
            sync_cluster(project, warehouse, config, now=now - timedelta(hours=n * hours))
        found = check_schedule(warehouse, config)
        assert found is None if says is None else says in (found or "")
