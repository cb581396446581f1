"""Several clusters in one warehouse: kinds, databases, drift, failures, forgetting."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from qupersync.cli import main
from qupersync.clusters import ClusterConfig
from qupersync.demo.cluster import DemoCluster
from qupersync.embedded import EmbeddedServer
from qupersync.pipeline import SyncResult, sync_cluster
from qupersync.project import Project
from qupersync.source import utc_now
from qupersync.warehouse import Warehouse

from ..support import TESTED, Warehouses, dbt, everything, execute
from .lookalikes import OLD_COLUMNS, Lookalikes

Configure = Callable[..., None]


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


def test_two_clusters_and_two_databases_one_failing(
    project: Project, warehouse: Warehouse, lookalikes: Lookalikes, configure: Configure,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    provisioned, serverless = lookalikes.make(), lookalikes.serverless()
    configure(
        prod=named(provisioned, "prod", databases=(provisioned.database, serverless.database)),
        adhoc=named(serverless, "adhoc"),
    )
    lookalikes.run(provisioned, "alter view sys_query_history rename to hidden")
    assert main(["sync", "--target", warehouse.target]) == 1
    said = capfd.readouterr().err
    assert "has no view sys_query_history" in said
    assert "error: not everything could be synced of: prod" in said
    counts = "select cluster_id, count(*) from qupersync_staging.{} group by 1 order by 1"
    assert dict(execute(warehouse, counts.format("sys_query_history"))).keys() == {"adhoc"}
    # one view's failure does not stop the cluster's other views
    assert dict(execute(warehouse, counts.format("svv_table_info"))) == {"adhoc": 51, "prod": 102}
    databases = "select distinct connected_database from qupersync_staging.svv_table_info where cluster_id = 'prod'"
    assert {row[0] for row in execute(warehouse, databases)} == {provisioned.database, serverless.database}
    lookalikes.run(provisioned, "alter view hidden rename to sys_query_history")
    assert main(["sync", "--target", warehouse.target]) == 0
    # the failed one resumes from where it was: from the beginning
    assert dict(execute(warehouse, counts.format("sys_query_history"))).keys() == {"adhoc", "prod"}
    dbt(warehouse, *TESTED, project=project)
    nodes = "select cluster_id, count(*) from qupersync.node_details group by 1"
    assert execute(warehouse, nodes) == [("prod", 4)]
    vacuums = "select cluster_id, source_view, count(*) > 50 from qupersync.vacuum_history group by 1, 2 order by 1"
    assert execute(warehouse, vacuums) == [("adhoc", "sys_vacuum_history", True), ("prod", "stl_vacuum", True)]
    types = "select distinct vacuum_type, status from qupersync.vacuum_history where cluster_id = 'adhoc'"
    assert {row[0] for row in execute(warehouse, types)} <= {"FULL", "DELETE ONLY", "SORT ONLY"}


def test_equal_ids_of_two_clusters_never_mix_and_one_can_be_forgotten(
    project: Project, warehouses: Warehouses, warehouse: Warehouse, lookalikes: Lookalikes
) -> None:
    cluster = lookalikes.make()
    now = utc_now()
    alone = warehouses.make()
    sync_cluster(project, alone, named(cluster, "one"), now=now)
    dbt(alone, *TESTED, project=project)
    for name in ("one", "two"):
        sync_cluster(project, warehouse, named(cluster, name), now=now)
    dbt(warehouse, *TESTED, project=project)
    for relation, rows in everything(warehouse, without=("built_at", "sync_id", "query_day_id")).items():
        mine = [row for row in rows if row[0] == "one"]
        assert len(mine) == len([row for row in rows if row[0] == "two"]), relation
    assert main(["forget", "--target", warehouse.target, "--cluster", "two", "--yes"]) == 0
    found, wanted = (everything(w, without=("built_at", "sync_id")) for w in (warehouse, alone))
    for relation, rows in wanted.items():
        assert len(found[relation]) == len(rows), relation
    dbt(warehouse, *TESTED, project=project)
    assert everything(warehouse, without=("built_at", "sync_id")) == found
    # forgotten is forgotten: the next sync reads it from the beginning
    again = sync_cluster(project, warehouse, named(cluster, "two"), now=now + timedelta(seconds=1))
    assert next(run for run in again.runs if run.view == "sys_query_history").window.start is None


def test_what_a_workgroup_is_charged_is_known_late_and_once(
    project: Project, warehouse: Warehouse, lookalikes: Lookalikes
) -> None:
    cluster = lookalikes.serverless()
    at = utc_now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    charged = "case when start_time >= timestamp '{}' then 0 else charged_seconds end as charged_seconds"
    lookalikes.run(
        cluster,
        f"alter view sys_serverless_usage rename to later; create view sys_serverless_usage as select start_time, end_time, "
        f"compute_seconds, compute_capacity, data_storage, {charged.format(at - timedelta(hours=20))} from later",
    )
    cluster.show(at)
    config = named(cluster, "adhoc")
    assert runs(sync_cluster(project, warehouse, config, now=at))["sys_serverless_usage"] == "ok"
    dbt(warehouse, *TESTED, project=project)
    entity = (
        "select cluster_id, start_time, charged_seconds from qupersync.serverless_usage_history order by start_time"
    )
    early = execute(warehouse, entity)
    lookalikes.run(cluster, "drop view sys_serverless_usage; alter view later rename to sys_serverless_usage")
    cluster.show(at + timedelta(minutes=1))
    sync_cluster(project, warehouse, config, now=at + timedelta(minutes=1))
    cluster.show(at + timedelta(hours=13))  # the day after
    result = sync_cluster(project, warehouse, config, now=at + timedelta(hours=13))
    assert next(run for run in result.runs if run.view == "sys_serverless_usage").window.start < at - timedelta(days=1)
    dbt(warehouse, *TESTED, project=project)
    truth = lookalikes.run(
        cluster, "select 'adhoc', start_time, charged_seconds from sys_serverless_usage order by start_time"
    )
    found = execute(warehouse, entity)
    assert found == [row for row in early if row not in truth and row[1] < truth[0][1]] + truth
    assert len([row for row in early if row[2] == 0]) > 10 > len([row for row in found if row[2] == 0])
    costs = "select sum(round(rpu_hours * 3600)), count(cost), min(cost_basis) from qupersync_marts.cluster_cost_daily"
    assert execute(warehouse, costs) == [(sum(row[2] for row in found), 0, "no price set")]
    # 60 s at least a minute: the syncs of an hour read their margin, one a day reads two days
    read = "select count(*) from qupersync_staging.sys_serverless_usage group by sync_id order by min(synced_at)"
    _, next_minute, next_day = (row[0] for row in execute(warehouse, read))
    assert next_minute < 10 < next_day


def test_an_older_and_a_newer_engine_sync(project: Project, warehouse: Warehouse, lookalikes: Lookalikes) -> None:
    older = lookalikes.with_columns(", ".join(OLD_COLUMNS))
    newer = lookalikes.with_columns("*, 1 as brand_new")
    old = sync_cluster(project, warehouse, named(older, "older"))
    new = sync_cluster(project, warehouse, named(newer, "newer"))
    assert not old.failed
    assert not new.failed
    assert next(r for r in old.runs if r.view == "sys_query_history").drift.optional == ("username",)
    assert next(r for r in new.runs if r.view == "sys_query_history").drift.unknown == ("brand_new",)
    dbt(warehouse, *TESTED, project=project)
    # without a column of its own the name comes from svv_user_info
    names = "select cluster_id, count(distinct user_name) > 10, bool_or(user_name = 'unknown') from qupersync.query_history group by 1"
    assert sorted(execute(warehouse, names)) == [("newer", True, False), ("older", True, False)]


def test_both_vacuum_views_tell_of_each_run_once(
    project: Project, warehouse: Warehouse, lookalikes: Lookalikes
) -> None:
    cluster = lookalikes.make()
    config = named(cluster, "prod")
    now = utc_now()
    cluster.show(now - timedelta(days=2))
    # at first stl_vacuum cannot be read, then it can, then it cannot again
    lookalikes.run(cluster, "alter view stl_vacuum rename to hidden")
    first = sync_cluster(project, warehouse, config, now=now - timedelta(days=2))
    assert runs(first)["sys_vacuum_history"] == "ok"
    dbt(warehouse, *TESTED, project=project)
    lookalikes.run(cluster, "alter view hidden rename to stl_vacuum")
    cluster.show(now - timedelta(days=1))
    second = sync_cluster(project, warehouse, config, now=now - timedelta(days=1))
    assert (runs(second)["stl_vacuum"], runs(second)["sys_vacuum_history"]) == ("ok", "unused")
    dbt(warehouse, *TESTED, project=project)
    lookalikes.run(cluster, "alter view stl_vacuum rename to hidden")
    cluster.show(None)
    third = sync_cluster(project, warehouse, config, now=now)
    assert (runs(third)["stl_vacuum"], runs(third)["sys_vacuum_history"]) == ("absent", "ok")
    dbt(warehouse, *TESTED, project=project)
    doubled = "select cluster_id, xid, table_id from qupersync.vacuum_history group by 1, 2, 3 having count(*) > 1"
    assert execute(warehouse, doubled) == []
    real = lookalikes.run(
        cluster, "select xid, table_id from demo.vacuum_run where not is_sample and start_time <= demo.clock() "
        "and start_time > demo.clock() - interval '6 days' and outcome <> 'Skipped'"
    )  # fmt: skip
    known = {row for row in execute(warehouse, "select xid, table_id from qupersync.vacuum_history")}
    assert len(real) > 100
    assert set(real) <= known


DUMPS = {
    "sys_query_history": "user_id,query_id,transaction_id,session_id,database_name,query_type,status,start_time,end_time,"
    "elapsed_time,queue_time,execution_time,error_message,returned_rows,query_text",
    "svv_table_info": '"database","schema",table_id,"table",encoded,diststyle,sortkey1,sortkey_num,size,unsorted,tbl_rows,skew_rows',
    "sys_vacuum_history": "user_id,database_name,schema_name,table_name,table_id,vacuum_type,status,start_time,end_time",
    "stl_vacuum": "userid,xid,table_id,status,rows,sortedrows,blocks,eventtime",
}


def test_real_rows_loaded_as_plain_tables(
    project: Project, warehouse: Warehouse, database: Callable[[], str], sql: Callable[..., Any], server: EmbeddedServer
) -> None:
    """Tables of text, as a CSV dump is loaded: padded, `\\n` as two characters, blank for NULL."""
    name = database()
    for view, columns in DUMPS.items():
        sql(name, f"create table {view} ({', '.join(f'{c} text' for c in columns.split(','))})")
    sql(
        name,
        r"""insert into sys_query_history values
        ('100','613333','5074582','1073741930','tpch_3tb        ','SELECT      ','success   ','2024-12-18 08:22:58.054388',
         '2024-12-18 08:24:06.398439','68344051','0','53558678','','4','select /* Q7 */\n a -- x\nfrom t where b = ''c''   '),
        ('100','1222402','5806052','1073914463','tpch_3tb','SELECT','running','2024-12-21 14:35:14.511578','','251426','0','0','','0','');
        insert into svv_table_info values
        ('tpch_3tb','public','107017','lineitem','Y','KEY(l_orderkey)','l_shipdate','2','863171','0.00','18000048306','1.00'),
        ('tpch_3tb','public','107021','nation','Y, AUTO(ENCODE)','KEY(n_nationkey)',null,'1','196','','25','100.00');
        insert into sys_vacuum_history values
        ('1','dev','public','mv_tbl__quotes_daily__0      ','230009','Delete        ','[VacuumBG] Started Delete Only','2026-08-12 16:57:13.105127',''),
        ('1','dev','public','mv_tbl__quotes_daily__0      ','230009','Delete        ','[VacuumBG] Finished           ','2026-08-12 16:57:13.105127','2026-08-12 16:57:14.574989');
        insert into stl_vacuum values
        ('100','14294','108313','Started             ','1950','408','28','2016-05-19 17:36:01'),
        ('100','14294','108313','Finished            ','966','966','11','2016-05-19 18:26:13')
        """,
    )
    config = ClusterConfig(
        name="dump", host="127.0.0.1", port=server.port, username="qupersync", password=server.password, database=name,
        sslmode="disable",
    )  # fmt: skip
    result = sync_cluster(project, warehouse, config)
    assert {run.view for run in result.failed} == {
        "svv_user_info", "sys_connection_log", "sys_query_detail", "stv_slices", "stv_node_storage_capacity",
        "stv_partitions",
    }  # fmt: skip
    dbt(warehouse, *TESTED, project=project)
    queries = "select query_id, query_text, query_hash, error_message from qupersync.query_history"
    assert execute(warehouse, queries)[0][:2] == (613333, "select a from t where b = ?")
    tables = (
        "select table_id, size_mb, tbl_rows, unsorted_pct, pct_skew_across_slices from qupersync.table_stats order by 1"
    )
    assert execute(warehouse, tables) == [(107017, 863171.0, 18000048306, 0.0, 0.0), (107021, 196.0, 25, None, 9900.0)]
    vacuums = "select xid, vacuum_type, status, impacted_blocks from qupersync.vacuum_history"
    assert execute(warehouse, vacuums) == [(14294, "FULL", "Finished", 17)]
    # what Serverless tells, once stl_vacuum is gone
    sql(name, "drop table stl_vacuum")
    sync_cluster(project, warehouse, config, now=utc_now() + timedelta(seconds=1))
    dbt(warehouse, *TESTED, project=project)
    vacuums = "select table_name, vacuum_type, status, is_automatic from qupersync.vacuum_history where xid = 0"
    assert execute(warehouse, vacuums) == [("mv_tbl__quotes_daily__0", "DELETE ONLY", "Finished", True)]
