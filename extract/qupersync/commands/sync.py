"""`qupersync sync`: every configured cluster, one's failure not stopping the others."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Optional

from ..clusters import ClusterConfig
from ..errors import QupersyncError
from ..pipeline import SyncResult, sync_cluster
from ..project import Project
from ..warehouse import Warehouse, open_warehouse
from .console import SyncProgress, console
from .targets import clusters_for

AT_ONCE = 4  # clusters; what a warehouse takes in at the same time is the limit, not what clusters give


def report(result: SyncResult) -> int:
    """Say how a cluster's sync went; 1 when a view failed."""
    out = console()
    if result.drained:
        out.print(f"  {result.cluster}  loaded first what an interrupted sync had left")
    for run in result.runs:
        if run.outcome == "failed":
            print(f"error: {run.error}", file=sys.stderr)
        if run.drift.optional and run.outcome == "ok":
            out.print(f"  {result.cluster}  {run.name} has no {', '.join(run.drift.optional)} here: NULL")
        if run.drift.unknown:
            out.print(
                f"  {result.cluster}  {run.name} has new columns that are not read: {', '.join(run.drift.unknown)}"
            )
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


def _in_its_own_process(
    project: Project, warehouse: Warehouse, config: ClusterConfig, since: Optional[datetime]
) -> int:
    """Sync one cluster beside others: dlt keeps state per process."""
    command = [sys.executable, "-m", "qupersync", "sync", "--target", warehouse.target, "--cluster", config.name]
    if since:
        command += ["--since", since.isoformat()]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    return done.returncode


def sync(project: Project, target: Optional[str], names: Optional[list[str]], since: Optional[datetime]) -> int:
    """Sync the clusters; 0 all went well, 1 something failed, and is named; of a single cluster its own exit code.

    Errors: QupersyncError.
    """
    warehouse = open_warehouse(project, target)
    configs = clusters_for(project, warehouse, names)
    warehouse.connect().close()
    if len(configs) == 1:
        return sync_one(project, warehouse, configs[0], since)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        codes = list(pool.map(lambda config: _in_its_own_process(project, warehouse, config, since), configs))
    failed = [config.name for config, code in zip(configs, codes) if code]
    if failed:
        raise QupersyncError(f"not everything could be synced of: {', '.join(failed)}")
    return 0
