"""One sync of one cluster: a dlt pipeline of its own, its state taken from the warehouse.

The resume points live in dlt's pipeline state, which is loaded with the rows it speaks of. What the warehouse holds is
the truth: a working directory that knows better (a restored backup, another machine's sync, a crash) gives way.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Optional

import dlt
import psycopg2
from dlt.common.destination.exceptions import (
    DestinationException,
    DestinationTerminalException,
    DestinationUndefinedEntity,
)
from dlt.common.pipeline import TPipelineState
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.state_sync import load_pipeline_state_from_destination

from .clusters import ClusterConfig
from .domain.system_views import SYSTEM_VIEWS
from .errors import AlreadyRunningError, QupersyncError, WarehouseError
from .landing import landing_for
from .project import Project, write_private
from .reader import ClusterReader, Reader
from .schema import STAGING_VERSION, dlt_schema, quote
from .source import SOURCE, ClusterSync, Progress, ViewRun, utc_now
from .warehouse import Warehouse, first_line


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


def _chain(state: Optional[TPipelineState]) -> dict[str, Any]:
    if not state:
        return {}
    sources: dict[str, Any] = state.get("sources") or {}
    return dict((sources.get(SOURCE) or {}).get("chain") or {})


class ClusterPipeline:
    """The dlt pipeline of one cluster into one warehouse."""

    def __init__(self, project: Project, warehouse: Warehouse, cluster: str) -> None:
        self.project, self.warehouse, self.cluster = project, warehouse, cluster
        self.folder = pipelines_dir(project, warehouse)
        project.private_home()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _open(self) -> dlt.Pipeline:
        return dlt.pipeline(
            pipeline_name(self.cluster),
            pipelines_dir=str(self.folder),
            destination=self.warehouse.dlt_destination(),
            dataset_name=self.warehouse.staging_schema,
            staging="filesystem" if self.warehouse.stages_through_s3 else None,
        )

    def _fresh(self) -> dlt.Pipeline:
        shutil.rmtree(self.folder / pipeline_name(self.cluster), ignore_errors=True)
        return self._open()

    def prepare(self) -> tuple[dlt.Pipeline, bool]:
        """The pipeline with the warehouse's state; what an interrupted sync left is loaded first or discarded.

        A pending package is loaded only when it continues what the warehouse holds, its stream included: else its
        state would skip rows that the warehouse never got, and the next sync reads them again anyway.
        """
        try:
            pipeline = self._open()
            pending, local = pipeline.has_pending_data, _chain(pipeline.state)
            if pipeline.default_schema_name:
                _ = pipeline.default_schema  # dlt names it in its state before it writes its file
        except Exception:  # a damaged working directory holds nothing that the source or the warehouse does not
            pipeline, pending, local = self._fresh(), False, {}
        held = _chain(self._held_state(pipeline))
        drained = False
        continues = held.get("sync_id") in (local.get("previous"), local.get("sync_id"))
        if pending and continues and self._stream_arrived():
            try:
                pipeline.normalize()
                pipeline.load()
                drained = True
                held = _chain(self._held_state(pipeline))
            except PipelineStepFailed as error:
                if not _package_is_broken(error):
                    raise
            pending = pipeline.has_pending_data
        if pending or local.get("sync_id") != held.get("sync_id"):
            pipeline = self._fresh()
            if held:
                pipeline.sync_destination()
        return pipeline, drained

    @property
    def _note(self) -> Path:
        """Which sync a pending package is of; not in dlt's state, which is written after the package."""
        return self.folder / f"{pipeline_name(self.cluster)}.sync.json"

    def _stream_arrived(self) -> bool:
        """Were the rows that the pending package's sync streamed committed? They are one transaction.

        Where none is found the package is not needed: there were none, or they are read again.
        """
        if self.warehouse.type != "postgres":
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

    def _held_state(self, pipeline: dlt.Pipeline) -> Optional[TPipelineState]:
        """The newest state whose load is complete in the warehouse."""
        with pipeline.destination_client() as client:
            try:
                return load_pipeline_state_from_destination(pipeline.pipeline_name, client)  # type: ignore[arg-type]
            except DestinationUndefinedEntity:
                return None

    def _create_tables(self, pipeline: dlt.Pipeline) -> None:
        """Create the staging tables, or add the columns that a newer version of ours has."""
        with pipeline.destination_client() as client:
            client.schema = dlt_schema(SOURCE)
            client.initialize_storage()
            client.update_stored_schema()

    def sync(
        self,
        config: ClusterConfig,
        reader: Reader,
        since: Optional[datetime] = None,
        progress: Progress = lambda view, rows, seconds: None,
        now: Optional[datetime] = None,
    ) -> SyncResult:
        """Read the cluster and load what it answered.

        A view that fails is in the result, and so recorded in sync_runs. Errors: dlt's own (:func:`sync_cluster` tells
        them in one line).
        """
        pipeline, drained = self.prepare()
        chain = _chain(pipeline.state)
        evolve = int(chain.get("staging_version", 0)) < STAGING_VERSION
        if evolve:
            self._create_tables(pipeline)
        with landing_for(self.warehouse, self.folder, self.cluster) as landing:
            run = ClusterSync(config, reader, chain, landing, since, progress, now or utc_now())
            write_private(self._note, json.dumps(run.stamp.as_dict(), default=str))
            pipeline.extract(run.source(evolve, self.warehouse.file_format))
            pipeline.normalize()
            landing.commit()
            pipeline.load()
        return SyncResult(self.cluster, run.stamp.sync_id, run.runs, drained)


