"""`qupersync check` against five users and clusters: five answers, each with its cure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from qupersync.checks import ClusterCheck, check_cluster, check_schedule, check_warehouse
from qupersync.domain.system_views import SYSTEM_VIEWS
from qupersync.pipeline import sync_cluster
from qupersync.project import Project
from qupersync.source import utc_now
from qupersync.warehouse import Warehouse

from ..support import Warehouses, execute
from .lookalikes import OLD_COLUMNS, Lookalikes


def states(found: ClusterCheck) -> dict[str, str]:
    return {view.view: view.state for view in found.views}


def test_a_user_who_sees_everything(lookalikes: Lookalikes) -> None:
    found = check_cluster(lookalikes.make().config)
    assert found.ok
    assert found.deployment == "provisioned"
    assert states(found) == {
        **dict.fromkeys(SYSTEM_VIEWS, "all rows"),
        "sys_vacuum_history": "unused",
        "sys_serverless_usage": "absent",
    }
    assert found.cures == []


def test_a_user_who_sees_only_own_rows(lookalikes: Lookalikes) -> None:
    config = lookalikes.user(lookalikes.make(), own_rows=True)
    found = check_cluster(replace(config, username=config.username))
    assert states(found)["sys_query_history"] == "own rows"
    assert states(found)["sys_query_detail"] == "own rows"
    assert not found.ok
    assert found.cures == [f'alter user "{config.username}" syslog access unrestricted;']


def test_a_user_who_is_denied_two_views(lookalikes: Lookalikes) -> None:
    cluster = lookalikes.make()
    config = lookalikes.user(cluster, "stl_vacuum", "svv_table_info")
    found = check_cluster(config)
    assert states(found)["stl_vacuum"] == "denied"
    assert states(found)["svv_table_info"] == "denied"
    assert states(found)["sys_query_history"] == "all rows"
    assert not found.ok
    assert found.cures == [
        f'grant select on svv_table_info to "{config.username}";   -- in database {cluster.database}',
        f'grant role sys:monitor to "{config.username}";',
    ]


def test_a_serverless_workgroup(lookalikes: Lookalikes) -> None:
    found = check_cluster(lookalikes.serverless().config)
    assert found.ok
    assert found.deployment == "serverless"
    absent = {view for view, state in states(found).items() if state == "absent"}
    assert absent == {"stl_vacuum", "stv_slices", "stv_node_storage_capacity", "stv_partitions"}
    assert states(found)["sys_vacuum_history"] == states(found)["sys_serverless_usage"] == "all rows"


def test_an_older_engine(lookalikes: Lookalikes) -> None:
    found = check_cluster(lookalikes.with_columns(", ".join(OLD_COLUMNS)).config)
    assert found.ok
    (queries,) = [view for view in found.views if view.view == "sys_query_history"]
    assert queries.drift.optional == ("username",)
    assert queries.drift.unknown == ()


def test_a_newer_engine_and_one_that_lacks_a_required_column(lookalikes: Lookalikes) -> None:
    newer = check_cluster(lookalikes.with_columns("*, 1 as brand_new").config)
    (queries,) = [view for view in newer.views if view.view == "sys_query_history"]
    assert newer.ok
    assert queries.drift.unknown == ("brand_new",)
    broken = check_cluster(lookalikes.with_columns("query_id, start_time, user_id").config)
    assert not broken.ok
    assert "lacks transaction_id" in next(v.says for v in broken.views if v.view == "sys_query_history")


def test_a_cluster_that_does_not_answer(lookalikes: Lookalikes) -> None:
    found = check_cluster(replace(lookalikes.make().config, password="wrong"))
    assert not found.ok
    assert "password authentication failed" in str(found.error)


def test_the_warehouse(warehouses: Warehouses, warehouse: Warehouse) -> None:
    assert check_warehouse(warehouse).ok
    assert execute(warehouse, "select count(*) from pg_tables where tablename = 'qupersync_check'") == [(0,)]
    execute(warehouse, f"create role plain_{warehouse.database} login password 'r'")
    plain = warehouses.register("plain", dbname=warehouse.database, user=f"plain_{warehouse.database}", password="r")
    found = check_warehouse(plain)
    assert (found.reachable, found.writable) == (True, False)
    assert f'grant create on database "{warehouse.database}"' in found.says
    assert not check_warehouse(warehouses.register("off", dbname="nowhere_at_all")).reachable


def test_a_schedule_slower_than_the_retention_allows(
    project: Project, warehouses: Warehouses, lookalikes: Lookalikes
) -> None:
    config = lookalikes.make(queries=50, seed=8).config
    for hours, says in ((24, None), (100, "every 4.2 days and the views keep 7 days: one that fails loses some"),
                        (24 * 8, "each time some is lost")):  # fmt: skip
        warehouse, now = warehouses.make(), utc_now()
        assert check_schedule(warehouse, config) is None  # nothing synced yet
        for n in (3, 2, 1):
            sync_cluster(project, warehouse, config, now=now - timedelta(hours=n * hours))
        found = check_schedule(warehouse, config)
        assert found is None if says is None else says in (found or "")
