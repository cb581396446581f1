"""A dump of real system views, loaded as plain tables of text, syncs like a cluster."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from qupersync.clock import utc_now
from qupersync.config.clusters import ClusterConfig
from qupersync.demo.cluster import views_of_every_cluster
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import EmbeddedServer
from tests.support.dbt_runs import BUILD_AND_TEST, dbt
from tests.support.warehouses import execute

DUMPS = {
    "sys_query_history": "user_id,query_id,transaction_id,session_id,database_name,query_type,status,start_time,end_time,"
    "elapsed_time,queue_time,execution_time,error_message,returned_rows,query_text",
    "svv_table_info": '"database","schema",table_id,"table",encoded,diststyle,sortkey1,sortkey_num,size,unsorted,tbl_rows,skew_rows',
    "sys_vacuum_history": "user_id,database_name,schema_name,table_name,table_id,vacuum_type,status,start_time,end_time",
    "stl_vacuum": "userid,xid,table_id,status,rows,sortedrows,blocks,eventtime",
}


def test_dumped_views(
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
    assert {run.view for run in result.failed} == set(views_of_every_cluster()) - set(DUMPS)
    dbt(warehouse, *BUILD_AND_TEST, project=project)
    queries = "select query_id, query_text, query_hash, error_message from qupersync.query_history"
    assert execute(warehouse, queries)[0][:2] == (613333, "select a from t where b = ?")
    tables = (
        "select table_id, size_mb, tbl_rows, unsorted_pct, pct_skew_across_slices from qupersync.table_stats order by 1"
    )
    assert execute(warehouse, tables) == [(107017, 863171.0, 18000048306, 0.0, 0.0), (107021, 196.0, 25, None, 9900.0)]
    vacuums = "select xid, vacuum_type, status, impacted_blocks from qupersync.vacuum_history"
    assert execute(warehouse, vacuums) == [(14294, "FULL", "Finished", 17)]
    # what Serverless records, once stl_vacuum is gone
    sql(name, "drop table stl_vacuum")
    sync_cluster(project, warehouse, config, now=utc_now() + timedelta(seconds=1))
    dbt(warehouse, *BUILD_AND_TEST, project=project)
    vacuums = "select table_name, vacuum_type, status, is_automatic from qupersync.vacuum_history where xid = 0"
    assert execute(warehouse, vacuums) == [("mv_tbl__quotes_daily__0", "DELETE ONLY", "Finished", True)]
