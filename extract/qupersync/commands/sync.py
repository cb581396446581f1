"""`qupersync sync`: every configured cluster, one's failure not stopping the others."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Optional

from ..clusters import ClusterConfig, load_clusters, use_project
from ..errors import AlreadyRunningError, QupersyncError, SourceError, WarehouseError
from ..pipeline import SyncResult, sync_cluster
from ..project import Project
from ..warehouse import Warehouse, open_warehouse
from .console import SyncProgress, console


def report(result: SyncResult) -> int:
    """Say how a cluster's sync went; 1 when a view failed."""
    out = console()
    if result.drained:
        out.print(f"  {result.cluster}  loaded first what an interrupted sync had left")
    for run in result.runs:
        if run.outcome == "failed":
            print(f"error: {run.error}", file=sys.stderr)
        if run.rejected:
            print(
                f"warning: {result.cluster}: {run.rejected} rows of {run.name} were set aside in rejected_rows",
                file=sys.stderr,
            )
        if run.lost:
            print(
                f"warning: {result.cluster}: {run.name} has a gap from {run.lost[0]:%Y-%m-%d %H:%M} to "
                f"{run.lost[1]:%Y-%m-%d %H:%M} UTC: no sync for longer than Redshift keeps its rows",
                file=sys.stderr,
            )
    return 1 if result.failed else 0


def sync_one(
    project: Project,
    warehouse: Warehouse,
    config: ClusterConfig,
    since: Optional[datetime] = None,
    now: Optional[datetime] = None,
) -> int:
    """Sync one cluster and say how it went; 1 when a view failed. Errors: QupersyncError."""
    with SyncProgress(console(), config.name) as progress:
        result = sync_cluster(project, warehouse, config, since, progress, now)
    return report(result)


def sync(project: Project, target: Optional[str], names: Optional[list[str]], since: Optional[datetime]) -> int:
    """Sync the clusters; 0 all went well, 1 something failed, and is named.

    Errors: ConfigurationError, WarehouseError, AlreadyRunningError (of the only cluster).
    """
    use_project(project)
    configs = load_clusters(names)
    warehouse = open_warehouse(project, target)
    warehouse.connect().close()
    failed: list[str] = []
    for config in configs:
        try:
            if sync_one(project, warehouse, config, since):
                failed.append(config.name)
        except (SourceError, WarehouseError, AlreadyRunningError) as error:
            if len(configs) == 1:
                raise
            print(f"error: {error}", file=sys.stderr)
            failed.append(config.name)
        except QupersyncError:
            raise
    if failed:
        print(f"error: not everything could be synced of: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0
