"""A synced and built warehouse for the report, with a hostile table name and very long query texts."""

from __future__ import annotations

from datetime import timedelta

from qupersync.clock import utc_now
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse

from .cluster_factories import ClusterFactories
from .dbt_runs import BUILD, dbt
from .warehouses import Warehouses, execute

SCRIPT = "<script>document.title='taken'</script>"  # the name of a table


def report_warehouse(project: Project, warehouses: Warehouses, factories: ClusterFactories) -> Warehouse:
    """A new warehouse of the demo's cluster, synced twice, with that table and those texts."""
    warehouse, cluster, now = warehouses.make(), factories.make(queries=3000, seed=61), utc_now()
    for ago in (2, 0):
        at = now - timedelta(days=ago)
        cluster.show(at)
        sync_cluster(project, warehouse, cluster.config, now=at)
    execute(
        warehouse,
        """insert into qupersync_staging.svv_table_info (cluster_id, sync_id, synced_at, connected_database, "database",
            "schema", table_id, "table", encoded, diststyle, size, tbl_rows, estimated_visible_rows, stats_off)
        select cluster_id, sync_id, synced_at, connected_database, "database", 'a"b; drop', 987654, %s, 'Y', 'EVEN',
            9000000, 9000000000, 1, 90
        from qupersync_staging.svv_table_info""",
        (SCRIPT,),
    )
    execute(
        warehouse,
        "update qupersync_staging.sys_query_history set query_text = rpad(coalesce(query_text, ''), 16000, 'x')",
    )
    dbt(warehouse, *BUILD, project=project)
    return warehouse
