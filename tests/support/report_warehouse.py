"""A synced and built warehouse for the report, with a hostile table name and very long query texts."""

from __future__ import annotations

from qupersync.cli.demo import replay
from qupersync.clock import utc_now
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse

from .cluster_factories import ClusterFactories
from .dbt_runs import BUILD, dbt
from .warehouses import Warehouses, execute

SCRIPT = "<script>document.title='taken'</script>"  # the name of a table


def report_warehouse(project: Project, warehouses: Warehouses, factories: ClusterFactories) -> Warehouse:
    """A new warehouse with the demo's story, and in its newest sync that table and those texts."""
    warehouse, cluster, now = warehouses.make(), factories.make(queries=3000, seed=61, weeks=2, dev=True), utc_now()
    replay(project, warehouse, cluster, now, lambda: dbt(warehouse, *BUILD, project=project))
    sync_cluster(project, warehouse, cluster.config, now=now)
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
