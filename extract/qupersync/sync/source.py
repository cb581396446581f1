"""The dlt source of one sync: a resource for each view, then the sync's own records.

A view that fails half-way stages nothing, and the others are not disturbed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Optional, cast

import dlt
from dlt.sources import DltSource

from ..clock import utc_now
from ..config.clusters import ClusterConfig
from ..domain.sync_records import SYNC_RECORDS
from ..domain.system_views import SYSTEM_VIEWS, SystemView
from ..domain.watermark import Instant
from ..errors import SourceError
from ..redshift.availability import Availability, Skip
from ..redshift.client import Reader
from ..staging.dlt_schema import TableColumns, arranged_columns, dlt_columns
from ..staging.tables import schema_fingerprint
from .runs import ViewRun, databases_of
from .sinks.base import Sink
from .staged_rows import StagedRows
from .state import SyncState, ViewState
from .view_reader import Progress, ViewReader

SOURCE = "redshift"
NOT_NOW = "unused"  # the outcome of a view that this cluster has and this sync does not read


class ClusterSource:
    """One sync of one cluster, as dlt sees it. ``runs`` and ``stamp`` record how it went."""

    def __init__(
        self,
        config: ClusterConfig,
        reader: Reader,
        state: SyncState,
        sink: Sink,
        staged: StagedRows,
        since: Optional[datetime] = None,
        progress: Progress = lambda view, rows, seconds: None,
        now: Optional[datetime] = None,
    ) -> None:
        now = now or utc_now()
        at = Instant(cluster=reader.clock(), machine=now)  # before the first view is read: they all share it
        self.config, self.reader = config, reader
        self.state, self.stamp = state, state.stamp(config.name, now)
        self.runs: list[ViewRun] = []
        self.availability = Availability(reader, config.is_serverless)
        self._views = ViewReader(config, reader, self.availability, sink, self.stamp, at, staged, since, progress)
        self._rejected: list[dict[str, Any]] = []
        self._pending = 0  # views that are not read yet

    # -- reading ----------------------------------------------------------------------------------------------

    def _not_read(self, view: type[SystemView]) -> Optional[str]:
        """The outcome of a view that is not read in this sync, or None when it is."""
        skip = self.availability.skip(view)
        if skip:
            return self.availability.outcome(view, skip)
        if view.detail_of and not any(run.view == view.detail_of and run.outcome == "ok" for run in self.runs):
            # Which statements are in flight is not known now, nor whose details will change: the next sync reads both.
            return NOT_NOW
        return None

    def _warning(self, view: type[SystemView]) -> Optional[str]:
        if self.availability.skip(view) is not Skip.NOT_ON_MULTI_AZ:
            return None
        setting = self.config.setting("workgroup")
        return (
            f"{self.config.where} may not read {view.view}, nor any STV view: taken for a Multi-AZ cluster, where "
            f"nobody may. What the view records is missing. For a Serverless workgroup set {setting}"
        )

    def _read(self, view: type[SystemView], stored: dict[str, Any]) -> Iterator[Any]:
        """Read a view in each of its databases; what is left for dlt to load.

        ``stored``: dlt's state of the view, which moves only when all of a database's rows were read.
        """
        outcome = self._not_read(view)
        if outcome:
            self.runs.append(ViewRun(view.view, None, outcome=outcome, warning=self._warning(view)))
            return
        for database in databases_of(self.config, view):
            run = ViewRun(view.view, database)
            self.runs.append(run)
            try:
                read = self._views.read(view, run, ViewState.read(stored), self.state.in_flight)
            except SourceError as error:
                run.outcome, run.error, run.rows = "failed", str(error), 0
            else:
                read.state.commit(stored)
                if view.tracks_in_flight:
                    self.state = replace(self.state, in_flight=read.state.watermark.in_flight)
                self._rejected += read.rejected
                yield from read.left
            finally:
                run.finished_at = utc_now()

    # -- what dlt gets ----------------------------------------------------------------------------------------

    def dlt_source(
        self, evolve: bool, file_format: Any = "parquet", tables: Optional[TableColumns] = None
    ) -> DltSource:
        """The source; ``evolve`` lets a newer staging schema add its columns once.

        ``file_format``: how files are loaded. dlt would choose csv for PostgreSQL, where a blank text and NULL are one;
        None where the destination takes no files (Redshift without S3). ``tables``: the warehouse's columns, where it
        copies the files.
        """
        contract: Any = {"tables": "evolve", "columns": "evolve" if evolve else "freeze", "data_type": "freeze"}
        views = list(SYSTEM_VIEWS.values())
        self._pending = len(views)

        def view_resource(view: type[SystemView]) -> Any:
            def rows() -> Iterator[Any]:
                left = list(self._read(view, dlt.current.resource_state()))
                self._pending -= 1
                yield from left

            return dlt.resource(
                rows,
                name=view.view,
                columns=cast("Any", arranged_columns(view, (tables or {}).get(view.view, []))),
                write_disposition="append",
                schema_contract=contract,
                file_format=file_format,
            )

        def record_resource(name: str, make: Callable[[], list[Any]]) -> Any:
            def rows() -> Iterator[Any]:
                while self._pending:  # these come last, in whatever order dlt asks
                    yield None
                yield from make()

            return dlt.resource(
                rows,
                name=name,
                columns=cast("Any", dlt_columns(SYNC_RECORDS[name])),
                write_disposition="append",
                schema_contract=contract,
            )

        @dlt.source(name=SOURCE, max_table_nesting=0)
        def redshift() -> Any:
            return [
                *(view_resource(view) for view in views),
                record_resource("rejected_rows", lambda: self._rejected),
                record_resource("clusters", self._cluster_rows),
                record_resource("sync_runs", self._sync_run_rows),
            ]

        return redshift()

    def _cluster_rows(self) -> list[dict[str, Any]]:
        facts = {
            "deployment": self.availability.deployment,
            "engine_version": self.reader.engine_version()[:250],
            "node_type": self.reader.node_type(),
        }
        if self.state.facts == facts:
            return []
        self.state = replace(self.state, facts=facts)
        return [{**self.stamp.as_dict(), **facts}]

    def _sync_run_rows(self) -> list[dict[str, Any]]:
        """The last rows of a sync: with them its state is committed."""
        self.state = self.state.after(self.stamp, schema_fingerprint())
        self.state.commit(dlt.current.source_state())
        return [run.row(self.stamp) for run in self.runs]
