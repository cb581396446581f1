"""`qupersync forget`: delete one cluster's rows everywhere."""

from __future__ import annotations

import shutil
import sys
from typing import Optional

from ..config.clusters import check_name
from ..errors import ConfigurationError
from ..project import Project
from ..sql import quote
from ..sync.locking import cluster_lock
from ..sync.pipeline import pipeline_name, pipelines_dir
from ..warehouse.open import open_warehouse


def forget(project: Project, target: Optional[str], cluster: str, yes: bool) -> int:
    """Delete a cluster from staging, entities, marts and dlt's state, after asking; 0 when done, 1 when declined."""
    check_name(cluster)
    warehouse = open_warehouse(project, target)
    if not yes:
        if not sys.stdin.isatty():
            raise ConfigurationError("forget deletes history: confirm it with --yes")
        answer = input(f"Delete all rows of cluster {cluster!r} in {warehouse.where}? [y/N] ")
        if answer.strip().lower() != "y":
            print("nothing deleted")
            return 1
    # In the order in which a build writes: two transactions that lock the same tables in other orders can deadlock.
    schemas = warehouse.schemas
    removed = 0
    # No build meanwhile: what it read before would be written afterwards.
    with cluster_lock(project, warehouse, cluster), warehouse.build_lock():
        connection = warehouse.connect()
        try:
            # One transaction: the cluster is there or it is not.
            with connection, connection.cursor() as cursor:
                cursor.execute(
                    "select t.table_schema, t.table_name from information_schema.tables t "
                    "join information_schema.columns c using (table_schema, table_name) "
                    "where c.column_name = 'cluster_id' and t.table_type = 'BASE TABLE' and t.table_schema in %s",
                    (schemas,),
                )
                for schema, table in sorted(cursor.fetchall(), key=lambda found: (schemas.index(found[0]), found[1])):
                    cursor.execute(f"delete from {quote(schema)}.{quote(table)} where cluster_id = %s", (cluster,))
                    removed += max(cursor.rowcount, 0)
                state = f"{quote(warehouse.staging_schema)}._dlt_pipeline_state"
                cursor.execute(
                    "select 1 from information_schema.tables where table_schema = %s and table_name = %s",
                    (warehouse.staging_schema, "_dlt_pipeline_state"),
                )
                if cursor.fetchone():
                    cursor.execute(f"delete from {state} where pipeline_name = %s", (pipeline_name(cluster),))
        finally:
            connection.close()
        shutil.rmtree(pipelines_dir(project, warehouse) / pipeline_name(cluster), ignore_errors=True)
    print(f"deleted {removed:,} rows of {cluster}")
    return 0
