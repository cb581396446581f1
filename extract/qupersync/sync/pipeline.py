"""One sync of one cluster: a dlt pipeline of its own, its state taken from the warehouse.

The watermarks live in dlt's pipeline state, which is loaded with the rows it describes. What the warehouse holds is the
truth: a working directory that knows better (a restored backup, another machine's sync, a crash) is discarded.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Optional

import dlt
from dlt.common.destination.exceptions import DestinationUndefinedEntity
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.state_sync import load_pipeline_state_from_destination

from ..config.clusters import ClusterConfig
from ..domain.system_views import SYSTEM_VIEWS
from ..project import Project, write_private
from ..redshift.client import ClusterReader, Reader
from ..sql import quote
from ..staging.dlt_schema import arrange, dlt_schema
from ..staging.tables import schema_fingerprint
from ..warehouse.base import Warehouse
from .failures import one_line_errors, package_is_broken
from .locking import cluster_lock
from .runs import ViewRun
from .sinks.open import sink_for
from .source import SOURCE, ClusterSource
from .staged_rows import StagedRows
from .state import SyncState
from .view_reader import Progress


@dataclass
class SyncResult:
    """How the sync of one cluster went."""

    cluster: str
    sync_id: str
    runs: list[ViewRun] = field(default_factory=list)
    drained: bool = False  # rows of an interrupted sync were loaded first

    @property
    def failed(self) -> list[ViewRun]:
        """The views that could not be read."""
        return [run for run in self.runs if run.outcome == "failed"]

    @property
    def rows(self) -> int:
        """Rows staged."""
        return sum(run.rows for run in self.runs)


def pipeline_name(cluster: str) -> str:
    """Name of a cluster's dlt pipeline."""
    return f"qupersync_{cluster}"


def pipelines_dir(project: Project, warehouse: Warehouse) -> Path:
    """Working directories of the pipelines into this warehouse."""
    return project.home / "pipelines" / warehouse.identity


