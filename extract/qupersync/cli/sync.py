"""`qupersync sync`: every configured cluster; the failure of one does not stop the others."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Optional

from ..config.clusters import ClusterConfig
from ..errors import AlreadyRunningError, QupersyncError
from ..project import Project
from ..sync.pipeline import SyncResult, sync_cluster
from ..sync.runs import ViewRun, names_of_views
from ..warehouse.base import Warehouse
from ..warehouse.open import open_warehouse
from .children import interrupt_all, run_module
from .console import SyncProgress, console
from .stamps import SETTING, is_stamped
from .targets import clusters_for

MAX_PARALLEL = 4  # clusters: the limit is what a warehouse loads at a time, not what clusters deliver


def show_result(result: SyncResult) -> int:
    """Print how a cluster's sync went; 1 when a view failed."""
    if result.drained:
        console().print(f"  {result.cluster}  loaded the rows that an interrupted sync had left")
    for run in result.runs:
        _show_run(result.cluster, run)
    return 1 if result.failed else 0


def _show_run(cluster: str, run: ViewRun) -> None:
    out = console()
    if run.outcome == "failed":
        print(f"error: {run.error}", file=sys.stderr)
    if run.drift.optional and run.outcome == "ok":
        out.print(f"  {cluster}  {run.name} lacks {', '.join(run.drift.optional)}: NULL")
    if run.drift.unknown:
        out.print(f"  {cluster}  {run.name} has new columns that are not read: {', '.join(run.drift.unknown)}")
    if run.warning:
        print(f"warning: {run.warning}", file=sys.stderr)
    if run.rejected:
        print(
            f"warning: {cluster}: {run.rejected} rows of {run.name} were rejected; see rejected_rows in staging",
            file=sys.stderr,
        )
    if run.gap:
        start, end = run.gap
        print(
            f"warning: {cluster}: {run.name} has a gap from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC: "
            "no sync ran for longer than Redshift keeps its rows",
            file=sys.stderr,
        )


def sync_one(
    project: Project,
    warehouse: Warehouse,
    config: ClusterConfig,
    since: Optional[datetime] = None,
    now: Optional[datetime] = None,
) -> int:
    """Sync one cluster and print how it went; 1 when a view failed. Errors: QupersyncError."""
    with SyncProgress(console(), config.name, names_of_views(config)) as progress:
        result = sync_cluster(project, warehouse, config, since, progress, now)
    return show_result(result)


def _in_its_own_process(
    project: Project, warehouse: Warehouse, config: ClusterConfig, since: Optional[datetime]
) -> int:
    """Sync one cluster beside others: dlt keeps state per process."""
    words = ["sync", "--target", warehouse.target, "--cluster", config.name]
    if since:
        words += ["--since", since.isoformat()]
    stamped = {SETTING: "1" if is_stamped() else "0"}  # by that process, when a line is written
    done = run_module("qupersync", words, cwd=project.root, environment=stamped, capture=True)
    getattr(sys.stdout, "unstamped", sys.stdout).write(done.stdout)
    getattr(sys.stderr, "unstamped", sys.stderr).write(done.stderr)
    return done.returncode


def sync(project: Project, target: Optional[str], names: Optional[list[str]], since: Optional[datetime]) -> int:
    """Sync the clusters; 0 all went well, 1 something failed, and is named; of a single cluster its own exit code.

    3, and a message, where nothing failed but that another sync of some of them was running; AlreadyRunningError where
    one was of each.

    Errors: QupersyncError.
    """
    warehouse = open_warehouse(project, target)
    configs = clusters_for(project, warehouse, names)
    warehouse.connect().close()
    if len(configs) == 1:
        return sync_one(project, warehouse, configs[0], since)
    with ThreadPoolExecutor(MAX_PARALLEL) as pool:
        try:
            codes = list(pool.map(lambda config: _in_its_own_process(project, warehouse, config, since), configs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            interrupt_all()
            raise
    failed = [config.name for config, code in zip(configs, codes) if code]
    if failed and {code for code in codes if code} == {AlreadyRunningError.exit_code}:
        running = AlreadyRunningError(f"another sync is running for: {', '.join(failed)}")
        if len(failed) == len(configs):
            raise running
        print(f"error: {running}", file=sys.stderr)
        return running.exit_code
    if failed:
        raise QupersyncError(f"sync failed, completely or in part, for: {', '.join(failed)}")
    return 0
