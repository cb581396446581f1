"""`qupersync forget`: delete one cluster's rows everywhere."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection
from typing import Optional

from ..config.clusters import check_name
from ..config.dbt_project import relation_names
from ..config.files import nearest
from ..errors import ConfigurationError
from ..project import Project
from ..sql import quote
from ..sync.locking import cluster_lock
from ..sync.pipeline import pipeline_name, pipelines_dir
from ..warehouse.base import Warehouse
from ..warehouse.open import open_warehouse
from ..warehouse.relations import is_ours


def forget(project: Project, target: Optional[str], cluster: str, yes: bool) -> int:
    """Delete a cluster from staging, entities, marts and dlt's state, after asking; 0 when done, 1 when declined."""
    check_name(cluster)
    warehouse = open_warehouse(project, target)
    folder = pipelines_dir(project, warehouse) / pipeline_name(cluster)
    models = relation_names(project)
    tables, others = _tables(warehouse, models)
    if not folder.exists() and not _is_known(warehouse, tables, cluster):
        known = [str(name) for (name,) in warehouse.fetch(
            f"select distinct cluster_id from {quote(warehouse.staging_schema)}.sync_runs order by 1")[1]]  # fmt: skip
        there = f"there are: {', '.join(known)}" if known else "it has none"
        raise ConfigurationError(f"no cluster {cluster!r} in {warehouse.where}{nearest(cluster, known)}; {there}")
    if not yes:
        if not sys.stdin.isatty():
            raise ConfigurationError("forget deletes history: confirm it with --yes")
        try:
            answer = input(f"Delete all rows of cluster {cluster!r} in {warehouse.where}? [y/N] ")
        except EOFError:  # Ctrl-D
            answer = ""
            print()
        if answer.strip().lower() != "y":
            print("nothing deleted")
            return 1
    removed = 0
    # No build meanwhile: what it read before would be written afterwards.
    with cluster_lock(project, warehouse, cluster), warehouse.build_lock():
        connection = warehouse.connect()
        try:
            # One transaction: the cluster is there or it is not.
            with connection, connection.cursor() as cursor:
                for schema, table in tables:
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
        shutil.rmtree(folder, ignore_errors=True)
    print(f"deleted {removed:,} rows of {cluster}")
    if others:
        print(f"left alone, because QuperSync did not make them: {', '.join(f'{s}.{t}' for s, t in others)}")
    return 0


def _tables(warehouse: Warehouse, models: Collection[str]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Tables with a cluster's rows, in the order in which they are to be locked: ours, and those of others."""
    schemas = warehouse.schemas
    _, found = warehouse.fetch(
        "select t.table_schema, t.table_name from information_schema.tables t "
        "join information_schema.columns c using (table_schema, table_name) "
        "where c.column_name = 'cluster_id' and t.table_type = 'BASE TABLE' and t.table_schema in %s",
        (schemas,),
    )
    tables = sorted(((str(s), str(t)) for s, t in found), key=lambda one: (schemas.index(one[0]), one[1]))
    ours = [one for one in tables if is_ours(warehouse, *one, models)]
    return ours, [one for one in tables if one not in ours]


def _is_known(warehouse: Warehouse, tables: list[tuple[str, str]], cluster: str) -> bool:
    """Has the warehouse a row or a state of the cluster?"""
    state = f"select 1 from {quote(warehouse.staging_schema)}._dlt_pipeline_state where pipeline_name = %s limit 1"
    rows = (f"select 1 from {quote(s)}.{quote(t)} where cluster_id = %s limit 1" for s, t in reversed(tables))
    return bool(warehouse.fetch(state, (pipeline_name(cluster),))[1]) or any(
        warehouse.fetch(statement, (cluster,))[1] for statement in rows
    )