class ClusterPipeline:
    """The dlt pipeline of one cluster into one warehouse."""

    def __init__(self, project: Project, warehouse: Warehouse, cluster: str) -> None:
        self.project, self.warehouse, self.cluster = project, warehouse, cluster
        self.folder = pipelines_dir(project, warehouse)
        project.private_home()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)  # it may be older than this rule, or restored with a wider mode

    def sync(
        self,
        config: ClusterConfig,
        reader: Reader,
        since: Optional[datetime] = None,
        progress: Progress = lambda view, rows, seconds: None,
        now: Optional[datetime] = None,
    ) -> SyncResult:
        """Read the cluster and load its rows.

        A view that fails is in the result, and so recorded in sync_runs. Errors: dlt's own (:func:`sync_cluster` turns
        them into one line).
        """
        pipeline, drained = self.prepare()
        state = SyncState.read(pipeline.state, SOURCE)
        evolve = state.staging_schema != schema_fingerprint()
        if evolve:
            self._create_tables(pipeline)
        tables = self.warehouse.staging_columns() if self.warehouse.file_stage else {}
        if SOURCE in pipeline.schemas:
            arrange(pipeline.schemas[SOURCE], tables)
        with sink_for(self.warehouse, self.folder, self.cluster, tables) as sink:
            staged = StagedRows(self.folder / f"{pipeline_name(self.cluster)}.staged.npz", state.sync_id)
            source = ClusterSource(config, reader, state, sink, staged, since, progress, now)
            write_private(self._note, json.dumps(source.stamp.as_dict(), default=str))
            pipeline.extract(source.dlt_source(evolve, "parquet" if self.warehouse.file_stage else None, tables))
            pipeline.normalize()
            sink.commit()
            pipeline.load()
            staged.save(source.stamp.sync_id)
        return SyncResult(self.cluster, source.stamp.sync_id, source.runs, drained)

    def prepare(self) -> tuple[dlt.Pipeline, bool]:
        """The pipeline with the warehouse's state; what an interrupted sync left is loaded first or discarded.

        A pending package is loaded only when it continues what the warehouse holds, its streamed rows included: else
        its state would skip rows that the warehouse never got, and the next sync reads them again anyway.
        """
        try:
            pipeline = self._open()
            pending, local = pipeline.has_pending_data, SyncState.read(pipeline.state, SOURCE)
            if pipeline.default_schema_name:
                _ = pipeline.default_schema  # dlt names it in its state before it writes its file
        except Exception:  # a damaged working directory holds nothing that the source or the warehouse does not
            pipeline, pending, local = self._fresh(), False, SyncState()
        held = self._held_state(pipeline)
        drained = False
        continues = held.sync_id in (local.previous, local.sync_id)
        if pending and continues and self._streamed_rows_arrived():
            try:
                pipeline.normalize()
                pipeline.load()
                drained = True
                held = self._held_state(pipeline)
            except PipelineStepFailed as error:
                if not package_is_broken(error):
                    raise
            pending = pipeline.has_pending_data
        if pending or local.sync_id != held.sync_id:
            pipeline = self._fresh()
            if held.sync_id:
                pipeline.sync_destination()
        return pipeline, drained

    # -- dlt --------------------------------------------------------------------------------------------------

    def _open(self) -> dlt.Pipeline:
        return dlt.pipeline(
            pipeline_name(self.cluster),
            pipelines_dir=str(self.folder),
            destination=self.warehouse.dlt_destination(),
            dataset_name=self.warehouse.staging_schema,
            staging=self.warehouse.file_stage,
        )

    def _fresh(self) -> dlt.Pipeline:
        shutil.rmtree(self.folder / pipeline_name(self.cluster), ignore_errors=True)
        return self._open()

    def _held_state(self, pipeline: dlt.Pipeline) -> SyncState:
        """The newest state whose load is complete in the warehouse."""
        with pipeline.destination_client() as client:
            try:
                stored: Any = load_pipeline_state_from_destination(pipeline.pipeline_name, client)  # type: ignore[arg-type]
            except DestinationUndefinedEntity:
                stored = None
        return SyncState.read(stored, SOURCE)

    def _create_tables(self, pipeline: dlt.Pipeline) -> None:
        """Create the staging tables, or add the columns that a newer version of ours has."""
        with pipeline.destination_client() as client:
            client.schema = dlt_schema(SOURCE)
            client.initialize_storage()
            client.update_stored_schema()

    # -- rows that were streamed beside dlt -------------------------------------------------------------------

    @property
    def _note(self) -> Path:
        """Which sync a pending package belongs to; not in dlt's state, which is written after the package."""
        return self.folder / f"{pipeline_name(self.cluster)}.sync.json"

    def _streamed_rows_arrived(self) -> bool:
        """Were the rows that the pending package's sync streamed committed? They are one transaction.

        Where none is found the package is not needed: there were none, or they are read again.
        """
        if not self.warehouse.copy_stream:
            return True  # all of its rows are in the package
        try:
            stamp = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        found = " union all ".join(
            f"(select 1 from {quote(self.warehouse.staging_schema)}.{view} "
            "where cluster_id = %(cluster_id)s and synced_at = %(synced_at)s and sync_id = %(sync_id)s limit 1)"
            for view in SYSTEM_VIEWS
        )
        return bool(self.warehouse.fetch(found, stamp)[1])


def sync_cluster(
    project: Project,
    warehouse: Warehouse,
    config: ClusterConfig,
    since: Optional[datetime] = None,
    progress: Progress = lambda view, rows, seconds: None,
    now: Optional[datetime] = None,
) -> SyncResult:
    """Sync one cluster into the warehouse; ``now`` (naive UTC) stands in for the clock.

    Errors: QupersyncError, in one line.
    """
    with one_line_errors(warehouse), cluster_lock(project, warehouse, config.name) as connection:
        reader = ClusterReader(config)
        try:
            with warehouse.first_sync_lock(connection):
                result = ClusterPipeline(project, warehouse, config.name).sync(config, reader, since, progress, now)
        finally:
            reader.close()
        return result