def _package_is_broken(error: PipelineStepFailed) -> bool:
    """Would loading the package fail again and again? A sync that was killed can leave half of one.

    What the warehouse refuses for good is read and loaded anew as well: then it is told by its own error.
    """
    if error.step == "normalize":  # works on local files only
        return True
    broken = (DestinationTerminalException, FileNotFoundError, json.JSONDecodeError)
    text = str(error)
    return any(isinstance(cause, broken) for cause in _causes(error)) or any(
        sign in text for sign in ("No such file", "JSONDecodeError", "Parquet magic bytes", "LoadPackageNotFound")
    )


@contextmanager
def _one_line_errors(warehouse: Warehouse) -> Iterator[None]:
    try:
        yield
    except PipelineStepFailed as error:
        causes = list(_causes(error))
        cause = causes[-1]
        for own in causes:
            if isinstance(own, QupersyncError):  # of the landing, which is told already
                raise own from error
        text = first_line(cause)
        if error.step in ("extract", "normalize"):  # before the warehouse was asked for anything
            raise QupersyncError(f"the sync failed to {error.step}: {type(cause).__name__}: {text}") from error
        raise WarehouseError(f"{warehouse.where} cannot be written ({error.step}): {text}") from error
    except DestinationException as error:
        raise WarehouseError(f"{warehouse.where} cannot be written: {first_line(error)}") from error
    except QupersyncError:
        raise
    except Exception as error:  # a connection that is lost can trip dlt's own tidying up
        lost = [cause for cause in _causes(error) if isinstance(cause, (psycopg2.Error, DestinationException))]
        if not lost:
            raise
        raise WarehouseError(f"{warehouse.where} cannot be written: {first_line(lost[-1])}") from error


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, the first cause last; not the ends of iterations on the way."""
    cause: Optional[BaseException] = error
    while cause is not None:
        if not isinstance(cause, StopIteration):
            yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


# -- one at a time ---------------------------------------------------------------------------------------------------


@contextmanager
def cluster_lock(project: Project, warehouse: Warehouse, cluster: str) -> Iterator[Any]:
    """Hold the right to sync one cluster; yields the connection that holds it. Errors: AlreadyRunningError.

    On PostgreSQL the lock lives in the warehouse, so it also counts between machines, and ends with its connection.
    """
    from filelock import FileLock, Timeout

    connection = warehouse.connect()
    connection.autocommit = True
    project.private_home()
    lock = FileLock(project.home / f"{warehouse.identity}-{cluster}.lock", timeout=0)
    try:
        try:
            lock.acquire()
        except Timeout:
            raise AlreadyRunningError(
                f"cluster {cluster!r} is being synced by another process on this machine"
            ) from None
        if warehouse.type == "postgres":
            with connection.cursor() as cursor:
                cursor.execute(
                    "select pg_try_advisory_lock(hashtext(%s), hashtext(%s))", (warehouse.staging_schema, cluster)
                )
                if not cursor.fetchone()[0]:
                    raise AlreadyRunningError(f"cluster {cluster!r} is being synced by another machine")
        yield connection
    finally:
        lock.release()
        connection.close()


@contextmanager
def _first_sync_alone(warehouse: Warehouse, connection: Any) -> Iterator[None]:
    """While the staging tables do not exist, clusters go one after the other: creating them twice at once fails."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select 1 from information_schema.tables where table_schema = %s and table_name = '_dlt_pipeline_state'",
            (warehouse.staging_schema,),
        )
        alone = warehouse.type == "postgres" and not cursor.fetchone()
        if alone:
            cursor.execute("select pg_advisory_lock(hashtext(%s), 0)", (warehouse.staging_schema,))
        try:
            yield
        finally:
            if alone:
                with suppress(psycopg2.Error):  # a connection that is lost has given the lock back
                    cursor.execute("select pg_advisory_unlock(hashtext(%s), 0)", (warehouse.staging_schema,))


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
    with _one_line_errors(warehouse), cluster_lock(project, warehouse, config.name) as connection:
        reader = ClusterReader(config)
        try:
            with _first_sync_alone(warehouse, connection):
                result = ClusterPipeline(project, warehouse, config.name).sync(config, reader, since, progress, now)
        finally:
            reader.close()
        return result
